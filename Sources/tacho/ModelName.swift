import Foundation
import TachoRecords

/// What users call a model: the path of a file, or the name of a demo model that setup provides.
enum ModelName {
    /// The path of the model.
    ///
    /// - Throws: `Failure` (usage) for a name that is neither.
    static func path(of name: String) throws -> String {
        // A path, or a file of that name right here, is never taken for a demo model.
        if name.contains("/") || name.hasSuffix(".onnx") || FileManager.default.fileExists(atPath: name) {
            return name
        }
        let folder = home().map { $0 + "/models" }
        if let folder, FileManager.default.fileExists(atPath: "\(folder)/\(name).onnx") {
            return "\(folder)/\(name).onnx"
        }
        let known = folder.map(demoNames) ?? []
        throw Failure(
            .usage, input: name, problem: "is neither a file here nor a demo model that is set up",
            expected: "the path of an .onnx file"
                + (known.isEmpty ? "" : ", or one of: \(known.joined(separator: ", "))"),
            nextStep:
                "check the path; in a checkout of Tachograph ./tacho run squeezenet sets up the demo model")
    }

    /// Names and paths of the demo models that are set up.
    static func demos() -> [(name: String, path: String)] {
        guard let folder = home().map({ $0 + "/models" }) else { return [] }
        return demoNames(in: folder).map { ($0, "\(folder)/\($0).onnx") }
    }

    private static func demoNames(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
            .filter { $0.hasSuffix(".onnx") }.map { String($0.dropLast(5)) }.sorted()
    }

    /// The folder that setup fills: TACHO_HOME, or `.tacho` above the binary.
    static func home() -> String? {
        if let home = ProcessInfo.processInfo.environment["TACHO_HOME"], !home.isEmpty { return home }
        var folder = (try? Tacho.program()) ?? "/"
        while folder != "/", !folder.isEmpty {
            folder = (folder as NSString).deletingLastPathComponent
            let candidate = (folder as NSString).appendingPathComponent(".tacho")
            if FileManager.default.fileExists(atPath: candidate) { return candidate }
        }
        return nil
    }
}
