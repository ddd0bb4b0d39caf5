import Foundation

/// Closed forms of queues with Poisson arrivals, first come, first served. Times in the unit of the service time.
///
/// Sources: Kleinrock, "Queueing Systems" I (1975), for M/M/1 and M/M/c (Erlang C); Erlang (1909) for the waiting time of
/// M/D/1.
package enum QueueTheory: Hashable, Sendable {
    case exponential(servers: Int)
    case constant

    /// Mean waiting time at a utilisation of each server, for mean service time 1.
    package func meanWaiting(utilisation rho: Double) -> Double {
        switch self {
        case .exponential(let servers):
            Self.erlangC(servers, rho) / (Double(servers) * (1 - rho))
        case .constant: rho / (2 * (1 - rho))
        }
    }

    /// P(waiting <= t).
    package func cumulative(_ t: Double, utilisation rho: Double) -> Double {
        guard t >= 0 else { return 0 }
        switch self {
        case .exponential(let servers):
            return 1 - Self.erlangC(servers, rho) * exp(-Double(servers) * (1 - rho) * t)
        case .constant:
            // The alternating sum loses digits as t grows: some nine of sixteen at t = 25, where it still has seven.
            var sum = 0.0
            for k in 0...Int(t) {
                let x = rho * (Double(k) - t)
                sum +=
                    exp(-x + Double(k) * log(abs(x) + 1e-300) - lgamma(Double(k) + 1)) * (k % 2 == 0 ? 1 : -1)
            }
            return min(1, max(0, (1 - rho) * sum))
        }
    }

    /// The p-quantile of the waiting time; 0 where more than p do not wait.
    package func quantile(_ p: Double, utilisation rho: Double) -> Double {
        var high = 1.0
        guard cumulative(0, utilisation: rho) < p else { return 0 }
        // Beyond 28 the alternating sum has no digits left; nothing is asked of it there.
        let most = self == .constant ? 28.0 : .infinity
        while cumulative(high, utilisation: rho) < p, high < most { high *= 1.5 }
        var low = 0.0
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if cumulative(middle, utilisation: rho) < p { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    /// The utilisation at which the p-quantile of the latency (waiting and constant service) is `bound` service times.
    package static func utilisation(constantServiceBound bound: Double, percentile p: Double) -> Double {
        var low = 0.0
        var high = 0.995
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if QueueTheory.constant.cumulative(bound - 1, utilisation: middle) >= p {
                low = middle
            } else {
                high = middle
            }
        }
        return (low + high) / 2
    }

    /// The chance that a query waits, with `servers` at this utilisation each.
    static func erlangC(_ servers: Int, _ rho: Double) -> Double {
        let load = Double(servers) * rho
        var term = 1.0
        var sum = 0.0
        for k in 0..<servers {
            sum += term
            term *= load / Double(k + 1)
        }
        let last = term / (1 - rho)
        return last / (sum + last)
    }
}
