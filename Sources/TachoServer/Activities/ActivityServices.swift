import TachoLaunch
import TachoRecords

/// What activities need of rooms that the server must not know: engines and models. The command hands it in.
package struct ActivityServices: Sendable {
    /// A model that can be measured: its graph's inputs with their wildcards.
    package struct Model: Sendable {
        package var summary: ModelSummary
        package var inputs: [TensorSpec]
        package var outputs: [TensorSpec]

        package init(summary: ModelSummary, inputs: [TensorSpec], outputs: [TensorSpec]) {
            self.summary = summary
            self.inputs = inputs
            self.outputs = outputs
        }
    }

    /// What hears of an activity while it runs. Any thread.
    package struct Observer: Sendable {
        package var event: @Sendable (_ launch: Int, WorkerEvent) -> Void
        /// The step that begins, in words, of what takes as many as it takes.
        package var step: @Sendable (String) -> Void
        /// The worker's standard error, as it comes.
        package var errorText: @Sendable (String) -> Void

        package init(
            event: @escaping @Sendable (_ launch: Int, WorkerEvent) -> Void,
            step: @escaping @Sendable (String) -> Void,
            errorText: @escaping @Sendable (String) -> Void
        ) {
            self.event = event
            self.step = step
            self.errorText = errorText
        }
    }

    /// What a command line comes to.
    package struct Work: Sendable {
        /// Carries it out by workers, into a report at a path; ends early where the interruption is raised. Returns the
        /// state of the report.
        package typealias Body =
            @Sendable (
                _ command: [String], _ report: String, _ interruption: Interruption, _ observer: Observer
            ) async throws -> String

        /// Workers, one after the other; nil: as many as it takes.
        package var launches: Int?
        package var body: Body

        package init(launches: Int?, body: @escaping Body) {
            self.launches = launches
            self.body = body
        }
    }

    /// Reads a model's file. Throws `Failure` for what is none; runs nothing of it.
    package var describe: @Sendable (_ path: String) throws -> Model
    /// The work of a command line such as `["run", "model.onnx", "--threads", "2"]`. Throws `Failure` for what is none.
    package var work: @Sendable (_ words: [String]) throws -> Work
    /// Demo models that setup provides: names and paths.
    package var demoModels: @Sendable () -> [(name: String, path: String)]
    /// Execution providers that the engine's library has.
    package var providers: @Sendable () -> [String]

    package init(
        describe: @escaping @Sendable (_ path: String) throws -> Model,
        work: @escaping @Sendable (_ words: [String]) throws -> Work,
        demoModels: @escaping @Sendable () -> [(name: String, path: String)],
        providers: @escaping @Sendable () -> [String]
    ) {
        self.describe = describe
        self.work = work
        self.demoModels = demoModels
        self.providers = providers
    }
}
