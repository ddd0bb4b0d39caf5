import Glibc
import Synchronization
import TachoRecords
import TachoViews

/// The progress line on standard error, where that is a terminal.
final class RunDisplay: Sendable {
    private let line: ProgressLine
    private let isShown: Bool

    init(launches: Int, isShown: Bool) {
        line = ProgressLine(launches: launches, style: .detect(descriptor: STDERR_FILENO))
        self.isShown = isShown
    }

    func show(_ event: WorkerEvent, launch: Int) {
        switch event {
        case .started: print(line.text(launch: launch, doing: "building the engine"))
        case .engine: print(line.text(launch: launch, doing: "warming up"))
        case .progress(let progress): print(line.text(launch: launch, progress: progress))
        case .finished: print(line.text(launch: launch, doing: "saving the report"))
        case .profile: print(line.text(launch: launch, doing: "profiling the layers"))
        case .phase, .model, .window, .warning, .failed, .layers, .optimizedGraph, .modelGraph: break
        }
    }

    func clear() {
        if isShown { Terminal.write("\r\u{1B}[K", to: STDERR_FILENO) }
    }

    private func print(_ text: String) {
        if isShown { Terminal.write("\r\u{1B}[K" + text, to: STDERR_FILENO) }
    }
}
