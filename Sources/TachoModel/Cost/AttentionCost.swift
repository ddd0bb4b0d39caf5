extension OperatorCost {
    /// Attention: projections where the operator has them, scores, softmax, weighted sum of values.
    static let attentions: [String: Count] = [
        "com.microsoft.Attention": { attention($0) },
        "com.microsoft.QAttention": { attention($0) },
        "com.microsoft.MultiHeadAttention": { multiHead($0) },
    ]

    /// Softmax of an element: greatest, subtract, exponential, sum, divide.
    static let softmaxElement = 5

    /// Input [batch, sequence, width], weights [width, queries + keys + values], bias; the past may lengthen keys.
    private static func attention(_ call: OperatorCall) -> Int? {
        guard let input = call.input(0), input.count == 3, let weights = call.input(1), weights.count == 2,
            let heads = call.attributes["num_heads"]?.int, heads > 0, let output = call.output(),
            let valueWidth = output.last
        else { return nil }
        let (batch, sequence) = (input[0], input[1])
        // Queries and keys are as wide as each other.
        let keyWidth = (weights[1] - valueWidth) / 2
        // present: [2, batch, heads, keys, head width].
        var keys = sequence
        if let present = call.output(1), present.count == 5 { keys = present[3] }
        return sum(
            times(2, batch, sequence, weights[0], weights[1]),
            call.has(2) ? times(batch, sequence, weights[1]) : 0,
            core(batch, heads, sequence, keys, keyWidth, valueWidth, masked: call.has(3)))
    }

    /// Query [batch, sequence, width], key and value [batch, keys, width].
    private static func multiHead(_ call: OperatorCall) -> Int? {
        guard let query = call.input(0), query.count == 3, let heads = call.attributes["num_heads"]?.int,
            heads > 0, let valueWidth = call.output()?.last
        else { return nil }
        let keys: Int
        if let present = call.output(1), present.count == 4 {
            keys = present[2]
        } else if let key = call.input(1), key.count == 3 || key.count == 4 {
            // [batch, keys, width], or [batch, heads, keys, head width].
            keys = key.count == 3 ? key[1] : key[2]
        } else {
            return nil
        }
        let bias =
            call.has(3) ? call.inputs[3].shape.map { times(query[0], query[1], product($0)) } ?? nil : 0
        return sum(
            bias,
            core(
                query[0], heads, query[1], keys, query[2], valueWidth, masked: call.has(4) || call.has(5)))
    }

    /// Scores, scaling, mask, softmax and the weighted sum; widths are those of all heads together.
    private static func core(
        _ batch: Int, _ heads: Int, _ queries: Int, _ keys: Int, _ keyWidth: Int, _ valueWidth: Int,
        masked: Bool
    ) -> Int? {
        sum(
            times(2, batch, queries, keys, keyWidth),
            times(batch, heads, queries, keys, 1 + softmaxElement + (masked ? 1 : 0)),
            times(2, batch, queries, keys, valueWidth))
    }
}
