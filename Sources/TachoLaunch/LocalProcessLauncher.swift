import Foundation
import Glibc
import Subprocess
import Synchronization
import SystemPackage
import TachoRecords

/// Runs a worker as a process of this machine: the same binary with its hidden subcommand.
///
/// The order goes to its standard input, which stays open: a worker that reads its end knows that the launcher is
/// gone. Events come from its standard output, one JSON object a line. Standard error belongs to the engine.
package struct LocalProcessLauncher: Launcher {
    /// The program and the arguments that make it a worker.
    package var program: String
    package var arguments: [String]
    /// Gets the worker's standard error as it comes; nil: only its tail is kept.
    package var errorSink: (@Sendable (UnsafeRawBufferPointer) -> Void)?

    package init(
        program: String, arguments: [String] = ["worker"],
        errorSink: (@Sendable (UnsafeRawBufferPointer) -> Void)? = nil
    ) {
        self.program = program
        self.arguments = arguments
        self.errorSink = errorSink
    }

    private static let errorTailBytes = 64 << 10

    package func launch(
        _ order: WorkOrder, interruption: Interruption, hear: @escaping @Sendable (WorkerEvent) throws -> Void
    ) async throws -> WorkerEnd {
        let orderLine = try JSONEncoder().encode(order) + [UInt8(ascii: "\n")]
        let hold = WorkerHold()
        let result: ExecutionResult<String, SequenceOutput, SequenceOutput>
        do {
            result = try await Subprocess.run(
                .path(FilePath(program)), arguments: Arguments(arguments), input: .inputWriter,
                output: .sequence,
                error: .sequence
            ) { execution in
                try await interruption.withListener({ hold.interrupted(times: $0, execution) }) {
                    async let errorText = tail(of: execution.standardError)
                    do {
                        // A worker that is gone already does not read; its end tells why.
                        _ = try? await execution.standardInputWriter.write(Array(orderLine))
                        try await Self.events(of: execution.standardOutput) { event in
                            hold.note(event)
                            try hear(event)
                        }
                    } catch {
                        try? execution.send(signal: .kill)
                        _ = try? await errorText
                        throw error
                    }
                    try? await execution.standardInputWriter.finish()
                    return try await errorText
                }
            }
        } catch let error as SubprocessError {
            throw Failure(
                .measured, input: program, problem: "could not be started as a worker (\(error))",
                nextStep:
                    "check that the program can be run again, and that there is memory for another process")
        }
        let status: WorkerEnd.Status =
            switch result.terminationStatus {
            case .exited(let code): .exited(code)
            case .signaled(let signal): .signaled(signal)
            }
        return WorkerEnd(status: status, errorText: result.closureResult, wasKilled: hold.wasKilled)
    }

    private static func events(
        of output: SubprocessOutputSequence, _ hear: (WorkerEvent) throws -> Void
    ) async throws {
        var splitter = LineSplitter()
        let decoder = JSONDecoder()
        for try await buffer in output {
            for line in buffer.withUnsafeBytes({ splitter.add($0) }) {
                guard let event = try? decoder.decode(WorkerEvent.self, from: Data(line)) else {
                    throw Failure(
                        .measured, input: "worker",
                        problem: "said something that is no event: "
                            + String(decoding: line.prefix(120), as: UTF8.self),
                        expected: "a worker of the same version",
                        nextStep: "build tacho again, and report this if it stays")
                }
                try hear(event)
            }
        }
    }

    private func tail(of output: SubprocessOutputSequence) async throws -> String {
        var tail = TextTail(limit: Self.errorTailBytes)
        for try await buffer in output {
            buffer.withUnsafeBytes {
                tail.add($0)
                errorSink?($0)
            }
        }
        return tail.text
    }
}

/// What a launcher knows of its worker when an interruption comes.
private final class WorkerHold: Sendable {
    private struct State {
        var isMeasuring = false
        var wasKilled = false
    }

    private let state = Mutex(State())

    var wasKilled: Bool { state.withLock { $0.wasKilled } }

    func note(_ event: WorkerEvent) {
        if case .engine = event { state.withLock { $0.isMeasuring = true } }
    }

    /// A worker that has recorded something ends its loop by itself; nothing is lost by killing one that builds.
    func interrupted(
        times count: Int, _ execution: Execution<CustomWriteInput, SequenceOutput, SequenceOutput>
    ) {
        let kills = state.withLock { state in
            let kills = count > 1 || !state.isMeasuring
            if kills { state.wasKilled = true }
            return kills
        }
        try? execution.send(signal: kills ? .kill : .interrupt)
    }
}
