import TachoRecords

/// Reads how ONNX Runtime writes the tensors of a node: `[{"float":[1,3,224,224]},{"int64":[]}]`.
enum TensorList {
    /// Empty where there is no text. A type that is not known has no element type; a text that breaks off ends the list.
    static func read(_ text: String?) -> [LayerTensor] {
        guard let text else { return [] }
        var tensors: [LayerTensor] = []
        for part in text.split(separator: "{").dropFirst() {
            let pieces = part.split(separator: "\"", omittingEmptySubsequences: false)
            guard pieces.count >= 3, let open = pieces[2].firstIndex(of: "["),
                let close = pieces[2].firstIndex(of: "]"), open < close
            else { break }
            let sizes = pieces[2][pieces[2].index(after: open)..<close].split(separator: ",").map {
                Int($0.trimmingPrefix(while: \.isWhitespace))
            }
            let shape = sizes.contains(nil) ? nil : sizes.compactMap { $0 }
            tensors.append(LayerTensor(elementType: types[String(pieces[1])], shape: shape))
        }
        return tensors
    }

    /// Element types by the names that ONNX Runtime has for them.
    private static let types: [String: ElementType] = [
        "float": .float32, "double": .float64, "float16": .float16, "bfloat16": .bfloat16,
        "uint8": .uint8, "int8": .int8, "uint16": .uint16, "int16": .int16, "uint32": .uint32,
        "int32": .int32,
        "uint64": .uint64, "int64": .int64, "bool": .bool, "string": .string, "complex64": .complex64,
        "complex128": .complex128, "float8e4m3fn": .float8e4m3fn, "float8e4m3fnuz": .float8e4m3fnuz,
        "float8e5m2": .float8e5m2, "float8e5m2fnuz": .float8e5m2fnuz, "uint4": .uint4, "int4": .int4,
    ]
}
