/// Values by process and correlation: an array that is sorted once and bisected, which millions of entries need.
///
/// Correlations mostly grow with time, so each search starts where the last one ended.
struct CorrelationTable<Value> {
    private struct Entry {
        var process: Int64
        var correlation: Int64
        /// In which it was added: the first of several is the one that is found.
        var order: Int
        var value: Value
    }

    private var entries: [Entry] = []
    private var isSorted = true

    var isEmpty: Bool { entries.isEmpty }

    mutating func add(process: Int64, correlation: Int64, _ value: Value) {
        if let last = entries.last, (process, correlation) < (last.process, last.correlation) {
            isSorted = false
        }
        entries.append(
            Entry(process: process, correlation: correlation, order: entries.count, value: value))
    }

    /// Must be called once, before anything is looked for.
    mutating func sort() {
        guard !isSorted else { return }
        entries.sort {
            ($0.process, $0.correlation, $0.order) < ($1.process, $1.correlation, $1.order)
        }
        isSorted = true
    }

    /// - Parameter hint: Where the last search ended; 0 at first.
    func find(process: Int64, correlation: Int64, hint: inout Int) -> Value? {
        var low = 0
        var high = entries.count
        // The next few are tried first: what is looked for in order lies there.
        if hint < high, isBefore(hint, process, correlation) {
            low = hint + 1
            if low < high, !isBefore(low, process, correlation) {
                high = low
            } else if low + 16 < high, !isBefore(low + 16, process, correlation) {
                high = low + 16
            }
        } else if hint < high {
            high = hint + 1
        }
        while low < high {
            let middle = (low + high) / 2
            if isBefore(middle, process, correlation) { low = middle + 1 } else { high = middle }
        }
        hint = low
        guard low < entries.count, entries[low].process == process, entries[low].correlation == correlation
        else { return nil }
        return entries[low].value
    }

    @inline(__always)
    private func isBefore(_ index: Int, _ process: Int64, _ correlation: Int64) -> Bool {
        (entries[index].process, entries[index].correlation) < (process, correlation)
    }
}
