import CTachoONNXRuntime
import TachoModel
import TachoRecords

/// A value of the library over a tensor's memory, or with copies of a tensor's strings.
///
/// Keeps the memory alive for as long as the value.
struct BoundTensor {
    let tensor: Tensor
    let value: RuntimeObject

    /// Numbers are not copied; strings are, since the library keeps them as objects of its own.
    init(_ tensor: Tensor, api: RuntimeAPI, memory: RuntimeObject) throws(RuntimeError) {
        self.tensor = tensor
        let table = api.table
        let shape = tensor.shape.map { Int64($0) }
        let type = tensor.elementType.runtimeNumber
        switch tensor.contents {
        case .bytes(let storage):
            guard let address = storage.bytes.baseAddress else {
                throw RuntimeError(code: .invalidArgument, message: "tensor '\(tensor.name)' has no memory")
            }
            value = try api.make(release: table.pointee.ReleaseValue, parents: [storage, memory]) {
                table.pointee.CreateTensorWithDataAsOrtValue(
                    memory.pointer, address, storage.bytes.count, shape, shape.count, type, $0)
            }
        case .strings(let strings):
            let allocator = try api.defaultAllocator()
            let value = try api.make(release: table.pointee.ReleaseValue) {
                table.pointee.CreateTensorAsOrtValue(allocator, shape, shape.count, type, $0)
            }
            if !strings.isEmpty {
                try api.check(
                    withCStrings(strings) { table.pointee.FillStringTensor(value.pointer, $0, strings.count) }
                )
            }
            self.value = value
        }
    }
}
