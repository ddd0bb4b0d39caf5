/// What went wrong, in the three parts a user needs: which input, what was expected, what to do next.
///
/// Every error that reaches a user is one of these. It travels from worker to launcher as JSON.
package struct Failure: Error, Codable, Hashable, Sendable {
    /// Decides the exit code of the tool.
    package enum Kind: String, Codable, Sendable {
        /// The measured thing failed, or a gate was not met: exit code 1.
        case measured
        /// Wrong usage or an input that cannot be used: exit code 2.
        case usage
        /// A needed part (library, device, permission) is missing: exit code 3.
        case missingPart
    }

    package var kind: Kind
    /// The input the message is about: a path, an option with its value, a tensor's name.
    package var input: String
    /// What is wrong with it, as a clause: "is not an ONNX model (byte 0 is not a protobuf tag)".
    package var problem: String
    /// What would have been right.
    package var expected: String?
    /// What to do now.
    package var nextStep: String

    package init(
        _ kind: Kind, input: String, problem: String, expected: String? = nil, nextStep: String
    ) {
        self.kind = kind
        self.input = input
        self.problem = problem
        self.expected = expected
        self.nextStep = nextStep
    }

    package var exitCode: Int32 {
        switch kind {
        case .measured: 1
        case .usage: 2
        case .missingPart: 3
        }
    }
}

extension Failure: CustomStringConvertible {
    package var description: String {
        var lines = ["\(input): \(problem)"]
        if let expected { lines.append("  expected: \(expected)") }
        lines.append("  next: \(nextStep)")
        return lines.joined(separator: "\n")
    }
}

extension Failure {
    /// The failure itself, or one made from an error that is none.
    package init(describing error: any Error) {
        if let failure = error as? Failure {
            self = failure
        } else {
            self.init(
                .measured, input: "tacho", problem: "\(error)",
                nextStep: "this error has no text of its own: please report it with the command you ran")
        }
    }
}
