import TachoRecords
import TachoReport

extension TraceStatistics {
    private struct FieldKey: Hashable {
        var name: String
        var domain: String
        var field: String
    }

    private struct Gathered {
        var count: Int64 = 0
        var numbers: [Double] = []
        /// How often each other value came, of the first thousand.
        var texts: [String: Int64] = [:]

        mutating func add(_ value: PayloadValue) {
            count += 1
            if let number = value.number {
                if !number.isNaN { numbers.append(number) }
            } else {
                let words = String(value.words.prefix(200))
                if texts.count < 1_000 || texts[words] != nil { texts[words, default: 0] += 1 }
            }
        }

        /// Of what is no number; the one that came most.
        var commonest: String? {
            texts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
        }
    }

    /// The values that the program gave ranges and marks, by name and field.
    func payloads(_ statistic: TraceStatistic) throws -> StatisticsTable {
        let payloads = try TracePayloads(report)
        var groups: [FieldKey: Gathered] = [:]
        let owners = index.perLabel { label, track in (name: index.name(label), track: track) }
        for isMark in [false, true] {
            try report.forEachPayload(ofMarks: isMark) { event, payload in
                guard event.label >= 0, event.label < owners.count, let owner = owners[Int(event.label)],
                    selection?.contains(event, owner.track) ?? true
                else { return }
                for part in payloads.parts(payload) {
                    for leaf in part.value.leaves(part.name) {
                        let key = FieldKey(name: owner.name, domain: owner.track.name, field: leaf.name)
                        groups[key, default: Gathered()].add(leaf.value)
                    }
                }
            }
        }
        let rows = groups.sorted {
            ($0.key.name, $0.key.domain, $0.key.field) < ($1.key.name, $1.key.domain, $1.key.field)
        }
        return make(
            statistic,
            [
                .init("name", "Name", .none), .init("domain", "Domain", .none),
                .init("field", "Field", .none),
                .init("count", "Count", .count), .init("mean", "Mean", .number),
                .init("median", "Median", .number), .init("p99", "p99", .number),
                .init("min", "Min", .number),
                .init("max", "Max", .number), .init("commonest", "Commonest", .none),
            ],
            rows.map { key, gathered in
                [.text(key.name), .text(key.domain), .text(key.field), .integer(gathered.count)]
                    + Self.figures(gathered.numbers.sorted())
                    + [
                        gathered.commonest.map { StatisticsTable.Value.text($0) }
                            ?? StatisticsTable.Value.none
                    ]
            })
    }

    /// Mean, median, 99th percentile (nearest rank), least and greatest.
    private static func figures(_ sorted: [Double]) -> [StatisticsTable.Value] {
        guard let first = sorted.first, let last = sorted.last else {
            return Array(repeating: .none, count: 5)
        }
        let count = sorted.count
        return [
            .real(sorted.reduce(0) { $0 + $1 / Double(count) }), .real(sorted[(count - 1) / 2]),
            .real(sorted[(count * 99 + 99) / 100 - 1]), .real(first), .real(last),
        ]
    }
}
