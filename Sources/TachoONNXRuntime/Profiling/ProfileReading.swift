import TachoEngine
import TachoRecords

/// One layer's execution in ONNX Runtime's profile, or the engine's call as a whole.
struct ProfileEvent {
    var isRun = false
    var name: String
    var type: String
    var provider: String?
    var nodeIndex: Int?
    var thread: Int
    var start: Nanoseconds
    var duration: Nanoseconds
    var details: LayerDetails
}

/// Reads ONNX Runtime's profile: one JSON object a line, keys in a fixed order.
///
/// A scanner for exactly this form, not for JSON: a hundred times as fast as a general reader, and names are not
/// escaped there, so that a general reader would fail on some. Lines that do not fit are left out.
struct ProfileReading {
    /// In order of start, of two that start in one microsecond the longer one first.
    private(set) var events: [ProfileEvent] = []

    /// - Parameter origin: the instant from which the profile's times count.
    init(_ bytes: [UInt8], origin: Nanoseconds) {
        bytes.withUnsafeBufferPointer { bytes in
            for line in bytes.split(separator: UInt8(ascii: "\n")) {
                read(ProfileLine(bytes: UnsafeBufferPointer(rebasing: line)), origin)
            }
        }
        events.sort { ($0.start, $1.duration) < ($1.start, $0.duration) }
    }

    private mutating func read(_ line: ProfileLine, _ origin: Nanoseconds) {
        guard let duration = line.number("\"dur\" :"), let start = line.number("\"ts\" :"),
            let name = line.text("\"name\" :\"", until: "\",\"args\"")
        else { return }
        let instant = origin + .microseconds(Int64(start))
        if name == "model_run" {
            // Both ends are cut to microseconds. The start is rounded up, so that a call never begins before its query.
            events.append(
                ProfileEvent(
                    isRun: true, name: name, type: "", thread: 0, start: instant + .microseconds(1),
                    duration: .microseconds(max(0, Int64(duration) - 1)), details: LayerDetails()))
        }
        guard name.hasSuffix(Self.kernel), let type = line.argument(.opName) else { return }
        events.append(
            ProfileEvent(
                name: String(name.dropLast(Self.kernel.count)), type: type,
                provider: line.argument(.provider),
                nodeIndex: line.argument(.nodeIndex).flatMap { Int($0) },
                thread: line.number("\"tid\" :") ?? 0,
                start: instant, duration: .microseconds(Int64(duration)),
                details: LayerDetails(
                    inputs: TensorList.read(
                        line.text("\"input_type_shape\" : ", until: "]}]", including: true)),
                    outputs: TensorList.read(
                        line.text("\"output_type_shape\" : ", until: "]}]", including: true)),
                    scheduling: line.text("\"thread_scheduling_stats\" : ", until: "}}", including: true))))
    }

    private static let kernel = "_kernel_time"
}

/// One line, searched for what follows a key.
struct ProfileLine {
    let bytes: UnsafeBufferPointer<UInt8>

    /// The position after the first occurrence of `key`.
    private func end(of key: StaticString, from start: Int = 0) -> Int? {
        let count = key.utf8CodeUnitCount
        guard count > 0, start + count <= bytes.count else { return nil }
        let first = key.utf8Start.pointee
        for position in start...(bytes.count - count) where bytes[position] == first {
            var matches = true
            for index in 1..<max(count, 1) where bytes[position + index] != key.utf8Start[index] {
                matches = false
                break
            }
            if matches { return position + count }
        }
        return nil
    }

    func number(_ key: StaticString) -> Int? {
        guard var position = end(of: key) else { return nil }
        var value = 0
        let first = position
        while position < bytes.count, (48...57).contains(bytes[position]), value < 1 << 52 {
            value = 10 * value + Int(bytes[position] - 48)
            position += 1
        }
        return position > first ? value : nil
    }

    func text(_ key: StaticString, until terminator: StaticString, including: Bool = false) -> String? {
        guard let start = end(of: key), let stop = end(of: terminator, from: start) else { return nil }
        let last = including ? stop : stop - terminator.utf8CodeUnitCount
        return String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<last]), as: UTF8.self)
    }

    /// A value of the event's arguments that is a text.
    func argument(_ key: Argument) -> String? {
        switch key {
        case .opName: text("\"op_name\" : \"", until: "\"")
        case .provider: text("\"provider\" : \"", until: "\"")
        case .nodeIndex: text("\"node_index\" : \"", until: "\"")
        }
    }

    enum Argument { case opName, provider, nodeIndex }
}
