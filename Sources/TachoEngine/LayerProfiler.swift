import TachoRecords

/// Hears what each layer of a query took: the same for every engine, and open to whoever uses the library.
///
/// Thread rule: calls come on the threads that run the layers, those of one thread in order of the layers' starts: while
/// the query runs, or after it, and then at the latest when the thread begins the next one or attaches another profiler
/// (or none). A call may take its time from the query, so it should not allocate or wait.
package protocol LayerProfiler: AnyObject, Sendable {
    /// A layer that will be reported under this number. Numbers count from 0 in order of appearance.
    func layerAppeared(_ layer: Int, _ description: Layer)

    /// One execution of a layer on the host clock. A layer's time holds that of the layers in its body.
    func reportLayerTime(_ layer: Int, start: Nanoseconds, duration: Nanoseconds)

    /// What an execution looked like, where details were asked for.
    func layerDetailed(_ layer: Int, _ details: LayerDetails)

    /// The engine's own call for a query as a whole, where the engine tells: what is outside of it is the interface's
    /// and the profiling's.
    func engineRan(start: Nanoseconds, duration: Nanoseconds)
}

extension LayerProfiler {
    package func layerDetailed(_ layer: Int, _ details: LayerDetails) {}
    package func engineRan(start: Nanoseconds, duration: Nanoseconds) {}
}

/// Tensors as they were in one execution of a layer. Names are not among what engines tell here.
package struct LayerDetails: Hashable, Sendable {
    package var inputs: [LayerTensor]
    package var outputs: [LayerTensor]
    /// How its threads shared the work, in the engine's words.
    package var scheduling: String?

    package init(inputs: [LayerTensor] = [], outputs: [LayerTensor] = [], scheduling: String? = nil) {
        self.inputs = inputs
        self.outputs = outputs
        self.scheduling = scheduling
    }
}

/// How an engine is to be built so that its contexts can report layers.
package struct ProfilingRequest: Hashable, Sendable {
    /// Nil: the best source that there is.
    package var source: LayerTimeSource?
    /// Whether some queries run unprofiled between the profiled ones.
    package var isSampled: Bool
    /// Layer times to be expected in all: decides how the engine's own events are kept from filling the memory.
    package var expectedEvents: Int
    /// Where to save the graph as the engine runs it; nil: nowhere.
    package var optimizedModel: String?

    package init(
        source: LayerTimeSource? = nil, isSampled: Bool = false, expectedEvents: Int = 0,
        optimizedModel: String? = nil
    ) {
        self.source = source
        self.isSampled = isSampled
        self.expectedEvents = expectedEvents
        self.optimizedModel = optimizedModel
    }
}

/// How an engine's layer times are taken, once it is built.
package struct LayerTimeMethod: Hashable, Sendable {
    package var source: LayerTimeSource
    /// In words: "for the whole session".
    package var method: String
    /// Why it is not the best source; nil where it is, or was asked for.
    package var fallbackReason: String?
    /// Bytes of the heap that the engine itself keeps for each layer it ran, until profiling ends; 0: none.
    package var keptBytes: Int

    package init(
        source: LayerTimeSource, method: String, fallbackReason: String? = nil, keptBytes: Int = 0
    ) {
        self.source = source
        self.method = method
        self.fallbackReason = fallbackReason
        self.keptBytes = keptBytes
    }
}
