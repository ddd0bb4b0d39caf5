import TachoAnalysis
import TachoRecords

/// The one line that tells how a run goes, for a terminal.
package struct ProgressLine: Sendable {
    private let launches: Int
    private let style: TextStyle

    package init(launches: Int, style: TextStyle) {
        self.launches = launches
        self.style = style
    }

    /// - Parameter launch: ordinal from 0.
    package func text(launch: Int, doing: String) -> String { fit(prefix(launch) + doing) }

    package func text(launch: Int, progress: RunProgress) -> String {
        guard progress.elapsed >= .zero else { return text(launch: launch, doing: "warming up") }
        var parts = ["\(Wording.count(progress.queries)) queries"]
        if let precision = progress.precision {
            parts.append("median \(style.hasBlocks ? "±" : "+-") \(Wording.percent(precision))")
        }
        if let remaining = progress.remaining {
            parts.append(
                "\(Wording.decimal(remaining.seconds, 1)) s left\(progress.precision == nil ? "" : " at most")"
            )
        }
        return fit(prefix(launch) + "measuring: " + parts.joined(separator: ", "))
    }

    private func prefix(_ launch: Int) -> String {
        launches > 1 ? "launch \(launch + 1) of \(launches): " : ""
    }

    /// A line that wraps cannot be cleared.
    private func fit(_ text: String) -> String { String(text.prefix(style.width - 1)) }
}
