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
    /// The library that records what devices do while queries are profiled, absolute; nil: nothing does.
    package var deviceRecorder: String?

    package init(
        plan: RunPlan, launch: Int, segmentsFolder: String, load: LoadPlan? = nil, arrivals: [Int64]? = nil,
        deviceRecorder: String? = nil
    ) {
        self.plan = plan
        self.launch = launch
        self.segmentsFolder = segmentsFolder
        self.load = load
        self.arrivals = arrivals
        self.deviceRecorder = deviceRecorder
    }
}
