import Foundation
import TachoModel
import TachoRecords
import Testing

@Suite struct InputBuilderTests {
    private func build(
        _ type: ElementType, _ shape: [Int] = [1000], name: String = "x", options: InputOptions = .init()
    ) throws -> BuiltInputs {
        let spec = TensorSpec(name: name, elementType: type, dimensions: shape.map { .fixed($0) })
        return try InputBuilder.build(model: nil, specs: [spec], options: options)
    }

    private func filled(_ type: ElementType, _ value: String, count: Int = 3) throws -> Tensor {
        try build(type, [count], options: InputOptions(values: ["x": value])).tensors[0]
    }

    @Test func floatsAreUniformAndSeeded() throws {
        let values = try build(.float32).tensors[0].values(Float.self)
        #expect(values.allSatisfy { $0 >= -1 && $0 < 1 })
        #expect(abs(values.reduce(0, +) / 1000) < 0.1)
        #expect(Set(values).count > 990)
        #expect(try build(.float32).tensors[0].values(Float.self) == values)
        let other = try build(.float32, options: InputOptions(seed: 2)).tensors[0].values(Float.self)
        #expect(other != values)
        #expect(try build(.float32, name: "y").tensors[0].values(Float.self) != values)
        #expect(try build(.float32).bindings[0].source == "random uniform [-1, 1), seed 1")
    }

    @Test func streamsDoNotDependOnOtherInputs() throws {
        let x = TensorSpec(name: "x", elementType: .float32, dimensions: [.fixed(8)])
        let y = TensorSpec(name: "y", elementType: .float32, dimensions: [.fixed(8)])
        let both = try InputBuilder.build(model: nil, specs: [y, x], options: .init())
        let alone = try InputBuilder.build(model: nil, specs: [x], options: .init())
        #expect(both.tensors[1].values(Float.self) == alone.tensors[0].values(Float.self))
    }

    @Test(arguments: ElementType.allCases)
    func everyTypeIsMade(type: ElementType) throws {
        let built = try build(type, [7])
        let tensor = built.tensors[0]
        #expect(built.bindings[0].elementType == type)
        #expect(built.bindings[0].source?.isEmpty == false)
        guard let bits = type.bitWidth else {
            #expect(tensor.strings?.count == 7)
            #expect(tensor.strings?.allSatisfy { $0.count >= 3 } == true)
            return
        }
        #expect(tensor.byteCount == (7 * bits + 7) / 8)
        let bytes = try #require(tensor.bytes)
        #expect(UInt(bitPattern: bytes.baseAddress) % UInt(TensorStorage.alignment) == 0)
        // Seven random elements that are all zero would mean that nothing was written.
        #expect(try build(type, [64]).tensors[0].values(UInt8.self).contains { $0 != 0 })
    }

    @Test func halvesStayBelowOne() throws {
        let halves = try build(.float16).tensors[0].values(Float16.self)
        #expect(halves.allSatisfy { $0 >= -1 && $0 < 1 })
        let brains = try build(.bfloat16).tensors[0].values(UInt16.self)
            .map { Float(bitPattern: UInt32($0) << 16) }
        #expect(brains.allSatisfy { $0 >= -1 && $0 < 1 })
        #expect(Set(brains).count > 100)
    }

    @Test func smallFloatsAreFinite() throws {
        // Bits of NaN and infinity in each format.
        let e4m3 = try build(.float8e4m3fn).tensors[0].values(UInt8.self)
        #expect(e4m3.allSatisfy { $0 & 0x7f <= 0x38 })
        let e5m2 = try build(.float8e5m2).tensors[0].values(UInt8.self)
        #expect(e5m2.allSatisfy { $0 & 0x7f <= 0x3c })
        let fnuz = try build(.float8e4m3fnuz).tensors[0].values(UInt8.self)
        #expect(fnuz.allSatisfy { $0 != 0x80 && $0 & 0x7f <= 0x40 })
    }

    @Test func integers() throws {
        #expect(Set(try build(.int64).tensors[0].values(Int64.self)) == [0, 1])
        #expect(Set(try build(.uint8, [10_000]).tensors[0].values(UInt8.self)).count == 256)
        #expect(Set(try build(.bool).tensors[0].values(UInt8.self)) == [0, 1])
        let masks = try build(.int64, name: "Attention_Mask")
        #expect(Set(masks.tensors[0].values(Int64.self)) == [1])
        #expect(masks.bindings[0].source == "ones (mask)")
        #expect(Set(try build(.float16, name: "mask").tensors[0].values(Float16.self)) == [1])
    }

