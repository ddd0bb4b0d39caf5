import Glibc
import TachoAnalysis
import TachoRecords
import TachoReport

/// A trace in text: what ran, what was recorded, what was lost.
package struct TraceTextView {
    package var style: TextStyle

    package init(style: TextStyle) { self.style = style }

    package func text(_ summary: TraceSummary) -> String {
        let trace = summary.trace
        var lines = [
            style.paint(
                "trace of \(trace.plan.command.joined(separator: " ").printable.shortened(66))", .strong)
        ]
        var table = TextTable([.left, .left])
        table.add("ended", ended(summary))
        if let end = trace.ended {
            table.add("took", StatisticsText.quantity((end - trace.started).double, .nanoseconds))
        }
        if let captures = trace.captures, captures > 0 { table.add("capture ranges", String(captures)) }
        table.add(
            "processes",
            "\(trace.processes.count) with \(trace.threads.count) threads")
        for count in summary.counts { table.add(Self.noun(count.kind), String(count.events)) }
        if summary.marks > 0 { table.add("NVTX marks", String(summary.marks)) }
        if trace.counterSampleCount > 0 { table.add("metric samples", String(trace.counterSampleCount)) }
        if trace.cpuSampleCount > 0 { table.add("stack samples", String(trace.cpuSampleCount)) }
        if let bytes = summary.fileBytes {
            let events = trace.sliceCount + trace.markCount
            let each = events >= 1_000 ? " (\(bytes / Int64(events)) bytes an event)" : ""
            table.add("report", "\(summary.path), \(StatisticsText.quantity(Double(bytes), .bytes))\(each)")
        }
        lines += table.lines()
        if let gaps = summary.gaps { lines += self.gaps(gaps) }
        lines += FindingsText(style: style).lines(summary.findings)
        for warning in summary.warnings { lines += style.wrap(warning.printable, first: "  note: ") }
        for loss in summary.dataLoss {
            let count = loss.count.map { "\($0) records lost" } ?? "records lost"
            lines += style.wrap(
                "\(count), \(loss.reason.words): \(loss.remedy)".printable,
                first: "  " + style.paint("lost", .bad) + ": ",
                indent: "        ")
        }
        if trace.sliceCount + trace.counterSampleCount > 0 {
            lines.append("  next: tacho show \(summary.path) --stats \(next(summary))")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What the streams waited for, the greatest part first.
    private func gaps(_ gaps: GapSummary) -> [String] {
        func quantity(_ span: Int64) -> String { StatisticsText.quantity(Double(span), .nanoseconds) }
        var lines = [
            "  \(gaps.streams == 1 ? "its stream" : "its \(gaps.streams) streams") had \(quantity(gaps.busy)) of work and "
                + "waited \(quantity(gaps.waiting)) (\(StatisticsText.quantity(gaps.waitingPercent, .percent))), for:"
        ]
        var table = TextTable([.left, .right, .right])
        for cause in gaps.causes where gaps.waiting > 0 {
            table.add(
                cause.cause.words, quantity(cause.total),
                StatisticsText.quantity(Double(cause.total) / Double(gaps.waiting) * 100, .percent))
        }
        lines += table.lines().map { "  " + $0 }
        return lines
    }

    private func next(_ summary: TraceSummary) -> String {
        if summary.counts.contains(where: { $0.kind == "kernel" }) {
            return TraceStatistic.cudaKernelSum.rawValue
        }
        if summary.trace.sliceCount > 0 { return TraceStatistic.nvtxSum.rawValue }
        return summary.trace.cpuSampleCount > 0
            ? TraceStatistic.cpuSamplesSum.rawValue : TraceStatistic.threadSum.rawValue
    }

    private func ended(_ summary: TraceSummary) -> String {
        switch summary.trace.status {
        case .exited(let code): "by itself, exit code \(code)"
        case .signaled(let signal): "by signal \(signal) (\(String(cString: strsignal(signal))))"
        case nil:
            summary.state == .recording
                ? "not yet" : "not known: tacho was killed, and what had been recorded was brought in later"
        }
    }

    /// What labels of a kind are, in the plural.
    static func noun(_ kind: String) -> String {
        switch kind {
        case "nvtxPushPop": "NVTX push/pop ranges"
        case "nvtxStartEnd": "NVTX start/end ranges"
        case "cudaRuntime": "CUDA runtime calls"
        case "cudaDriver": "CUDA driver calls"
        case "kernel": "kernels"
        case "copy": "copies"
        case "set": "sets"
        case "graph": "CUDA graph launches"
        case "synchronisation": "synchronisations"
        case "overhead": "overheads of CUPTI"
        case "allocation": "allocations of CUDA memory"
        case "free": "frees of earlier allocations"
        case "memoryPool": "changes of memory pools"
        default: kind
        }
    }
}
