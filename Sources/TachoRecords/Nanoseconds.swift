/// A span of time or an instant on the host clock, in whole nanoseconds.
///
/// Instants are `CLOCK_MONOTONIC` readings. Spans may be negative. Range: about ±292 years.
package struct Nanoseconds: RawRepresentable, Hashable, Comparable, Sendable, AdditiveArithmetic {
    package var rawValue: Int64

    package init(rawValue: Int64) { self.rawValue = rawValue }
    package init(_ value: Int64) { rawValue = value }

    /// Rounds to the nearest nanosecond; values beyond the range are clamped to it.
    package init(rounding value: Double) {
        rawValue =
            value.isNaN ? 0 : value >= 9.2e18 ? .max : value <= -9.2e18 ? .min : Int64(value.rounded())
    }

    package static let zero = Nanoseconds(0)
    package static func microseconds(_ value: Int64) -> Nanoseconds { Nanoseconds(value * 1_000) }
    package static func milliseconds(_ value: Int64) -> Nanoseconds { Nanoseconds(value * 1_000_000) }
    package static func seconds(_ value: Double) -> Nanoseconds { Nanoseconds(rounding: value * 1e9) }

    /// The span in seconds.
    package var seconds: Double { Double(rawValue) / 1e9 }
    package var double: Double { Double(rawValue) }

    package static func < (a: Nanoseconds, b: Nanoseconds) -> Bool { a.rawValue < b.rawValue }
    package static func + (a: Nanoseconds, b: Nanoseconds) -> Nanoseconds { .init(a.rawValue &+ b.rawValue) }
    package static func - (a: Nanoseconds, b: Nanoseconds) -> Nanoseconds { .init(a.rawValue &- b.rawValue) }
}

extension Nanoseconds: Codable {
    package init(from decoder: any Decoder) throws {
        rawValue = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
