import GRDB
import Glibc
import TachoRecords

/// Moves segments into a report: one transaction a segment, and the file goes only after the commit.
///
/// A kill between the two leaves a segment whose stream is in the report already; it is then removed, not
/// imported twice. Memory is constant: SQLite's cache and a buffer of 1 MB.
struct SegmentImporter {
    let files: ReportFiles
    let database: DatabaseQueue

    /// Imports the segments of one launch, or all where `launch` is nil.
    func importSegments(launch: Int? = nil) throws {
        let all = files.segments().filter { launch == nil || $0.launch == launch }
        for file in all where file.kind == .stream {
            try importSegment(file)
            try remove(file)
        }
        // The layers of a query come from several files, so those of a launch are imported together.
        let layers = Dictionary(grouping: all.filter { $0.kind != .stream }, by: \.launch)
        for (launch, files) in layers.sorted(by: { $0.key < $1.key }) {
            try LayerImporter(database: database, launch: launch, files: files, importer: self).run()
            for file in files { try remove(file) }
        }
    }

    private func remove(_ file: SegmentFile) throws {
        guard unlink(file.path) == 0 || errno == ENOENT else {
            let reason = String(cString: strerror(errno))
            throw Failure(
                .measured, input: file.path, problem: "was imported, but cannot be removed: \(reason)",
                nextStep: "make its folder writable, then open the report again")
        }
    }

    private func importSegment(_ file: SegmentFile) throws {
        let opening = try SegmentReader.open(file.path)
        try database.write { database in
            try Self.ensureLaunch(file.launch, database)
            switch opening {
            case .empty: break
            case .damaged(let why): try addDamage(file, why, database)
            case .segment(let reader): try importRecords(reader, file, database)
            }
        }
    }

    static func ensureLaunch(_ ordinal: Int, _ database: Database) throws {
        try database.execute(
            sql: "INSERT INTO launch (ordinal) VALUES (?) ON CONFLICT DO NOTHING", arguments: [ordinal])
    }

    private func importRecords(_ reader: SegmentReader, _ file: SegmentFile, _ database: Database) throws {
        let header = reader.header
        // The name of the file says whose it is; the header of a damaged file may say anything.
        try database.execute(
            sql: """
                INSERT INTO stream (launch, ordinal, name, thread_id, opened_ns, is_closed)
                VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """,
            arguments: [
                file.launch, file.ordinal, header.name, Int64(header.threadID), header.opened.rawValue,
                header.isClosed ? 1 : 0,
            ])
        guard database.changesCount == 1 else { return }
        let stream = database.lastInsertedRowID
        let first = try Self.nextQueryID(database)
        let insert = try QueryInsert(database, stream: stream, firstID: first)
        let load = try LoadInsert(database, stream: stream)
        let end = try reader.forEachQuery(other: { try load.add($0) }) { try insert.add($0) }
        try insert.flush()
        try load.finish()
        if insert.nextID > first {
            try database.execute(
                sql: "UPDATE stream SET first_query_id = ?, last_query_id = ? WHERE id = ?",
                arguments: [first, insert.nextID - 1, stream])
        }
        if let damage = end.damage { try addDamage(file, damage, database) }
        if end.skipped > 0 { try addSkipped(end.skipped, file, database) }
        try addDropped(header, file, database)
    }

    private static func nextQueryID(_ database: Database) throws -> Int64 {
        let cursor = try RowCursor(database, "SELECT max(id) FROM query")
        guard try cursor.step(), let last = try cursor.optionalInteger(0) else { return 1 }
        guard last < Int64.max - (1 << 40) else {
            throw DamagedValue(place: "table query", problem: "has an impossible id: \(last)")
        }
        return last + 1
    }

    // MARK: Losses

    func addDamage(_ file: SegmentFile, _ why: String, _ database: Database) throws {
        try Self.add(
            DataLoss(
                reason: .damagedSegment, launch: file.launch, count: nil,
                remedy:
                    "the recording of stream \(file.ordinal) is damaged: \(why); what lay before that was kept. "
                    + "Check the disk and the system's log, then measure again"),
            database)
    }

    func addSkipped(_ count: Int, _ file: SegmentFile, _ database: Database) throws {
        try Self.add(
            DataLoss(
                reason: .damagedSegment, launch: file.launch, count: count,
                remedy:
                    "stream \(file.ordinal) holds records of a kind that this tacho does not know: update tacho"
            ),
            database)
    }

    func addDropped(_ header: SegmentHeader, _ file: SegmentFile, _ database: Database) throws {
        for (index, count) in header.dropped.enumerated() where count > 0 {
            let reason: DataLoss.Reason
            let remedy: String
            switch index {
            case 0:
                reason = .noSpace
                remedy =
                    "free space in \(files.folder), or write the report to another file system with -o PATH"
            case 1:
                reason = .mapping
                remedy =
                    "give the process more memory or address space (ulimit -v, the control group's memory limit)"
            default:
                reason = .damagedSegment
                remedy = "the segment counts losses for a reason that this tacho does not know: update tacho"
            }
            try Self.add(
                DataLoss(reason: reason, launch: file.launch, count: Int(clamping: count), remedy: remedy),
                database)
        }
    }

    /// Says what is missing for a launch that opened its measured window: streams without a recording.
    func addMissingStreams(launch: Int, planned: Int, _ database: Database) throws {
        let cursor = try RowCursor(
            database,
            """
            SELECT window_start_ns, (SELECT count(*) FROM stream WHERE launch = launch.ordinal)
            FROM launch WHERE ordinal = ?
            """, [Int64(launch)])
        guard try cursor.step(), try cursor.optionalInteger(0) != nil else { return }
        let there = Int(try cursor.integer(1))
        guard there < planned else { return }
        try Self.add(
            DataLoss(
                reason: .missingSegment, launch: launch, count: nil,
                remedy: "\(planned - there) of \(planned) streams have no recording: keep the folder "
                    + "\(files.given)-segments beside the report until tacho has read it"),
            database)
    }

    static func add(_ loss: DataLoss, _ database: Database) throws {
        try database.execute(
            sql: "INSERT INTO data_loss (launch, reason, count, remedy) VALUES (?, ?, ?, ?)",
            arguments: [loss.launch, loss.reason.rawValue, loss.count, loss.remedy])
    }
}
