import TachoRecords

/// What went wrong, in the parts that mending it needs: which input, what is wrong with it, what to do.
public struct TachographError: Error, Sendable, CustomStringConvertible {
    /// What kind of thing went wrong.
    public enum Kind: Sendable {
        /// The measured closure threw, or the report could not be written to its end.
        case measured
        /// A value of the plan, or the report's path, cannot be used. Nothing was called.
        case usage
    }

    /// What kind of thing went wrong.
    public var kind: Kind
    /// What the message is about: a property of the plan with its value, a path, the measurement's name.
    public var input: String
    /// What is wrong with it, as a clause.
    public var problem: String
    /// What would have been right, where that can be said.
    public var expected: String?
    /// What to do now.
    public var nextStep: String
    /// The error that the closure threw; nil where the problem is another.
    public var underlying: (any Error)?

    /// The whole message: input and problem, what was expected, what to do; one line each.
    public var description: String {
        var lines = ["\(input): \(problem)"]
        if let expected { lines.append("  expected: \(expected)") }
        lines.append("  next: \(nextStep)")
        return lines.joined(separator: "\n")
    }
}

extension TachographError {
    init(_ failure: Failure, underlying: (any Error)? = nil) {
        kind = failure.kind == .usage ? .usage : .measured
        input = failure.input
        problem = failure.problem
        expected = failure.expected
        nextStep = failure.nextStep
        self.underlying = underlying
    }
}

/// Thrown by a measured closure to end its measurement in order: where what it works on runs out, for example.
///
/// The call that throws it is not kept; the result's reason to stop is ``StopReason/ended``. Thrown by the very first
/// call it is a failure, since then there is nothing to measure.
public struct EndOfMeasurement: Error {
    /// Makes one to throw.
    public init() {}
}
