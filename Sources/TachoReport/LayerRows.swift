import GRDB
import TachoRecords

/// The rows of layers and of the graph that the engine runs.
enum LayerRows {
    /// Layers told again replace what was told of them before.
    static func store(_ layers: [Layer], launch: Int, _ database: Database) throws {
        let statement = try database.makeStatement(
            sql: """
                INSERT INTO layer (launch, ordinal, name, type, description) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET name = excluded.name, type = excluded.type,
                    description = excluded.description
                """)
        for (ordinal, layer) in layers.enumerated() {
            try statement.execute(
                arguments: [launch, ordinal, layer.name, layer.type, try ReportJSON.text(layer)])
        }
    }

    static func store(_ nodes: [OptimizedNode], launch: Int, _ database: Database) throws {
        let statement = try database.makeStatement(
            sql: """
                INSERT INTO optimized_node (launch, ordinal, path, name, type, domain, inputs, outputs)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """)
        for (ordinal, node) in nodes.enumerated() {
            try statement.execute(
                arguments: [
                    launch, ordinal, try ReportJSON.text(node.path), node.name, node.type, node.domain,
                    try ReportJSON.text(node.inputs), try ReportJSON.text(node.outputs),
                ])
        }
    }
}
