import CTachoRecorder

/// Puts frees to allocations: an allocation becomes a slice that lasts as long as its memory.
///
/// CUPTI's buffers may come in any order, so a free may be read before its allocation. Memory: 40 bytes for each block that
/// is live at the time.
struct CUDAAllocations {
    /// What blocks have in common.
    struct Key: Hashable {
        enum Kind: Hashable { case allocation, free, pool }

        var kind: Kind
        /// CUPTI's kind of memory; of pools what was done.
        var memory: UInt8
        var bytes: UInt64
        var pool: UInt64
        var device: UInt16
    }

    struct Event {
        var key: Key
        var start: Int64
        var duration: Int64
        var correlation: UInt32
    }

    private struct Block {
        var key: Key
        var time: Int64
        var correlation: UInt32
    }

    private var live: [UInt64: [Block]] = [:]
    /// Frees whose allocation has not been read.
    private var freed: [UInt64: [Block]] = [:]

    /// Reads a record. Gives the event that is whole with it.
    mutating func read(_ record: RawRecord) -> Event? {
        let time = Int64(bitPattern: record.word(8))
        guard time > 0, time < 1 << 62 else { return nil }
        let address = record.word(16)
        let correlation = record.half(32)
        let (operation, memory) = (UInt8(record.half(36) >> 16 & 0xFF), UInt8(record.half(36) >> 24))
        var key = Key(
            kind: .allocation, memory: memory, bytes: record.word(24), pool: record.word(40),
            device: UInt16(record.half(36) & 0xFFFF))
        if record.kind == TACHO_RECORD_CUDA_POOL.rawValue {
            (key.kind, key.memory) = (.pool, operation)
            return Event(key: key, start: time, duration: 0, correlation: correlation)
        }
        if operation == 1 {
            let block = Block(key: key, time: time, correlation: correlation)
            if let index = freed[address]?.firstIndex(where: { $0.time >= time }) {
                let end = freed[address]?.remove(at: index).time ?? time
                return Event(key: key, start: time, duration: end - time, correlation: correlation)
            }
            live[address, default: []].append(block)
            return nil
        }
        if let index = live[address]?.lastIndex(where: { $0.time <= time }),
            let block = live[address]?.remove(at: index)
        {
            if live[address]?.isEmpty == true { live[address] = nil }
            return Event(
                key: block.key, start: block.time, duration: time - block.time, correlation: block.correlation
            )
        }
        key.kind = .free
        freed[address, default: []].append(Block(key: key, time: time, correlation: correlation))
        return nil
    }

    /// What is left at the end: blocks that were never freed, and frees of blocks from before the recording.
    func rest() -> [Event] {
        live.values.joined().map {
            Event(key: $0.key, start: $0.time, duration: -1, correlation: $0.correlation)
        }
            + freed.values.joined().map {
                Event(key: $0.key, start: $0.time, duration: 0, correlation: $0.correlation)
            }
    }
}
