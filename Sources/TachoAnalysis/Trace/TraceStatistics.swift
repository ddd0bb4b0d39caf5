import TachoRecords
import TachoReport

/// Computes the statistics of a trace from its report.
///
/// Cost: one walk over the slices (about three million a second in a release build), and 8 bytes of memory for each that
/// counts; with a range two walks more.
package struct TraceStatistics {
    let report: Report
    let index: TraceIndex
    private let rangeName: String?
    let selection: RangeSelection?

    /// - Parameter range: Restricts them to the instances of an NVTX range; nil: all.
    /// - Throws: `Failure` where the report has no trace, or no such range.
    package init(_ report: Report, range: String? = nil) throws {
        guard let index = try TraceIndex(report) else {
            throw Failure(
                .usage, input: report.path, problem: "holds no trace, so there are no statistics of one",
                expected: "a report that tacho trace made",
                nextStep: "see what it holds with: tacho show \(report.path)")
        }
        self.report = report
        self.index = index
        rangeName = range
        selection = try range.map { try RangeSelection($0, report, index) }
    }

    package func table(_ statistic: TraceStatistic) throws -> StatisticsTable {
        switch statistic {
        case .nvtxSum: try ranges(statistic, ["nvtxPushPop", "nvtxStartEnd"])
        case .nvtxPushPopSum: try ranges(statistic, ["nvtxPushPop"])
        case .nvtxStartEndSum: try ranges(statistic, ["nvtxStartEnd"])
        case .nvtxMarkSum: try marks(statistic)
        case .nvtxPayloadSum: try payloads(statistic)
        case .nvtxGPUProjectionSum: try projection(statistic)
        case .cudaAPISum: try calls(statistic)
        case .cudaKernelSum: try spans(statistic, ["kernel"])
        case .cudaMemoryTimeSum: try spans(statistic, ["copy", "set"])
        case .cudaMemorySizeSum: try sizes(statistic)
        case .cudaKernelExecutionSum: try executions(statistic)
        case .cudaAPIGPUSum:
            try spans(statistic, ["cudaRuntime", "cudaDriver", "kernel", "copy", "set", "graph"])
        case .cudaAllocationSum: try allocations(statistic)
        case .gapSum: try gaps(statistic)
        case .threadSum: try threads(statistic)
        case .metricSum: try MetricStatistics(report: report, record: index.record).table()
        case .cpuSamplesSum: try StackStatistics(report: report).table()
        }
    }

    func make(
        _ statistic: TraceStatistic, _ columns: [StatisticsTable.Column], _ rows: [[StatisticsTable.Value]]
    )
        -> StatisticsTable
    {
        var table = StatisticsTable(statistic: statistic, range: rangeName, columns: columns, rows: rows)
        if let selection {
            table.notes.append("inside \(selection.instances) instances of \(rangeName ?? "")")
        }
        return table
    }

    private func walk(_ kinds: Set<String>, _ body: (TraceSlice, TraceLabelRecord) -> Void) throws {
        let wanted = index.perLabel { label, track in kinds.contains(label.kind) ? (label, track) : nil }
        try report.forEachSlice { slice in
            guard slice.label >= 0, slice.label < wanted.count, let (label, track) = wanted[Int(slice.label)],
                selection?.contains(slice, track) ?? true
            else { return }
            body(slice, label)
        }
    }

    // MARK: Spans by name

    private struct RangeKey: Hashable {
        var name: String
        var domain: String
        var style: String
    }

    private func ranges(_ statistic: TraceStatistic, _ kinds: Set<String>) throws -> StatisticsTable {
        let groups = try gather(kinds) { label, track in
            RangeKey(
                name: index.name(label), domain: track.name,
                style: label.kind == "nvtxStartEnd" ? "StartEnd" : "PushPop")
        }
        let rows = groups.statistics()
        let whole = rows.reduce(0) { $0 + $1.statistics.total }
        return make(
            statistic,
            [.init("name", "Name", .none), .init("domain", "Domain", .none), .init("style", "Style", .none)]
                + SpanStatistics.columns(.nanoseconds),
            rows.map {
                [.text($0.key.name), .text($0.key.domain), .text($0.key.style)]
                    + $0.statistics.values(whole: whole)
            })
    }

    private struct SpanKey: Hashable {
        var name: String
        var kind: String
    }

    private func spans(_ statistic: TraceStatistic, _ kinds: Set<String>) throws -> StatisticsTable {
        let groups = try gather(kinds) { label, _ in SpanKey(name: index.name(label), kind: label.kind) }
        let rows = groups.statistics()
        let whole = rows.reduce(0) { $0 + $1.statistics.total }
        return make(
            statistic,
            [.init("name", "Name", .none), .init("kind", "Kind", .none)]
                + SpanStatistics.columns(.nanoseconds),
            rows.map { [.text($0.key.name), .text($0.key.kind)] + $0.statistics.values(whole: whole) })
    }

    private func calls(_ statistic: TraceStatistic) throws -> StatisticsTable {
        var table = try spans(statistic, ["cudaRuntime", "cudaDriver"])
        if index.record.plan.allAPIs == false, !table.rows.isEmpty {
            table.notes.append(
                "functions that only ask what the host knows (cudaGetDevice, cudaGetLastError, ...) were not recorded: "
                    + "--cuda-trace-all-apis records them")
        }
        return table
    }

    private func gather<Key: Hashable>(
        _ kinds: Set<String>, _ key: (TraceLabelRecord, TraceTrack) -> Key
    ) throws -> SpanGroups<Key> {
        var groups = SpanGroups<Key>()
        let group = index.perLabel { label, track in
            kinds.contains(label.kind) ? groups.group(key(label, track)) : nil
        }
        let tracks = selection == nil ? [] : index.perLabel { _, track in track }
        try report.forEachSlice { slice in
            guard slice.label >= 0, slice.label < group.count, let number = group[Int(slice.label)] else {
                return
            }
            if let selection {
                guard let track = tracks[Int(slice.label)], selection.contains(slice, track) else { return }
            }
            groups.add(slice.duration, to: number)
        }
        return groups
    }

    private func sizes(_ statistic: TraceStatistic) throws -> StatisticsTable {
        var groups = SpanGroups<SpanKey>()
        try walk(["copy", "set"]) { _, label in
            let group = groups.group(SpanKey(name: index.name(label), kind: label.kind))
            groups.add(label.bytes ?? 0, to: group)
        }
        let rows = groups.statistics()
        let whole = rows.reduce(0) { $0 + $1.statistics.total }
        return make(
            statistic,
            [.init("name", "Name", .none), .init("kind", "Kind", .none)] + SpanStatistics.columns(.bytes),
            rows.map { [.text($0.key.name), .text($0.key.kind)] + $0.statistics.values(whole: whole) })
    }

    private func marks(_ statistic: TraceStatistic) throws -> StatisticsTable {
        var counts: [RangeKey: Int64] = [:]
        try report.forEachMark { time, id in
            guard let label = index.label(id), let track = index.track(label.track),
                selection?.containsHost(time, track) ?? true
            else { return }
            counts[RangeKey(name: index.name(label), domain: track.name, style: ""), default: 0] += 1
        }
        return make(
            statistic,
            [
                .init("name", "Name", .none), .init("domain", "Domain", .none),
                .init("count", "Count", .count),
            ],
            counts.sorted { ($1.value, $0.key.name) < ($0.value, $1.key.name) }.map {
                [.text($0.key.name), .text($0.key.domain), .integer($0.value)]
            })
    }

    // MARK: Launches

    private struct ExecutionKey: Hashable {
        var call: String
        var kernel: String
    }

    /// Labels of a call and of a kernel; several may have the same names.
    private struct LabelPair: Hashable {
        var call: Int32
        var kernel: Int32
    }

    /// Queue time is the end of the launch call to the start of the kernel, and 0 where the kernel began before that.
    private func executions(_ statistic: TraceStatistic) throws -> StatisticsTable {
        let activity = try DeviceActivity(report, index)
        var queue = SpanGroups<ExecutionKey>()
        var call = SpanGroups<ExecutionKey>()
        var kernel = SpanGroups<ExecutionKey>()
        var whole = SpanGroups<ExecutionKey>()
        // All four get their groups together, so a key has the same number in each.
        var groups: [LabelPair: Int] = [:]
        var hint = 0
        for stream in activity.streams {
            for work in stream.work where work.kind == .kernel {
                guard
                    let launch = activity.launches.call(
                        process: stream.track.process, correlation: work.correlation, hint: &hint),
                    selection == nil
                        || selection?.instance(
                            at: launch.start, thread: Int64(launch.thread), process: stream.track.process)
                            != nil
                else { continue }
                let pair = LabelPair(call: launch.label, kernel: work.label)
                let group: Int
                if let known = groups[pair] {
                    group = known
                } else {
                    guard let function = index.label(Int64(launch.label)),
                        let label = index.label(Int64(work.label))
                    else { continue }
                    let key = ExecutionKey(call: index.name(function), kernel: index.name(label))
                    group = call.group(key)
                    for number in [queue.group(key), kernel.group(key), whole.group(key)] {
                        assert(number == group)
                    }
                    groups[pair] = group
                }
                call.add(launch.end - launch.start, to: group)
                queue.add(max(0, work.start - launch.end), to: group)
                kernel.add(work.end - work.start, to: group)
                whole.add(work.end - launch.start, to: group)
            }
        }
        let parts = [("call", call), ("queue", queue), ("kernel", kernel), ("total", whole)].map {
            ($0.0, Dictionary(uniqueKeysWithValues: $0.1.statistics().map { ($0.key, $0.statistics) }))
        }
        let columns =
            [.init("name", "Kernel", .none), .init("call", "Call", .none), .init("count", "Count", .count)]
            + parts.flatMap { part -> [StatisticsTable.Column] in
                let title = part.0.prefix(1).uppercased() + part.0.dropFirst()
                return [
                    .init("\(part.0)_mean_ns", "\(title) mean", .nanoseconds),
                    .init("\(part.0)_median_ns", "\(title) median", .nanoseconds),
                    .init("\(part.0)_p99_ns", "\(title) p99", .nanoseconds),
                ]
            }
        let order = parts[3].1.sorted { $0.value.total > $1.value.total }.map(\.key)
        return make(
            statistic, columns,
            order.map { key in
                [.text(key.kernel), .text(key.call), .integer(Int64(parts[3].1[key]?.count ?? 0))]
                    + parts.flatMap { part -> [StatisticsTable.Value] in
                        guard let figures = part.1[key] else { return [.none, .none, .none] }
                        return [.real(figures.mean), .integer(figures.median), .integer(figures.p99)]
                    }
            })
    }

    private func projection(_ statistic: TraceStatistic) throws -> StatisticsTable {
        let projections = try TraceProjection(report, index)
        var spans = SpanGroups<RangeKey>()
        var ranges = SpanGroups<RangeKey>()
        var operations: [RangeKey: Int64] = [:]
        var busy: [RangeKey: Int64] = [:]
        for instance in projections.instances where instance.operations > 0 {
            guard let label = index.label(instance.label), let track = index.track(label.track),
                selection?.containsHost(instance.start, track) ?? true
            else { continue }
            let key = RangeKey(
                name: index.name(label), domain: track.name,
                style: label.kind == "nvtxStartEnd" ? "StartEnd" : "PushPop")
            spans.add(instance.deviceEnd - instance.deviceStart, to: spans.group(key))
            ranges.add(instance.end.map { $0 - instance.start }, to: ranges.group(key))
            operations[key, default: 0] += Int64(instance.operations)
            busy[key, default: 0] += instance.busy
        }
        let host = Dictionary(uniqueKeysWithValues: ranges.statistics().map { ($0.key, $0.statistics) })
        let rows = spans.statistics()
        let whole = rows.reduce(0) { $0 + $1.statistics.total }
        return make(
            statistic,
            [
                .init("name", "Name", .none), .init("domain", "Domain", .none),
                .init("style", "Style", .none),
            ] + SpanStatistics.columns(.nanoseconds) + [
                .init("host_mean_ns", "Host mean", .nanoseconds), .init("operations", "Operations", .count),
                .init("busy_ns", "Busy", .nanoseconds),
            ],
            rows.map { row in
                [.text(row.key.name), .text(row.key.domain), .text(row.key.style)]
                    + row.statistics.values(whole: whole) + [
                        host[row.key].map { .real($0.mean) } ?? .none, .integer(operations[row.key] ?? 0),
                        .integer(busy[row.key] ?? 0),
                    ]
            })
    }

    // MARK: Threads

    private func threads(_ statistic: TraceStatistic) throws -> StatisticsTable {
        var ranges: [Int64: (count: Int64, time: Int64)] = [:]
        var calls: [Int64: (count: Int64, time: Int64)] = [:]
        let place = index.perLabel { label, track in
            track.thread.map { (thread: $0, isCall: track.kind == "cudaCall", isOutermost: label.depth == 0) }
        }
        try report.forEachSlice { slice in
            guard slice.label >= 0, slice.label < place.count, let place = place[Int(slice.label)] else {
                return
            }
            // Time of the outermost ranges alone: what lies inside them is theirs.
            let time = place.isOutermost ? slice.duration ?? 0 : 0
            if place.isCall {
                calls[place.thread, default: (0, 0)].count += 1
                calls[place.thread, default: (0, 0)].time += time
            } else {
                ranges[place.thread, default: (0, 0)].count += 1
                ranges[place.thread, default: (0, 0)].time += time
            }
        }
        let processes = Dictionary(index.record.processes.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        func value(_ number: Int64?) -> StatisticsTable.Value { number.map { .integer($0) } ?? .none }
        return make(
            statistic,
            [
                .init("name", "Thread", .none), .init("thread_id", "TID", .none),
                .init("process", "Process", .none),
                .init("process_id", "PID", .none), .init("ranges", "Ranges", .count),
                .init("range_ns", "In ranges", .nanoseconds), .init("calls", "CUDA calls", .count),
                .init("call_ns", "In calls", .nanoseconds), .init("cpu_ns", "CPU time", .nanoseconds),
                .init("voluntary_switches", "Waits", .count),
                .init("involuntary_switches", "Preempted", .count),
            ],
            index.record.threads.map { thread in
                [
                    .text(thread.name), .integer(Int64(thread.threadID)),
                    .text(processes[thread.process]?.name ?? ""),
                    value(processes[thread.process].map { Int64($0.processID) }),
                    .integer(ranges[thread.id]?.count ?? 0), .integer(ranges[thread.id]?.time ?? 0),
                    .integer(calls[thread.id]?.count ?? 0), .integer(calls[thread.id]?.time ?? 0),
                    value(thread.cpuTime?.rawValue), value(thread.voluntarySwitches.map { Int64($0) }),
                    value(thread.involuntarySwitches.map { Int64($0) }),
                ]
            })
    }
}
