import Foundation
import TachoRecords

/// Recorded arrival times: one a line, in seconds (`0.0125`) or with a unit (`12.5ms`), ascending.
///
/// The first one is the start: dates in seconds since 1970 do as well. Empty lines and lines that start with # are
/// passed over.
package enum ArrivalFile {
    /// Times since the first, in nanoseconds.
    ///
    /// - Throws: `Failure` (usage) that names the file and the line.
    package static func read(_ path: String) throws(Failure) -> [Int64] {
        guard let data = FileManager.default.contents(atPath: path),
            let text = String(data: data, encoding: .utf8)
        else {
            throw Failure(
                .usage, input: "--arrival \(path)",
                problem: "is neither poisson nor constant nor a file that can be read",
                expected: "poisson, constant, or a text file with one arrival time a line",
                nextStep: "check the spelling, the path and its permissions")
        }
        return try parse(text, name: path)
    }

    package static func parse(_ text: String, name: String) throws(Failure) -> [Int64] {
        var times: [Int64] = []
        var first: Int64?
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let word = line.trimmingCharacters(in: .whitespaces)
            if word.isEmpty || word.hasPrefix("#") { continue }
            guard let time = instant(word) else {
                throw Failure(
                    .usage, input: "\(name), line \(index + 1)",
                    problem: "'\(word.prefix(40))' is no arrival time",
                    expected: "seconds, such as 0.0125, or a time with its unit, such as 12.5ms",
                    nextStep: "correct the line")
            }
            let start = first ?? time
            first = start
            if let last = times.last, time - start < last {
                throw Failure(
                    .usage, input: "\(name), line \(index + 1)",
                    problem: "goes back in time: \(word) comes after a later arrival",
                    expected: "ascending times",
                    nextStep: "sort the file")
            }
            times.append(time - start)
        }
        guard !times.isEmpty else {
            throw Failure(
                .usage, input: name, problem: "holds no arrival times", expected: "one time a line",
                nextStep: "write at least one line such as 0.0125")
        }
        return times
    }

    private static func instant(_ word: String) -> Int64? {
        if let time = Nanoseconds(parsing: word) { return time.rawValue }
        guard let seconds = Double(word), seconds >= 0, seconds < 9.1e9 else { return nil }
        // Whole seconds and the fraction apart: a date since 1970 has no nanoseconds left in one Double.
        let parts = word.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = Int64(parts[0]),
            parts.count == 1 || parts[1].allSatisfy(\.isNumber)
        else {
            return Nanoseconds.seconds(seconds).rawValue
        }
        let digits = parts.count == 2 ? String(parts[1].prefix(9)) : ""
        let fraction = Int64(digits + String(repeating: "0", count: 9 - digits.count)) ?? 0
        return whole * 1_000_000_000 + fraction
    }
}
