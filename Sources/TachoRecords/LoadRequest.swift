/// What a load measurement is to find out: kept in the report, so that the answer can be computed again.
package struct LoadRequest: Codable, Hashable, Sendable {
    package enum Aim: Codable, Hashable, Sendable {
        /// One rate, one file of arrivals or one closed loop, as it is.
        case single
        /// These rates one after the other; empty: chosen from the capacity.
        case sweep(rates: [Double])
        /// The highest rate that holds the bound, to this relative resolution.
        case search(bound: LatencyBound, resolution: Double)
    }

    /// What a search may change.
    package enum Tunable: String, Codable, CaseIterable, Sendable { case streams, batch, threads }

    package var aim: Aim
    /// Empty: nothing is tuned.
    package var tune: [Tunable]
    /// MLPerf's name of the scenario, where one was asked for.
    package var scenario: MLPerfScenario?
    /// What every step starts from; its arrival's rate is replaced by the steps.
    package var base: LoadPlan
    /// The file of arrivals that is played, as it was read: the file may change, the report says what was played.
    package var recorded: RecordedArrivals?

    package init(
        aim: Aim, tune: [Tunable] = [], scenario: MLPerfScenario? = nil, base: LoadPlan,
        recorded: RecordedArrivals? = nil
    ) {
        self.aim = aim
        self.tune = tune
        self.scenario = scenario
        self.base = base
        self.recorded = recorded
    }
}

/// Arrival times from a file.
package struct RecordedArrivals: Codable, Hashable, Sendable {
    package var path: String
    /// Since the first, ascending, in nanoseconds.
    package var instants: [Int64]

    package init(path: String, instants: [Int64]) {
        self.path = path
        self.instants = instants
    }
}

/// MLPerf Inference's scenarios with their percentiles, durations and least numbers of queries.
///
/// Source: MLPerf Inference rules, "Scenarios" (600 s in all of them), and the query counts that LoadGen's early stopping
/// needs at 99 % confidence.
package enum MLPerfScenario: String, Codable, CaseIterable, Sendable {
    case singleStream, multiStream, server, offline

    /// As LoadGen prints it.
    package var loadGenName: String {
        switch self {
        case .singleStream: "SingleStream"
        case .multiStream: "MultiStream"
        case .server: "Server"
        case .offline: "Offline"
        }
    }

    /// The percentile that is the result or is bounded; nil for offline, whose result is throughput.
    package var percentile: Double? {
        switch self {
        case .singleStream: 90
        case .multiStream, .server: 99
        case .offline: nil
        }
    }

    package var minDuration: Nanoseconds { .seconds(600) }

    package var minQueries: Int {
        switch self {
        case .singleStream: 64
        case .multiStream: 662
        case .server: 662
        case .offline: 1
        }
    }

    /// Samples in one query.
    package var samplesPerQuery: Int {
        switch self {
        case .singleStream, .server: 1
        case .multiStream: 8
        case .offline: 24_576
        }
    }
}

/// One configuration of what serves the queries.
package struct LoadConfiguration: Codable, Hashable, Sendable {
    package var streams: Int
    package var maxBatch: Int
    package var batchDelay: Nanoseconds
    /// Threads of the engine; nil: its own choice.
    package var threads: Int?

    package init(streams: Int, maxBatch: Int, batchDelay: Nanoseconds, threads: Int?) {
        self.streams = streams
        self.maxBatch = maxBatch
        self.batchDelay = batchDelay
        self.threads = threads
    }
}

/// One step as it was ordered: what for, how, and with which engine settings.
package struct LoadStep: Codable, Hashable, Sendable {
    package enum Purpose: String, Codable, CaseIterable, Sendable {
        /// A closed loop that keeps every stream busy: what the configuration can do at most.
        case capacity
        /// A closed loop of one query at a time: the service time without any queue.
        case service
        case rate
    }

    package var purpose: Purpose
    package var load: LoadPlan
    /// Threads of the engine; nil: its own choice.
    package var threads: Int?

    package init(purpose: Purpose, load: LoadPlan, threads: Int?) {
        self.purpose = purpose
        self.load = load
        self.threads = threads
    }

    package var configuration: LoadConfiguration {
        LoadConfiguration(
            streams: load.streams, maxBatch: load.maxBatch, batchDelay: load.batchDelay, threads: threads)
    }
}
