import TachoEngine
import TachoModel
import TachoRecords
import Testing

@testable import TachoONNXRuntime

extension RuntimeTests {
    @Suite struct TensorTypeTests {
        let folder: ScratchFolder

        init() throws { folder = try ScratchFolder() }

        /// Bits come out as they went in, in types of every width.
        @Test(arguments: [
            ElementType.float32, .uint8, .int8, .uint16, .int16, .int32, .int64, .bool, .float16, .float64,
            .uint32,
            .uint64, .bfloat16, .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz,
        ])
        func keepsBits(_ type: ElementType) throws {
            let sizes: [Make.Size] = [.fixed(2), .fixed(3)]
            let model = Make.model(
                [Make.node("Identity", ["x"], ["y"])], inputs: [Make.value("x", type, sizes)],
                outputs: [Make.value("y", type, sizes)], opset: 19, irVersion: 9)
            let engine = try build(model, in: folder)
            #expect(engine.inputs.first?.elementType == type)
            let input = try Tensor(name: "x", elementType: type, shape: [2, 3])
            let bytes = try #require(input.bytes)
            for index in bytes.indices { bytes[index] = type == .bool ? UInt8(index % 2) : UInt8(index + 1) }
            let context = try engine.makeRuntimeContext(inputs: [input])
            try context.query()
            #expect(try context.output(0).values(UInt8.self) == Array(bytes))
            #expect(context.bindings.last?.bytes == bytes.count)
        }

        /// Types that are packed, or that the library numbers otherwise than ONNX does, by what they mean.
        @Test(arguments: [
            (ElementType.uint4, [UInt8](arrayLiteral: 0x21, 0xf3), [Float](arrayLiteral: 1, 2, 3)),
            (.int4, [0x21, 0x0f], [1, 2, -1]), (.uint2, [0b00_11_10_01], [1, 2, 3]),
            (.int2, [0b00_11_10_01], [1, -2, -1]), (.float8e8m0, [127, 128, 126], [1, 2, 0.5]),
        ])
        func packedTypesMeanTheirNumbers(_ type: ElementType, _ bytes: [UInt8], _ numbers: [Float]) throws {
            let model = Make.model(
                [Make.node("Cast", ["x"], ["y"], [Make.attribute("to", int: 1)])],
                inputs: [Make.value("x", type, [.fixed(3)])],
                outputs: [Make.value("y", .float32, [.fixed(3)])],
                opset: 25, irVersion: 11)
            let engine = try build(model, in: folder)
            #expect(engine.inputs.first?.elementType == type)
            let context = try engine.makeRuntimeContext(inputs: [Tensor.filled("x", type, [3], bytes)])
            try context.query()
            #expect(try context.output(0).values(Float.self) == numbers)
        }

        @Test func packedOutputsHaveTheirBytes() throws {
            let model = Make.model(
                [
                    Make.node(
                        "Cast", ["x"], ["y"], [Make.attribute("to", int: Int(ElementType.int4.rawValue))])
                ],
                inputs: [Make.value("x", .float32, [.fixed(3)])],
                outputs: [Make.value("y", .int4, [.fixed(3)])],
                opset: 21, irVersion: 10)
            let context = try build(model, in: folder).makeRuntimeContext(inputs: [
                Tensor.filled("x", .float32, [3], [Float](arrayLiteral: 1, 2, -1))
            ])
            try context.query()
            #expect(context.bindings.last?.bytes == 2)
            let bytes = try context.output(0).values(UInt8.self)
            #expect(bytes.first == 0x21)
            #expect(bytes.last.map { $0 & 0x0f } == 0x0f)
        }

        @Test func strings() throws {
            let model = Make.model(
                [Make.node("Identity", ["x"], ["y"])], inputs: [Make.value("x", .string, [.wildcard("n")])],
                outputs: [Make.value("y", .string, [.wildcard("n")])])
            let engine = try build(model, in: folder)
            for strings in [["", "a", "Größe 東京", "", String(repeating: "long ", count: 1_000)], [""], []] {
                let context = try engine.makeRuntimeContext(inputs: [
                    Tensor(name: "x", strings: strings, shape: [strings.count])
                ])
                try context.query()
                let output = try context.output(0)
                guard case .strings(let result) = output.contents else {
                    Issue.record("the output is no string tensor")
                    return
                }
                #expect(result == strings)
                #expect(context.bindings.last?.shape == [strings.count])
                #expect(context.bindings.last?.bytes == nil)
            }
        }

        @Test func everyTypeKeepsItsNumber() {
            for type in ElementType.allCases {
                #expect(ElementType(runtimeNumber: type.runtimeNumber) == type)
            }
            #expect(ElementType(runtimeNumber: 0) == nil)
            #expect(ElementType(runtimeNumber: 99) == nil)
        }
    }
}
