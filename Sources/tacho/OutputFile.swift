import Foundation
import TachoRecords

/// Files that a command writes beside the report.
enum OutputFile {
    /// Replaces the file as a whole, or leaves it as it was.
    static func write(_ data: Data, to path: String, option: String) throws {
        do {
            try data.write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw Failure(
                .usage, input: "\(option) \(path)",
                problem: "could not be written (\(error.localizedDescription))",
                expected: "a path in a folder that exists and that this user may write to",
                nextStep: "choose another path")
        }
    }
}
