import CTachoRecorder
import TachoRecords

/// Turns ticks of a trace's clock into nanoseconds of `CLOCK_MONOTONIC`, by pairs in which both were read together.
///
/// Between two pairs it interpolates, so the error stays that of reading a pair (tens of nanoseconds) however the
/// rates drift; outside it goes on with the rate of the whole.
struct TraceClock {
    private struct Piece {
        var ticks: UInt64
        var nanoseconds: Int64
        var rate: Double
    }

    /// One more than there are pieces: the first goes back for ever, the last goes on.
    private var pieces: [Piece] = []
    private let isMonotonic: Bool

    /// - Parameter isMonotonic: The ticks are nanoseconds already.
    init(pairs: [tacho_clock_pair], isMonotonic: Bool) {
        self.isMonotonic = isMonotonic
        guard !isMonotonic else { return }
        var kept: [tacho_clock_pair] = []
        for pair in pairs.sorted(by: { $0.ticks < $1.ticks }) where pair.monotonic_ns > 0 {
            guard let last = kept.last else {
                kept.append(pair)
                continue
            }
            // Closer pairs would make a rate out of their reading errors; one that runs backwards is damaged.
            if pair.monotonic_ns &- last.monotonic_ns >= 1_000_000 { kept.append(pair) }
        }
        guard let first = kept.first, let last = kept.last else { return }
        let whole =
            kept.count > 1
            ? Double(last.monotonic_ns &- first.monotonic_ns) / Double(last.ticks &- first.ticks)
            : Self.rate(of: pairs)
        for (index, pair) in kept.enumerated() {
            var rate = whole
            if index + 1 < kept.count {
                let next = kept[index + 1]
                rate = Double(next.monotonic_ns &- pair.monotonic_ns) / Double(next.ticks &- pair.ticks)
            }
            pieces.append(Piece(ticks: pair.ticks, nanoseconds: pair.monotonic_ns, rate: rate))
        }
        pieces.insert(Piece(ticks: 0, nanoseconds: first.monotonic_ns, rate: whole), at: 0)
        anchor = first.ticks
    }

    private var anchor: UInt64 = 0

    /// Of pairs that are all within a millisecond: better than none.
    private static func rate(of pairs: [tacho_clock_pair]) -> Double {
        guard let first = pairs.min(by: { $0.ticks < $1.ticks }),
            let last = pairs.max(by: { $0.ticks < $1.ticks }),
            last.ticks > first.ticks, last.monotonic_ns > first.monotonic_ns
        else { return 1 }
        return Double(last.monotonic_ns - first.monotonic_ns) / Double(last.ticks - first.ticks)
    }

    /// Whether anything is known; without a pair instants cannot be told.
    var isUsable: Bool { isMonotonic || !pieces.isEmpty }

    /// - Parameter hint: Where the last call found its piece; instants mostly grow.
    /// - Returns: nil for ticks that no clock of this machine can have had.
    @inline(__always)
    func nanoseconds(_ ticks: UInt64, hint: inout Int) -> Int64? {
        if isMonotonic { return ticks < 1 << 62 ? Int64(ticks) : nil }
        if hint >= pieces.count || pieces[hint].ticks > ticks { hint = 0 }
        while hint + 1 < pieces.count, pieces[hint + 1].ticks <= ticks { hint += 1 }
        guard hint < pieces.count else { return nil }
        let piece = pieces[hint]
        let offset =
            hint == 0
            ? -Double(anchor &- ticks) * piece.rate : Double(ticks &- piece.ticks) * piece.rate
        let value = Double(piece.nanoseconds) + 0
        guard offset > -9e15, offset < 9e15, value >= 0 else { return nil }
        let result = piece.nanoseconds &+ Int64(offset.rounded())
        return result >= 0 ? result : nil
    }
}
