import Foundation
import TachoRecords

/// Checks that the files which hold a model's weights beside it are there and long enough.
///
/// A location must stay in the model's folder, as the specification asks: a model is outside input, and must not
/// name any file of the machine. Links are followed: caches of model hubs consist of them.
/// Source: github.com/onnx/onnx/blob/main/docs/ExternalData.md.
struct ExternalDataCheck {
    private let modelPath: String
    private let folder: String

    init(modelPath: String) {
        self.modelPath = modelPath
        let parts = modelPath.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        folder = parts.isEmpty ? "." : parts == [""] ? "/" : parts.joined(separator: "/")
    }

    func check(_ graph: Graph) throws(Failure) {
        var sizes: [String: Int] = [:]
        try graph.forEachGraph { graph throws(Failure) in
            for tensor in graph.initializers { try check(tensor, &sizes) }
            for sparse in graph.sparseInitializers {
                try check(sparse.values, &sizes)
                try check(sparse.indices, &sizes)
            }
            for node in graph.nodes {
                for attribute in node.attributes.values {
                    switch attribute {
                    case .tensor(let tensor): try check(tensor, &sizes)
                    case .tensors(let tensors): for tensor in tensors { try check(tensor, &sizes) }
                    default: break
                    }
                }
            }
        }
    }

    private func check(_ tensor: GraphTensor, _ sizes: inout [String: Int]) throws(Failure) {
        guard case .external(let data) = tensor.contents else { return }
        guard staysInside(data.location) else {
            throw refuse(
                tensor, "is stored in '\(data.location)', outside the model's folder",
                expected: "a location inside \(folder)",
                next: "save the model again with its data beside it")
        }
        let file = "\(folder)/\(data.location)"
        let size: Int
        if let known = sizes[file] {
            size = known
        } else {
            size = try fileSize(file, tensor)
            sizes[file] = size
        }
        let length = data.length ?? tensor.byteCount ?? 0
        let (end, overflow) = data.offset.addingReportingOverflow(length)
        guard !overflow, end <= size else {
            throw refuse(
                tensor,
                "needs bytes \(data.offset) to \(overflow ? Int.max : end) of \(file), which has \(size) bytes",
                expected: "the whole data file of this model", next: "fetch or copy \(file) again")
        }
        if let needed = tensor.byteCount, let length = data.length, length < needed {
            throw refuse(
                tensor, "has \(length) bytes of external data in \(file), its shape needs \(needed)",
                expected: nil, next: "export the model again")
        }
    }

    private func fileSize(_ file: String, _ tensor: GraphTensor) throws(Failure) -> Int {
        var info = stat()
        guard stat(file, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
            throw refuse(
                tensor, "is stored in \(file), which is not there",
                expected: "the model's data file beside the model",
                next: "copy \(file) there, under this very name")
        }
        return Int(info.st_size)
    }

    private func staysInside(_ location: String) -> Bool {
        if location.hasPrefix("/") || location.utf8.contains(0) { return false }
        var depth = 0
        for part in location.split(separator: "/") where part != "." {
            depth += part == ".." ? -1 : 1
            if depth < 0 { return false }
        }
        return depth > 0
    }

    private func refuse(
        _ tensor: GraphTensor, _ problem: String, expected: String?, next: String
    ) -> Failure {
        Failure(
            .usage, input: modelPath, problem: "tensor '\(tensor.name)' \(problem)", expected: expected,
            nextStep: next)
    }
}
