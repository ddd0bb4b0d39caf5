import Foundation
import TachoModel
import TachoRecords
import Testing

@Suite struct NumpyFileTests {
    private func read(_ bytes: [UInt8], as type: ElementType) throws -> Tensor {
        let folder = try ScratchFolder()
        return try NumpyFile(path: folder.write(bytes, "x.npy")).tensor(name: "x", elementType: type)
    }

    private func problem(_ bytes: [UInt8], as type: ElementType = .float32) -> String? {
        failure { _ = try read(bytes, as: type) }?.problem
    }

    @Test(arguments: [UInt8(1), 2, 3])
    func floatsInEveryVersion(version: UInt8) throws {
        let data = Numpy.bytes([Float(1).bitPattern, Float(-2.5).bitPattern])
        let tensor = try read(Numpy.file("'<f4'", [2], data, version: version), as: .float32)
        #expect(tensor.shape == [2])
        #expect(tensor.values(Float.self) == [1, -2.5])
    }

    @Test func bigEndian() throws {
        let data = Numpy.bytes([Int64(-3), 1 << 40], big: true)
        #expect(try read(Numpy.file("'>i8'", [2], data), as: .int64).values(Int64.self) == [-3, 1 << 40])
        // Both halves of a complex number are swapped on their own.
        let halves = Numpy.bytes([Float(1).bitPattern, Float(2).bitPattern], big: true)
        #expect(try read(Numpy.file("'>c8'", [1], halves), as: .complex64).values(Float.self) == [1, 2])
    }

    @Test func fortranOrder() throws {
        // a[i][j] = 10 i + j, stored by columns.
        let data = Numpy.bytes([Int32(0), 10, 1, 11, 2, 12])
        let tensor = try read(Numpy.file("'<i4'", [2, 3], data, fortran: true), as: .int32)
        #expect(tensor.values(Int32.self) == [0, 1, 2, 10, 11, 12])
        let cube = Numpy.bytes((0..<24).map { UInt16($0) })
        let read = try read(Numpy.file("'<u2'", [2, 3, 4], cube, fortran: true), as: .uint16)
        var expected: [UInt16] = []
        for i in 0..<2 {
            for j in 0..<3 {
                for k in 0..<4 { expected.append(UInt16(i + 2 * j + 6 * k)) }
            }
        }
        #expect(read.values(UInt16.self) == expected)
    }

    @Test(arguments: [
        ("'|b1'", ElementType.bool, 1), ("'|i1'", .int8, 1), ("'<i2'", .int16, 2), ("'<u4'", .uint32, 4),
        ("'<u8'", .uint64, 8), ("'<f2'", .float16, 2), ("'<f8'", .float64, 8), ("'<c16'", .complex128, 16),
        ("'<u2'", .bfloat16, 2), ("'<V2'", .bfloat16, 2), ("'|V1'", .float8e5m2, 1),
        ("'|u1'", .float8e4m3fn, 1),
    ])
    func takesTypesBitForBit(description: String, type: ElementType, size: Int) throws {
        let data = (0..<(3 * size)).map { UInt8($0 % 2) }
        let tensor = try read(Numpy.file(description, [3], data), as: type)
        #expect(tensor.values(UInt8.self) == data)
    }

    @Test func packsSmallIntegers() throws {
        let data: [UInt8] = [1, 0xff, 0xf8, 7, 3]
        let tensor = try read(Numpy.file("'|i1'", [5], data), as: .int4)
        #expect(tensor.values(UInt8.self) == [0xf1, 0x78, 0x03])
        let pairs = try read(Numpy.file("'|V1'", [5], [1, 2, 3, 0, 2]), as: .uint2)
        #expect(pairs.values(UInt8.self) == [0b00_11_10_01, 0b10])
    }

    @Test func strings() throws {
        let text = Array("ab".unicodeScalars) + ["\0"] + Array("zäö".unicodeScalars)
        let data = Numpy.bytes(text.map(\.value))
        #expect(try read(Numpy.file("'<U3'", [2], data), as: .string).strings == ["ab", "zäö"])
        let bytes = Array("ab\0c\0\0".utf8)
        #expect(try read(Numpy.file("'|S3'", [2], bytes), as: .string).strings == ["ab", "c"])
    }

    @Test func scalarsAndEmptyArrays() throws {
        let scalar = try read(Numpy.file("'<i8'", [], Numpy.bytes([Int64(16000)])), as: .int64)
        #expect(scalar.shape == [])
        #expect(scalar.values(Int64.self) == [16000])
        let empty = try read(Numpy.file("'<f4'", [0, 5], []), as: .float32)
        #expect(empty.shape == [0, 5])
        #expect(empty.byteCount == 0)
    }

    @Test func boolsAreNormal() throws {
        let tensor = try read(Numpy.file("'|b1'", [3], [0, 1, 7]), as: .bool)
        #expect(tensor.values(UInt8.self) == [0, 1, 1])
    }

    @Test func refusals() {
        let good = Numpy.file("'<f4'", [4], [UInt8](repeating: 0, count: 16))
        #expect(problem(Array(good.dropLast()))?.contains("needs 16 bytes of data, it has 15") == true)
        #expect(problem(Array(good.prefix(20)))?.contains("cut off in its header") == true)
        #expect(problem(Array("hello, this is text".utf8))?.contains("it looks like text") == true)
        var version = good
        version[6] = 4
        #expect(problem(version)?.contains("unknown format version 4.0") == true)
        #expect(problem(Numpy.file("'|O'", [1], [0, 0]))?.contains("Python objects") == true)
        #expect(problem(Numpy.file("[('a', '<f4'), ('b', '<i4')]", [1], []))?.contains("structures") == true)
        #expect(problem(Numpy.file("'<M8[ns]'", [1], []))?.contains("'<M8[ns]', which is not read") == true)
        #expect(problem(Numpy.file(header: "{'descr': ", []))?.contains("not understood") == true)
        #expect(
            problem(Numpy.file(header: "{'descr': '<f4', 'shape': (1,)}", []))?.contains("not under") == true)
        #expect(
            problem(Numpy.file("'<f4'", [1 << 40, 1 << 40], []))?.contains("impossible shape") == true)
        #expect(problem(Numpy.file("'<U0'", [1 << 50], []), as: .string)?.contains("empty strings") == true)
    }

    @Test func otherType() throws {
        let folder = try ScratchFolder()
        let path = try folder.write(Numpy.file("'<i4'", [1], [0, 0, 0, 0]), "x.npy")
        let refused = failure { _ = try NumpyFile(path: path).tensor(name: "ids", elementType: .int64) }
        #expect(refused?.problem == "holds int32")
        #expect(refused?.expected?.hasPrefix("int64") == true)
    }
}
