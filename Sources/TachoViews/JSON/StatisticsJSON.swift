import Foundation
import TachoAnalysis

/// Statistics as JSON: `tacho.stats/1`. Its keys are a promise; docs/json.md says what each one means.
package enum StatisticsJSON {
    package static let schema = "tacho.stats/1"

    package static func data(_ table: StatisticsTable, report: String?) throws -> Data {
        try WireEncoder.data(StatisticsDocument(table, report: report))
    }
}

private struct StatisticsDocument: Encodable {
    let schema = StatisticsJSON.schema
    let report: String?
    let statistic: String
    let range: String?
    let rows: [WireRow]
    let notes: [String]

    init(_ table: StatisticsTable, report: String?) {
        self.report = report
        statistic = table.statistic.rawValue
        range = table.range
        rows = table.rows.map { WireRow(keys: table.columns.map(\.key), values: $0) }
        notes = table.notes
    }
}

/// A row by the keys of its columns; what is not known is left out.
private struct WireRow: Encodable {
    struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    let keys: [String]
    let values: [StatisticsTable.Value]

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        for (key, value) in zip(keys, values) {
            let key = Key(stringValue: key)
            switch value {
            case .text(let text): try container.encode(text, forKey: key)
            case .integer(let number): try container.encode(number, forKey: key)
            case .real(let number): try container.encode(number, forKey: key)
            case .none: break
            }
        }
    }
}
