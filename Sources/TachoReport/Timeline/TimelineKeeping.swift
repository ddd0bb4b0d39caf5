import Foundation
import GRDB
import Glibc
import TachoRecords

/// Writes what the timeline keeps into a finished report: the only writing that is done to one.
extension Report {
    /// Why nothing can be kept in this file now, as a clause; nil where it can.
    package var obstacleToKeeping: String? {
        if state == .recording || LauncherLock.isHeld(files) { return "it is being recorded" }
        if access(files.path, W_OK) != 0 || access(files.folder, W_OK | X_OK) != 0 {
            return "the file or its folder cannot be written to"
        }
        return nil
    }

    /// Keeps a timeline in the report, in the place of the one that was there.
    ///
    /// - Throws: `Failure` where it cannot be written; the report is as it was then.
    package func keep(_ contents: TimelineContents) throws {
        try writing { database in
            for table in TimelineSchema.tables where table != "bookmark" {
                try database.execute(sql: "DELETE FROM \(table)")
            }
            let extent = contents.extent
            try database.execute(
                sql: """
                    INSERT INTO timeline (id, format, origin_ns, end_ns, levels, slices) VALUES (1, ?, ?, ?, ?, ?)
                    """,
                arguments: [extent.format, extent.origin, extent.end, extent.levels, extent.slices])
            for track in contents.tracks {
                try database.cachedStatement(
                    sql: """
                        INSERT INTO timeline_track
                        (id, parent, kind, name, lanes, unit, base_level, source, count, busy_ns, maximum)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                        """
                ).execute(arguments: [
                    track.id, track.parent, track.kind, track.name, track.lanes, track.unit, track.baseLevel,
                    track.source, track.count, track.busy, track.maximum,
                ])
            }
            for label in contents.labels {
                try database.cachedStatement(
                    sql: """
                        INSERT INTO timeline_label
                        (id, track, lane, name, kind, category, colour, flags, source, count, busy_ns)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                        """
                ).execute(arguments: [
                    label.id, label.track, label.lane, label.name, label.kind, label.category,
                    label.colour.map { Int64($0) }, label.flags.rawValue, label.source, label.count,
                    label.busy,
                ])
            }
            let insert = try BlobInsert(database, "INSERT INTO timeline_tile (id, data) VALUES (?1, ?2)")
            for tile in contents.tiles { try insert.add(tile.id, tile.bytes) }
            for (number, block) in contents.blocks.enumerated() {
                try database.cachedStatement(
                    sql:
                        "INSERT INTO timeline_block (id, start_ns, slice, mark, lanes) VALUES (?, ?, ?, ?, ?)"
                ).execute(arguments: [number, block.start, block.slice, block.mark, Data(block.lanes)])
            }
        }
    }

    /// Keeps bookmarks, in the place of those that were there.
    package func keep(_ bookmarks: [Bookmark]) throws {
        try writing { database in
            try database.execute(sql: "DELETE FROM bookmark")
            for bookmark in bookmarks {
                try database.execute(
                    sql: "INSERT INTO bookmark (name, from_ns, to_ns) VALUES (?, ?, ?)",
                    arguments: [bookmark.name, bookmark.from, bookmark.to])
            }
        }
    }

    /// One transaction on a connection of its own, after the file was brought to the current schema.
    private func writing(_ body: (Database) throws -> Void) throws {
        if let obstacle = obstacleToKeeping {
            throw Failure(
                .usage, input: path, problem: "nothing can be kept in it: \(obstacle)",
                expected: "a finished report that this user may write to",
                nextStep: "copy it to a folder that you may write to")
        }
        do {
            let header = try ReportHeader(reading: files)
            let writer = try Connection.writer(files.path)
            defer { try? writer.close() }
            try writer.inDatabase { try ReportContents.checkTables($0, header.version) }
            try writer.inDatabase { try SchemaVersion.migrate($0, from: header.version) }
            try writer.write(body)
        } catch {
            throw ReportFailures.writing(error, files)
        }
    }
}
