extension OperatorCost {
    /// Recurrent networks, by their equations in the ONNX specification with the usual activations (sigmoid 4,
    /// hyperbolic tangent 1).
    static let recurrent: [String: Count] = [
        // For each unit: gates i, o, f (sigmoid) 12, c (tanh) 1, cell f c + i g 3, output o tanh(c) 2.
        "LSTM": { recurrence($0, gates: 4, unit: 18, peepholes: 7) },
        "com.microsoft.DynamicQuantizeLSTM": { recurrence($0, gates: 4, unit: 18, peepholes: 7) },
        // Gates z, r (sigmoid) 8, h (tanh) 1, reset 1, blend (1 - z) h + z H 4.
        "GRU": { recurrence($0, gates: 3, unit: 14, peepholes: nil) },
        "RNN": { recurrence($0, gates: 1, unit: 1, peepholes: nil) },
    ]

    /// X [sequence, batch, input], W [directions, gates x hidden, input].
    ///
    /// A step: for each gate the two products, their sum, and the bias where there is one.
    private static func recurrence(_ call: OperatorCall, gates: Int, unit: Int, peepholes: Int?) -> Int? {
        guard let input = call.input(0), input.count == 3, let weights = call.input(1), weights.count == 3
        else { return nil }
        // Quantised weights are stored with their last two dimensions exchanged.
        let hidden = call.int("hidden_size", or: weights[1] / gates)
        let bias = call.has(3) ? 1 : 0
        let perStep = sum(
            times(2, gates, hidden, input[2] + hidden), times(gates, hidden, 1 + bias), times(unit, hidden),
            peepholes.map(call.has) == true ? times(6, hidden) : 0)
        return times(input[0], input[1], weights[0], perStep)
    }
}
