import TachoAnalysis
import TachoRecords

/// A figure with its interval in text.
struct FigureText {
    let style: TextStyle

    var plusMinus: String { style.hasBlocks ? "±" : "+-" }

    /// `7.281 to 7.352 ms`: the unit once where both ends share it; empty without an interval.
    func interval(_ figure: Figure, _ word: (Double) -> String) -> String {
        guard let low = figure.low, let high = figure.high else { return "" }
        let ends = [low, high].map { word($0).split(separator: " ").map(String.init) }
        if ends[0].count == 2, ends[1].count == 2, ends[0][1] == ends[1][1] {
            return "\(ends[0][0]) to \(ends[1][0]) \(ends[1][1])"
        }
        return "\(word(low)) to \(word(high))"
    }

    /// Half the interval's width as a share: `± 0.5 %`; empty without an interval, and where the interval is so
    /// lopsided that a half of it says nothing.
    func halfWidth(_ figure: Figure) -> String {
        guard let share = figure.relativeHalfWidth, share < 1 else { return "" }
        return "\(plusMinus) \(Wording.percent(share))"
    }
}

extension StopReason {
    /// What ended the run, after "ended by".
    var words: String {
        switch self {
        case .iterations: "the number of iterations"
        case .duration: "the duration"
        case .precision: "the precision reached"
        case .maxDuration: "--max-duration"
        case .interrupted: "an interruption"
        case .failed: "a failure"
        case .workerLost: "the loss of the worker"
        case .decided: "the decision on the bound"
        case .ended: "its own end"
        }
    }
}

extension StartUpPhase.Name {
    package var words: String {
        switch self {
        case .modelRead: "model read"
        case .libraryLoad: "library load"
        case .sessionCreation: "session creation"
        case .binding: "binding"
        case .firstQuery: "first query"
        }
    }
}

extension PartSummary.Name {
    var words: String {
        switch self {
        case .enqueue: "enqueue"
        case .hostToDevice: "host to device"
        case .compute: "compute"
        case .deviceToHost: "device to host"
        case .latency: "latency"
        }
    }
}
