/// Which files lie where in a process's memory.
struct AddressSpace {
    struct Mapping {
        var start: UInt64
        var end: UInt64
        var fileOffset: UInt64
        var file: String
    }

    /// By start; they do not overlap.
    private var mappings: [Mapping] = []

    /// What lay there before is gone.
    mutating func add(_ new: Mapping) {
        guard new.end > new.start else { return }
        var kept: [Mapping] = []
        for old in mappings {
            guard old.start < new.end, new.start < old.end else {
                kept.append(old)
                continue
            }
            if old.start < new.start {
                var left = old
                left.end = new.start
                kept.append(left)
            }
            if old.end > new.end {
                var right = old
                right.start = new.end
                right.fileOffset = old.fileOffset &+ (new.end - old.start)
                kept.append(right)
            }
        }
        let place = kept.firstIndex { $0.start > new.start } ?? kept.count
        kept.insert(new, at: place)
        mappings = kept
    }

    func find(_ address: UInt64) -> Mapping? {
        var (low, high) = (0, mappings.count)
        while low < high {
            let middle = (low + high) / 2
            if mappings[middle].start <= address { low = middle + 1 } else { high = middle }
        }
        guard low > 0, address < mappings[low - 1].end else { return nil }
        return mappings[low - 1]
    }
}
