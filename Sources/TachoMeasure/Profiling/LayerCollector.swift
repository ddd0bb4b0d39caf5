import Synchronization
import TachoEngine
import TachoRecorder
import TachoRecords

/// Keeps what layers are and records what they take.
final class LayerCollector: LayerProfiler {
    private let recorder: LayerRecorder
    private let layers = Mutex<[Layer]>([])
    /// Set while a query runs only to learn what the layers are.
    private let isLearning = Atomic<Bool>(true)
    private let timedCount = Atomic<Int>(0)

    init(recorder: LayerRecorder) { self.recorder = recorder }

    /// The layers known so far, by number.
    var known: [Layer] { layers.withLock { $0 } }
    /// Layer times heard of while learning.
    var learnedTimes: Int { timedCount.load(ordering: .relaxed) }

    func beginRecording() { isLearning.store(false, ordering: .relaxed) }

    func layerAppeared(_ layer: Int, _ description: Layer) {
        layers.withLock { layers in
            if layer < layers.count {
                layers[layer] = description
            } else {
                layers.append(description)
            }
        }
    }

    func reportLayerTime(_ layer: Int, start: Nanoseconds, duration: Nanoseconds) {
        if isLearning.load(ordering: .relaxed) {
            timedCount.add(1, ordering: .relaxed)
        } else {
            recorder.append(layer: layer, start: start, duration: duration)
        }
    }

    func layerDetailed(_ layer: Int, _ details: LayerDetails) {
        layers.withLock { layers in
            guard layer < layers.count else { return }
            layers[layer].inputs = details.inputs
            layers[layer].outputs = details.outputs
            layers[layer].scheduling = details.scheduling
        }
    }

    func engineRan(start: Nanoseconds, duration: Nanoseconds) {
        if !isLearning.load(ordering: .relaxed) { recorder.appendRun(start: start, duration: duration) }
    }
}
