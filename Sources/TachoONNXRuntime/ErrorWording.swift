import TachoRecords

/// Turns the library's errors into messages that say what to do.
struct ErrorWording {
    let library: ONNXRuntimeLibrary
    let model: String

    private var runtime: String { "ONNX Runtime \(library.version.text)" }

    /// For a session that could not be made.
    func session(_ error: RuntimeError, providers: [String]) -> Failure {
        let text = error.message
        let inWords = "(\(runtime) says: \(Self.tidy(text)))"
        func bad(_ problem: String, expected: String? = nil, next: String) -> Failure {
            Failure(
                .usage, input: model, problem: "\(problem) \(inWords)", expected: expected, nextStep: next)
        }
        if let opset = Self.number(after: "Opset ", in: text), text.contains("under development") {
            let newest = Self.number(after: "till opset ", in: text)
            return bad(
                "uses opset \(opset), which is too new",
                expected: newest.map { "opset \($0) or older" },
                next:
                    "export the model with an older opset, or use a newer ONNX Runtime with --onnxruntime PATH"
            )
        }
        if text.contains("Unsupported model IR version") {
            return bad(
                "has an IR version that is too new",
                next:
                    "save the model with an older IR version, or use a newer ONNX Runtime with --onnxruntime PATH"
            )
        }
        if Self.isMemory(text) { return outOfMemory(inWords, doing: "building the session") }
        if error.code == .noSuchFile || error.code == .noModel {
            return bad(
                "or a file that it needs is not there",
                next: "check the path, and that its external data lies beside it")
        }
        if text.contains("is not a registered function/op") || text.contains("No Op registered for")
            || text.contains("No opset import for domain")
        {
            return bad(
                "uses an operator that is not known",
                next:
                    "check the operator's name, domain and version; custom operators need a build of ONNX Runtime "
                    + "that has them")
        }
        if error.code == .notImplemented {
            return bad(
                "uses an operator or type that is not implemented",
                next: "export the model with another opset or element type, or choose another --provider")
        }
        if !providers.isEmpty, error.code == .providerFailed || text.contains("onnxruntime_providers_") {
            return Failure(
                .missingPart, input: providers.joined(separator: ", "),
                problem: "cannot be used \(inWords)", expected: "the provider's own libraries and a device",
                nextStep: "install what the message names, or measure with --provider cpu")
        }
        switch error.code {
        case .invalidProtobuf:
            return bad("cannot be read as an ONNX model", next: "fetch or export the model again")
        case .invalidGraph,
            .fail where text.contains("Type Error"),
            .invalidArgument where text.contains("Invalid model"):
            return bad(
                "has a graph that is not valid", next: "check it with `onnx.checker`, and export it again")
        default:
            return bad(
                "cannot be built", next: "check the model, and the engine's options, against the message")
        }
    }

    /// For inputs and outputs that could not be bound.
    func binding(_ error: RuntimeError) -> Failure {
        let inWords = "(\(runtime) says: \(Self.tidy(error.message)))"
        if Self.isMemory(error.message) { return outOfMemory(inWords, doing: "binding inputs and outputs") }
        return Failure(
            .usage, input: model, problem: "inputs or outputs cannot be bound \(inWords)",
            expected: "tensors that fit what the model declares",
            nextStep: "check shapes and types of the inputs")
    }

    /// For a query that failed.
    func running(_ error: RuntimeError) -> Failure {
        let inWords = "(\(runtime) says: \(Self.tidy(error.message)))"
        if Self.isMemory(error.message) { return outOfMemory(inWords, doing: "a query") }
        let isInput = error.code == .invalidArgument
        return Failure(
            .measured, input: model, problem: "failed in a query \(inWords)",
            expected: isInput ? "inputs whose shapes and values the model can work with" : nil,
            nextStep: isInput
                ? "check the shapes and values of the inputs"
                : "check that the model works with these shapes and values: the message names the node")
    }

    private func outOfMemory(_ inWords: String, doing: String) -> Failure {
        Failure(
            .measured, input: model, problem: "ran out of memory when \(doing) \(inWords)",
            expected: "memory for weights, inputs and intermediate results",
            nextStep: "choose a smaller batch or shape, or a machine with more memory")
    }

    /// Whether a query failed since an output did not fit into the memory that was bound for it.
    func isOutputShape(_ error: RuntimeError) -> Bool {
        let text = error.message.lowercased()
        return text.contains("but the computed output shape for this run is")
            || text.contains("got invalid dimensions for output")
            || text.contains("shape mismatch attempting to re-use buffer")
            || text.contains("ortvalue shape verification failed")
    }

    private static func isMemory(_ text: String) -> Bool {
        text.contains("bad_alloc") || text.contains("Failed to allocate memory")
            || text.contains("out of memory")
    }

    /// The library's message on one line, without the places in its source files.
    static func tidy(_ text: String) -> String {
        var text = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        while let place = text.firstMatch(of: #//\S+\.(h|cc|cpp|cu|inc):\d+ /#) {
            text.removeSubrange(
                place.range.lowerBound..<endOfSignature(in: text, from: place.range.upperBound))
        }
        return text.trimmingPrefix(while: \.isWhitespace).description
    }

    /// Where the C++ function's signature that follows a place in a source file ends; `start` where none follows.
    private static func endOfSignature(in text: String, from start: String.Index) -> String.Index {
        var depth = 0
        var index = start
        while index < text.endIndex {
            switch text[index] {
            case "(": depth += 1
            case ")":
                depth -= 1
                guard depth > 0 else {
                    let rest = text[text.index(after: index)...]
                    return depth < 0
                        ? start : rest.trimmingPrefix(#/ (const )?(\[with [^\]]*\] ?)?/#).startIndex
                }
            default: break
            }
            index = text.index(after: index)
        }
        return start
    }

    private static func number(after words: String, in text: String) -> Int? {
        guard let range = text.firstRange(of: words) else { return nil }
        return Int(text[range.upperBound...].prefix { $0.isNumber })
    }
}
