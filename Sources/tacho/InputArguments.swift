import ArgumentParser
import TachoRecords

/// Shapes and values of the model's inputs.
struct InputArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Values of an input: a .npy file or a number. Repeatable.", valueName: "name=file.npy"))
    var input: [String] = []

    @Option(help: ArgumentHelp("Shape of an input. Repeatable.", valueName: "name=1x3x224x224"))
    var shape: [String] = []

    @Option(help: ArgumentHelp("Size of the inputs' leading wildcard (default 1).", valueName: "n"))
    var batch: Int?

    @Option(help: ArgumentHelp("Seed of the random values.", valueName: "n"))
    var seed: UInt64 = 1

    func options() throws -> InputOptions {
        try atLeastOne("--batch", batch)
        let texts = try KeyedValues.parse(shape, option: "--shape", example: "images=1x3x224x224")
        var shapes: [String: [Int]] = [:]
        for (name, text) in texts { shapes[name] = try Self.dimensions(text, of: name) }
        return InputOptions(
            seed: seed, batch: batch, shapes: shapes,
            values: try KeyedValues.parse(input, option: "--input", example: "images=photo.npy"))
    }

    /// `1x3x224x224`; `scalar` for a tensor without dimensions.
    private static func dimensions(_ text: String, of name: String) throws -> [Int] {
        if text == "scalar" { return [] }
        let sizes = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard sizes.allSatisfy({ $0.map { $0 >= 0 } ?? false }) else {
            throw Failure(
                .usage, input: "--shape \(name)=\(text)", problem: "is not a shape",
                expected: "sizes with x between them, such as 1x3x224x224, or scalar",
                nextStep: "give every dimension's size")
        }
        return sizes.compactMap(\.self)
    }
}
