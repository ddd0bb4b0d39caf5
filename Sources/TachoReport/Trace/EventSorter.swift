import Glibc
import TachoRecords

/// A CUDA event as it is sorted: 24 bytes.
struct CUDAEvent {
    var start: Int64
    /// Below zero: it never ended.
    var duration: Int64
    var label: UInt32
    var correlation: UInt32

    /// In order of time; of those that start together the one that encloses comes first.
    @inline(__always)
    static func precedes(_ a: CUDAEvent, _ b: CUDAEvent) -> Bool {
        a.start != b.start
            ? a.start < b.start : UInt64(bitPattern: a.duration) > UInt64(bitPattern: b.duration)
    }
}

/// Puts any number of events in order, in bounded memory.
///
/// Runs of `capacity` events are sorted in memory and, where there are several, written to a file without a name beside the
/// segment and merged. Memory: 48 bytes for each event of a run, and 48 KB for each run. Thread rule: used by one thread.
final class EventSorter {
    private let capacity: Int
    private let folder: String
    private var events: [CUDAEvent] = []
    private var descriptor: Int32 = -1
    private var written: Int = 0
    private var runs: [Run] = []
    private var next = 0

    private struct Run {
        /// In events, in the file.
        var position: Int
        var end: Int
        var buffer: [CUDAEvent] = []
        var index = 0
    }

    /// - Parameter folder: Where the file lies while there is one.
    init(folder: String, capacity: Int = 1 << 20) {
        self.folder = folder
        self.capacity = capacity
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// - Throws: `Failure` where the file cannot be written.
    @inline(__always)
    func add(_ event: CUDAEvent) throws {
        events.append(event)
        if events.count == capacity { try spill() }
    }

    /// Must be called once, before anything is taken.
    func finish() throws {
        RadixSort.sort(&events)
        guard !runs.isEmpty else { return }
        if !events.isEmpty { try spill() }
        events = []
        for index in runs.indices { try fill(&runs[index]) }
        for index in stride(from: runs.count / 2, through: 0, by: -1) { sink(index) }
    }

    /// The next event; nil after the last.
    func take() throws -> CUDAEvent? {
        if descriptor < 0 {
            guard next < events.count else { return nil }
            next += 1
            return events[next - 1]
        }
        guard let first = runs.first else { return nil }
        let event = first.buffer[first.index]
        runs[0].index += 1
        if runs[0].index == runs[0].buffer.count { try fill(&runs[0]) }
        if runs[0].buffer.isEmpty {
            let last = runs.removeLast()
            if runs.isEmpty { return event }
            runs[0] = last
        }
        sink(0)
        return event
    }

    // MARK: Runs

    private static let buffered = 2_048
    private static let eventBytes = MemoryLayout<CUDAEvent>.stride

    private func failure(_ what: String) -> Failure {
        let reason = String(cString: strerror(errno))
        return Failure(
            .measured, input: folder,
            problem: "events of CUDA cannot be sorted there: \(what): \(reason)",
            expected: "room for \(Self.eventBytes) bytes an event while they are imported",
            nextStep: "free space and open the report again: tacho show REPORT imports what lies beside it")
    }

    private func spill() throws {
        if descriptor < 0 {
            let path = "\(folder)/sort-\(getpid())-\(UInt(bitPattern: ObjectIdentifier(self).hashValue))"
            descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw failure("no file can be made") }
            // Without a name it goes with this process, however that ends.
            unlink(path)
        }
        RadixSort.sort(&events)
        let place = written
        try events.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count, let base = bytes.baseAddress {
                let count = pwrite(
                    descriptor, base + done, bytes.count - done, off_t(place * Self.eventBytes + done))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw failure("they cannot be written") }
                done += count
            }
        }
        runs.append(Run(position: written, end: written + events.count))
        written += events.count
        events.removeAll(keepingCapacity: true)
    }

    private func fill(_ run: inout Run) throws {
        let count = min(Self.buffered, run.end - run.position)
        run.index = 0
        guard count > 0 else {
            run.buffer = []
            return
        }
        let position = run.position
        run.buffer = try [CUDAEvent](unsafeUninitializedCapacity: count) { buffer, initialized in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            var done = 0
            while done < count * Self.eventBytes, let base = bytes.baseAddress {
                let got = pread(
                    descriptor, base + done, count * Self.eventBytes - done,
                    off_t(position * Self.eventBytes + done))
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { throw failure("they cannot be read back") }
                done += got
            }
            initialized = count
        }
        run.position += count
    }

    private func sink(_ from: Int) {
        var index = from
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2]
            where child < runs.count && precedes(child, least) {
                least = child
            }
            if least == index { return }
            runs.swapAt(index, least)
            index = least
        }
    }

    @inline(__always)
    private func precedes(_ a: Int, _ b: Int) -> Bool {
        CUDAEvent.precedes(runs[a].buffer[runs[a].index], runs[b].buffer[runs[b].index])
    }
}

/// Numbers of 32 bits, kept a bit each in pages: what is near lies together, as correlations do.
struct CorrelationSet {
    private var pages: [UInt32: [UInt64]] = [:]
    private var page: UInt32?
    private var words: [UInt64] = []

    mutating func insert(_ number: UInt32) {
        turn(to: number >> 16)
        words[Int(number >> 6 & 1_023)] |= 1 << UInt64(number & 63)
    }

    mutating func contains(_ number: UInt32) -> Bool {
        turn(to: number >> 16)
        return words[Int(number >> 6 & 1_023)] >> UInt64(number & 63) & 1 == 1
    }

    /// The page in hand is kept outside of the dictionary.
    private mutating func turn(to wanted: UInt32) {
        guard page != wanted else { return }
        if let page { pages[page] = words }
        words = pages.removeValue(forKey: wanted) ?? Array(repeating: 0, count: 1_024)
        page = wanted
    }
}
