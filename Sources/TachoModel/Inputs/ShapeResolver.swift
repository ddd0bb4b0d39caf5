import TachoRecords

/// Concrete shapes for a model's inputs.
package struct ResolvedShapes: Hashable, Sendable {
    /// One a input, in the model's order.
    package var shapes: [[Int]]
    /// Inferences a query makes, at least 1: the common size of the leading wildcards, else 1.
    package var batch: Int

    package init(shapes: [[Int]], batch: Int) {
        self.shapes = shapes
        self.batch = batch
    }
}

/// Chooses the shapes of a model's inputs from what was asked for.
///
/// In this order: `--shape` gives an input's whole shape, and its symbols are known to the others; `--batch`
/// (1 where not asked for) fills every leading wildcard that is left, and its symbols are known as well. A
/// symbol that stands behind another leading wildcard is no batch. What is open then is an error that lists it.
package struct ShapeResolver {
    /// Bytes of one tensor beyond which a shape is taken for a mistake.
    static let byteLimit = 1 << 40

    private let specs: [TensorSpec]
    private let options: InputOptions
    /// What gave an input its whole shape, for messages: `--shape x=1x3` or a file's name.
    private let origins: [String: String]

    /// Errors: `Failure` of kind `usage`.
    package static func resolve(
        _ specs: [TensorSpec], _ options: InputOptions
    ) throws(Failure) -> ResolvedShapes {
        try resolve(specs, options, fileShapes: [:])
    }

    /// - Parameter fileShapes: shapes that come with given values, by input name; `--shape` goes first.
    static func resolve(
        _ specs: [TensorSpec], _ options: InputOptions, fileShapes: [String: (shape: [Int], path: String)]
    ) throws(Failure) -> ResolvedShapes {
        var options = options
        var origins: [String: String] = [:]
        for (name, shape) in options.shapes { origins[name] = "--shape \(name)=\(shapeText(shape))" }
        for (name, file) in fileShapes where options.shapes[name] == nil {
            options.shapes[name] = file.shape
            origins[name] = "\(name)=\(file.path)"
        }
        return try ShapeResolver(specs: specs, options: options, origins: origins).resolve()
    }

    private func resolve() throws(Failure) -> ResolvedShapes {
        for name in options.shapes.keys.sorted() where !specs.contains(where: { $0.name == name }) {
            throw Self.unknownInput(origins[name] ?? name, name, specs)
        }
        if let batch = options.batch, batch < 1 {
            throw Failure(
                .usage, input: "--batch \(batch)", problem: "is no batch size", expected: "1 or more",
                nextStep: "ask for a batch of at least 1")
        }
        for spec in specs { try checkGiven(spec) }
        var symbols = givenSymbols()
        let batched = batchInputs()
        let batch = try batchSize(batched)
        for spec in batched {
            guard options.shapes[spec.name] == nil, case .wildcard(let symbol?)? = spec.dimensions?.first
            else { continue }
            if let known = symbols[symbol], let asked = options.batch, known != asked {
                throw Failure(
                    .usage, input: "--batch \(asked)",
                    problem: "contradicts the given shapes, which set '\(symbol)' to \(known)",
                    nextStep: "leave one of the two out")
            }
            symbols[symbol] = symbols[symbol] ?? batch
        }
        let shapes = specs.map { filled($0, symbols, isBatched: batched.contains($0), batch) }
        guard let complete = complete(shapes) else { throw openWildcards(shapes) }
        for (spec, shape) in zip(specs, complete) { try checkSize(spec, shape) }
        let leading = Set(zip(specs, complete).filter { batched.contains($0.0) }.compactMap { $0.1.first })
        let common = leading.count == 1 ? leading.first : nil
        return ResolvedShapes(shapes: complete, batch: max(1, options.batch ?? common ?? 1))
    }

    private func checkGiven(_ spec: TensorSpec) throws(Failure) {
        guard let shape = options.shapes[spec.name] else { return }
        let origin = origins[spec.name] ?? spec.name
        func refuse(_ problem: String) -> Failure {
            Failure(
                .usage, input: origin, problem: problem,
                expected: "\(spec.name) \(dimensionsText(spec.dimensions))",
                nextStep: "give a shape that fits the model's")
        }
        if let negative = shape.first(where: { $0 < 0 }) { throw refuse("has the negative size \(negative)") }
        guard let dimensions = spec.dimensions else { return }
        guard shape.count == dimensions.count else {
            throw refuse("has rank \(shape.count), the input has rank \(dimensions.count)")
        }
        for (axis, (size, dimension)) in zip(shape, dimensions).enumerated() {
            if case .fixed(let fixed) = dimension, fixed != size {
                throw refuse("has size \(size) on axis \(axis), which the model fixes to \(fixed)")
            }
        }
    }

    /// Sizes of symbols by the given shapes; those on which the shapes differ are left open.
    private func givenSymbols() -> [String: Int] {
        var sizes: [String: Set<Int>] = [:]
        for spec in specs {
            guard let shape = options.shapes[spec.name], let dimensions = spec.dimensions else { continue }
            for (size, dimension) in zip(shape, dimensions) {
                if case .wildcard(let symbol?) = dimension { sizes[symbol, default: []].insert(size) }
            }
        }
        return sizes.compactMapValues { $0.count == 1 ? $0.first : nil }
    }

    /// Inputs whose leading dimension is the batch: a wildcard, or the first one of a shape without declared rank.
    private func batchInputs() -> [TensorSpec] {
        specs.filter { spec in
            guard let dimensions = spec.dimensions else {
                return options.shapes[spec.name].map { !$0.isEmpty } ?? false
            }
            guard case .wildcard(let symbol)? = dimensions.first else { return false }
            guard let symbol else { return true }
            return !specs.contains { other in
                guard case .wildcard(let leading)? = other.dimensions?.first, leading != symbol else {
                    return false
                }
                return other.dimensions?.dropFirst().contains(.wildcard(symbol)) ?? false
            }
        }
    }

    private func batchSize(_ batched: [TensorSpec]) throws(Failure) -> Int {
        let given = batched.compactMap { spec in options.shapes[spec.name]?.first.map { (spec, $0) } }
        guard let batch = options.batch else {
            let sizes = Set(given.map(\.1))
            return sizes.count == 1 ? sizes.first ?? 1 : 1
        }
        for (spec, size) in given where size != batch {
            throw Failure(
                .usage, input: "--batch \(batch)",
                problem: "contradicts \(origins[spec.name] ?? spec.name), whose leading size is \(size)",
                nextStep: "leave one of the two out")
        }
        // Where nothing is open, a batch that states what the model fixes anyway does no harm.
        let fixed = specs.map { spec -> Int? in
            if case .fixed(let size)? = spec.dimensions?.first { size } else { nil }
        }
        if batched.isEmpty, specs.isEmpty || !fixed.allSatisfy({ $0 == batch }) {
            let sizes = Set(fixed.compactMap { $0 }).sorted().map(String.init)
            throw Failure(
                .usage, input: "--batch \(batch)",
                problem: sizes.isEmpty
                    ? "cannot be used: no input has a leading wildcard"
                    : "cannot be used: the leading dimension is fixed to \(sizes.joined(separator: " and "))",
                expected: Self.listing(specs),
                nextStep: "leave --batch out, or export the model with a dynamic batch")
        }
        return batch
    }

    private func filled(
        _ spec: TensorSpec, _ symbols: [String: Int], isBatched: Bool, _ batch: Int
    ) -> [Dimension]? {
        if let shape = options.shapes[spec.name] { return shape.map { .fixed($0) } }
        return spec.dimensions?.enumerated().map { axis, dimension in
            guard case .wildcard(let symbol) = dimension else { return dimension }
            if let symbol, let size = symbols[symbol] { return .fixed(size) }
            return axis == 0 && isBatched ? .fixed(batch) : dimension
        }
    }

    /// The shapes; nil where a wildcard is left.
    private func complete(_ shapes: [[Dimension]?]) -> [[Int]]? {
        var result: [[Int]] = []
        for dimensions in shapes {
            guard let dimensions else { return nil }
            var shape: [Int] = []
            for dimension in dimensions {
                guard case .fixed(let size) = dimension else { return nil }
                shape.append(size)
            }
            result.append(shape)
        }
        return result
    }

    private func openWildcards(_ shapes: [[Dimension]?]) -> Failure {
        var lines: [String] = []
        var examples: [String] = []
        var told: Set<Dimension> = []
        for (spec, dimensions) in zip(specs, shapes) {
            var line = "\(spec.name) \(spec.elementType.name) \(dimensionsText(spec.dimensions))"
            guard let dimensions else {
                lines.append(line + ": the rank is open")
                examples.append("--shape \(spec.name)=1x16")
                continue
            }
            let open = dimensions.enumerated().compactMap { axis, dimension -> String? in
                guard case .wildcard(let symbol) = dimension else { return nil }
                return symbol.map { "\($0) (axis \(axis))" } ?? "axis \(axis)"
            }
            if !open.isEmpty {
                line += ": open: " + open.joined(separator: ", ")
                // One shape gives its symbols to all inputs, so the example names each of them once.
                let wildcards = dimensions.filter { if case .wildcard = $0 { true } else { false } }
                if wildcards.allSatisfy({ $0 != .wildcard(nil) && told.contains($0) }) {
                    lines.append(line)
                    continue
                }
                told.formUnion(wildcards)
                let sizes = dimensions.enumerated().map { exampleSize(spec, axis: $0, $1) }
                examples.append("--shape \(spec.name)=\(sizes.map(String.init).joined(separator: "x"))")
            }
            lines.append(line)
        }
        return Failure(
            .usage, input: "the model's inputs",
            problem: "have open dimensions:\n    " + lines.joined(separator: "\n    "),
            nextStep: "name their shapes, for example: \(examples.joined(separator: " "))")
    }

    /// A size that is usual for such an input; the user knows better.
    private func exampleSize(_ spec: TensorSpec, axis: Int, _ dimension: Dimension) -> Int {
        if case .fixed(let size) = dimension { return size }
        guard axis > 0, let rank = spec.dimensions?.count else { return 1 }
        switch rank {
        case 4: return axis == 1 ? 3 : 224
        case 2 where spec.elementType == .float32 || spec.elementType == .float16: return 512
        default: return 128
        }
    }

    private func checkSize(_ spec: TensorSpec, _ shape: [Int]) throws(Failure) {
        // A string stands for the 16 bytes its value takes in memory.
        let bits = spec.elementType.bitWidth ?? 128
        if let count = checkedElementCount(shape), count <= Self.byteLimit * 8 / bits { return }
        throw Failure(
            .usage, input: "input '\(spec.name)'",
            problem: "would be too big with the shape \(shapeText(shape)) and type \(spec.elementType.name)",
            expected: "1 TiB at most", nextStep: "choose a smaller shape or batch")
    }

    static func listing(_ specs: [TensorSpec]) -> String {
        specs.map { "\($0.name) \($0.elementType.name) \(dimensionsText($0.dimensions))" }
            .joined(separator: "; ")
    }

    static func unknownInput(_ origin: String, _ name: String, _ specs: [TensorSpec]) -> Failure {
        Failure(
            .usage, input: origin, problem: "names no input of the model: '\(name)'",
            expected: specs.isEmpty ? "nothing: the model has no inputs" : listing(specs),
            nextStep: "use a name from this list")
    }
}
