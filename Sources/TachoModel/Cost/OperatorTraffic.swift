import TachoRecords

/// Bytes that an operator must read and write: each input and each output once.
///
/// That is the least there can be: caches that are too small read again, and what still lies in a cache costs less.
/// Three kinds of operators need less than all of their inputs; docs/cost-model.md says why.
struct OperatorTraffic {
    /// Nil where a shape or an element size that counts is open.
    private(set) var read: Int?
    private(set) var written: Int?

    /// The result is the input under another shape or name.
    private static let views: Set<String> = [
        "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Identity", "Dropout",
    ]
    /// Work that is in the layers of the bodies.
    private static let controlFlow: Set<String> = ["If", "Loop", "Scan"]
    /// Of the first input only what reaches the output is read.
    private static let selecting: Set<String> = ["Gather", "GatherND", "GatherElements", "Slice"]
    /// Only the shape of the input matters.
    private static let asking: Set<String> = ["Shape", "Size"]

    init(_ call: OperatorCall) {
        if Self.views.contains(call.type) || Self.controlFlow.contains(call.type) {
            (read, written) = (0, 0)
            return
        }
        written = Self.total(call.outputs.filter { $0.name != "" })
        let present = call.inputs.indices.filter(call.has).map { call.inputs[$0] }
        if Self.asking.contains(call.type) {
            read = 0
        } else if Self.selecting.contains(call.type) {
            read = sum(written, Self.total(Array(present.dropFirst())))
        } else {
            read = Self.total(present)
        }
    }

    private static func total(_ tensors: [LayerTensor]) -> Int? {
        var total: Int? = 0
        for tensor in tensors {
            guard let bits = tensor.elementType?.bitWidth, let elements = product(tensor.shape) else {
                return nil
            }
            total = sum(total, packedByteCount(elements: elements, bits: bits))
        }
        return total
    }
}
