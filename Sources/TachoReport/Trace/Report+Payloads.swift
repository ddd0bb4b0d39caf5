import GRDB
import TachoRecords

/// What a program gave a range or a mark.
package struct TracePayloadRecord: Hashable, Sendable {
    package enum Value: Hashable, Sendable {
        case integer(Int64)
        case real(Double)
        case text(String)
        case bytes([UInt8])
    }

    /// `uint64`, `double`, ...; `schema NAME` of bytes in a layout of the program's own.
    package var type: String
    package var value: Value
    /// Of bytes: `payload_layout.id`; nil where the report does not have it.
    package var layout: Int64?
}

extension Report {
    /// The value of a range or a mark; nil where it was given none.
    package func payload(ofMark isMark: Bool, id: Int64) throws -> TracePayloadRecord? {
        try reading { database in
            let table = isMark ? "mark" : "slice"
            let row = try RowCursor(
                database,
                """
                SELECT type, value, \(try Self.layoutColumn(database, table)) FROM \(table)_payload
                WHERE \(table) = ?1
                """, [id])
            return try row.step() ? Self.payload(row) : nil
        }
    }

    /// Reports before version 5 have the bytes of payloads, and not their layouts.
    private static func layoutColumn(_ database: Database, _ table: String) throws -> String {
        try database.columns(in: "\(table)_payload").contains { $0.name == "layout" } ? "layout" : "NULL"
    }

    private static func payload(_ row: RowCursor) throws -> TracePayloadRecord {
        TracePayloadRecord(
            type: try row.text(0), value: try row.payloadValue(1), layout: try row.optionalInteger(2))
    }

    /// The layouts that payloads name.
    ///
    /// - Throws: `Failure` where one cannot be decoded.
    package func payloadLayouts() throws -> [Int64: PayloadLayout] {
        try reading { database in
            guard try database.tableExists("payload_layout") else { return [:] }
            let row = try RowCursor(database, "SELECT id, description FROM payload_layout")
            var layouts: [Int64: PayloadLayout] = [:]
            while try row.step() {
                guard let layout = try? ReportJSON.value(PayloadLayout.self, row.text(1)) else {
                    throw DamagedValue(
                        place: "payload_layout.description", problem: "is not the JSON that it should be")
                }
                layouts[try row.integer(0)] = layout
            }
            return layouts
        }
    }

    /// Calls `body` with all payloads of ranges, or of marks, and whose they are, in order of time.
    package func forEachPayload(
        ofMarks isMark: Bool, _ body: (_ event: TraceSlice, _ payload: TracePayloadRecord) throws -> Void
    ) throws {
        try reading { database in
            let table = isMark ? "mark" : "slice"
            let payloads = try RowCursor(
                database,
                """
                SELECT type, value, \(try Self.layoutColumn(database, table)), \(table) FROM \(table)_payload
                ORDER BY \(table)
                """)
            let next = try Self.events(database, isMark)
            while try payloads.step() {
                let id = try payloads.integer(3)
                var event = try next()
                while let early = event, early.id < id { event = try next() }
                guard let event, event.id == id else { return }
                let payload = try Self.payload(payloads)
                do {
                    try body(event, payload)
                } catch {
                    throw FromBody(error: error)
                }
            }
        }
    }

    /// Steps through all slices, or all marks.
    private static func events(_ database: Database, _ isMark: Bool) throws -> () throws -> TraceSlice? {
        guard isMark else {
            let slices = try SliceCursor(database)
            return { try slices.next() }
        }
        let marks = try RowCursor(database, "SELECT id, time_ns, label FROM mark ORDER BY id")
        return {
            guard try marks.step() else { return nil }
            return TraceSlice(
                id: try marks.integer(0), start: try marks.integer(1), duration: 0,
                label: try marks.integer(2), correlation: nil)
        }
    }
}

extension RowCursor {
    fileprivate func payloadValue(_ column: CInt) throws -> TracePayloadRecord.Value {
        if let integer = try? integer(column) { return .integer(integer) }
        if let real = try? optionalReal(column) { return .real(real) }
        if let text = try? optionalText(column) { return .text(text) }
        return try withBlob(column) { .bytes(Array($0)) }
    }
}
