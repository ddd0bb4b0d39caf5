import GRDB
import Glibc
import TachoRecords

/// A row of events: a thread's ranges of one domain, a thread's CUDA calls, a device's stream.
package struct TraceTrack: Hashable, Sendable {
    package var id: Int64
    package var process: Int64
    package var thread: Int64?
    /// `nvtx`, `nvtxAsync`, `cudaCall`, `cudaStream`, `cudaSynchronisation`, `cudaOverhead`.
    package var kind: String
    /// The domain of NVTX events, empty for the default one; else what the track is called.
    package var name: String
    package var device: Int64?
    package var context: Int64?
    package var stream: Int64?
}

/// What slices or marks are, apart from when they are.
package struct TraceLabelRecord: Hashable, Sendable {
    package var id: Int64
    package var track: Int64
    package var name: Int64
    package var depth: Int
    /// `nvtxPushPop`, `nvtxStartEnd`, `nvtxMark`, `cudaRuntime`, `cudaDriver`, `kernel`, `copy`, `set`, `graph`, ...
    package var kind: String
    package var category: String?
    package var colour: UInt32?
    package var bytes: Int64?
    /// JSON: how a kernel is launched, what a copy moves.
    package var detail: String?
}

/// One slice of a trace, with numbers that are those of the file's rows.
package struct TraceSlice: Hashable, Sendable {
    package var id: Int64
    package var start: Int64
    /// Nil: it had not ended when recording did.
    package var duration: Int64?
    package var label: Int64
    package var correlation: Int64?
}

extension Report {
    /// Bytes of the report's file now; nil where it is gone.
    package var fileBytes: Int64? {
        var status = stat()
        return stat(files.path, &status) == 0 ? Int64(status.st_size) : nil
    }

    package func traceTracks() throws -> [TraceTrack] {
        try reading { database in
            let cursor = try RowCursor(
                database,
                "SELECT id, process, thread, kind, name, device, context, stream FROM track ORDER BY id")
            var tracks: [TraceTrack] = []
            while try cursor.step() {
                tracks.append(
                    TraceTrack(
                        id: try cursor.integer(0), process: try cursor.integer(1),
                        thread: try cursor.optionalInteger(2), kind: try cursor.text(3),
                        name: try cursor.text(4), device: try cursor.optionalInteger(5),
                        context: try cursor.optionalInteger(6), stream: try cursor.optionalInteger(7)))
            }
            return tracks
        }
    }

    package func traceLabels() throws -> [TraceLabelRecord] {
        try reading { database in
            let cursor = try RowCursor(
                database,
                "SELECT id, track, name, depth, kind, category, colour, bytes, detail FROM label ORDER BY id")
            var labels: [TraceLabelRecord] = []
            while try cursor.step() {
                labels.append(
                    TraceLabelRecord(
                        id: try cursor.integer(0), track: try cursor.integer(1), name: try cursor.integer(2),
                        depth: Int(try cursor.integer(3)), kind: try cursor.text(4),
                        category: try cursor.optionalText(5),
                        colour: try cursor.optionalInteger(6).map { UInt32(truncatingIfNeeded: $0) },
                        bytes: try cursor.optionalInteger(7), detail: try cursor.optionalText(8)))
            }
            return labels
        }
    }

    /// The names that labels refer to, by id.
    package func traceNames() throws -> [Int64: String] {
        try reading { database in
            let cursor = try RowCursor(database, "SELECT id, text FROM name")
            var names: [Int64: String] = [:]
            while try cursor.step() { names[try cursor.integer(0)] = try cursor.text(1) }
            return names
        }
    }

    /// Calls `body` with every slice in order of start. Cost: about five million slices a second.
    package func forEachSlice(_ body: (TraceSlice) throws -> Void) throws {
        try reading { database in
            let cursor = try SliceCursor(database)
            while let slice = try cursor.next() {
                do {
                    try body(slice)
                } catch {
                    throw FromBody(error: error)
                }
            }
        }
    }

    /// Calls `body` with instant and label of every mark in order of time.
    package func forEachMark(_ body: (_ time: Int64, _ label: Int64) throws -> Void) throws {
        try reading { database in
            let cursor = try RowCursor(database, "SELECT time_ns, label FROM mark ORDER BY id")
            while try cursor.step() {
                do {
                    try body(try cursor.integer(0), try cursor.integer(1))
                } catch {
                    throw FromBody(error: error)
                }
            }
        }
    }

    /// The samples of a counter of whole numbers, in order of time. A value holds until the next sample; nil: nothing
    /// is known from there on.
    package func traceBitSamples(counter: Int64) throws -> [(time: Nanoseconds, bits: UInt64?)] {
        try reading { database in
            let cursor = try RowCursor(
                database,
                """
                SELECT time_ns, CAST(value AS INTEGER) FROM counter_sample WHERE counter = ? ORDER BY time_ns
                """, [counter])
            var found: [(time: Nanoseconds, bits: UInt64?)] = []
            while try cursor.step() {
                found.append(
                    (
                        Nanoseconds(try cursor.integer(0)),
                        try cursor.optionalInteger(1).flatMap { UInt64(exactly: $0) }
                    ))
            }
            return found
        }
    }
}
