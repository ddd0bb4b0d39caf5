/// The graph of the model, from schema version 4 on; empty in a report without a profile.
extension Schema {
    static let model = """
        CREATE TABLE model_node (
            ordinal INTEGER PRIMARY KEY CHECK (ordinal >= 0),
            path TEXT NOT NULL,
            name TEXT NOT NULL,
            type TEXT NOT NULL,
            inputs TEXT NOT NULL,
            outputs TEXT NOT NULL,
            attributes TEXT NOT NULL
        ) STRICT;
        CREATE TABLE model_value (
            ordinal INTEGER PRIMARY KEY CHECK (ordinal >= 0),
            path TEXT NOT NULL,
            name TEXT NOT NULL,
            role TEXT NOT NULL,
            element_type INTEGER,
            dimensions TEXT
        ) STRICT;
        """
}
