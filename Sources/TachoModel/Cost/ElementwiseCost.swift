extension OperatorCost {
    /// Operations for each element of the first output.
    ///
    /// A function of the mathematical library (exponential, logarithm, error function, root, power) counts one; a
    /// function that is made of several counts each of them: Sigmoid is 1 / (1 + exp(-x)), hence 4.
    static let elementwise: [String: Int] = [
        "Add": 1, "Sub": 1, "Mul": 1, "Div": 1, "Mod": 1, "Pow": 1, "BitShift": 1, "PRelu": 2,
        "Neg": 1, "Abs": 1, "Sign": 1, "Floor": 1, "Ceil": 1, "Round": 1, "Reciprocal": 1, "Sqrt": 1,
        "Exp": 1, "Log": 1, "Erf": 1, "Tanh": 1, "Sin": 1, "Cos": 1, "Tan": 1, "Asin": 1, "Acos": 1,
        "Atan": 1, "Sinh": 1, "Cosh": 1, "Asinh": 1, "Acosh": 1, "Atanh": 1,
        "Relu": 1, "Clip": 2, "LeakyRelu": 2, "ThresholdedRelu": 1, "Elu": 4, "Selu": 5, "Celu": 5,
        "HardSigmoid": 4, "HardSwish": 5, "Sigmoid": 4, "Softplus": 3, "Softsign": 3, "Gelu": 5,
        "Mish": 5,
        "Not": 1, "And": 1, "Or": 1, "Xor": 1, "BitwiseAnd": 1, "BitwiseOr": 1, "BitwiseXor": 1,
        "BitwiseNot": 1, "Equal": 1, "Greater": 1, "GreaterOrEqual": 1, "Less": 1, "LessOrEqual": 1,
        "IsNaN": 1, "IsInf": 1, "Where": 1, "Cast": 1, "CastLike": 1, "Range": 1, "CumSum": 1,
        "com.microsoft.Gelu": 5, "com.microsoft.QuickGelu": 6,
    ]

    /// What moves or makes values without computing any: zero operations, only bytes.
    ///
    /// The work of If, Loop and Scan is in the layers of their bodies, which count for themselves.
    static let moving: Set<String> = [
        "Transpose", "Concat", "Split", "Slice", "Gather", "GatherND", "GatherElements", "ScatterND",
        "ScatterElements", "Pad", "Expand", "Tile", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Identity",
        "Dropout", "Shape", "Size", "Constant", "ConstantOfShape", "DepthToSpace", "SpaceToDepth", "EyeLike",
        "If", "Loop", "Scan", "MemcpyFromHost", "MemcpyToHost",
        "com.microsoft.nchwc.ReorderInput", "com.microsoft.nchwc.ReorderOutput",
        "com.microsoft.nhwc.ReorderInput",
        "com.microsoft.nhwc.ReorderOutput",
    ]

    /// Elementwise, with as many inputs as one likes or with an optional one.
    static let variadic: [String: Count] = [
        "Max": { times($0.outputCount, $0.presentInputs - 1) },
        "Min": { times($0.outputCount, $0.presentInputs - 1) },
        "Sum": { times($0.outputCount, $0.presentInputs - 1) },
        "Mean": { times($0.outputCount, $0.presentInputs) },
        "com.microsoft.BiasGelu": { times($0.outputCount, 6) },
        // 0.5 x (1 + tanh(a x + b x³)): nine, and one for the bias.
        "com.microsoft.FastGelu": { times($0.outputCount, $0.has(1) ? 10 : 9) },
        "com.microsoft.BiasAdd": { times($0.outputCount, 2) },
        // Weighted sum of the neighbours along each axis whose size changes.
        "Resize": resize, "Upsample": resize,
    ]

    private static let resize: Count = { call in
        guard let input = call.input(0), let output = call.output(), input.count == output.count else {
            return nil
        }
        let axes = zip(input, output).filter { $0 != $1 }.count
        let taps: Int
        switch call.text("mode") ?? "nearest" {
        case "nearest": return 0
        case "linear", "bilinear": taps = 1 << axes
        case "cubic": taps = 1 << (2 * axes)
        default: return nil
        }
        return axes == 0 ? 0 : times(2, taps, product(output))
    }

    /// Operations for each element of an activation that is fused into another operator; nil where not known.
    static func activation(_ name: String?) -> Int? {
        guard let name, !name.isEmpty else { return 0 }
        return elementwise[name]
    }
}
