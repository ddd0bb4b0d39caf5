import TachoRecords

/// Which rows of a layer table are asked for, and in which order.
package struct LayerQuery: Sendable {
    package enum Order: String, CaseIterable, Sendable {
        /// As they run.
        case execution
        case time, name, type, calls, operations
    }

    package var order: Order
    /// Case-insensitive, matched anywhere in a layer's name or type.
    package var filter: String?
    package var top: Int?
    /// Row numbers, from 1.
    package var selection: [ClosedRange<Int>]

    package init(
        order: Order = .time, filter: String? = nil, top: Int? = nil, selection: [ClosedRange<Int>] = []
    ) {
        self.order = order
        self.filter = filter
        self.top = top
        self.selection = selection
    }

    /// Reads `3-9,14`.
    ///
    /// - Throws: `Failure` (usage) for anything else.
    package static func selection(parsing text: String) throws -> [ClosedRange<Int>] {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        return try parts.map { part in
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard let first = ends.first, let low = first, low > 0, ends.count <= 2,
                let last = ends.last, let high = last, high >= low
            else {
                throw Failure(
                    .usage, input: "--select \(text)", problem: "'\(part)' is no row or range of rows",
                    expected: "row numbers from 1, such as 3-9,14",
                    nextStep: "take the numbers from the table's first column")
            }
            return low...high
        }
    }

    /// The rows asked for.
    ///
    /// - Throws: `Failure` (usage) for a regular expression that cannot be read, and where no row is left.
    package func rows(of table: LayerTable) throws -> [LayerRow] {
        var rows = table.rows
        if let filter {
            let pattern = try Self.pattern(filter)
            rows = rows.filter {
                $0.layer.name.firstMatch(of: pattern) != nil || $0.layer.type.firstMatch(of: pattern) != nil
            }
            guard !rows.isEmpty else {
                throw nothing("--filter \(filter)", "matches none of the \(table.rows.count) layers")
            }
        }
        if !selection.isEmpty {
            rows = rows.filter { row in selection.contains { $0.contains(row.number) } }
            guard !rows.isEmpty else {
                let text = selection.map {
                    $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)"
                }
                throw nothing(
                    "--select \(text.joined(separator: ","))",
                    "selects none of the \(table.rows.count) layers"
                        + (filter == nil ? "" : " that the filter leaves"))
            }
        }
        rows = sorted(rows)
        return top.map { Array(rows.prefix($0)) } ?? rows
    }

    /// Finds out whether the filter can be read before there is a table.
    package func checkPattern() throws {
        if let filter { _ = try Self.pattern(filter) }
    }

    private static func pattern(_ text: String) throws -> Regex<AnyRegexOutput> {
        do {
            return try Regex(text).ignoresCase()
        } catch {
            throw Failure(
                .usage, input: "--filter \(text)", problem: "is not a regular expression (\(error))",
                expected: "a pattern for a layer's name or type, such as 'conv|gemm'",
                nextStep: "put a backslash before characters that are meant as they are")
        }
    }

    private func nothing(_ input: String, _ problem: String) -> Failure {
        Failure(
            .usage, input: input, problem: problem, expected: "at least one layer",
            nextStep: "look at the whole table: leave the option out")
    }

    private func sorted(_ rows: [LayerRow]) -> [LayerRow] {
        switch order {
        case .execution: rows
        case .time: rows.sorted { ($1.time.total, $0.number) < ($0.time.total, $1.number) }
        case .name: rows.sorted { ($0.layer.name, $0.number) < ($1.layer.name, $1.number) }
        case .type: rows.sorted { ($0.layer.type, $0.number) < ($1.layer.type, $1.number) }
        case .calls: rows.sorted { ($1.calls, $0.number) < ($0.calls, $1.number) }
        case .operations:
            rows.sorted {
                ($1.layer.cost?.operations ?? -1, $0.number) < ($0.layer.cost?.operations ?? -1, $1.number)
            }
        }
    }
}
