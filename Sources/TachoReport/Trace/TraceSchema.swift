import GRDB

/// The tables of a traced program, part of version 3; docs/report-schema.md says what every column means.
enum TraceSchema {
    /// What a slice is apart from when is said once, in `label`, so that statistics group by a small number. Rows of `slice` and `mark` lie in order of time, so that a stretch of time
    /// is found by bisecting ids, without an index.
    static let version3 = """
        CREATE TABLE trace (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            plan TEXT NOT NULL,
            started_ns INTEGER NOT NULL,
            wall_offset_ns INTEGER NOT NULL,
            ended_ns INTEGER,
            exit_code INTEGER,
            exit_signal INTEGER,
            captures INTEGER
        ) STRICT;
        CREATE TABLE process (
            id INTEGER PRIMARY KEY,
            ordinal INTEGER NOT NULL UNIQUE,
            process_id INTEGER NOT NULL,
            parent_process_id INTEGER,
            name TEXT NOT NULL,
            command TEXT,
            started_ns INTEGER NOT NULL,
            ended_ns INTEGER
        ) STRICT;
        CREATE TABLE thread (
            id INTEGER PRIMARY KEY,
            process INTEGER NOT NULL REFERENCES process (id),
            thread_id INTEGER NOT NULL,
            name TEXT NOT NULL,
            cpu_time_ns INTEGER,
            voluntary_switches INTEGER,
            involuntary_switches INTEGER
        ) STRICT;
        CREATE TABLE name (
            id INTEGER PRIMARY KEY,
            text TEXT NOT NULL UNIQUE
        ) STRICT;
        CREATE TABLE track (
            id INTEGER PRIMARY KEY,
            process INTEGER NOT NULL REFERENCES process (id),
            thread INTEGER REFERENCES thread (id),
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            device INTEGER,
            context INTEGER,
            stream INTEGER
        ) STRICT;
        CREATE TABLE label (
            id INTEGER PRIMARY KEY,
            track INTEGER NOT NULL REFERENCES track (id),
            name INTEGER NOT NULL REFERENCES name (id),
            depth INTEGER NOT NULL,
            kind TEXT NOT NULL,
            category TEXT,
            colour INTEGER,
            bytes INTEGER,
            detail TEXT
        ) STRICT;
        CREATE TABLE slice (
            id INTEGER PRIMARY KEY,
            start_ns INTEGER NOT NULL,
            duration_ns INTEGER,
            label INTEGER NOT NULL,
            correlation INTEGER
        ) STRICT;
        CREATE TABLE mark (
            id INTEGER PRIMARY KEY,
            time_ns INTEGER NOT NULL,
            label INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE slice_payload (
            slice INTEGER PRIMARY KEY,
            type TEXT NOT NULL,
            value ANY NOT NULL
        ) STRICT;
        CREATE TABLE mark_payload (
            mark INTEGER PRIMARY KEY,
            type TEXT NOT NULL,
            value ANY NOT NULL
        ) STRICT;
        CREATE TABLE counter (
            id INTEGER PRIMARY KEY,
            process INTEGER REFERENCES process (id),
            name TEXT NOT NULL,
            unit TEXT NOT NULL
        ) STRICT;
        CREATE TABLE counter_sample (
            id INTEGER PRIMARY KEY,
            time_ns INTEGER NOT NULL,
            counter INTEGER NOT NULL,
            value REAL NOT NULL
        ) STRICT;
        """

    /// What is sampled beside a program, part of version 4. Nothing wrote the counters of version 3.
    static let version4 = """
        DROP TABLE counter_sample;
        DROP TABLE counter;
        CREATE TABLE device (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            uuid TEXT NOT NULL,
            bus TEXT NOT NULL,
            cuda_device INTEGER
        ) STRICT;
        CREATE TABLE counter (
            id INTEGER PRIMARY KEY,
            process INTEGER REFERENCES process (id),
            thread INTEGER REFERENCES thread (id),
            device INTEGER REFERENCES device (id),
            name TEXT NOT NULL,
            unit TEXT NOT NULL
        ) STRICT;
        CREATE TABLE counter_sample (
            id INTEGER PRIMARY KEY,
            time_ns INTEGER NOT NULL,
            counter INTEGER NOT NULL,
            value REAL
        ) STRICT;
        CREATE TABLE frame (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            file TEXT NOT NULL
        ) STRICT;
        CREATE TABLE call_stack (
            id INTEGER PRIMARY KEY,
            parent INTEGER,
            frame INTEGER NOT NULL REFERENCES frame (id)
        ) STRICT;
        CREATE TABLE cpu_sample (
            id INTEGER PRIMARY KEY,
            time_ns INTEGER NOT NULL,
            thread INTEGER NOT NULL REFERENCES thread (id),
            stack INTEGER
        ) STRICT;
        """

    /// Slices in blocks and layouts of payloads, part of version 5: `SliceBlock` says why. A report that has slices already keeps them where they are.
    static func version5(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE slice_row (
                    offset_ns INTEGER NOT NULL,
                    duration_ns INTEGER,
                    label INTEGER NOT NULL,
                    correlation INTEGER
                ) STRICT;
                CREATE TABLE slice_block (
                    id INTEGER PRIMARY KEY,
                    start_ns INTEGER NOT NULL,
                    end_ns INTEGER NOT NULL
                ) STRICT;
                CREATE TABLE payload_layout (
                    id INTEGER PRIMARY KEY,
                    description TEXT NOT NULL
                ) STRICT;
                ALTER TABLE slice_payload ADD COLUMN layout INTEGER;
                ALTER TABLE mark_payload ADD COLUMN layout INTEGER;
                """)
        guard try SliceCursor.isOneTable(database), try !RowCursor(database, "SELECT 1 FROM slice").step()
        else { return }
        try database.execute(
            sql: """
                DROP TABLE slice;
                CREATE VIEW slice AS SELECT
                    rowid AS id,
                    (SELECT start_ns FROM slice_block WHERE slice_block.id = slice_row.rowid >> \(SliceBlock.shift))
                        + offset_ns AS start_ns,
                    duration_ns,
                    label,
                    correlation
                FROM slice_row;
                """)
    }
}
