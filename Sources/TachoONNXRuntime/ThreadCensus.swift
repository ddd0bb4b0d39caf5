import Foundation

/// The threads of this process at one moment.
struct ThreadCensus {
    /// Kernel thread numbers; empty where /proc is not mounted.
    let identifiers: Set<Int32>

    /// Source: proc(5), /proc/self/task. Cost: some microseconds a thread.
    init() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        identifiers = Set(names.compactMap { Int32($0) })
    }

    /// How many threads are there now that were not there then.
    func newcomers(since earlier: ThreadCensus) -> Int {
        identifiers.subtracting(earlier.identifiers).count
    }
}
