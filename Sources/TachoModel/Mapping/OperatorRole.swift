import TachoRecords

/// What an operator's removal or insertion means for the mapping.
enum OperatorRole {
    /// Passes its first input on.
    static let identities: Set<String> = ["Identity", "Dropout"]
    /// Gives its first input another shape, type or extent; often without effect.
    static let views: Set<String> = [
        "Cast", "CastLike", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Slice", "Expand", "Pad",
    ]
    /// Asks for shapes, and needs no values.
    static let questions: Set<String> = ["Shape", "Size"]
    /// Moves values: may stand where the optimiser put it, and then computes no node of the model.
    private static let movers: Set<String> = [
        "Transpose", "Gather", "Split", "Concat", "Identity", "QuantizeLinear", "DequantizeLinear",
    ]
    /// Gives another result each time.
    static let random: Set<String> = [
        "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial", "Bernoulli",
    ]

    static func moves(_ node: Node) -> Bool {
        views.contains(node.operatorType) || movers.contains(node.operatorType)
            || OverheadKind(type: node.qualifiedOperator) != nil
    }
}
