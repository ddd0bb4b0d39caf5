import TachoAnalysis
import TachoRecords
import TachoReport
import Testing

/// The layer table adds up, whatever ran when.
@Suite struct LayerTableTests {
    static let layers = [
        Layer(
            name: "conv", type: "Conv", cost: LayerCost(operations: 2_000, bytesRead: 300, bytesWritten: 100)),
        Layer(name: "if", type: "If"),
        Layer(name: "add", type: "Add", path: ["if.then_branch"]),
        Layer(name: "reorder", type: "ReorderInput", overhead: .reformat),
        Layer(name: "never", type: "Mul", path: ["if.else_branch"]),
    ]

    @Test func nestedLayersAreTakenOutOfTheirParent() {
        var accumulator = LayerAccumulator(layers: Self.layers)
        accumulator.add(
            latency: 1_000,
            executions: [
                execution(0, 100, 300),
                execution(1, 450, 200),
                execution(2, 460, 50),
                execution(2, 520, 60),
                execution(3, 700, 10),
            ])
        let table = accumulator.table()
        #expect(table.rows.map(\.layer.name) == ["conv", "if", "add", "reorder", "never"])
        #expect(table.rows.map(\.time.total) == [300, 90, 110, 10, 0])
        #expect(table.rows.map(\.calls) == [1, 1, 2, 1, 0])
        #expect(table.unexplained.total == 1_000 - 510)
        #expect(table.overlap.total == 0)
        #expect(abs(table.overheadShare - 0.01) < 1e-12)
        #expect(table.rows[0].operationsPerSecond == 2_000.0 * 1e9 / 300)
        #expect(table.rows[0].bytesPerSecond == 400.0 * 1e9 / 300)
        #expect(table.rows[1].operationsPerSecond == nil)
    }

    @Test func layersSideBySideOverlap() {
        var accumulator = LayerAccumulator(layers: Self.layers)
        accumulator.add(
            latency: 500,
            executions: [
                execution(0, 0, 300),
                execution(3, 100, 300),
            ])
        let table = accumulator.table()
        #expect(table.rows[0].time.total + table.rows[1].time.total == 600)
        #expect(table.overlap.total == -200)
        #expect(table.unexplained.total == 100)
    }

    /// Random trees of layers over random queries: the sum is the latency to the nanosecond.
    @Test(arguments: 1...50) func alwaysAddsUp(_ seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        var accumulator = LayerAccumulator(layers: Self.layers)
        var latencies: Int64 = 0
        for _ in 0..<20 {
            var executions: [LayerTime] = []
            var time: Int64 = Int64.random(in: 0...50, using: &random)
            for layer in [0, 1, 3].shuffled(using: &random) where Bool.random(using: &random) {
                let duration = Int64.random(in: 0...1_000, using: &random)
                executions.append(execution(layer, time, duration))
                if layer == 1, duration > 10 {
                    let inner = Int64.random(in: 0...duration, using: &random)
                    executions.append(
                        execution(2, time + duration - inner, inner))
                }
                // Now and then the next one starts before this one ends, as in parallel execution.
                time += Int64.random(in: duration / 2...duration + 50, using: &random)
            }
            let end = executions.map(\.end.rawValue).max() ?? 0
            let latency = end + Int64.random(in: 0...100, using: &random)
            latencies += latency
            accumulator.add(latency: latency, executions: executions.shuffled(using: &random))
        }
        let table = accumulator.table()
        let sum = table.rows.reduce(0) { $0 + $1.time.total }
        #expect(sum + table.overlap.total + table.unexplained.total == latencies)
        #expect(table.latency.total == latencies)
        #expect(table.unexplained.min >= 0)
        let means = table.rows.reduce(0) { $0 + $1.time.mean } + table.overlap.mean + table.unexplained.mean
        #expect(abs(means - table.latency.mean) < 1e-6)
        for grouping in LayerTable.Grouping.allCases {
            #expect(table.groups(by: grouping).reduce(0) { $0 + $1.total } == sum)
        }
    }

    private static func table() -> LayerTable {
        var accumulator = LayerAccumulator(layers: layers)
        for scale in 1...3 as ClosedRange<Int64> {
            accumulator.add(
                latency: 1_000 * scale,
                executions: [
                    execution(0, 0, 300 * scale),
                    execution(3, 300 * scale, 500 * scale),
                ])
        }
        return accumulator.table()
    }

    @Test func queriesPickSortAndFilter() throws {
        let table = Self.table()
        let byTime = try LayerQuery().rows(of: table)
        #expect(byTime.prefix(2).map(\.layer.name) == ["reorder", "conv"])
        #expect(try LayerQuery(top: 1).rows(of: table).count == 1)
        #expect(try LayerQuery(filter: "^conv|REORDER").rows(of: table).count == 2)
        #expect(
            try LayerQuery(order: .execution, selection: [1...1, 4...9]).rows(of: table).map(\.number) == [
                1, 4, 5,
            ])
        #expect(try LayerQuery.selection(parsing: "3-9,14") == [3...9, 14...14])
    }

    @Test(arguments: ["", "0", "5-3", "a", "1-2-3", "1,,2", "-4", "1-"]) func badSelections(_ text: String) {
        #expect(throws: Failure.self) { try LayerQuery.selection(parsing: text) }
    }

    @Test func nothingLeftIsAnError() {
        let table = Self.table()
        for query in [
            LayerQuery(filter: "("), LayerQuery(filter: "nothing"), LayerQuery(selection: [90...95]),
        ] {
            let failure = #expect(throws: Failure.self) { try query.rows(of: table) }
            #expect(failure?.kind == .usage)
        }
    }

    @Test func aSelectionIsSummarised() throws {
        let table = Self.table()
        let selection = try #require(LayerSelection(Array(table.rows.prefix(2)), of: table))
        #expect(selection.rows == 2)
        #expect((selection.min, selection.max, selection.mean, selection.total) == (600, 1_000, 800, 1_600))
        #expect(abs(selection.shares.total - 0.8) < 1e-12)
        let types = try #require(selection.columns.first { $0.name == "type" })
        #expect(types.values.map(\.text) == ["Conv", "ReorderInput"])
        #expect(types.values.map(\.count) == [1, 1])
        #expect(LayerSelection([], of: table) == nil)
    }
}

private func execution(_ layer: Int, _ start: Int64, _ duration: Int64) -> LayerTime {
    LayerTime(layer: layer, start: Nanoseconds(start), duration: Nanoseconds(duration))
}
