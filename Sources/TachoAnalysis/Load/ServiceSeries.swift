import TachoRecords

/// How long the calls of the engine took in one step, in order of time, with what was going on around them.
package struct ServiceSeries: Hashable, Sendable {
    package struct Call: Hashable, Sendable {
        /// From the instant at which it could be sent to its result, in nanoseconds: what the stream was taken for.
        package var duration: Int64
        package var batch: Int
        /// Other streams that were serving when it was sent.
        package var others: Int
        /// Its first query had waited when it could be sent: until a stream was free, or for others of its batch.
        package var hadWaited: Bool

        package init(duration: Int64, batch: Int, others: Int, hadWaited: Bool) {
            self.duration = duration
            self.batch = batch
            self.others = others
            self.hadWaited = hadWaited
        }
    }

    package var calls: [Call]

    package init(calls: [Call]) { self.calls = calls }

    /// From the served queries of a step, in any order; those of one call share its stream and start.
    package init(_ queries: [LoadQuery], streams: Int) {
        let served = queries.filter { $0.outcome == .served }.sorted {
            ($0.start, $0.stream, $0.intended) < ($1.start, $1.stream, $1.intended)
        }
        var busyUntil = [Nanoseconds](repeating: .zero, count: max(streams, 1))
        calls = []
        calls.reserveCapacity(served.count)
        var last: (stream: Int, start: Nanoseconds)?
        for query in served where query.stream < busyUntil.count {
            if let last, last.stream == query.stream, last.start == query.start { continue }
            last = (query.stream, query.start)
            let others = busyUntil.indices.count { $0 != query.stream && busyUntil[$0] > query.start }
            busyUntil[query.stream] = query.end
            calls.append(
                Call(
                    duration: (query.end - query.due).rawValue, batch: max(1, query.batch), others: others,
                    hadWaited: query.intended < query.due))
        }
    }
}

/// A stretch of calls that follow each other, by what was going on around them: a replay draws from it as a whole, so that
/// slow times stay together.
struct ServiceBlock: Sendable {
    /// Its own, then what it borrowed.
    private let durations: [Int64]
    /// Where each kind's durations are. A kind without any has those of the kind nearest to it.
    private let ranges: [Range<Int>]
    /// Kinds that it has calls of.
    private let filled: [Int]
    /// Calls of its own.
    let count: Int

    /// - Parameter all: the calls of all blocks. What is missing here is borrowed there where a nearer batch was served, or
    ///   beside a nearer number of others; whether a query had waited tells less of a call than its stretch does.
    init(_ calls: ArraySlice<ServiceSeries.Call>, streams: Int, maxBatch: Int, all: ServiceBlock? = nil) {
        let kinds = Self.kinds(streams: streams, maxBatch: maxBatch)
        var byKind = [[Int64]](repeating: [], count: kinds)
        for call in calls {
            let kind = Self.kind(
                batch: min(call.batch, maxBatch), others: min(call.others, streams - 1),
                hadWaited: call.hadWaited, streams: streams)
            byKind[kind].append(call.duration)
        }
        var durations: [Int64] = []
        var own: [Range<Int>] = []
        for ofKind in byKind {
            own.append(durations.count..<durations.count + ofKind.count)
            durations += ofKind
        }
        let filled = own.indices.filter { !own[$0].isEmpty }
        func nearest(_ kind: Int, of filled: [Int]) -> (kind: Int, distance: Int)? {
            filled.map { ($0, Self.distance($0, kind, streams)) }.min { $0.1 < $1.1 }
        }
        var borrowed: [Int: Range<Int>] = [:]
        ranges = own.indices.map { kind in
            let mine = nearest(kind, of: filled)
            guard let all, let other = nearest(kind, of: all.filled),
                mine.map({ other.distance / 2 < $0.distance / 2 }) ?? true
            else { return mine.map { own[$0.kind] } ?? 0..<0 }
            if let range = borrowed[other.kind] { return range }
            let start = durations.count
            durations += all.durations[all.ranges[other.kind]]
            borrowed[other.kind] = start..<durations.count
            return start..<durations.count
        }
        self.durations = durations
        self.filled = filled
        count = calls.count
    }

    static func kinds(streams: Int, maxBatch: Int) -> Int { maxBatch * streams * 2 }

    @inline(__always)
    static func kind(batch: Int, others: Int, hadWaited: Bool, streams: Int) -> Int {
        ((batch - 1) * streams + others) * 2 + (hadWaited ? 1 : 0)
    }

    /// The batch tells most about a call, then how many others ran beside it.
    private static func distance(_ a: Int, _ b: Int, _ streams: Int) -> Int {
        let batches = abs(a / 2 / streams - b / 2 / streams)
        let others = abs(a / 2 % streams - b / 2 % streams)
        return batches * streams * 4 + others * 2 + (a % 2 == b % 2 ? 0 : 1)
    }

    /// The duration of the call at `position` of its kind, from the start again after the last.
    @inline(__always)
    func duration(kind: Int, position: Int) -> Int64 {
        let range = ranges[kind]
        return durations[range.lowerBound + position % range.count]
    }
}
