import Foundation
import TachoRecords

/// The checks of `tacho doctor` as JSON: `tacho.doctor/1`, documented in docs/json.md.
package enum DoctorJSON {
    private struct Document: Encodable {
        let schema = "tacho.doctor/1"
        let checks: [MachineCheck]
    }

    package static func data(_ checks: [MachineCheck]) throws -> Data {
        try WireEncoder.data(Document(checks: checks))
    }
}

/// How every JSON document is written: keys in order, so that two can be compared line by line.
enum WireEncoder {
    static func data(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value)
    }
}
