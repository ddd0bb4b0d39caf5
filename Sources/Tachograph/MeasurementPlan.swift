import TachoEngine
import TachoRecords

/// How to measure a closure: for how long, after which warm-up, and where to keep the report.
///
///     let result = try MeasurementPlan("sort 10,000 numbers").measure { numbers.sorted() }
///     print(result)
///
/// The first rule that is met ends a measurement. Where none of ``iterations``, ``duration`` and ``precision`` is set, the
/// window is three seconds long.
public struct MeasurementPlan: Sendable, Hashable {
    /// What is measured, for people: the report shows it.
    public var name: String
    /// Least time to call the closure before the measured window opens; 200 ms by default. Calls of the warm-up are kept
    /// and marked, and are in no figure.
    public var warmUp = Duration.milliseconds(200)
    /// Measured calls on each stream after which the measurement ends.
    public var iterations: Int?
    /// Length of the measured window.
    public var duration: Duration?
    /// Ends the measurement when the half-width of the median's 95 % interval is at most this share of the median: 0.01 is
    /// 1 %. It is looked at ten times a second, from 30 calls on.
    public var precision: Double?
    /// Length of the window at which a measurement by ``iterations`` or ``precision`` is given up; nil: a minute, or
    /// ``duration`` where that is longer.
    public var maxDuration: Duration?
    /// Path of the report (`.tacho`) to make; nil: none is kept. `tacho show` prints it.
    public var report: String?
    /// Whether a report that is there already may be replaced. Anything else than a report never is.
    public var overwritesReport = false

    /// A plan with the defaults: 200 ms of warm-up, a window of three seconds, no report.
    ///
    /// - Parameters:
    ///   - name: what is measured, for people.
    ///   - report: path of the report to make; nil: none is kept.
    public init(_ name: String, report: String? = nil) {
        self.name = name
        self.report = report
    }
}

extension MeasurementPlan {
    /// Calls the closure again and again until a rule of the plan ends it.
    ///
    /// Each call is timed on its own by two readings of `CLOCK_MONOTONIC`, and each timing is kept. What the closure returns
    /// is made and dropped, so that the compiler cannot leave out the work: return what was computed. The first call is
    /// the cold one and is told apart (``MeasurementResult/firstCall``).
    ///
    /// - Parameters:
    ///   - observe: hears ten times a second how far the measurement is, on another thread, and may end it.
    ///   - body: what to measure. It runs on the calling thread, which is blocked until the end: do not measure on the
    ///     main actor of a program that must react.
    /// - Returns: the figures. Where the closure threw after calls had been recorded, they are of the calls before, and
    ///   ``MeasurementResult/failure`` holds what it threw.
    /// - Throws: ``TachographError``: of kind `usage` for a value of the plan or a report's path that cannot be used; of
    ///   kind `measured` where the first call throws or the report cannot be written to its end.
    /// - Cost: an empty closure took 85 ns a call on the development machine, of which 30 ns were inside its latency; no
    ///   allocation. 24 bytes on disk a call while measuring; after it about a second a million calls for the report
    ///   and the statistics, and 16 bytes of memory a call.
    @discardableResult
    public func measure<Value>(
        observe: (@Sendable (MeasurementProgress) -> MeasurementProgress.Decision)? = nil,
        _ body: () throws -> Value
    ) throws(TachographError) -> MeasurementResult {
        do {
            return try withoutActuallyEscaping(body) { body in
                let call: () throws -> Void = { _ = try body() }
                return try ClosureMeasurement(plan: self, streams: 1, observe: observe).run { _ in call }
            }
        } catch {
            throw Self.publicError(error)
        }
    }

    /// Calls closures side by side, one a stream, until a rule of the plan ends it.
    ///
    /// Each stream has a thread of its own (stream 0 has the calling thread) and a closure of its own. All start at one
    /// instant, after each has made its first call. Figures are of all streams together.
    ///
    /// - Parameters:
    ///   - streams: number of streams, at least 1.
    ///   - observe: as of the measurement of one closure.
    ///   - makeBody: makes a stream's closure, on that stream's thread, before anything is timed. Its argument is 0 for the
    ///     calling thread's stream and another number below `streams` for each of the others.
    /// - Returns: the figures, as of the measurement of one closure; a stream whose closure throws ends the others too.
    /// - Throws: as the measurement of one closure, and where `makeBody` throws.
    /// - Cost: as of the measurement of one closure, on each stream.
    @discardableResult
    public func measure<Value>(
        streams: Int,
        observe: (@Sendable (MeasurementProgress) -> MeasurementProgress.Decision)? = nil,
        makeBody: @escaping @Sendable (_ stream: Int) throws -> () throws -> Value
    ) throws(TachographError) -> MeasurementResult {
        do {
            return try ClosureMeasurement(plan: self, streams: streams, observe: observe).run { stream in
                let body = try makeBody(stream)
                return { _ = try body() }
            }
        } catch {
            throw Self.publicError(error)
        }
    }

    private static func publicError(_ error: any Error) -> TachographError {
        error as? TachographError ?? TachographError(Failure(describing: error))
    }
}

extension MeasurementPlan {
    /// The plan as reports keep it.
    ///
    /// - Throws: `Failure` (usage) that names the property with its value.
    func runPlan(streams: Int) throws -> RunPlan {
        guard streams >= 1 else { throw Self.unusable("streams", "\(streams)", "a number from 1") }
        if let iterations, iterations < 1 {
            throw Self.unusable("iterations", "\(iterations)", "a number from 1, or nil")
        }
        if let precision, !(precision > 0 && precision < 1) {
            throw Self.unusable("precision", "\(precision)", "a share above 0 and below 1, such as 0.01")
        }
        let window = try duration.map { try Self.span($0, "duration", allowsZero: false) }
        let limit = try maxDuration.map { try Self.span($0, "maxDuration", allowsZero: false) }
        return RunPlan(
            model: nil,
            engine: EngineOptions(
                name: ClosureEngineBuilder.engineName, config: [ClosureEngineBuilder.nameKey: name]),
            scenario: streams == 1 ? .singleStream : .multiStream(streams: streams),
            warmUp: try Self.span(warmUp, "warmUp", allowsZero: true),
            stopping: TachoRecords.StoppingRules(
                iterations: iterations, duration: window, precision: precision,
                maxDuration: limit ?? max(.seconds(60), window ?? .zero)))
    }

    private static func span(_ value: Duration, _ property: String, allowsZero: Bool) throws -> Nanoseconds {
        // Instants are 64 bits: a century from now is as far as a window may reach.
        guard let span = Nanoseconds(value), span > .zero || allowsZero && span == .zero,
            span < .seconds(3_153_600_000)
        else {
            throw unusable(
                property, "\(value)",
                allowsZero ? "a duration from 0 to a century" : "a duration above 0 and below a century")
        }
        return span
    }

    private static func unusable(_ property: String, _ value: String, _ expected: String) -> Failure {
        Failure(
            .usage, input: "\(property) \(value)", problem: "cannot be used in a measurement",
            expected: expected, nextStep: "set another value")
    }
}
