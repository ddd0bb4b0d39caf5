import TachoModel
import TachoRecords
import Testing

private func tensor(_ shape: [Int], _ type: ElementType = .float32) -> LayerTensor {
    LayerTensor(name: "t", elementType: type, shape: shape)
}
/// An optional input that is left out.
private let absent = LayerTensor(name: "")

private func cost(
    _ type: String, _ inputs: [LayerTensor], _ outputs: [LayerTensor], _ attributes: [String: Attribute] = [:]
) -> LayerCost { LayerCost(type: type, attributes: attributes, inputs: inputs, outputs: outputs) }

private func text(_ text: String) -> Attribute { .string(Array(text.utf8)) }

/// Every expected number is worked out by hand from the equations in docs/cost-model.md.
@Suite struct LayerCostTests {
    // MARK: Convolution

    /// ResNet's first layer: 64 x 112 x 112 outputs, each of 3 x 7 x 7 products.
    @Test func convolution() {
        let x = tensor([1, 3, 224, 224])
        let w = tensor([64, 3, 7, 7])
        let y = tensor([1, 64, 112, 112])
        let plain = cost("Conv", [x, w], [y], ["strides": .ints([2, 2])])
        // 802,816 outputs x 147 x 2.
        #expect(plain.operations == 236_027_904)
        #expect(plain.bytesRead == (150_528 + 9_408) * 4)
        #expect(plain.bytesWritten == 802_816 * 4)
        // A bias adds one to each output.
        #expect(cost("Conv", [x, w, tensor([64])], [y]).operations == 236_027_904 + 802_816)
    }

    /// Two groups: each output sees half of the eight input channels. A dilated kernel has as many elements.
    @Test func groupsAndDilations() {
        let grouped = cost(
            "Conv", [tensor([2, 8, 10, 10]), tensor([4, 4, 3, 3])], [tensor([2, 4, 6, 6])],
            ["group": .int(2), "dilations": .ints([2, 2])])
        // 288 outputs x 36 x 2.
        #expect(grouped.operations == 20_736)
        // Depthwise: one channel each, 9 products; 32 x 14 x 14 outputs.
        let depthwise = cost(
            "Conv", [tensor([1, 32, 14, 14]), tensor([32, 1, 3, 3])], [tensor([1, 32, 14, 14])],
            ["group": .int(32)])
        #expect(depthwise.operations == 6_272 * 9 * 2)
        // In one dimension.
        let line = cost("Conv", [tensor([1, 4, 20]), tensor([6, 4, 5])], [tensor([1, 6, 16])])
        #expect(line.operations == 96 * 20 * 2)
    }

