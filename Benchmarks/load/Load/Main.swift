import Foundation
import LoadTheory
import TachoAnalysis
import TachoEngine
import TachoMeasure
import TachoRecords

/// Prints what load measurements say beside what queueing theory says.
@main
enum Main {
    static func main() throws {
        var ok = 0
        let rho = QueueTheory.utilisation(constantServiceBound: 8, percentile: 0.99)
        print("limit", rho * 1000)
        for seed in 0..<20 {
            let search = SimulatedSearch(
                bound: LatencyBound(latency: .milliseconds(8), percentile: 99),
                service: .constant(.milliseconds(1)),
                resolution: Double(CommandLine.arguments.count > 2 ? CommandLine.arguments[2] : "0.01")
                    ?? 0.01,
                duration: .seconds(
                    Double(CommandLine.arguments.count > 1 ? CommandLine.arguments[1] : "30") ?? 30),
                seed: UInt64(seed) * 1000 + 7)
            let o = try search.run(capacity: 1000)
            if case .found(let f) = o.state {
                print(
                    seed, Int(f.value), String(format: "%+.2f%%", 100 * (f.value / rho / 1000 - 1)),
                    Int(f.low ?? 0), Int(f.high ?? 0),
                    (f.low ?? 0) <= rho * 1000 && (f.high ?? 0) >= rho * 1000 ? "in" : "OUT", o.tries.count,
                    o.queries,
                    o.tries.map {
                        "\(Int($0.rate))\($0.verdict.rawValue.first!)\($0.verdict.isConfident ? "!" : "")"
                    }.joined(separator: " "))
                if abs(f.value / rho / 1000 - 1) < 0.03 { ok += 1 }
            } else {
                print(o.state)
            }
        }
        print(ok)
    }
}
