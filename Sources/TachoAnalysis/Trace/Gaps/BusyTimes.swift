/// Stretches of time that do not overlap, in order, which can be asked how much of a span they cover.
struct BusyTimes {
    private var starts: [Int64] = []
    private var ends: [Int64] = []
    /// Length of all stretches before each.
    private var before: [Int64] = []

    var isEmpty: Bool { starts.isEmpty }
    var first: Int64? { starts.first }
    var last: Int64? { ends.last }

    /// Adds a span that starts no earlier than the one before.
    mutating func add(_ start: Int64, _ end: Int64) {
        guard end > start else { return }
        if let last = ends.last, start <= last {
            ends[ends.count - 1] = max(last, end)
            return
        }
        let sum = starts.last.map { before[before.count - 1] + ends[ends.count - 1] - $0 } ?? 0
        before.append(sum)
        starts.append(start)
        ends.append(end)
    }

    /// How much of the time up to an instant is covered.
    private func total(to instant: Int64) -> Int64 {
        var low = 0
        var high = starts.count
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= instant { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return 0 }
        return before[low - 1] + min(instant, ends[low - 1]) - starts[low - 1]
    }

    /// How much of a span is covered.
    func covered(_ from: Int64, _ to: Int64) -> Int64 {
        to > from && !starts.isEmpty ? total(to: to) - total(to: from) : 0
    }
}
