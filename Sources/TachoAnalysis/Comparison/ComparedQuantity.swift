import TachoRecords

/// What is compared, one number a launch.
package enum ComparedQuantity: Hashable, Sendable {
    case median, mean, p90, p99
    /// Inferences a second.
    case throughput
    /// One step of start-up.
    case phase(StartUpPhase.Name)
    /// All steps of start-up together.
    case startUp

    /// The figures of the measured queries, in the order in which they are shown.
    package static let figures: [ComparedQuantity] = [.median, .mean, .p90, .p99, .throughput]

    /// Start-up, in the order in which it happens.
    package static let startUps: [ComparedQuantity] =
        [.startUp] + StartUpPhase.Name.allCases.map { .phase($0) }

    package var isHigherBetter: Bool { self == .throughput }

    /// As `--metric` takes it, and as JSON names it.
    package var name: String {
        switch self {
        case .median: "median"
        case .mean: "mean"
        case .p90: "p90"
        case .p99: "p99"
        case .throughput: "throughput"
        case .phase(let phase): phase.rawValue
        case .startUp: "startUp"
        }
    }

    /// The quantity of a launch with its interval from inside that launch, where it has one.
    func value(of launch: LaunchSummary) -> LaunchValue? {
        switch self {
        case .median: launch.latency.map { .figure($0.median) }
        case .mean: launch.latency.map { .figure($0.mean) }
        case .p90: Self.percentile(90, of: launch)
        case .p99: Self.percentile(99, of: launch)
        case .throughput: launch.throughput.map { .figure($0) }
        case .phase(let name):
            launch.record.phases.first { $0.name == name }.map { .figure(Figure(value: $0.duration.double)) }
        case .startUp:
            launch.record.phases.isEmpty
                ? nil : .figure(Figure(value: launch.record.phases.reduce(0) { $0 + $1.duration.double }))
        }
    }

    private static func percentile(_ percent: Double, of launch: LaunchSummary) -> LaunchValue? {
        switch launch.latency?.percentile(percent)?.estimate {
        case .supported(let figure): .figure(figure)
        case .unsupported(let needed): .tooFewQueries(needed: needed)
        case nil: nil
        }
    }
}

/// A quantity of one launch: latencies and start-up in nanoseconds, throughput in inferences a second.
package enum LaunchValue: Hashable, Sendable {
    case figure(Figure)
    /// The launch was too short to tell it.
    case tooFewQueries(needed: Int)
}
