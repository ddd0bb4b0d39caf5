import TachoRecords

/// How long the calls of the engine took in one step, in order of time, with what was going on around them.
package struct ServiceSeries: Hashable, Sendable {
    package struct Call: Hashable, Sendable {
        /// From the instant at which it could be sent to its result, in nanoseconds: what the stream was taken for.
        package var duration: Int64
        package var batch: Int
        /// Other streams that were serving when it was sent.
        package var others: Int
        /// A query of it had waited: the stream came from other work, not from idling.
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
    private let durations: [Int64]
    /// Where each kind's durations begin; one more at the end. A kind without any has those of the kind nearest to it.
    private let ranges: [Range<Int>]

    init(_ calls: ArraySlice<ServiceSeries.Call>, streams: Int, maxBatch: Int) {
        let kinds = Self.kinds(streams: streams, maxBatch: maxBatch)
        var byKind = [[Int64]](repeating: [], count: kinds)
        for call in calls {
            let kind = Self.kind(
                batch: min(call.batch, maxBatch), others: min(call.others, streams - 1),
                hadWaited: call.hadWaited, streams: streams)
            byKind[kind].append(call.duration)
        }
        var all: [Int64] = []
        var own: [Range<Int>] = []
        for durations in byKind {
            own.append(all.count..<all.count + durations.count)
            all += durations
        }
        let filled = own.indices.filter { !own[$0].isEmpty }
        self.durations = all
        ranges = own.indices.map { kind in
            if !own[kind].isEmpty { return own[kind] }
            let nearest = filled.min { Self.distance($0, kind, streams) < Self.distance($1, kind, streams) }
            return nearest.map { own[$0] } ?? 0..<0
        }
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

    var count: Int { durations.count }

    /// The duration of the call at `position` of its kind, from the start again after the last.
    @inline(__always)
    func duration(kind: Int, position: Int) -> Int64 {
        let range = ranges[kind]
        return durations[range.lowerBound + position % range.count]
    }
}
