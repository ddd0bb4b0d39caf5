import GRDB

/// A quantity that was sampled beside a traced program.
package struct TraceCounter: Hashable, Sendable {
    package var id: Int64
    /// Nil: of the machine or a device.
    package var process: Int64?
    package var thread: Int64?
    /// `TraceDevice.id`.
    package var device: Int64?
    /// `sm.active`, `power`, `memory.resident`, ...
    package var name: String
    /// `percent`, `bytes`, `bytes/s`, `hertz`, `watts`, `celsius`, `bits`.
    package var unit: String
}

package struct TraceDevice: Hashable, Sendable {
    /// As nvidia-smi counts.
    package var id: Int64
    package var name: String
    package var uuid: String
    package var bus: String
    /// The number by which the traced program knows it.
    package var cudaDevice: Int64?
}

/// How often a stack was seen.
package struct TraceStackCount: Hashable, Sendable {
    /// `call_stack.id`; nil: the stack was not to be had.
    package var stack: Int64?
    package var samples: Int
}

/// A node of the tree of stacks.
package struct TraceStackNode: Hashable, Sendable {
    package var id: Int64
    /// The caller's node; nil: the outermost.
    package var parent: Int64?
    package var frame: Int64
}

package struct TraceFrame: Hashable, Sendable {
    package var id: Int64
    /// Of the function, or `[FILE]` where its name is not to be had.
    package var name: String
    package var file: String
}

extension Report {
    package func traceCounters() throws -> [TraceCounter] {
        try reading { database in
            let cursor = try RowCursor(
                database, "SELECT id, process, thread, device, name, unit FROM counter ORDER BY id")
            var counters: [TraceCounter] = []
            while try cursor.step() {
                counters.append(
                    TraceCounter(
                        id: try cursor.integer(0), process: try cursor.optionalInteger(1),
                        thread: try cursor.optionalInteger(2), device: try cursor.optionalInteger(3),
                        name: try cursor.text(4), unit: try cursor.text(5)))
            }
            return counters
        }
    }

    package func traceDevices() throws -> [TraceDevice] {
        try reading { database in
            let cursor = try RowCursor(
                database, "SELECT id, name, uuid, bus, cuda_device FROM device ORDER BY id")
            var devices: [TraceDevice] = []
            while try cursor.step() {
                devices.append(
                    TraceDevice(
                        id: try cursor.integer(0), name: try cursor.text(1), uuid: try cursor.text(2),
                        bus: try cursor.text(3), cudaDevice: try cursor.optionalInteger(4)))
            }
            return devices
        }
    }

    /// Calls `body` with every sample in order of time: the value holds until the counter's next; nil: nothing is known.
    package func forEachCounterSample(
        _ body: (_ time: Int64, _ counter: Int64, _ value: Double?) throws -> Void
    ) throws {
        try reading { database in
            let rows = try Row.fetchCursor(
                database, sql: "SELECT time_ns, counter, value FROM counter_sample ORDER BY id")
            while let row = try rows.next() {
                guard let time = row[0] as Int64?, let counter = row[1] as Int64? else { continue }
                let value = row[2] as Double?
                do {
                    try body(time, counter, value)
                } catch {
                    throw FromBody(error: error)
                }
            }
        }
    }

    package func traceStackCounts() throws -> [TraceStackCount] {
        try reading { database in
            let cursor = try RowCursor(database, "SELECT stack, count(*) FROM cpu_sample GROUP BY stack")
            var counts: [TraceStackCount] = []
            while try cursor.step() {
                counts.append(
                    TraceStackCount(
                        stack: try cursor.optionalInteger(0), samples: Int(try cursor.integer(1))))
            }
            return counts
        }
    }

    package func traceStackNodes() throws -> [TraceStackNode] {
        try reading { database in
            let cursor = try RowCursor(database, "SELECT id, parent, frame FROM call_stack ORDER BY id")
            var nodes: [TraceStackNode] = []
            while try cursor.step() {
                nodes.append(
                    TraceStackNode(
                        id: try cursor.integer(0), parent: try cursor.optionalInteger(1),
                        frame: try cursor.integer(2)))
            }
            return nodes
        }
    }

    package func traceFrames() throws -> [TraceFrame] {
        try reading { database in
            let cursor = try RowCursor(database, "SELECT id, name, file FROM frame ORDER BY id")
            var frames: [TraceFrame] = []
            while try cursor.step() {
                frames.append(
                    TraceFrame(
                        id: try cursor.integer(0), name: try cursor.text(1), file: try cursor.text(2)))
            }
            return frames
        }
    }
}
