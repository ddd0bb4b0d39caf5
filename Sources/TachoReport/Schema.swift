/// The tables of a report; docs/report-schema.md says what every column means.
enum Schema {
    /// Every table of a version, in the order in which a reader needs them.
    static func tables(_ version: SchemaVersion) -> [String] {
        let first = ["report", "launch", "phase", "warning", "stream", "data_loss", "query"]
        return version < .layers
            ? first : first + ["layer", "optimized_node", "layer_thread", "profiled_query"]
    }

    /// Version 1.
    ///
    /// `query` starts with its small columns: 0 and 1 take no bytes in SQLite's rows, and a reader of latencies
    /// does not have to decode what follows them. It has no foreign key and no check, which would cost time
    /// for each of ten million rows.
    static let version1 = """
        CREATE TABLE report (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            state TEXT NOT NULL CHECK (state IN ('recording', 'complete', 'interrupted', 'failed', 'recovered')),
            created_wall_ns INTEGER NOT NULL,
            tool_version TEXT NOT NULL,
            command TEXT NOT NULL,
            plan TEXT NOT NULL
        ) STRICT;
        CREATE TABLE launch (
            ordinal INTEGER PRIMARY KEY CHECK (ordinal >= 0),
            process_id INTEGER,
            started_ns INTEGER,
            wall_offset_ns INTEGER,
            window_start_ns INTEGER,
            stop_reason TEXT,
            is_finished INTEGER NOT NULL DEFAULT 0 CHECK (is_finished IN (0, 1)),
            environment TEXT,
            model TEXT,
            engine TEXT,
            bindings TEXT,
            noise TEXT,
            failure TEXT
        ) STRICT;
        CREATE TABLE phase (
            id INTEGER PRIMARY KEY,
            launch INTEGER NOT NULL REFERENCES launch (ordinal),
            name TEXT NOT NULL,
            start_ns INTEGER NOT NULL,
            duration_ns INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE warning (
            id INTEGER PRIMARY KEY,
            launch INTEGER NOT NULL REFERENCES launch (ordinal),
            text TEXT NOT NULL
        ) STRICT;
        CREATE TABLE stream (
            id INTEGER PRIMARY KEY,
            launch INTEGER NOT NULL REFERENCES launch (ordinal),
            ordinal INTEGER NOT NULL CHECK (ordinal >= 0),
            name TEXT NOT NULL,
            thread_id INTEGER NOT NULL,
            opened_ns INTEGER NOT NULL,
            is_closed INTEGER NOT NULL CHECK (is_closed IN (0, 1)),
            first_query_id INTEGER,
            last_query_id INTEGER,
            UNIQUE (launch, ordinal)
        ) STRICT;
        CREATE TABLE data_loss (
            id INTEGER PRIMARY KEY,
            launch INTEGER NOT NULL,
            reason TEXT NOT NULL,
            count INTEGER,
            remedy TEXT NOT NULL
        ) STRICT;
        CREATE TABLE query (
            id INTEGER PRIMARY KEY,
            stream INTEGER NOT NULL,
            warm_up INTEGER NOT NULL,
            start_ns INTEGER NOT NULL,
            host_latency_ns INTEGER NOT NULL,
            enqueue_ns INTEGER,
            host_to_device_ns INTEGER,
            compute_ns INTEGER,
            device_to_host_ns INTEGER
        ) STRICT;
        """

    /// Version 2: layers. A profiled query is one row with its layer times packed: see docs/report-schema.md.
    static let version2 = """
        ALTER TABLE launch ADD COLUMN profile TEXT;
        CREATE TABLE layer (
            launch INTEGER NOT NULL,
            ordinal INTEGER NOT NULL CHECK (ordinal >= 0),
            name TEXT NOT NULL,
            type TEXT NOT NULL,
            description TEXT NOT NULL,
            PRIMARY KEY (launch, ordinal)
        ) STRICT;
        CREATE TABLE optimized_node (
            launch INTEGER NOT NULL,
            ordinal INTEGER NOT NULL CHECK (ordinal >= 0),
            path TEXT NOT NULL,
            name TEXT NOT NULL,
            type TEXT NOT NULL,
            domain TEXT NOT NULL,
            inputs TEXT NOT NULL,
            outputs TEXT NOT NULL,
            PRIMARY KEY (launch, ordinal)
        ) STRICT;
        CREATE TABLE layer_thread (
            launch INTEGER NOT NULL,
            ordinal INTEGER NOT NULL CHECK (ordinal >= 0),
            thread_id INTEGER NOT NULL,
            PRIMARY KEY (launch, ordinal)
        ) STRICT;
        CREATE TABLE profiled_query (
            id INTEGER PRIMARY KEY,
            launch INTEGER NOT NULL,
            start_ns INTEGER NOT NULL,
            host_latency_ns INTEGER NOT NULL,
            engine_start_ns INTEGER,
            engine_ns INTEGER,
            layer_count INTEGER NOT NULL,
            layers BLOB NOT NULL
        ) STRICT;
        CREATE INDEX profiled_query_of_launch ON profiled_query (launch, start_ns);
        """
}