    @Test func numbersFill() throws {
        #expect(try filled(.int64, "16000").values(Int64.self) == [16000, 16000, 16000])
        #expect(try filled(.float32, "-0.5").values(Float.self) == [-0.5, -0.5, -0.5])
        #expect(try filled(.float16, "inf").values(Float16.self) == [.infinity, .infinity, .infinity])
        #expect(try filled(.float64, "nan").values(Double.self).allSatisfy(\.isNaN))
        #expect(try filled(.bool, "true").values(UInt8.self) == [1, 1, 1])
        #expect(try filled(.uint64, "18446744073709551615").values(UInt64.self) == [.max, .max, .max])
        #expect(try filled(.int4, "-2").values(UInt8.self) == [0xee, 0x0e])
        #expect(try filled(.float8e4m3fn, "1").values(UInt8.self) == [0x38, 0x38, 0x38])
        #expect(try filled(.float8e5m2, "-0.75").values(UInt8.self) == [0xba, 0xba, 0xba])
        #expect(try filled(.bfloat16, "1.5").values(UInt16.self) == [0x3fc0, 0x3fc0, 0x3fc0])
        #expect(try filled(.complex64, "2").values(Float.self) == [2, 0, 2, 0, 2, 0])
        #expect(try filled(.string, "7").strings == ["7", "7", "7"])
        let source = try build(.int64, [], options: InputOptions(values: ["x": "16000"])).bindings[0].source
        #expect(source == "constant 16000")
    }

    @Test(arguments: [
        (ElementType.int8, "128"), (.uint8, "-1"), (.int64, "1.5"), (.int64, "9223372036854775808"),
        (.int4, "8"), (.uint2, "4"), (.bool, "2"), (.float32, "1e39"), (.float16, "70000"),
        (.float64, "1e999"),
        (.bfloat16, "3.4e38"), (.float8e4m3fn, "1000"), (.float8e4m3fn, "inf"), (.float4e2m1, "nan"),
        (.float8e8m0, "-1"), (.int32, "nan"),
    ])
    func numbersOutOfRange(type: ElementType, value: String) {
        let refused = failure { _ = try filled(type, value) }
        #expect(refused?.problem == "is no value that \(type.name) can hold", "\(type) \(value)")
        #expect(refused?.input == "--input x=\(value)")
    }

    @Test func filesGiveValuesAndShape() throws {
        let folder = try ScratchFolder()
        let data = Numpy.bytes((0..<6).map { Int64($0) })
        let path = try folder.write(Numpy.file("'<i8'", [2, 3], data), "ids.npy")
        let spec = TensorSpec(
            name: "ids", elementType: .int64, dimensions: [.wildcard("batch"), .wildcard("length")])
        let built = try InputBuilder.build(
            model: nil, specs: [spec], options: InputOptions(values: ["ids": path]))
        #expect(built.tensors[0].values(Int64.self) == [0, 1, 2, 3, 4, 5])
        #expect(built.batch == 2)
        #expect(built.bindings[0].source == "file ids.npy")
        #expect(built.bindings[0].shape == [2, 3])
        let clash = failure {
            _ = try InputBuilder.build(
                model: nil, specs: [spec],
                options: InputOptions(shapes: ["ids": [3, 2]], values: ["ids": path]))
        }
        #expect(clash?.problem.contains("2x3, the input was given 3x2") == true)
        let wide = TensorSpec(name: "ids", elementType: .int64, dimensions: [.fixed(2), .fixed(4)])
        let unfit = failure {
            _ = try InputBuilder.build(
                model: nil, specs: [wide], options: InputOptions(values: ["ids": path]))
        }
        #expect(unfit?.problem.contains("size 3 on axis 1, which the model fixes to 4") == true)
        #expect(unfit?.input.contains("ids.npy") == true)
    }

    @Test func unknownInputAndMissingFile() {
        let unknown = failure { _ = try build(.float32, options: InputOptions(values: ["z": "1"])) }
        #expect(unknown?.problem == "names no input of the model: 'z'")
        let missing = failure { _ = try build(.float32, options: InputOptions(values: ["x": "none.npy"])) }
        #expect(missing?.problem == "no such file")
    }

