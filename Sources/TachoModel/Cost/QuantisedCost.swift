extension OperatorCost {
    /// Conversions to and from quantised numbers, and quantised operators that convert inside.
    static let quantised: [String: Count] = [
        "QuantizeLinear": { times(requantise, $0.outputCount) },
        "com.microsoft.QuantizeLinear": { times(requantise, $0.outputCount) },
        "DequantizeLinear": { times(dequantise, $0.outputCount) },
        "com.microsoft.DequantizeLinear": { times(dequantise, $0.outputCount) },
        "DynamicQuantizeLinear": { times(dynamicQuantise, $0.outputCount) },
        "com.microsoft.QLinearAdd": { times(2 * dequantise + 1 + requantise, $0.outputCount) },
        "com.microsoft.QLinearMul": { times(2 * dequantise + 1 + requantise, $0.outputCount) },
        "com.microsoft.QLinearSigmoid": { times(dequantise + 4 + requantise, $0.outputCount) },
        "com.microsoft.QLinearLeakyRelu": { times(dequantise + 2 + requantise, $0.outputCount) },
        "com.microsoft.QLinearSoftmax": { times(dequantise + softmaxElement + requantise, $0.outputCount) },
        "com.microsoft.QLinearConcat": { times(dequantise + requantise, $0.outputCount) },
        // One look-up or three-way choice an element.
        "com.microsoft.QLinearWhere": { times(1 + dequantise + requantise, $0.outputCount) },
    ]

    /// Subtract the zero point, scale.
    private static let dequantise = 2
}
