import TachoRecords
import TachoReport

/// Statistics of sampled counters, weighted by how long each value held.
struct MetricStatistics {
    let report: Report
    let record: TraceRecord

    private struct Gathered {
        var samples = 0
        var last: (time: Int64, value: Double)?
        /// Values with the nanoseconds for which they held.
        var held: [(value: Double, time: Int64)] = []

        mutating func add(_ time: Int64, _ value: Double?) {
            if let last, time > last.time { held.append((last.value, time - last.time)) }
            last = value.map { (time, $0) }
            if value != nil { samples += 1 }
        }
    }

    func table() throws -> StatisticsTable {
        let counters = try report.traceCounters()
        var gathered: [Int64: Gathered] = [:]
        var end: Int64 = 0
        try report.forEachCounterSample { time, counter, value in
            gathered[counter, default: Gathered()].add(time, value)
            end = max(end, time)
        }
        let threads = Dictionary(record.threads.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        let processes = Dictionary(record.processes.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        let devices = Dictionary(try report.traceDevices().map { ($0.id, $0.name) }, uniquingKeysWith: { $1 })
        var rows: [[StatisticsTable.Value]] = []
        // Devices first, then processes, then threads.
        for counter in counters.sorted(by: { Self.order($0) < Self.order($1) }) {
            guard var own = gathered[counter.id] else { continue }
            // A report that was recovered has no closing sample.
            if let last = own.last, end > last.time { own.add(end, nil) }
            let subject =
                if let device = counter.device {
                    "device \(device)" + (devices[device].map { " (\($0))" } ?? "")
                } else if let thread = counter.thread.flatMap({ threads[$0] }) {
                    "thread \(thread.threadID) (\(thread.name))"
                } else if let process = counter.process.flatMap({ processes[$0] }) {
                    "process \(process.processID) (\(process.name))"
                } else {
                    "machine"
                }
            rows.append(row(counter, subject, own))
        }
        return StatisticsTable(
            statistic: .metricSum, range: nil,
            columns: [
                .init("name", "Metric", .none), .init("unit", "Unit", .none), .init("subject", "Of", .none),
                .init("samples", "Samples", .count), .init("mean", "Mean", .number),
                .init("median", "Median", .number), .init("p99", "p99", .number),
                .init("min", "Min", .number),
                .init("max", "Max", .number), .init("known_ns", "Known for", .nanoseconds),
            ], rows: rows)
    }

    private static func order(_ counter: TraceCounter) -> (Int64, Int, Int64) {
        (counter.device ?? Int64.max, counter.thread == nil ? 0 : 1, counter.id)
    }

    private func row(_ counter: TraceCounter, _ subject: String, _ gathered: Gathered) -> [StatisticsTable
        .Value]
    {
        let held = gathered.held.sorted { $0.value < $1.value }
        let whole = held.reduce(Int64(0)) { $0 + $1.time }
        let words: [StatisticsTable.Value] = [.text(counter.name), .text(counter.unit), .text(subject)]
        guard whole > 0, let first = held.first, let last = held.last else {
            return words + [
                .integer(Int64(gathered.samples)), .none, .none, .none, .none, .none, .integer(0),
            ]
        }
        func quantile(_ share: Double) -> Double {
            var passed: Int64 = 0
            for part in held {
                passed += part.time
                if Double(passed) >= share * Double(whole) { return part.value }
            }
            return last.value
        }
        let mean = held.reduce(0.0) { $0 + $1.value * (Double($1.time) / Double(whole)) }
        // The mean of a set of bits means nothing.
        let isBits = counter.unit == "bits"
        return words + [
            .integer(Int64(gathered.samples)), isBits ? .none : .real(mean),
            isBits ? .none : .real(quantile(0.5)), isBits ? .none : .real(quantile(0.99)), .real(first.value),
            .real(last.value), .integer(whole),
        ]
    }
}
