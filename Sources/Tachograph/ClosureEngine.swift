import Synchronization
import TachoEngine
import TachoModel
import TachoRecords

/// A closure of the user's program in the place of an engine: one call is one query.
final class ClosureEngine: Engine, @unchecked Sendable {
    // Unchecked: `makeCall` is either sendable, or there is one stream and it stays on the thread that handed it in.
    let information: EngineInformation
    let inputs: [TensorSpec] = []
    let outputs: [TensorSpec] = []
    private let makeCall: (_ stream: Int) throws -> () throws -> Void
    private let made = Atomic<Int>(0)
    private let ending: ClosureEnding

    init(
        name: String, ending: ClosureEnding, makeCall: @escaping (_ stream: Int) throws -> () throws -> Void
    ) {
        information = EngineInformation(
            name: ClosureEngineBuilder.engineName, version: ToolVersion.text,
            settings: [ClosureEngineBuilder.nameKey: name])
        self.ending = ending
        self.makeCall = makeCall
    }

    func makeContext(inputs: [Tensor]) throws -> any ExecutionContext {
        let stream = made.wrappingAdd(1, ordering: .relaxed).oldValue
        do {
            return ClosureContext(call: try makeCall(stream), ending: ending)
        } catch {
            throw ending.note(error, in: "making the closure of stream \(stream)")
        }
    }
}

/// The closure of one stream.
final class ClosureContext: ExecutionContext {
    let bindings: [Binding] = []
    private let call: () throws -> Void
    private let ending: ClosureEnding

    init(call: @escaping () throws -> Void, ending: ClosureEnding) {
        self.call = call
        self.ending = ending
    }

    func run(_ parts: inout QueryParts) throws {
        do {
            try call()
        } catch {
            throw ending.note(error, in: "a call")
        }
    }
}

/// Hands the worker the engine that was made for the closure.
struct ClosureEngineBuilder: EngineBuilder {
    static let engineName = "closure"
    /// Names the measurement, in the plan's engine configuration and among the settings that took effect.
    static let nameKey = "name"

    let name = ClosureEngineBuilder.engineName
    let needsModel = false
    let engine: ClosureEngine

    func build(
        model: ONNXModel?, options: EngineOptions, phases: any PhaseObserver
    ) throws -> any Engine { engine }
}

/// How the closure itself ended the measurement, where it did.
///
/// Thread rule: any thread; it is locked once, when a call throws.
final class ClosureEnding: Sendable {
    private struct State {
        var error: (any Error)?
    }

    private let name: String
    private let state = Mutex(State())

    init(name: String) { self.name = name }

    /// The first error that was thrown; nil where none was.
    var error: (any Error)? { state.withLock { $0.error } }

    /// Whether the first thing that the closure threw was the wish to end.
    var isInOrder: Bool { error is EndOfMeasurement }

    /// Keeps the first error, and puts it in the words of a failure.
    func note(_ error: any Error, in place: String) -> Failure {
        state.withLock { state in
            if state.error == nil { state.error = error }
        }
        if error is EndOfMeasurement {
            return Failure(
                .measured, input: name,
                problem: "\(place) ended the measurement before anything was measured",
                expected: "EndOfMeasurement after the first call at the earliest",
                nextStep: "give the closure something to work on")
        }
        return Failure(
            .measured, input: name, problem: "\(place) threw: \(error)", expected: "a closure that returns",
            nextStep: "calls that were recorded before are kept; mend the error and measure again")
    }
}
