import Foundation
import TachoRecords

/// The instants at which queries are to arrive, since the start, ascending, in nanoseconds. All are known beforehand.
package enum ArrivalSchedule {
    /// Rates above this are beyond what one process can send and record.
    package static let greatestRate = 2_000_000.0
    /// 800 MB of arrival times.
    package static let mostArrivals = 100_000_000

    /// The arrivals of an open loop before `horizon`; empty for a closed one.
    ///
    /// Exponential times are drawn by inversion from a seeded generator, so that a seed gives the same arrivals
    /// everywhere. Rounded instants keep their order and do not drift: each is rounded from the exact sum.
    /// - Throws: `Failure` for rates out of range, and for recorded arrivals without their times.
    /// - Parameter recorded: the times of a recorded arrival, as they are in the report.
    package static func instants(_ plan: LoadPlan, horizon: Nanoseconds, recorded: [Int64]? = nil) throws
        -> [Int64]
    {
        switch plan.arrival {
        case .closed: return []
        case .recorded(let path):
            // Read here, the file could be another than the one that the report tells of.
            guard let recorded else {
                throw Failure(
                    .measured, input: path, problem: "came without its arrival times",
                    expected: "the times that were read when the measurement was asked for",
                    nextStep: "this is a mistake of tacho: please report it")
            }
            return recorded.filter { $0 < horizon.rawValue }
        case .constant(let rate):
            let count = try expected(rate, horizon)
            return (0..<count).map { Nanoseconds(rounding: Double($0) * 1e9 / rate).rawValue }
        case .poisson(let rate):
            var instants: [Int64] = []
            instants.reserveCapacity(try expected(rate, horizon) * 11 / 10 + 64)
            var random = SplitMix64(seed: plan.seed ^ 0x6172_7269_7661_6C73)
            let mean = 1e9 / rate
            let end = horizon.double
            var time = -mean * log(random.nextOpenUnit())
            while time < end {
                instants.append(Int64(time))
                time -= mean * log(random.nextOpenUnit())
            }
            return instants
        }
    }

    private static func expected(_ rate: Double, _ horizon: Nanoseconds) throws -> Int {
        guard rate > 0, rate.isFinite else {
            throw Failure(
                .usage, input: "rate \(rate)", problem: "is no rate",
                expected: "more than 0 queries a second",
                nextStep: "give a positive rate")
        }
        guard rate <= greatestRate else {
            throw Failure(
                .usage, input: "rate \(rate)",
                problem: "is beyond what one process can send",
                expected: "at most \(Int(greatestRate)) queries a second",
                nextStep: "ask for less, or split the load over several machines")
        }
        let count = (rate * horizon.seconds).rounded(.up)
        guard count <= Double(mostArrivals) else {
            throw Failure(
                .usage, input: "rate \(rate)",
                problem: "makes \(Int(count)) queries in \(Int(horizon.seconds)) s",
                expected: "at most \(mostArrivals) queries",
                nextStep: "measure for a shorter time, or at a lower rate")
        }
        return Int(count)
    }
}
