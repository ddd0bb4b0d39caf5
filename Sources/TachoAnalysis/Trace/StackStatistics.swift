import TachoRecords
import TachoReport

/// Where running threads were seen, by function: `self`, and `total` with what it called.
struct StackStatistics {
    let report: Report

    private struct Counts {
        var own = 0
        var total = 0
    }

    func table() throws -> StatisticsTable {
        let nodes = Dictionary(try report.traceStackNodes().map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        let frames = Dictionary(try report.traceFrames().map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        var counts: [Int64: Counts] = [:]
        var whole = 0
        for stack in try report.traceStackCounts() {
            whole += stack.samples
            var seen: Set<Int64> = []
            var next = stack.stack
            while let id = next, let node = nodes[id] {
                if seen.isEmpty { counts[node.frame, default: Counts()].own += stack.samples }
                // A function that called itself counts once.
                if seen.insert(node.frame).inserted {
                    counts[node.frame, default: Counts()].total += stack.samples
                }
                // A caller's node was stored first, so damaged rows cannot make a circle.
                next = node.parent.flatMap { $0 < id ? $0 : nil }
            }
        }
        func share(_ count: Int) -> StatisticsTable.Value {
            .real(whole > 0 ? Double(count) / Double(whole) * 100 : 0)
        }
        var table = StatisticsTable(
            statistic: .cpuSamplesSum, range: nil,
            columns: [
                .init("name", "Function", .none), .init("file", "File", .none), .init("self", "Self", .count),
                .init("self_share", "Self", .percent), .init("total", "Total", .count),
                .init("total_share", "Total", .percent),
            ],
            rows: counts.sorted {
                ($1.value.own, $1.value.total, $0.key) < ($0.value.own, $0.value.total, $1.key)
            }.map {
                [
                    .text(frames[$0.key]?.name ?? "(frame \($0.key))"), .text(frames[$0.key]?.file ?? ""),
                    .integer(Int64($0.value.own)), share($0.value.own), .integer(Int64($0.value.total)),
                    share($0.value.total),
                ]
            })
        if whole > 0 { table.notes.append("\(whole) samples of running threads") }
        return table
    }
}
