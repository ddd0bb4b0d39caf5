/// The values at the given ranks (1 is the smallest, `series.count` the largest) without sorting or copying a
/// long series.
///
/// Ranks outside are clamped; an empty series gives an empty result. Up to 65,536 values a copy is sorted;
/// above that, ranks are found by counting into 65,536 bins and refining the bins that hold a wanted rank
/// (radix selection): O(n) time, about 1 MB.
package func orderStatistics(of series: [Int64], ranks: [Int]) -> [Int64] {
    guard let low = series.min(), let high = series.max() else { return [] }
    let wanted = ranks.map { min(max($0, 1), series.count) }
    if series.count <= RadixSelection.sortLimit {
        let sorted = series.sorted()
        return wanted.map { sorted[$0 - 1] }
    }
    var selection = RadixSelection(answers: Array(repeating: low, count: wanted.count))
    let open = wanted.enumerated().map { RadixSelection.Wanted(answer: $0.offset, rank: $0.element) }
    series.withUnsafeBufferPointer { selection.find(open, in: $0, low: low, high: high) }
    return selection.answers
}

/// The middle value, or the mean of the two middle values (Hyndman and Fan's type 7 at 1/2); nil for an empty
/// series.
package func sampleMedian(of series: [Int64]) -> Double? {
    guard !series.isEmpty else { return nil }
    let middle = orderStatistics(of: series, ranks: [(series.count + 1) / 2, series.count / 2 + 1])
    return (Double(middle[0]) + Double(middle[1])) / 2
}

/// The middle value, or the mean of the two middle values; nil for an empty array.
package func sampleMedian(of values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}

/// Medians of consecutive blocks of `size` values; what is left at the end, less than a block, joins the last
/// one.
///
/// Cost: O(n), by quickselect in one scratch block (Hoare 1961).
package func blockMedians(of series: [Int64], size: Int) -> [Double] {
    let size = max(1, size)
    let blocks = series.count / size
    var scratch: [Int64] = []
    scratch.reserveCapacity(2 * size)
    return (0..<blocks).map { block in
        let end = block == blocks - 1 ? series.count : (block + 1) * size
        scratch.removeAll(keepingCapacity: true)
        scratch.append(contentsOf: series[block * size..<end])
        return scratch.withUnsafeMutableBufferPointer { medianReordering($0) }
    }
}

/// The median of a buffer that is not empty; leaves it reordered.
func medianReordering(_ values: UnsafeMutableBufferPointer<Int64>) -> Double {
    let middle = values.count / 2
    let upper = quickselect(values, middle)
    guard values.count.isMultiple(of: 2) else { return Double(upper) }
    var lower = values[0]
    for index in 1..<max(1, middle) where values[index] > lower { lower = values[index] }
    return (Double(lower) + Double(upper)) / 2
}

/// Hoare's selection with the median of three as pivot: afterwards nothing before `index` is greater, nothing
/// behind is less.
private func quickselect(_ values: UnsafeMutableBufferPointer<Int64>, _ index: Int) -> Int64 {
    var left = 0
    var right = values.count - 1
    while left < right {
        let a = values[left]
        let b = values[left + (right - left) / 2]
        let c = values[right]
        let pivot = max(min(a, b), min(max(a, b), c))
        var i = left
        var j = right
        while i <= j {
            while values[i] < pivot { i += 1 }
            while values[j] > pivot { j -= 1 }
            if i <= j {
                values.swapAt(i, j)
                i += 1
                j -= 1
            }
        }
        if index <= j {
            right = j
        } else if index >= i {
            left = i
        } else {
            break
        }
    }
    return values[index]
}

/// Finds order statistics of a long series by counting.
private struct RadixSelection {
    static let sortLimit = 1 << 16

    /// A rank among the values between the current bounds, and where its value belongs.
    struct Wanted {
        var answer: Int
        var rank: Int
    }

    var answers: [Int64]

    /// Answers `open`, whose ranks count from the smallest value that is at least `low`; all lie at most at
    /// `high`.
    mutating func find(
        _ open: [Wanted], in series: UnsafeBufferPointer<Int64>, low: Int64, high: Int64
    ) {
        let span = UInt64(bitPattern: high &- low)
        let shift = max(0, 64 - span.leadingZeroBitCount - 16)
        var counts = [Int](repeating: 0, count: Int(span >> shift) + 1)
        counts.withUnsafeMutableBufferPointer { counts in
            for value in series where value >= low && value <= high {
                counts[Int(UInt64(bitPattern: value &- low) >> shift)] += 1
            }
        }
        var below = 0
        var rest = open.sorted { $0.rank < $1.rank }[...]
        for (bin, count) in counts.enumerated() where count > 0 {
            let inside = rest.prefix { $0.rank <= below + count }
            if !inside.isEmpty {
                let first = low &+ Int64(bitPattern: UInt64(bin) << shift)
                let width = Int64(bitPattern: (UInt64(1) << shift) - 1)
                let last = first > high &- width ? high : first &+ width
                let ranks = inside.map { Wanted(answer: $0.answer, rank: $0.rank - below) }
                narrow(ranks, in: series, low: first, high: last, count: count)
                rest = rest.dropFirst(inside.count)
            }
            if rest.isEmpty { break }
            below += count
        }
    }

    private mutating func narrow(
        _ open: [Wanted], in series: UnsafeBufferPointer<Int64>, low: Int64, high: Int64, count: Int
    ) {
        if low == high {
            for wanted in open { answers[wanted.answer] = low }
        } else if count <= Self.sortLimit {
            let sorted = series.filter { $0 >= low && $0 <= high }.sorted()
            for wanted in open { answers[wanted.answer] = sorted[wanted.rank - 1] }
        } else {
            find(open, in: series, low: low, high: high)
        }
    }
}
