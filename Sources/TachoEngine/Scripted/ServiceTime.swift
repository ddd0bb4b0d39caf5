import Foundation
import TachoModel
import TachoRecords

/// How long each query of the scripted engine takes.
package enum ServiceTime: Hashable, Sendable {
    case constant(Nanoseconds)
    /// Exponentially distributed with this mean.
    case exponential(mean: Nanoseconds)
    /// Log-normally distributed: `median` is exp(mu), `sigma` the standard deviation of the logarithm.
    case lognormal(median: Nanoseconds, sigma: Double)
    /// These times in turn, from the start again after the last.
    case recorded([Nanoseconds])

    /// Reads `0`, `1ms`, `exp:1ms`, `lognormal:1ms,0.5` or the path of a file with one duration a line.
    ///
    /// - Throws: `Failure` that names the text or the file's line.
    package init(parsing text: String) throws {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        if let constant = Nanoseconds(parsing: text) {
            self = .constant(constant)
        } else if parts.count == 2, parts[0] == "exp", let mean = Nanoseconds(parsing: parts[1]) {
            self = .exponential(mean: mean)
        } else if parts.count == 2, parts[0] == "lognormal" {
            let numbers = parts[1].split(separator: ",").map(String.init)
            guard numbers.count == 2, let median = Nanoseconds(parsing: numbers[0]),
                let sigma = Double(numbers[1]), sigma >= 0, sigma <= 10
            else { throw Self.unreadable(text) }
            self = .lognormal(median: median, sigma: sigma)
        } else if FileManager.default.fileExists(atPath: text) {
            self = .recorded(try Self.readFile(text))
        } else {
            throw Self.unreadable(text)
        }
    }

    private static func unreadable(_ text: String) -> Failure {
        Failure(
            .usage, input: "--service-time \(text)", problem: "is neither a service time nor a file",
            expected: "0, 1ms, exp:1ms, lognormal:1ms,0.5 or the path of a file with one duration a line",
            nextStep: "give one of these forms, with a unit (ns, us, ms, s)")
    }

    private static func readFile(_ path: String) throws -> [Nanoseconds] {
        guard let data = FileManager.default.contents(atPath: path),
            let text = String(data: data, encoding: .utf8)
        else {
            throw Failure(
                .usage, input: path, problem: "cannot be read as text",
                expected: "one duration a line, such as 1.5ms", nextStep: "check the file and its permissions"
            )
        }
        var times: [Nanoseconds] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let word = line.trimmingCharacters(in: .whitespaces)
            if word.isEmpty || word.hasPrefix("#") { continue }
            guard let time = Nanoseconds(parsing: word) else {
                throw Failure(
                    .usage, input: "\(path), line \(index + 1)",
                    problem: "'\(word.prefix(40))' is not a duration",
                    expected: "a number and a unit, such as 1.5ms", nextStep: "correct the line")
            }
            times.append(time)
        }
        guard !times.isEmpty else {
            throw Failure(
                .usage, input: path, problem: "holds no durations", expected: "one duration a line",
                nextStep: "write at least one line such as 1ms")
        }
        return times
    }

    /// The time of query `index` from a stream of uniform numbers in (0, 1).
    package func next(index: Int, random: inout SplitMix64) -> Nanoseconds {
        switch self {
        case .constant(let time): time
        case .exponential(let mean): Nanoseconds(rounding: -mean.double * log(random.nextOpenUnit()))
        case .lognormal(let median, let sigma):
            Nanoseconds(rounding: median.double * exp(sigma * Self.normal(&random)))
        case .recorded(let times): times[index % times.count]
        }
    }

    /// A standard normal variate (Box and Muller, 1958).
    private static func normal(_ random: inout SplitMix64) -> Double {
        (-2 * log(random.nextOpenUnit())).squareRoot() * cos(2 * .pi * random.nextOpenUnit())
    }
}
