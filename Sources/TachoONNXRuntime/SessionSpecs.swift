import CTachoONNXRuntime
import TachoRecords

/// Reads a session's inputs and outputs as the library declares them.
struct SessionSpecs {
    enum Side: String { case input, output }

    let api: RuntimeAPI
    let session: OpaquePointer
    /// The model's path, for messages.
    let model: String

    private var table: UnsafePointer<tacho_ort_api> { api.table }

    func all(_ side: Side) throws -> [TensorSpec] {
        var count = 0
        try api.check(
            side == .input
                ? table.pointee.SessionGetInputCount(session, &count)
                : table.pointee.SessionGetOutputCount(session, &count))
        let allocator = try api.defaultAllocator()
        return try (0..<count).map { index in
            try spec(named: name(side, index, allocator), type: type(side, index), side)
        }
    }

    private func name(_ side: Side, _ index: Int, _ allocator: OpaquePointer) throws(RuntimeError) -> String {
        var text: UnsafeMutablePointer<CChar>?
        try api.check(
            side == .input
                ? table.pointee.SessionGetInputName(session, index, allocator, &text)
                : table.pointee.SessionGetOutputName(session, index, allocator, &text))
        guard let text else { return "" }
        let name = String(cString: text)
        try api.check(table.pointee.AllocatorFree(allocator, text))
        return name
    }

    private func type(_ side: Side, _ index: Int) throws(RuntimeError) -> RuntimeObject {
        try api.make(release: table.pointee.ReleaseTypeInfo) {
            side == .input
                ? table.pointee.SessionGetInputTypeInfo(session, index, $0)
                : table.pointee.SessionGetOutputTypeInfo(session, index, $0)
        }
    }

    private func spec(named name: String, type: RuntimeObject, _ side: Side) throws -> TensorSpec {
        var kind: Int32 = 0
        try api.check(table.pointee.GetOnnxTypeFromTypeInfo(type.pointer, &kind))
        var info: OpaquePointer?
        // Kind 1 is a dense tensor (ONNXType).
        if kind == 1 { try api.check(table.pointee.CastTypeInfoToTensorInfo(type.pointer, &info)) }
        guard let info else {
            throw Failure(
                .usage, input: model, problem: "\(side.rawValue) '\(name)' is \(Self.words(for: kind))",
                expected: "\(side.rawValue)s that are dense tensors",
                nextStep: "export the model with tensors in its place")
        }
        return TensorSpec(
            name: name, elementType: try elementType(of: info, name), dimensions: try dimensions(of: info))
    }

    private func elementType(of info: OpaquePointer, _ name: String) throws -> ElementType {
        var number: Int32 = 0
        try api.check(table.pointee.GetTensorElementType(info, &number))
        guard let type = ElementType(runtimeNumber: number) else {
            throw Failure(
                .usage, input: model,
                problem: "'\(name)' has an element type that is not known (number \(number))",
                expected: "the element types of ONNX", nextStep: "export the model with another type there")
        }
        return type
    }

    private func dimensions(of info: OpaquePointer) throws(RuntimeError) -> [Dimension]? {
        if api.version >= RuntimeAPI.checkedOrder, !table.pointee.TensorTypeAndShape_HasShape(info) {
            return nil
        }
        let sizes = try api.shape(of: info)
        guard !sizes.isEmpty else { return [] }
        var symbols = [UnsafePointer<CChar>?](repeating: nil, count: sizes.count)
        try api.check(table.pointee.GetSymbolicDimensions(info, &symbols, symbols.count))
        return zip(sizes, symbols).map { size, symbol in
            if size >= 0 { return .fixed(size) }
            let text = symbol.map { String(cString: $0) } ?? ""
            // Some exporters write "?" for a size without a name.
            return .wildcard(text.isEmpty || text == "?" ? nil : text)
        }
    }

    /// `ONNXType` of the C API, in words.
    private static func words(for kind: Int32) -> String {
        switch kind {
        case 2: "a sequence"
        case 3: "a map"
        case 5: "a sparse tensor"
        case 6: "an optional value"
        default: "no tensor"
        }
    }
}

extension RuntimeAPI {
    /// Sizes of a tensor's dimensions, outermost first; negative where a declared shape is open.
    func shape(of info: OpaquePointer) throws(RuntimeError) -> [Int] {
        var rank = 0
        try check(table.pointee.GetDimensionsCount(info, &rank))
        guard rank > 0 else { return [] }
        var sizes = [Int64](repeating: 0, count: rank)
        try check(table.pointee.GetDimensions(info, &sizes, rank))
        return sizes.map { Int($0) }
    }
}

extension ElementType {
    /// The type by its number in the C API (`ONNXTensorElementDataType`).
    ///
    /// The numbers are ONNX's own but for three types that ONNX and ONNX Runtime took up in another order.
    init?(runtimeNumber: Int32) {
        switch runtimeNumber {
        case 24: self = .uint2
        case 25: self = .int2
        case 26: self = .float8e8m0
        default: self.init(rawValue: runtimeNumber)
        }
    }

    var runtimeNumber: Int32 {
        switch self {
        case .uint2: 24
        case .int2: 25
        case .float8e8m0: 26
        default: rawValue
        }
    }
}
