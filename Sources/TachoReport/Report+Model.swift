import GRDB
import TachoRecords

/// The graph of the model, kept once for all launches.
extension Report {
    /// Nil where it was not kept: a report without a profile, or of a schema before version 4.
    package func modelGraph() throws -> ModelGraph? {
        guard schemaVersion >= .modelGraphs else { return nil }
        let nodes = try reading { database in
            let cursor = try RowCursor(
                database,
                "SELECT path, name, type, inputs, outputs, attributes FROM model_node ORDER BY ordinal")
            var nodes: [ModelGraph.Node] = []
            while try cursor.step() {
                nodes.append(
                    ModelGraph.Node(
                        path: try Self.json(cursor, 0, "model_node.path"), name: try cursor.text(1),
                        type: try cursor.text(2), inputs: try Self.json(cursor, 3, "model_node.inputs"),
                        outputs: try Self.json(cursor, 4, "model_node.outputs"),
                        attributes: try Self.json(cursor, 5, "model_node.attributes")))
            }
            return nodes
        }
        guard !nodes.isEmpty else { return nil }
        return ModelGraph(nodes: nodes, values: try modelValues())
    }

    private func modelValues() throws -> [ModelGraph.Value] {
        try reading { database in
            let cursor = try RowCursor(
                database,
                "SELECT path, name, role, element_type, dimensions FROM model_value ORDER BY ordinal")
            var values: [ModelGraph.Value] = []
            while try cursor.step() {
                guard let role = ModelGraph.Value.Role(rawValue: try cursor.text(2)) else {
                    throw DamagedValue(place: "model_value.role", problem: "is no role of a value")
                }
                let type = try cursor.optionalInteger(3).flatMap { Int32(exactly: $0) }
                let hasDimensions = try cursor.optionalText(4) != nil
                values.append(
                    ModelGraph.Value(
                        path: try Self.json(cursor, 0, "model_value.path"), name: try cursor.text(1),
                        role: role, elementType: type.flatMap(ElementType.init(rawValue:)),
                        dimensions: hasDimensions ? try Self.json(cursor, 4, "model_value.dimensions") : nil))
            }
            return values
        }
    }

    private static func json<Value: Decodable>(
        _ cursor: RowCursor, _ column: CInt, _ place: String
    ) throws -> Value {
        guard let value = try? ReportJSON.value(Value.self, cursor.text(column)) else {
            throw DamagedValue(place: place, problem: "is not the JSON that it should be")
        }
        return value
    }
}

/// The rows of the model's graph.
enum ModelRows {
    /// The first launch that tells it is the one that is kept: all launches of a report run the same model.
    static func store(_ graph: ModelGraph, _ database: Database) throws {
        let node = try database.makeStatement(
            sql: """
                INSERT INTO model_node (ordinal, path, name, type, inputs, outputs, attributes)
                VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """)
        for (ordinal, each) in graph.nodes.enumerated() {
            try node.execute(
                arguments: [
                    ordinal, try ReportJSON.text(each.path), each.name, each.type,
                    try ReportJSON.text(each.inputs), try ReportJSON.text(each.outputs),
                    try ReportJSON.text(each.attributes),
                ])
        }
        let value = try database.makeStatement(
            sql: """
                INSERT INTO model_value (ordinal, path, name, role, element_type, dimensions)
                VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """)
        for (ordinal, each) in graph.values.enumerated() {
            try value.execute(
                arguments: [
                    ordinal, try ReportJSON.text(each.path), each.name, each.role.rawValue,
                    each.elementType?.rawValue, try each.dimensions.map { try ReportJSON.text($0) },
                ])
        }
    }
}
