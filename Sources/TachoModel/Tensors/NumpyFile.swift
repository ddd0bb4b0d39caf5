import TachoRecords

/// An array in NumPy's .npy format, versions 1.0 to 3.0, read into tensors.
///
/// Little and big endian, C and Fortran order; elements come out in C order and the machine's byte order.
/// bfloat16, float8, float4 and the 4-bit and 2-bit integers have no type in NumPy: files of bytes of the same
/// size (`u1`, `i1`, `u2`, `V1`, `V2`: how ml_dtypes saves them) are taken bit for bit, those of less than a byte
/// from one byte an element. Source: NEP 1 and numpy.lib.format.
package struct NumpyFile {
    package let path: String
    package let shape: [Int]
    let element: NumpyElement
    private let isFortranOrder: Bool
    private let file: MappedFile
    private let dataOffset: Int

    /// Opens the file and reads its header.
    ///
    /// Errors: `Failure` of kind `usage` for a file that is missing or unreadable, is no .npy file, has an unknown
    /// version or a header that is not understood, holds objects or structures, or is cut off.
    package init(path: String) throws(Failure) {
        let file = try MappedFile(path: path, what: "a NumPy array (.npy)")
        func refuse(_ problem: String, expected: String? = nil) -> Failure {
            Failure(
                .usage, input: path, problem: problem, expected: expected,
                nextStep: "save the array again with numpy.save")
        }
        let (text, dataOffset) = try file.withBytes { bytes throws(Failure) -> (String, Int) in
            guard bytes.count >= 10, bytes[0] == 0x93, bytes[1..<6].elementsEqual("NUMPY".utf8) else {
                let looks = FileSignature.describe(bytes).map { " (it looks like \($0))" } ?? ""
                throw refuse("is not a .npy file\(looks)", expected: "a NumPy array (.npy)")
            }
            let major = bytes[6]
            guard (1...3).contains(major), bytes[7] == 0 else {
                throw refuse(
                    "has the unknown format version \(major).\(bytes[7])", expected: "1.0, 2.0 or 3.0")
            }
            let start = major == 1 ? 10 : 12
            guard bytes.count >= start else { throw refuse("is cut off in its header") }
            let length = (8..<start).reversed().reduce(0) { $0 << 8 | Int(bytes[$1]) }
            guard length <= bytes.count - start else {
                throw refuse("is cut off in its header of \(length) bytes")
            }
            return (String(decoding: bytes[start..<(start + length)], as: UTF8.self), start + length)
        }
        guard let header = NumpyHeader(text) else {
            throw refuse(
                "has a header that is not understood: \(String(text.prefix(80)))",
                expected: "descr, fortran_order and shape")
        }
        guard let description = header.description else {
            throw refuse("holds structures of several fields", expected: "an array of one plain type")
        }
        guard let element = NumpyElement(description) else {
            throw refuse(
                description.contains("O")
                    ? "holds Python objects" : "has elements of the type '\(description)', which is not read",
                expected: "booleans, integers, floats, complex numbers or strings")
        }
        guard let count = checkedElementCount(header.shape), count <= Int.max / max(element.byteCount, 1)
        else {
            throw refuse("has the impossible shape \(shapeText(header.shape))")
        }
        let needed = count * element.byteCount
        guard needed <= file.count - dataOffset else {
            throw refuse(
                "is cut off: its shape \(shapeText(header.shape)) needs \(needed) bytes of data, it has "
                    + "\(file.count - dataOffset)")
        }
        self.path = path
        self.file = file
        self.dataOffset = dataOffset
        self.element = element
        shape = header.shape
        isFortranOrder = header.isFortranOrder && header.shape.count > 1
    }

    /// The elements as a tensor of the given type, which must be the file's own or one of the same bits.
    ///
    /// Errors: `Failure` of kind `usage` where the types do not agree or memory does not suffice.
    package func tensor(name: String, elementType: ElementType) throws(Failure) -> Tensor {
        guard element.fits(elementType) else {
            throw Failure(
                .usage, input: "\(name)=\(path)", problem: "holds \(element.description)",
                expected: "\(elementType.name), as the model declares input '\(name)'",
                nextStep: "convert the array before saving it (numpy: astype)")
        }
        if elementType == .string { return try strings(name: name) }
        let tensor = try Tensor(name: name, elementType: elementType, shape: shape)
        guard let target = tensor.bytes else { return tensor }
        let packing = (elementType.bitWidth ?? 8) < 8 ? elementType.bitWidth : nil
        file.withBytes { bytes in
            let source = UnsafeRawBufferPointer(rebasing: bytes[dataOffset...])
            var order = ElementOrder(shape: shape, isFortranOrder: isFortranOrder)
            if let packing {
                let mask = UInt8(1 << packing) - 1
                let perByte = 8 / packing
                for index in 0..<tensor.elementCount {
                    let value = source[order.next()] & mask
                    target[index / perByte] |= value << UInt8(index % perByte * packing)
                }
            } else {
                copy(source, to: target, elements: tensor.elementCount, &order)
                if elementType == .bool {
                    for index in 0..<target.count where target[index] > 1 { target[index] = 1 }
                }
            }
        }
        return tensor
    }

    private func copy(
        _ source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer, elements: Int,
        _ order: inout ElementOrder
    ) {
        let size = element.byteCount
        // Complex numbers are two numbers: each half has its own byte order.
        let word = element.kind == .complex ? size / 2 : size
        let swaps = element.isBigEndian && word > 1
        if !swaps, !isFortranOrder {
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<target.count]))
            return
        }
        for index in 0..<elements {
            let from = order.next() * size
            for byte in 0..<size {
                let position = swaps ? byte / word * word + (word - 1 - byte % word) : byte
                target[index * size + byte] = source[from + position]
            }
        }
    }

    private func strings(name: String) throws(Failure) -> Tensor {
        let count = checkedElementCount(shape) ?? 0
        // Strings of no characters take no bytes in the file: any number of them would be believed.
        guard element.byteCount > 0 || count <= file.count else {
            throw Failure(
                .usage, input: path, problem: "claims \(count) empty strings",
                nextStep: "save the array again with numpy.save")
        }
        var strings: [String] = []
        file.withBytes { bytes in
            let source = UnsafeRawBufferPointer(rebasing: bytes[dataOffset...])
            var order = ElementOrder(shape: shape, isFortranOrder: isFortranOrder)
            for _ in 0..<count {
                let start = order.next() * element.byteCount
                strings.append(
                    element.string(
                        UnsafeRawBufferPointer(rebasing: source[start..<(start + element.byteCount)])))
            }
        }
        return try Tensor(name: name, strings: strings, shape: shape)
    }
}

/// Where the elements lie in the file, in the order of a C array.
private struct ElementOrder {
    private let shape: [Int]
    private let strides: [Int]
    private var index: [Int]
    private var offset = 0
    private let isFortranOrder: Bool

    init(shape: [Int], isFortranOrder: Bool) {
        self.shape = shape
        self.isFortranOrder = isFortranOrder
        var strides: [Int] = []
        var stride = 1
        for size in shape {
            strides.append(stride)
            stride = stride.multipliedReportingOverflow(by: size).partialValue
        }
        self.strides = strides
        index = Array(repeating: 0, count: shape.count)
    }

    mutating func next() -> Int {
        let current = offset
        guard isFortranOrder else {
            offset += 1
            return current
        }
        for axis in shape.indices.reversed() {
            index[axis] += 1
            offset += strides[axis]
            if index[axis] < shape[axis] { break }
            offset -= strides[axis] * shape[axis]
            index[axis] = 0
        }
        return current
    }
}
