import Foundation
import LoadTheory
import TachoAnalysis
import TachoEngine
import TachoMeasure
import TachoRecords

/// Prints what load measurements say beside what queueing theory says; exit status 1 where a goal is missed.
@main
enum Main {
    static func main() throws {
        var arguments = Array(CommandLine.arguments.dropFirst())
        let service = takeService(from: &arguments)
        let known = ["counted", "search", "real", "omission", "generator"]
        guard arguments.allSatisfy({ known.contains($0) || Double($0) != nil }) else {
            print(
                "usage: load-benchmark [SECONDS] [--service MILLISECONDS] [\(known.joined(separator: "|"))]..."
            )
            exit(2)
        }
        // Length of each real-time case.
        let seconds = arguments.lazy.compactMap { Double($0) }.first ?? 60
        let asked = arguments.filter { known.contains($0) }
        func wants(_ part: String) -> Bool { asked.isEmpty || asked.contains(part) }
        var goals = Goals()
        if wants("counted") { try CountedClock.print(&goals) }
        if wants("search") { try SearchProof.print(&goals) }
        if wants("real") { try RealTime.print(&goals, seconds: seconds, service: service) }
        if wants("omission") { try Omission.print(&goals) }
        if wants("generator") { try Generator.print(&goals) }
        print("\n\(goals.met) of \(goals.met + goals.missed.count) goals met")
        for goal in goals.missed { print("  missed: \(goal)") }
        if !goals.missed.isEmpty { exit(1) }
    }

    /// Mean service time of the real-time cases: 20 ms where nothing is said.
    private static func takeService(from arguments: inout [String]) -> Nanoseconds {
        guard let place = arguments.firstIndex(of: "--service"), place + 1 < arguments.count,
            let milliseconds = Double(arguments[place + 1]), milliseconds > 0
        else { return .milliseconds(20) }
        arguments.removeSubrange(place...place + 1)
        return .seconds(milliseconds / 1000)
    }
}

/// What was promised, and whether it was kept.
struct Goals {
    var met = 0
    var missed: [String] = []

    /// A word for the table.
    mutating func check(_ isMet: Bool, _ name: String) -> String {
        if isMet { met += 1 } else { missed.append(name) }
        return isMet ? "ok" : "MISSED"
    }
}

/// A queue with Poisson arrivals whose answers are known.
struct QueueCase {
    var name: String
    var theory: QueueTheory
    var servers: Int
    var utilisation: Double

    static let all: [QueueCase] =
        [0.5, 0.7, 0.9].flatMap { rho in
            [
                QueueCase(name: "M/D/1 at \(rho)", theory: .constant, servers: 1, utilisation: rho),
                QueueCase(
                    name: "M/M/1 at \(rho)", theory: .exponential(servers: 1), servers: 1, utilisation: rho),
            ]
        } + [QueueCase(name: "M/M/2 at 0.7", theory: .exponential(servers: 2), servers: 2, utilisation: 0.7)]

    func service(_ mean: Nanoseconds) -> ServiceTime {
        theory == .constant ? .constant(mean) : .exponential(mean: mean)
    }

    func rate(_ mean: Nanoseconds) -> Double { utilisation * Double(servers) / mean.seconds }

    /// In nanoseconds, for a mean service time.
    func exactMean(_ mean: Nanoseconds) -> Double {
        theory.meanWaiting(utilisation: utilisation) * mean.double
    }
    func exactTail(_ mean: Nanoseconds) -> Double {
        theory.quantile(0.99, utilisation: utilisation) * mean.double
    }
}

/// Columns of a table.
func row(_ cells: [(String, Int)]) -> String {
    cells.map { text, width in
        let blanks = String(repeating: " ", count: max(0, abs(width) - text.count))
        return width < 0 ? text + blanks : blanks + text
    }.joined(separator: "  ")
}

func signed(_ share: Double) -> String { String(format: "%+.2f %%", share * 100) }
