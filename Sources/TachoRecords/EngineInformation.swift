/// What an engine says of itself once built: identity, and the settings as they took effect.
package struct EngineInformation: Codable, Hashable, Sendable {
    /// `onnxruntime`, `scripted`, or `closure` for a measured region of a user's program.
    package var name: String
    package var version: String
    /// Path of the library that was loaded.
    package var library: String?
    /// Where that library was found, in words: "--onnxruntime", "TACHO_ONNXRUNTIME", "beside the binary", ...
    package var libraryOrigin: String?
    /// Execution providers in order of preference, as the engine names them.
    package var providers: [String]
    /// Settings that took effect, by the name of the option that sets them.
    package var settings: [String: String]
    /// Whether a query's call returns only with the result in hand (then compute is the call itself).
    package var isSynchronous: Bool

    package init(
        name: String, version: String, library: String? = nil, libraryOrigin: String? = nil,
        providers: [String] = [], settings: [String: String] = [:], isSynchronous: Bool = true
    ) {
        self.name = name
        self.version = version
        self.library = library
        self.libraryOrigin = libraryOrigin
        self.providers = providers
        self.settings = settings
        self.isSynchronous = isSynchronous
    }
}

/// One step of engine building, timed on its own and kept apart from steady state.
package struct StartUpPhase: Codable, Hashable, Sendable {
    package enum Name: String, Codable, CaseIterable, Sendable {
        /// Reading and checking the model file for our own purposes.
        case modelRead
        /// Opening the engine's library and creating its environment.
        case libraryLoad
        /// Parsing, optimising and compiling the model: the engine's own build step.
        case sessionCreation
        /// Making inputs and binding them and the outputs to an execution context.
        case binding
        /// The first query of the first context: cold caches, lazy initialisation.
        case firstQuery
    }

    package var name: Name
    /// Instant on `CLOCK_MONOTONIC`.
    package var start: Nanoseconds
    package var duration: Nanoseconds

    package init(name: Name, start: Nanoseconds, duration: Nanoseconds) {
        self.name = name
        self.start = start
        self.duration = duration
    }
}
