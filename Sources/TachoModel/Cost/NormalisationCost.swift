extension OperatorCost {
    /// Normalisations. What is done once for a row or a channel (a division, a root) is left out.
    static let normalisations: [String: Count] = [
        // Scale and shift of a channel are known beforehand.
        "BatchNormalization": { times(2, $0.outputCount) },
        "LayerNormalization": { times($0.outputCount, layerNormElement($0.has(2))) },
        "InstanceNormalization": { times($0.outputCount, layerNormElement(true)) },
        "GroupNormalization": { times($0.outputCount, layerNormElement(true)) },
        "com.microsoft.SkipLayerNormalization": { call in
            // input, skip, gamma, beta, bias.
            times(call.outputCount, layerNormElement(call.has(3)) + 1 + (call.has(4) ? 1 : 0))
        },
        "SimplifiedLayerNormalization": { times($0.outputCount, rootMeanSquareElement) },
        "RMSNormalization": { times($0.outputCount, rootMeanSquareElement) },
        "com.microsoft.SkipSimplifiedLayerNormalization": { call in
            times(call.outputCount, rootMeanSquareElement + 1 + (call.has(3) ? 1 : 0))
        },
        // Two embeddings are added to the first, or one.
        "com.microsoft.EmbedLayerNormalization": { call in
            times(call.outputCount, layerNormElement(true) + (call.has(1) ? 2 : 1))
        },
        // Square and sum over the window; scale, add, power, divide.
        "LRN": { call in
            call.attributes["size"]?.int.flatMap { size in
                sum(times(2, size, call.outputCount), times(4, call.outputCount))
            }
        },
        "LpNormalization": { times(3, $0.outputCount) },
        "Softmax": { times(softmaxElement, $0.outputCount) },
        "LogSoftmax": { times(softmaxElement, $0.outputCount) },
        "com.microsoft.BiasSoftmax": { times(softmaxElement + 1, $0.outputCount) },
    ]

    /// Mean 1, subtract 1, square and sum 2, divide 1, scale 1, and shift 1 where there is one.
    private static func layerNormElement(_ hasShift: Bool) -> Int { hasShift ? 7 : 6 }

    /// Square and sum 2, divide 1, scale 1.
    private static let rootMeanSquareElement = 4
}
