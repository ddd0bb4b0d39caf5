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
        /// The worker's standard error, as it comes.
        package var errorText: @Sendable (String) -> Void

        package init(
            event: @escaping @Sendable (_ launch: Int, WorkerEvent) -> Void,
            errorText: @escaping @Sendable (String) -> Void
        ) {
            self.event = event
            self.errorText = errorText
        }
    }

    /// Reads a model's file. Throws `Failure` for what is none; runs nothing of it.
    package var describe: @Sendable (_ path: String) throws -> Model
    /// The plan of a command line such as `["run", "model.onnx", "--threads", "2"]`. Throws `Failure` for what is none.
    package var plan: @Sendable (_ words: [String]) throws -> RunPlan
    /// Carries out a plan by a worker, into a report at a path. Ends early where the interruption is raised.
    package var run:
        @Sendable (
            _ plan: RunPlan, _ command: [String], _ report: String, _ interruption: Interruption,
            _ observer: Observer
        ) async throws -> String
    /// Demo models that setup provides: names and paths.
    package var demoModels: @Sendable () -> [(name: String, path: String)]
    /// Execution providers that the engine's library has.
    package var providers: @Sendable () -> [String]

    package init(
        describe: @escaping @Sendable (_ path: String) throws -> Model,
        plan: @escaping @Sendable (_ words: [String]) throws -> RunPlan,
        run:
            @escaping @Sendable (
                _ plan: RunPlan, _ command: [String], _ report: String, _ interruption: Interruption,
                _ observer: Observer
            ) async throws -> String,
        demoModels: @escaping @Sendable () -> [(name: String, path: String)],
        providers: @escaping @Sendable () -> [String]
    ) {
        self.describe = describe
        self.plan = plan
        self.run = run
        self.demoModels = demoModels
        self.providers = providers
    }
}
