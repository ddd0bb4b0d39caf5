import Foundation

/// What ONNX Runtime's optimiser does to names, undone.
enum OptimiserNames {
    /// Without the number that makes a name unique: `x_token_3` is made from `x`.
    static func withoutToken(_ name: String) -> String? {
        guard let range = name.range(of: "_token_", options: .backwards) else { return nil }
        let number = name[range.upperBound...]
        guard !number.isEmpty, number.allSatisfy(\.isNumber), range.lowerBound > name.startIndex else {
            return nil
        }
        return String(name[..<range.lowerBound])
    }

    /// The value that a node in the blocked layout makes: `r2_nchwc`, `r2_bn_nchwc` and `r2_mul_nchwc` make `r2`.
    static func blockedValues(ofNode name: String) -> [String] {
        var values: [String] = []
        for candidate in [name, withoutToken(name)].compactMap({ $0 }) {
            for suffix in ["_nchwc", "_bn_nchwc", "_mul_nchwc"]
            where candidate.hasSuffix(suffix) && candidate.count > suffix.count {
                values.append(String(candidate.dropLast(suffix.count)))
            }
        }
        return values
    }

    /// The node after which a fused one is named: `a/MatMul/MatMulAddFusion` and `a/LayerNormFusion/`.
    static func fusedNode(_ name: String) -> String? {
        let trimmed = name.hasSuffix("/") ? String(name.dropLast()) : (withoutToken(name) ?? name)
        guard trimmed.hasSuffix("Fusion"), let slash = trimmed.lastIndex(of: "/"), slash > trimmed.startIndex
        else { return nil }
        return String(trimmed[..<slash])
    }

    /// The names that a value may have had in the user's model, the likeliest first.
    static func values(_ name: String) -> [String] {
        var names = [name]
        for prefix in ["InsertedPrecisionFreeCast_", "InsertedCast_"] where name.hasPrefix(prefix) {
            names.append(String(name.dropFirst(prefix.count)))
        }
        if let base = withoutToken(name) { names.append(base) }
        return names
    }

    /// Whether a Cast was put in by the engine, to run a node for whose type it has no kernel.
    static func isInsertedCast(_ node: Node) -> Bool {
        node.operatorType == "Cast"
            && (node.name.hasPrefix("InsertedPrecisionFreeCast_") || node.name.hasPrefix("InsertedCast_"))
    }
}
