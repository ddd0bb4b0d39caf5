extension OperatorCost {
    /// Operations to requantise an element: scale, round, add the zero point.
    static let requantise = 3

    /// Matrix products: 2 x output elements x length of the sums.
    static let matrices: [String: Count] = [
        "MatMul": { matrixProduct($0) },
        "MatMulInteger": { matrixProduct($0) },
        "QLinearMatMul": { call in
            sum(matrixProduct(call, right: 3), times(requantise, call.outputCount))
        },
        "com.microsoft.FusedMatMul": { call in
            sum(
                matrixProduct(call, transposeLeft: call.int("transA", or: 0) != 0),
                call.float("alpha", or: 1) == 1 ? 0 : call.outputCount)
        },
        "com.microsoft.FusedMatMulActivation": { call in
            sum(
                matrixProduct(call, transposeLeft: call.int("transA", or: 0) != 0),
                call.float("alpha", or: 1) == 1 ? 0 : call.outputCount,
                times(call.outputCount, activation(call.text("activation"))))
        },
        "Gemm": { gemm($0) },
        "com.microsoft.FusedGemm": {
            sum(gemm($0), times($0.outputCount, activation($0.text("activation"))))
        },
        // Quantises A by its range (five an element), multiplies, scales, adds the bias.
        "com.microsoft.DynamicQuantizeMatMul": { call in
            sum(
                times(dynamicQuantise, call.inputCount), matrixProduct(call), call.outputCount,
                call.has(4) ? call.outputCount : 0)
        },
        // A, B, their scales, their zero points, bias.
        "com.microsoft.MatMulIntegerToFloat": { call in
            sum(matrixProduct(call), call.outputCount, call.has(6) ? call.outputCount : 0)
        },
        // B is packed; the attributes tell its logical shape. Each of its elements is dequantised.
        "com.microsoft.MatMulNBits": { call in
            let (length, columns) = (call.int("K", or: 0), call.int("N", or: 0))
            guard length > 0, columns > 0 else { return nil }
            return sum(
                times(2, call.outputCount, length), times(2, length, columns),
                call.has(5) ? call.outputCount : 0)
        },
    ]

    /// Operations to quantise an element by the tensor's own range: least, greatest, scale, round, add.
    static let dynamicQuantise = 5

    /// A has the length of the sums in its last dimension, or in the one before where it is transposed.
    private static func matrixProduct(
        _ call: OperatorCall, right: Int = 1, transposeLeft: Bool = false
    ) -> Int? {
        guard let left = call.input(0), !left.isEmpty, call.input(right) != nil else { return nil }
        let axis = transposeLeft && left.count > 1 ? left.count - 2 : left.count - 1
        return times(2, call.outputCount, left[axis])
    }

    /// alpha A' B' + beta C.
    private static func gemm(_ call: OperatorCall) -> Int? {
        guard let left = call.input(0), left.count == 2 else { return nil }
        let length = left[call.int("transA", or: 0) != 0 ? 0 : 1]
        var extra = call.float("alpha", or: 1) == 1 ? 0 : 1
        if call.has(2) { extra += call.float("beta", or: 1) == 1 ? 1 : 2 }
        return sum(times(2, call.outputCount, length), times(extra, call.outputCount))
    }
}
