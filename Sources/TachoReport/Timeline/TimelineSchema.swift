/// The tables that the timeline keeps beside the raw rows, part of version 4; docs/report-schema.md says what every
/// column means.
///
/// They are made from the raw rows and may be thrown away; `bookmark` alone holds what cannot be made again.
enum TimelineSchema {
    static let tables = [
        "timeline", "timeline_track", "timeline_label", "timeline_tile", "timeline_block", "bookmark",
    ]

    static let version4 = """
        CREATE TABLE timeline (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            format INTEGER NOT NULL,
            origin_ns INTEGER NOT NULL,
            end_ns INTEGER NOT NULL,
            levels INTEGER NOT NULL,
            slices INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE timeline_track (
            id INTEGER PRIMARY KEY,
            parent INTEGER,
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            lanes INTEGER NOT NULL,
            unit TEXT,
            base_level INTEGER NOT NULL,
            source INTEGER,
            count INTEGER NOT NULL,
            busy_ns INTEGER NOT NULL,
            maximum REAL
        ) STRICT;
        CREATE TABLE timeline_label (
            id INTEGER PRIMARY KEY,
            track INTEGER NOT NULL,
            lane INTEGER NOT NULL,
            name TEXT NOT NULL,
            kind TEXT NOT NULL,
            category TEXT,
            colour INTEGER,
            flags INTEGER NOT NULL,
            source INTEGER,
            count INTEGER NOT NULL,
            busy_ns INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE timeline_tile (
            id INTEGER PRIMARY KEY,
            data BLOB NOT NULL
        ) STRICT;
        CREATE TABLE bookmark (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            from_ns INTEGER NOT NULL,
            to_ns INTEGER NOT NULL
        ) STRICT;
        """

    /// Where finest levels that are not kept can be made of the rows, part of version 5.
    static let version5 = """
        CREATE TABLE timeline_block (
            id INTEGER PRIMARY KEY,
            start_ns INTEGER NOT NULL,
            slice INTEGER NOT NULL,
            mark INTEGER NOT NULL,
            lanes BLOB NOT NULL
        ) STRICT;
        """
}