    @Test func tooBigForThisMachine() {
        let refused = failure { _ = try build(.float32, [1 << 37]) }
        #expect(refused?.problem.contains("does not fit into memory") == true)
    }
}

@Suite struct IndexRangeTests {
    private func source(
        _ nodes: [WireNodeProto], _ initializers: [WireTensorProto], type: ElementType = .int64
    ) throws -> String? {
        let graph = Make.graph(
            inputs: [Make.value("ids", type, [.wildcard("batch"), .fixed(500)])],
            outputs: [Make.value("y", .float32, nil)], nodes: nodes, initializers: initializers)
        let model = try readModel(Make.bytes(Make.model(graph)))
        let built = try InputBuilder.build(model: model, specs: model.inputs, options: .init())
        return built.bindings[0].source
    }

    @Test func throughCastsToAGather() throws {
        let model = try readModel(Make.bytes(Make.richModel()))
        let built = try InputBuilder.build(
            model: model, specs: model.inputs, options: InputOptions(shapes: ["ids": [4, 400]]))
        let values = built.tensors[0].values(Int64.self)
        #expect(values.allSatisfy { (0..<500).contains($0) })
        #expect(Set(values).count > 400)
        #expect(built.bindings[0].source == "random token ids [0, 500), seed 1")
    }

    @Test func axisOfTheGather() throws {
        let table = Make.tensor("table", .float32, [500, 64])
        let gather = Make.node("Gather", ["table", "ids"], ["y"], [Make.attribute("axis", int: -1)])
        #expect(try source([gather], [table]) == "random token ids [0, 64), seed 1")
    }

    @Test func quantizedAndTransposedTables() throws {
        let table = Make.tensor("q", .uint8, [300, 16])
        let nodes = [
            Make.node("DequantizeLinear", ["q", "scale", "zero"], ["d"]),
            Make.node("Transpose", ["d"], ["t"], [Make.attribute("perm", ints: [1, 0])]),
            Make.node("Unsqueeze", ["ids", "axes"], ["u"]), Make.node("Gather", ["d", "u"], ["y"]),
        ]
        #expect(try source(nodes, [table]) == "random token ids [0, 300), seed 1")
        let transposed = [nodes[0], nodes[1], Make.node("Gather", ["t", "ids"], ["y"])]
        #expect(try source(transposed, [table]) == "random token ids [0, 16), seed 1")
    }

    @Test func smallestTableWins() throws {
        let tables = [Make.tensor("a", .float32, [300, 1]), Make.tensor("b", .float32, [20, 1])]
        let nodes = [Make.node("Gather", ["a", "ids"], ["x"]), Make.node("Gather", ["b", "ids"], ["y"])]
        #expect(try source(nodes, tables) == "random token ids [0, 20), seed 1")
        // A type that ends before the table does.
        #expect(try source([nodes[0]], tables, type: .int8) == "random token ids [0, 128), seed 1")
    }

    @Test func oneHot() throws {
        var depth = Make.tensor("depth", .int64, [1])
        depth.int64Data = [12]
        let node = Make.node("OneHot", ["ids", "depth", "values"], ["y"])
        #expect(try source([node], [depth]) == "random token ids [0, 12), seed 1")
        let counting = Make.tensor("iota", .int32, [9], raw: Numpy.bytes((0..<9).map { Int32($0) }))
        let equal = Make.node("Equal", ["iota", "ids"], ["y"])
        #expect(try source([equal], [counting]) == "random token ids [0, 9), seed 1")
    }

    @Test func noTable() throws {
        #expect(try source([Make.node("Add", ["ids", "ids"], ["y"])], []) == "random 0 or 1, seed 1")
        // As the data of a Gather, not its indices.
        let index = Make.tensor("index", .int64, [1])
        let gather = Make.node("Gather", ["ids", "index"], ["y"])
        #expect(try source([gather], [index]) == "random 0 or 1, seed 1")
        // A chain that bites its own tail.
        let cycle = [
            Make.node("Identity", ["a"], ["b"]), Make.node("Identity", ["b"], ["a"]),
            Make.node("Gather", ["a", "ids"], ["y"]),
        ]
        #expect(try source(cycle, []) == "random 0 or 1, seed 1")
    }
}
