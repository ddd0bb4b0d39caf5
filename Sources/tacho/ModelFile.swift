import Foundation
import TachoModel
import TachoRecords

/// The file of a model that a report tells of.
enum ModelFile {
    /// Its graph, for a report that did not keep it; nil where the file is gone or is another one by now.
    ///
    /// A report keeps a model's path, size and time of change; these tell whether it is still the same file.
    static func graph(_ summary: ModelSummary) throws -> ModelGraph? {
        guard FileManager.default.fileExists(atPath: summary.path) else { return nil }
        let model = try ONNXModel(path: summary.path)
        guard model.fileBytes == summary.fileBytes, model.modified == summary.modified else { return nil }
        return ModelGraph(model)
    }
}
