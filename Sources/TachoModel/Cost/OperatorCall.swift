import TachoRecords

/// One execution of an operator, as its cost needs it: attributes, and tensors with the shapes that they had.
///
/// Cost: counts are exact integers; what does not fit 64 bits is nil like what is not known.
struct OperatorCall {
    /// With its domain where it is not ONNX's own: `com.microsoft.FusedConv`.
    var type: String
    var attributes: [String: Attribute]
    /// By position. An optional input that is left out has the empty name.
    var inputs: [LayerTensor]
    var outputs: [LayerTensor]

    /// Whether an input stands at this position.
    func has(_ index: Int) -> Bool { inputs.indices.contains(index) && inputs[index].name != "" }

    func input(_ index: Int) -> [Int]? { has(index) ? inputs[index].shape : nil }
    func output(_ index: Int = 0) -> [Int]? { outputs.indices.contains(index) ? outputs[index].shape : nil }

    var inputCount: Int? { product(input(0)) }
    var outputCount: Int? { product(output()) }
    /// Inputs that are there.
    var presentInputs: Int { inputs.indices.filter(has).count }

    func int(_ name: String, or fallback: Int) -> Int { attributes[name]?.int ?? fallback }
    func ints(_ name: String) -> [Int]? { attributes[name]?.ints }

    func float(_ name: String, or fallback: Float) -> Float {
        if case .float(let value)? = attributes[name] { value } else { fallback }
    }

    func text(_ name: String) -> String? {
        guard case .string(let bytes)? = attributes[name] else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Elements of a shape; nil where the shape is not known or the product does not fit.
func product(_ shape: [Int]?) -> Int? { shape.flatMap(checkedElementCount) }

/// Product of factors; nil where one is not known or the result does not fit.
func times(_ factors: Int?...) -> Int? {
    var result = 1
    for factor in factors {
        guard let factor else { return nil }
        let (next, overflow) = result.multipliedReportingOverflow(by: factor)
        guard !overflow else { return nil }
        result = next
    }
    return result
}

/// Sum of terms; nil where one is not known or the result does not fit.
func sum(_ terms: Int?...) -> Int? {
    var result = 0
    for term in terms {
        guard let term else { return nil }
        let (next, overflow) = result.addingReportingOverflow(term)
        guard !overflow else { return nil }
        result = next
    }
    return result
}
