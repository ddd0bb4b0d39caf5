import TachoAnalysis
import TachoRecords

/// A step in words, for the line that tells how a search goes.
enum StepLine {
    static func name(_ step: LoadStep) -> String {
        switch step.purpose {
        case .capacity: return "the capacity step"
        case .service: return "the service time step"
        case .rate:
            switch step.load.arrival {
            case .poisson(let rate), .constant(let rate): return "\(Wording.significant(rate))/s"
            case .recorded(let path): return path
            case .closed(let clients): return "\(clients) clients"
            }
        }
    }

    static func text(_ step: LoadStep, after last: LoadResult?) -> String {
        var parts: [String] = []
        if let last, let verdict = last.verdict, last.step.purpose == .rate {
            parts.append(
                "\(name(last.step)) \(verdict.isHolding ? "holds" : "fails")\(verdict.isConfident ? "" : " (not sure)")"
            )
        }
        parts.append("now \(name(step))")
        if let threads = step.threads { parts.append("\(threads) threads") }
        parts.append("\(step.load.streams) stream\(step.load.streams == 1 ? "" : "s")")
        if step.load.maxBatch > 1 { parts.append("batches to \(step.load.maxBatch)") }
        return parts.joined(separator: ", ")
    }
}
