import TachoRecords

extension OverheadKind {
    /// The kind of overhead that an operator of this type is, wherever it comes from: also a Transpose that the
    /// model asks for moves values without computing any. Nil for work proper.
    ///
    /// - Parameter type: with its domain where it is not ONNX's own.
    package init?(type: String) {
        switch type {
        case "com.microsoft.nchwc.ReorderInput", "com.microsoft.nchwc.ReorderOutput",
            "com.microsoft.nhwc.ReorderInput", "com.microsoft.nhwc.ReorderOutput":
            self = .reformat
        case "MemcpyFromHost", "MemcpyToHost", "Memcpy": self = .copy
        case "Cast", "CastLike": self = .cast
        case "Transpose": self = .transpose
        case "QuantizeLinear", "com.microsoft.QuantizeLinear", "DynamicQuantizeLinear": self = .quantise
        case "DequantizeLinear", "com.microsoft.DequantizeLinear": self = .dequantise
        default: return nil
        }
    }

    /// What the engine adds by itself, and no node of a model is.
    static func isAdded(type: String) -> Bool {
        switch OverheadKind(type: type) {
        case .reformat, .copy: true
        default: false
        }
    }
}
