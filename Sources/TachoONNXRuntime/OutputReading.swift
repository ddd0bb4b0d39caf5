import CTachoONNXRuntime
import TachoModel
import TachoRecords

extension ONNXRuntimeContext {
    /// A copy of one output of the last query.
    ///
    /// Never call it between queries that are timed: it copies. Errors: `Failure` of kind `usage` before the first
    /// query and for an output that does not exist, of kind `measured` where the library has no value.
    package func output(_ index: Int) throws -> Tensor {
        guard hasRun, engine.outputs.indices.contains(index) else {
            throw Failure(
                .usage, input: "output \(index)",
                problem: hasRun ? "does not exist" : "has no value before the first query",
                nextStep: "run a query first, and choose one of \(engine.outputs.count) outputs")
        }
        do {
            return try copy(index)
        } catch let error as RuntimeError {
            throw ErrorWording(library: engine.library, model: engine.model).running(error)
        }
    }

    private func copy(_ index: Int) throws -> Tensor {
        let spec = engine.outputs[index]
        let api = engine.library.api
        let table = api.table
        let value = try outputValues()[index]
        var isTensor: Int32 = 0
        try api.check(table.pointee.IsTensor(value.pointer, &isTensor))
        guard isTensor != 0 else { throw RuntimeError(code: .fail, message: "'\(spec.name)' is no tensor") }
        let info = try api.make(release: table.pointee.ReleaseTensorTypeAndShapeInfo) {
            table.pointee.GetTensorTypeAndShape(value.pointer, $0)
        }
        let shape = try api.shape(of: info.pointer)
        if spec.elementType == .string {
            let count = shape.reduce(1, *)
            return try Tensor(name: spec.name, strings: try strings(of: value, count: count), shape: shape)
        }
        let tensor = try Tensor(name: spec.name, elementType: spec.elementType, shape: shape)
        var address: UnsafeMutableRawPointer?
        try api.check(table.pointee.GetTensorMutableData(value.pointer, &address))
        if let address, let bytes = tensor.bytes, bytes.count > 0 {
            bytes.copyMemory(from: UnsafeRawBufferPointer(start: address, count: bytes.count))
        }
        return tensor
    }

    private func strings(of value: RuntimeObject, count: Int) throws(RuntimeError) -> [String] {
        guard count > 0 else { return [] }
        let api = engine.library.api
        var length = 0
        try api.check(api.table.pointee.GetStringTensorDataLength(value.pointer, &length))
        // One byte more, so that there is an address also where all strings are empty.
        var bytes = [UInt8](repeating: 0, count: length + 1)
        var offsets = [Int](repeating: 0, count: count)
        try api.check(
            api.table.pointee.GetStringTensorContent(value.pointer, &bytes, length, &offsets, count))
        return offsets.indices.map { index in
            let end = index + 1 < count ? offsets[index + 1] : length
            return String(decoding: bytes[offsets[index]..<end], as: UTF8.self)
        }
    }

    /// The values of the outputs, in the order of the engine's outputs.
    func outputValues() throws(RuntimeError) -> [RuntimeObject] {
        let api = engine.library.api
        let allocator = try api.defaultAllocator()
        var values: UnsafeMutablePointer<OpaquePointer?>?
        var count = 0
        try api.check(
            api.table.pointee.GetBoundOutputValues(binding.pointer, allocator, &values, &count))
        guard let values else { return [] }
        let objects = (0..<count).compactMap { index in
            values[index].map {
                RuntimeObject($0, release: api.table.pointee.ReleaseValue, parents: [binding])
            }
        }
        try api.check(api.table.pointee.AllocatorFree(allocator, values))
        return objects
    }
}
