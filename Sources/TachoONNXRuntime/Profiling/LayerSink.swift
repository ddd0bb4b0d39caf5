import CTachoONNXRuntime
import Synchronization
import TachoEngine
import TachoRecords

/// Takes what the hook tells of one session to the profiler that is attached.
///
/// Unchecked: the profiler changes only between queries; the hook's calls come on any thread during one.
final class LayerSink: @unchecked Sendable {
    private let hook: LayerHook
    let pointer: UnsafeMutablePointer<tacho_layer_sink>
    private var profiler: (any LayerProfiler)?
    /// Every layer that has appeared, by number: a later profiler hears of them too.
    private let layers = Mutex<[Layer]>([])

    init(hook: LayerHook) {
        self.hook = hook
        pointer = .allocate(capacity: 1)
        pointer.initialize(
            to: tacho_layer_sink(
                state: nil, appeared: Self.appeared, timed: Self.timed, detailed: Self.detailed,
                ran: Self.ran,
                listens: 0, wants_details: 0, table: nil))
        pointer.pointee.state = Unmanaged.passUnretained(self).toOpaque()
    }

    deinit {
        hook.forget(pointer)
        pointer.deallocate()
    }

    /// Lets the sessions that `body` makes on this thread tell this sink.
    func offered<Result, Problem: Error>(_ body: () throws(Problem) -> Result) throws(Problem) -> Result {
        hook.offer(pointer)
        defer { hook.offer(nil) }
        return try body()
    }

    /// The one that was attached hears first of all that the calling thread's queries left untold.
    func attach(_ profiler: (any LayerProfiler)?, details: Bool) {
        if pointer.pointee.listens != 0 { hook.tell(pointer) }
        if let profiler, profiler !== self.profiler {
            for (number, layer) in layers.withLock({ $0 }).enumerated() {
                profiler.layerAppeared(number, layer)
            }
        }
        if let profiler { self.profiler = profiler }
        pointer.pointee.listens = profiler == nil ? 0 : 1
        pointer.pointee.wants_details = profiler != nil && details ? 1 : 0
    }

    private static func sink(_ state: UnsafeMutableRawPointer?) -> LayerSink? {
        state.map { Unmanaged<LayerSink>.fromOpaque($0).takeUnretainedValue() }
    }

    // MARK: What the hook calls

    static let appeared:
        @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<tacho_layer_description>) -> Void = {
            state, description in
            guard let sink = LayerSink.sink(state) else { return }
            let told = description.pointee
            let layer = sink.layers.withLock { layers in
                let parent = Int(told.parent) < layers.count ? layers[Int(told.parent)] : nil
                let layer = Layer(
                    name: String(cString: told.name), type: String(cString: told.type),
                    path: parent.map { $0.path + [$0.name] } ?? [],
                    nodeIndex: told.node_index < 0 ? nil : Int(told.node_index),
                    provider: String(cString: told.provider))
                layers.append(layer)
                return layer
            }
            sink.profiler?.layerAppeared(Int(told.layer), layer)
        }

    private static let timed: @convention(c) (UnsafeMutableRawPointer?, UInt32, Int64, Int64) -> Void = {
        state, layer, start, duration in
        guard let state else { return }
        Unmanaged<LayerSink>.fromOpaque(state)._withUnsafeGuaranteedRef {
            $0.profiler?.reportLayerTime(
                Int(layer), start: Nanoseconds(start), duration: Nanoseconds(duration))
        }
    }

    private static let detailed:
        @convention(c) (UnsafeMutableRawPointer?, UInt32, UnsafePointer<tacho_layer_details>) -> Void = {
            state, layer, details in
            let told = details.pointee
            LayerSink.sink(state)?.profiler?.layerDetailed(
                Int(layer),
                LayerDetails(
                    inputs: TensorList.read(told.inputs.map { String(cString: $0) }),
                    outputs: TensorList.read(told.outputs.map { String(cString: $0) }),
                    scheduling: told.scheduling.map { String(cString: $0) }))
        }

    private static let ran: @convention(c) (UnsafeMutableRawPointer?, Int64, Int64) -> Void = {
        state, start, duration in
        LayerSink.sink(state)?.profiler?.engineRan(
            start: Nanoseconds(start), duration: Nanoseconds(duration))
    }
}