    @Test func fusedConvolution() {
        let tensors = [tensor([1, 2, 4, 4]), tensor([3, 2, 1, 1]), tensor([3])]
        let y = tensor([1, 3, 4, 4])
        let base = 48 * 2 * 2 + 48
        #expect(
            cost("com.microsoft.FusedConv", tensors, [y], ["activation": text("Relu")]).operations
                == base + 48)
        #expect(
            cost("com.microsoft.FusedConv", tensors, [y], ["activation": text("Sigmoid")]).operations
                == base + 4 * 48)
        let added = tensors + [y]
        #expect(
            cost("com.microsoft.FusedConv", added, [y], ["activation": text("Relu")]).operations
                == base + 2 * 48)
        // An activation that is not known makes the whole unknown.
        #expect(cost("com.microsoft.FusedConv", tensors, [y], ["activation": text("?")]).operations == nil)
    }

    /// Blocks of 16: the engine computes 32 channels where the model has 24, from 16 where it has 12.
    @Test func blockedConvolution() {
        let padded = cost(
            "com.microsoft.nchwc.Conv",
            [tensor([1, 16, 8, 8]), tensor([32, 16, 3, 3]), tensor([32]), tensor([1, 32, 8, 8])],
            [tensor([1, 32, 8, 8])], ["activation": text("Relu")])
        // 2,048 outputs x (16 x 9 x 2, bias, sum, activation).
        #expect(padded.operations == 2_048 * (288 + 3))
        let asked = cost(
            "Conv", [tensor([1, 12, 8, 8]), tensor([24, 12, 3, 3]), tensor([24])], [tensor([1, 24, 8, 8])])
        #expect(asked.operations == 1_536 * (216 + 1))
        // Without bias and with a sum, the third input is left out.
        let sum = cost(
            "com.microsoft.nchwc.Conv",
            [tensor([1, 16, 8, 8]), tensor([32, 16, 1, 1]), absent, tensor([1, 32, 8, 8])],
            [tensor([1, 32, 8, 8])])
        #expect(sum.operations == 2_048 * (32 + 1))
        #expect(sum.bytesRead == (1_024 + 512 + 2_048) * 4)
        // Blocked and depthwise, and the layout changes themselves.
        let depthwise = cost(
            "com.microsoft.nchwc.Conv", [tensor([1, 32, 8, 8]), tensor([32, 1, 3, 3])],
            [tensor([1, 32, 8, 8])], ["group": .int(32)])
        #expect(depthwise.operations == 2_048 * 18)
        let reorder = cost(
            "com.microsoft.nchwc.ReorderOutput", [tensor([1, 32, 8, 8])], [tensor([1, 24, 8, 8])])
        #expect(reorder == LayerCost(operations: 0, bytesRead: 8_192, bytesWritten: 6_144))
    }

    /// 4 x 5 x 5 inputs, each of which meets 3 output channels x 2 x 2.
    @Test func transposedConvolution() {
        let layer = cost(
            "ConvTranspose", [tensor([1, 4, 5, 5]), tensor([4, 3, 2, 2])], [tensor([1, 3, 10, 10])])
        #expect(layer.operations == 100 * 12 * 2)
    }

    // MARK: Matrix products

    @Test func gemm() {
        let y = tensor([3, 5])
        let c = tensor([5])
        #expect(cost("Gemm", [tensor([3, 7]), tensor([7, 5])], [y]).operations == 210)
        #expect(cost("Gemm", [tensor([3, 7]), tensor([7, 5]), c], [y]).operations == 225)
        // A transposed: its first dimension is the length.
        let turned = cost(
            "Gemm", [tensor([7, 3]), tensor([5, 7]), c], [y], ["transA": .int(1), "transB": .int(1)])
        #expect(turned.operations == 225)
        let scaled = cost(
            "Gemm", [tensor([3, 7]), tensor([7, 5]), c], [y], ["alpha": .float(0.5), "beta": .float(2)])
        #expect(scaled.operations == 210 + 15 * 3)
        let fused = cost(
            "com.microsoft.FusedGemm", [tensor([3, 7]), tensor([7, 5]), c], [y], ["activation": text("Relu")])
        #expect(fused.operations == 240)
    }

    /// Scores of attention: 2 sentences, 12 heads, 16 x 16 of length 32.
    @Test func attentionScores() {
        let q = tensor([2, 12, 16, 32])
        let scores = tensor([2, 12, 16, 16])
        let product = cost("MatMul", [q, tensor([2, 12, 32, 16])], [scores])
        #expect(product.operations == 6_144 * 32 * 2)
        #expect(product.bytes == (12_288 * 2 + 6_144) * 4)
        let fused = cost(
            "com.microsoft.FusedMatMul", [q, q], [scores], ["transB": .int(1), "alpha": .float(0.125)])
        #expect(fused.operations == 6_144 * 64 + 6_144)
        let turned = cost(
            "com.microsoft.FusedMatMul", [tensor([2, 12, 32, 16]), tensor([2, 12, 32, 16])], [scores],
            ["transA": .int(1)])
        #expect(turned.operations == 6_144 * 64)
        // A vector on either side.
        #expect(cost("MatMul", [tensor([7]), tensor([7, 5])], [tensor([5])]).operations == 70)
        #expect(cost("MatMul", [tensor([3, 7]), tensor([7])], [tensor([3])]).operations == 42)
    }

    /// Batch 1, 4 words, width 6, 2 heads: projections, scores, softmax with scaling, values.
    @Test func attention() {
        let layer = cost(
            "com.microsoft.Attention", [tensor([1, 4, 6]), tensor([6, 18]), tensor([18])],
            [tensor([1, 4, 6])],
            ["num_heads": .int(2)])
        let projections = 4 * 18 * 6 * 2 + 4 * 18
        let core = 2 * 4 * 4 * 6 + 2 * 4 * 4 * 6 + 2 * 4 * 4 * 6
        #expect(layer.operations == projections + core)
        let heads = cost(
            "com.microsoft.MultiHeadAttention",
            [tensor([1, 4, 6]), tensor([1, 5, 6]), tensor([1, 5, 6])], [tensor([1, 4, 6])],
            ["num_heads": .int(2)])
        #expect(heads.operations == 2 * 4 * 5 * 6 + 2 * 4 * 5 * 6 + 2 * 4 * 5 * 6)
    }

    // MARK: Quantised

    @Test func quantised() {
        let a = tensor([3, 7], .uint8)
        let b = tensor([7, 5], .int8)
        let one = tensor([], .float32)
        let zero = tensor([], .uint8)
        let integers = cost("MatMulInteger", [a, b], [tensor([3, 5], .int32)])
        #expect(integers == LayerCost(operations: 210, bytesRead: 21 + 35, bytesWritten: 60))
        #expect(
            cost("QLinearMatMul", [a, one, zero, b, one, zero, one, zero], [tensor([3, 5], .uint8)])
                .operations == 210 + 45)
        let toFloat = cost(
            "com.microsoft.MatMulIntegerToFloat", [a, b, one, one, zero, zero, tensor([5])],
            [tensor([3, 5])])
        #expect(toFloat.operations == 210 + 15 + 15)
        let dynamic = cost(
            "com.microsoft.DynamicQuantizeMatMul", [tensor([3, 7]), b, one, zero, tensor([5])],
            [tensor([3, 5])])
        #expect(dynamic.operations == 21 * 5 + 210 + 15 + 15)
        let convolution = cost(
            "QLinearConv",
            [
                tensor([1, 2, 4, 4], .uint8), one, zero, tensor([3, 2, 3, 3], .int8), one, zero, one, zero,
                tensor([3], .int32),
            ], [tensor([1, 3, 2, 2], .uint8)])
        #expect(convolution.operations == 12 * 36 + 12 + 12 * 3)
        #expect(
            cost(
                "ConvInteger", [tensor([1, 2, 4, 4], .uint8), tensor([3, 2, 3, 3], .int8)],
                [
                    tensor([1, 3, 2, 2], .int32)
                ]
            ).operations == 12 * 36)
        #expect(cost("QuantizeLinear", [tensor([10]), one, zero], [tensor([10], .uint8)]).operations == 30)
        #expect(cost("DequantizeLinear", [tensor([10], .uint8), one, zero], [tensor([10])]).operations == 20)
        #expect(
            cost("DynamicQuantizeLinear", [tensor([10])], [tensor([10], .uint8), one, zero]).operations == 50)
        // Packed numbers of four bits.
        let nibbles = cost("DequantizeLinear", [tensor([9], .int4), one], [tensor([9])])
        #expect(nibbles.bytesRead == 5 + 4)
    }

    // MARK: Pooling, normalisation, recurrence

    @Test func pooling() {
        let y = tensor([1, 8, 4, 4])
        let window: [String: Attribute] = ["kernel_shape": .ints([3, 2]), "strides": .ints([2, 2])]
        for type in [
            "MaxPool", "AveragePool", "com.microsoft.nchwc.MaxPool", "com.microsoft.nchwc.AveragePool",
        ] {
            #expect(cost(type, [tensor([1, 8, 9, 8])], [y], window).operations == 128 * 6)
        }
        #expect(cost("GlobalAveragePool", [tensor([1, 8, 7, 7])], [tensor([1, 8, 1, 1])]).operations == 392)
        #expect(cost("ReduceMean", [tensor([4, 10])], [tensor([4, 1])]).operations == 44)
        #expect(cost("ReduceMax", [tensor([4, 10])], [tensor([4])]).operations == 40)
        #expect(cost("MaxPool", [tensor([1, 8, 9, 8])], [y]).operations == nil)
    }

    @Test func normalisation() {
        let x = tensor([2, 5, 8])
        let g = tensor([8])
        #expect(cost("LayerNormalization", [x, g, g], [x]).operations == 80 * 7)
        #expect(cost("LayerNormalization", [x, g], [x]).operations == 80 * 6)
        let skip = "com.microsoft.SkipLayerNormalization"
        #expect(cost(skip, [x, x, g, g, g], [x]).operations == 80 * 9)
        #expect(cost(skip, [x, x, g, g], [x]).operations == 80 * 8)
        #expect(cost(skip, [x, x, g], [x]).operations == 80 * 7)
        #expect(cost("BatchNormalization", [x, g, g, g, g], [x]).operations == 160)
        #expect(cost("Softmax", [x], [x]).operations == 400)
        // Window of five: ten for squares and sums, four for the rest.
        #expect(cost("LRN", [x], [x], ["size": .int(5)]).operations == 80 * 14)
    }

    /// Sequence 3, batch 2, inputs 5, hidden 4, two directions.
    @Test func recurrence() {
        let x = tensor([3, 2, 5])
        let lstm = cost(
            "LSTM", [x, tensor([2, 16, 5]), tensor([2, 16, 4]), tensor([2, 32])], [tensor([3, 2, 2, 4])],
            ["hidden_size": .int(4), "direction": text("bidirectional")])
        // A step: products 2 x 16 x 9, their sum and the bias 16 x 2, the cell 18 x 4.
        #expect(lstm.operations == 12 * (288 + 32 + 72))
        let bare = cost(
            "LSTM", [x, tensor([1, 16, 5]), tensor([1, 16, 4])], [tensor([3, 1, 2, 4])],
            ["hidden_size": .int(4)])
        #expect(bare.operations == 6 * (288 + 16 + 72))
        let gru = cost(
            "GRU", [x, tensor([1, 12, 5]), tensor([1, 12, 4])], [tensor([3, 1, 2, 4])],
            ["hidden_size": .int(4)])
        #expect(gru.operations == 6 * (216 + 12 + 56))
    }

    // MARK: Elementwise and moving

    @Test func elementwise() {
        let x = tensor([2, 3])
        #expect(
            cost("Add", [x, tensor([3])], [x]) == LayerCost(operations: 6, bytesRead: 36, bytesWritten: 24))
        #expect(cost("Sum", [x, x, x], [x]).operations == 12)
        #expect(cost("Max", [x, x], [x]).operations == 6)
        #expect(cost("Sigmoid", [x], [x]).operations == 24)
        #expect(cost("com.microsoft.QuickGelu", [x], [x]).operations == 36)
        #expect(cost("ai.onnx.Relu", [x], [x]).operations == 6)
        #expect(cost("Cast", [x], [tensor([2, 3], .float16)]).bytesWritten == 12)
    }

    @Test func moving() {
        let x = tensor([10, 4])
        #expect(
            cost("Transpose", [x], [tensor([4, 10])])
                == LayerCost(operations: 0, bytesRead: 160, bytesWritten: 160))
        #expect(
            cost("Reshape", [x, tensor([1], .int64)], [tensor([40])])
                == LayerCost(operations: 0, bytesRead: 0, bytesWritten: 0))
        #expect(
            cost("Shape", [x], [tensor([2], .int64)])
                == LayerCost(operations: 0, bytesRead: 0, bytesWritten: 16))
        // Three of ten thousand rows, and their numbers.
        #expect(
            cost("Gather", [tensor([10_000, 4]), tensor([3], .int64)], [tensor([3, 4])])
                == LayerCost(operations: 0, bytesRead: 48 + 24, bytesWritten: 48))
        #expect(cost("Resize", [tensor([1, 1, 2, 2])], [tensor([1, 1, 4, 4])]).operations == 0)
        #expect(
            cost("Resize", [tensor([1, 1, 2, 2])], [tensor([1, 1, 4, 4])], ["mode": text("linear")])
                .operations
                == 16 * 8)
    }

    // MARK: What is not known

    @Test func unknownIsNeverZero() {
        let x = tensor([2, 3])
        let unknown = cost("com.example.Conv", [x], [x])
        #expect(unknown.operations == nil && unknown.bytes == 48 && unknown.intensity == nil)
        // Known operators with open shapes.
        let open = LayerTensor(name: "t", elementType: .float32)
        #expect(cost("Add", [open, x], [open]) == LayerCost())
        #expect(cost("MatMul", [open, x], [x]).operations == nil)
        #expect(cost("Conv", [x], [x]).operations == nil)
        #expect(cost("MatMul", [], []).operations == nil)
        // Strings have no size.
        #expect(cost("Identity", [x], [x]).bytes == 0)
        #expect(cost("Concat", [tensor([2], .string)], [tensor([2], .string)]).bytes == nil)
    }

    /// Shapes of damaged records: too big, negative.
    @Test func senselessShapes() {
        let huge = tensor([Int.max / 2, 4])
        #expect(cost("Add", [huge, huge], [huge]) == LayerCost())
        #expect(cost("Relu", [tensor([-1])], [tensor([-1])]).operations == nil)
        let wide = tensor([1 << 40])
        #expect(cost("MatMul", [wide, wide], [tensor([1 << 30])]).operations == nil)
        #expect(cost("Relu", [tensor([0, 5])], [tensor([0, 5])]).operations == 0)
    }
}

