import TachoModel
import TachoRecords

/// Bytes of .npy files, as NumPy writes them.
enum Numpy {
    static func file(
        _ description: String, _ shape: [Int], _ data: [UInt8], fortran: Bool = false, version: UInt8 = 1
    ) -> [UInt8] {
        let sizes = shape.map { "\($0)," }.joined(separator: " ")
        let order = fortran ? "True" : "False"
        return file(
            header: "{'descr': \(description), 'fortran_order': \(order), 'shape': (\(sizes)), }", data,
            version: version)
    }

    static func file(header: String, _ data: [UInt8], version: UInt8 = 1) -> [UInt8] {
        var text = Array(header.utf8)
        let prefix = version == 1 ? 10 : 12
        while (prefix + text.count + 1) % 64 != 0 { text.append(32) }
        text.append(10)
        var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [version, 0]
        for index in 0..<(prefix - 8) { bytes.append(UInt8(truncatingIfNeeded: text.count >> (8 * index))) }
        return bytes + text + data
    }

    static func bytes<Value: FixedWidthInteger>(_ values: [Value], big: Bool = false) -> [UInt8] {
        values.flatMap { value in
            withUnsafeBytes(of: big ? value.bigEndian : value.littleEndian) { [UInt8]($0) }
        }
    }
}

extension Tensor {
    func values<Value: BitwiseCopyable>(_ type: Value.Type) -> [Value] {
        guard let bytes else { return [] }
        return Array(bytes.bindMemory(to: type))
    }

    var strings: [String]? {
        if case .strings(let values) = contents { values } else { nil }
    }
}
