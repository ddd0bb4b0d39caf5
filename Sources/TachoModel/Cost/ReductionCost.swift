extension OperatorCost {
    /// Pooling and reductions.
    static let reductions: [String: Count] = [
        "MaxPool": { pooling($0) }, "AveragePool": { pooling($0) }, "LpPool": { times(2, pooling($0)) },
        "com.microsoft.nchwc.MaxPool": { pooling($0) }, "com.microsoft.nchwc.AveragePool": { pooling($0) },
        "GlobalMaxPool": { $0.inputCount }, "GlobalAveragePool": { $0.inputCount },
        "com.microsoft.nchwc.GlobalMaxPool": { $0.inputCount },
        "com.microsoft.nchwc.GlobalAveragePool": { $0.inputCount },
        // Dequantise each element that is read, requantise each that is written.
        "com.microsoft.QLinearAveragePool": { sum(times(3, pooling($0)), times(requantise, $0.outputCount)) },
        "com.microsoft.QLinearGlobalAveragePool": { sum($0.inputCount, times(requantise, $0.outputCount)) },
        "ReduceSum": { $0.inputCount }, "ReduceMax": { $0.inputCount }, "ReduceMin": { $0.inputCount },
        "ReduceProd": { $0.inputCount }, "ReduceL1": { times(2, $0.inputCount) },
        "ReduceMean": { sum($0.inputCount, $0.outputCount) },
        "ReduceSumSquare": { times(2, $0.inputCount) },
        "ReduceL2": { sum(times(2, $0.inputCount), $0.outputCount) },
        "ReduceLogSum": { sum($0.inputCount, $0.outputCount) },
        "ReduceLogSumExp": { sum(times(2, $0.inputCount), $0.outputCount) },
        "ArgMax": { $0.inputCount }, "ArgMin": { $0.inputCount },
        "com.microsoft.QLinearReduceMean": {
            sum(times(3, $0.inputCount), times(1 + requantise, $0.outputCount))
        },
    ]

    /// One for each kernel element of each output element.
    private static func pooling(_ call: OperatorCall) -> Int? {
        call.ints("kernel_shape").flatMap { times(call.outputCount, product($0)) }
    }
}
