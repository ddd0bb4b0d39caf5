import Synchronization
import TachoEngine
import TachoMeasure
import TachoRecords
import Testing

/// What a worker tells, in which order.
@Suite struct WorkerTests {
    private func events(
        config: [String: String] = [:], model: String? = nil,
        stopping: StoppingRules = StoppingRules(iterations: 10)
    ) throws -> [WorkerEvent] {
        let folder = try SegmentFolder()
        let plan = RunPlan(
            model: model, engine: EngineOptions(name: "scripted", config: config), warmUp: .zero,
            stopping: stopping)
        let told = Mutex<[WorkerEvent]>([])
        Worker(
            order: WorkOrder(plan: plan, launch: 0, segmentsFolder: folder.path),
            builder: ScriptedEngineBuilder(),
            clock: MonotonicClock(),
            surroundings: WorkerSurroundings(
                environment: { Environment() }, startNoise: { { NoiseCounters(window: .milliseconds(7)) } },
                segmentPath: { "\($0)/\($1)-\($2)" }, precision: { _ in nil }),
            stop: StopSignal(), tell: { event in told.withLock { $0.append(event) } }
        ).run()
        return told.withLock { $0 }
    }

    @Test func tellsTheWholeLaunch() throws {
        let events = try events()
        let kinds = events.compactMap { event -> String? in
            switch event {
            case .started: "started"
            case .phase(let phase): phase.name.rawValue
            case .model: "model"
            case .engine: "engine"
            case .window: "window"
            case .progress: nil
            case .warning: "warning"
            case .profile: "profile"
            case .layers: "layers"
            case .optimizedGraph: "optimizedGraph"
            case .modelGraph: "modelGraph"
            case .failed: "failed"
            case .finished: "finished"
            }
        }
        #expect(
            kinds == ["started", "sessionCreation", "binding", "firstQuery", "engine", "window", "finished"])
        guard case .finished(let outcome) = events.last else {
            Issue.record("the last event is \(String(describing: events.last))")
            return
        }
        #expect(outcome.stopReason == .iterations)
        #expect(outcome.noise?.window == .milliseconds(7))
        guard case .engine(let state) = events.first(where: { if case .engine = $0 { true } else { false } })
        else { return }
        #expect(state.stopping.iterations == 10)
        #expect(state.information.name == "scripted")
    }

    @Test func failureWhileBuildingIsTheLastWord() throws {
        let events = try events(config: ["service-time": "soon"])
        guard case .failed(let failure) = events.last else {
            Issue.record("the last event is \(String(describing: events.last))")
            return
        }
        #expect(failure.kind == .usage)
        #expect(failure.input == "--service-time soon")
    }

    @Test func failureWhileMeasuringComesBeforeTheEnd() throws {
        let events = try events(config: ["fail-at": "4"])
        guard case .finished(let outcome) = events.last, case .failed? = events.dropLast().last else {
            Issue.record("the last events are \(events.suffix(2))")
            return
        }
        #expect(outcome.stopReason == .failed)
    }

    @Test func firstQueryMayFail() throws {
        guard case .failed(let failure) = try events(config: ["fail-at": "0"]).last else {
            Issue.record("no failure was told")
            return
        }
        #expect(failure.kind == .measured)
    }
}
