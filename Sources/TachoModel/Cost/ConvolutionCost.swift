extension OperatorCost {
    /// Convolutions. Dense: positions in the padding count like all others, whatever the kernel skips.
    static let convolutions: [String: Count] = [
        "Conv": { convolution($0, weights: 1, bias: 2) },
        "com.microsoft.FusedConv": { fusedConvolution($0) },
        // Shapes are those of the blocked layout, with channels rounded up to whole blocks: what is computed, which
        // may be more than the model asks for.
        "com.microsoft.nchwc.Conv": { fusedConvolution($0) },
        // Channels last in input and output, not in the weights.
        "com.microsoft.NhwcFusedConv": { fusedConvolution($0) },
        "ConvTranspose": { transposed($0) },
        "ConvInteger": { convolution($0, weights: 1, bias: nil) },
        // Requantising an element: scale, round, add the zero point.
        "QLinearConv": {
            sum(convolution($0, weights: 3, bias: 8), times(requantise, $0.outputCount))
        },
        "com.microsoft.QLinearConv": {
            sum(convolution($0, weights: 3, bias: 8), times(requantise, $0.outputCount))
        },
    ]

    /// 2 x output elements x (input channels of a group x kernel elements), and one for each bias that is added.
    ///
    /// Weights are [output channels, input channels of a group, kernel...]: groups are in their second dimension,
    /// strides and dilations in the output's shape.
    private static func convolution(_ call: OperatorCall, weights: Int, bias: Int?) -> Int? {
        guard let weights = call.input(weights), let output = call.output(), weights.count >= 2,
            weights.count == output.count
        else { return nil }
        let products = times(2, product(output), product(Array(weights.dropFirst())))
        return sum(products, bias.map(call.has) == true ? product(output) : 0)
    }

    /// With bias, a tensor that is added (input 3) and an activation.
    private static func fusedConvolution(_ call: OperatorCall) -> Int? {
        sum(
            convolution(call, weights: 1, bias: 2),
            call.has(3) ? call.outputCount : 0,
            times(call.outputCount, activation(call.text("activation"))))
    }

    /// Every input element meets every kernel element of its group's output channels.
    private static func transposed(_ call: OperatorCall) -> Int? {
        guard let weights = call.input(1), weights.count >= 2 else { return nil }
        return sum(
            times(2, call.inputCount, product(Array(weights.dropFirst()))), call.has(2) ? call.outputCount : 0
        )
    }
}
