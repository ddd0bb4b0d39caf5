import TachoRecords

/// How numbers are worded for people, the same in findings and views.
package enum Wording {
    /// Nanoseconds with the unit that fits and four significant digits: `7.372 ms`, `950 ns`, `1.204 s`.
    package static func duration(_ nanoseconds: Double) -> String {
        let size = abs(nanoseconds)
        let (scale, unit): (Double, String) =
            size < 999.95
            ? (1, "ns") : size < 999.95e3 ? (1e3, "us") : size < 999.95e6 ? (1e6, "ms") : (1e9, "s")
        return significant(nanoseconds / scale) + " " + unit
    }

    package static func duration(_ span: Nanoseconds) -> String { duration(span.double) }

    /// Four significant digits, none after the point for whole numbers of nanoseconds and for 1000 and above.
    package static func significant(_ value: Double) -> String {
        let size = abs(value)
        if size == size.rounded(), size < 1000 { return decimal(value, 0) }
        return decimal(value, size < 9.9995 ? 3 : size < 99.995 ? 2 : size < 999.95 ? 1 : 0)
    }

    /// A share as a percentage: 0.0123 is `1.2 %`.
    package static func percent(_ share: Double, _ places: Int = 1) -> String {
        decimal(share * 100, places) + " %"
    }

    /// Milliseconds without their unit, one place below ten.
    package static func milliseconds(_ span: Nanoseconds) -> String {
        decimal(span.double / 1e6, span < .milliseconds(10) ? 1 : 0)
    }

    /// A clause as a sentence: first letter large, a full stop at the end.
    package static func sentence(_ clause: String) -> String {
        guard let first = clause.first else { return "" }
        let body = first.uppercased() + clause.dropFirst()
        return body.hasSuffix(".") ? body : body + "."
    }

    /// Fixed number of places, rounded; no Foundation needed.
    package static func decimal(_ value: Double, _ places: Int) -> String {
        var scale: Int64 = 1
        for _ in 0..<places { scale *= 10 }
        let scaled = Nanoseconds(rounding: abs(value) * Double(scale)).rawValue
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard places > 0 else { return sign + String(scaled) }
        let fraction = String(scaled % scale)
        return sign + String(scaled / scale) + "." + String(repeating: "0", count: places - fraction.count)
            + fraction
    }

    /// A whole number with its thousands set apart by commas.
    package static func count(_ value: Int) -> String {
        var digits = String(value.magnitude)
        var groups: [Substring] = []
        while digits.count > 3 {
            groups.insert(digits.suffix(3), at: 0)
            digits.removeLast(3)
        }
        return (value < 0 ? "-" : "") + ([Substring(digits)] + groups).joined(separator: ",")
    }
}
