/// What a worker is asked to do: one launch of a plan. Travels from launcher to worker as JSON.
package struct WorkOrder: Codable, Hashable, Sendable {
    package var plan: RunPlan
    /// Ordinal of this launch, from 0.
    package var launch: Int
    /// Folder for the segments of this launch.
    package var segmentsFolder: String
    /// How queries arrive; nil: one after the other, as the plan's scenario says.
    package var load: LoadPlan?
    /// Times of recorded arrivals, in nanoseconds since the first; nil for other arrivals.
    package var arrivals: [Int64]?
    /// How it takes turns with another worker; nil: it measures alone.
    package var turns: TurnOrder?
    /// The library that records what devices do while queries are profiled, absolute; nil: nothing does.
    package var deviceRecorder: String?

    package init(
        plan: RunPlan, launch: Int, segmentsFolder: String, load: LoadPlan? = nil, arrivals: [Int64]? = nil,
        turns: TurnOrder? = nil, deviceRecorder: String? = nil
    ) {
        self.plan = plan
        self.launch = launch
        self.segmentsFolder = segmentsFolder
        self.load = load
        self.arrivals = arrivals
        self.turns = turns
        self.deviceRecorder = deviceRecorder
    }
}

/// How a worker takes turns with another one, so that what the machine does meanwhile hits both alike.
package struct TurnOrder: Codable, Hashable, Sendable {
    /// FIFO from which this worker reads when its turn comes.
    package var own: String
    /// FIFO from which the other one reads.
    package var peer: String
    /// Measures first, as soon as the other one is ready too.
    package var isFirst: Bool
    /// Least length of a turn, which is one query at least.
    package var length: Nanoseconds
    /// That both keep to, by the kernel's number; nil: all that they may use.
    package var processor: Int?

    /// The byte that gives the turn to the FIFO's reader.
    package static let turn = UInt8(ascii: "t")
    /// Gives it for good: the other one has ended.
    package static let last = UInt8(ascii: "l")

    package init(own: String, peer: String, isFirst: Bool, length: Nanoseconds, processor: Int?) {
        self.own = own
        self.peer = peer
        self.isFirst = isFirst
        self.length = length
        self.processor = processor
    }
}