extension LayerCostTests {
    /// Every operator of the demonstration models, the light networks and the models from PyPI, as they are and as
    /// ONNX Runtime 1.32 optimises them, is counted.
    @Test(arguments: [
        "Add", "And", "AveragePool", "BatchNormalization", "Cast", "Clip", "Concat", "Constant",
        "ConstantOfShape", "Conv", "ConvTranspose", "Div", "Dropout", "Equal", "Erf", "Exp", "Expand",
        "Gather",
        "GatherND", "Gemm", "GlobalAveragePool", "GlobalMaxPool", "GreaterOrEqual", "HardSigmoid", "Identity",
        "If",
        "IsNaN", "LRN", "LSTM", "LayerNormalization", "Log", "MatMul", "Max", "MaxPool", "Mul", "Neg", "Not",
        "Pad",
        "Pow", "Range", "Reciprocal", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum", "Relu", "Reshape",
        "Resize", "Shape", "Sigmoid", "Size", "Slice", "Softmax", "Split", "Sqrt", "Squeeze", "Sub", "Sum",
        "Tanh",
        "Transpose", "Unsqueeze", "Where", "com.microsoft.FusedConv", "com.microsoft.FusedGemm",
        "com.microsoft.FusedMatMul", "com.microsoft.QuickGelu", "com.microsoft.SkipLayerNormalization",
        "com.microsoft.nchwc.AveragePool", "com.microsoft.nchwc.Conv",
        "com.microsoft.nchwc.GlobalAveragePool",
        "com.microsoft.nchwc.MaxPool", "com.microsoft.nchwc.ReorderInput",
        "com.microsoft.nchwc.ReorderOutput",
    ])
    func knowsTheOperatorsOfRealModels(_ type: String) { #expect(LayerCost.knows(type: type)) }
}
