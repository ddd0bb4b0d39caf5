/// The tables of a load measurement, from schema version 2 on; a report of `tacho run` has them empty.
extension Schema {
    static let load = """
        CREATE TABLE load (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            request TEXT NOT NULL
        ) STRICT;
        CREATE TABLE load_step (
            launch INTEGER PRIMARY KEY REFERENCES launch (ordinal),
            purpose TEXT NOT NULL,
            step TEXT NOT NULL
        ) STRICT;
        CREATE TABLE load_stream (
            stream INTEGER PRIMARY KEY REFERENCES stream (id),
            first_load_query_id INTEGER NOT NULL,
            last_load_query_id INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE load_query (
            id INTEGER PRIMARY KEY,
            stream INTEGER NOT NULL,
            warm_up INTEGER NOT NULL,
            outcome INTEGER NOT NULL,
            intended_ns INTEGER NOT NULL,
            due_ns INTEGER,
            start_ns INTEGER,
            end_ns INTEGER NOT NULL,
            batch INTEGER
        ) STRICT;
        """
}
