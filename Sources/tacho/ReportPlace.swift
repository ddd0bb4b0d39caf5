import Foundation
import TachoRecords

/// Where a run's report goes: the path that was asked for, a dated name, or a folder that is removed again.
struct ReportPlace {
    let path: String
    /// Set where the report is not kept.
    private let temporaryFolder: String?

    var isTemporary: Bool { temporaryFolder != nil }

    init(output: OutputArguments, plan: RunPlan) throws {
        if output.noReport {
            let folder = try Self.makeTemporaryFolder()
            temporaryFolder = folder
            path = folder + "/run.tacho"
        } else {
            temporaryFolder = nil
            path = output.output ?? Self.datedName(plan)
        }
    }

    /// Removes the report itself: where nothing was measured there is nothing to keep.
    func remove() { try? FileManager.default.removeItem(atPath: path) }

    func removeTemporary() {
        if let temporaryFolder { try? FileManager.default.removeItem(atPath: temporaryFolder) }
    }

    /// `squeezenet-2026-01-31-154502.tacho`, with a number behind it where that is taken.
    private static func datedName(_ plan: RunPlan) -> String { datedName(plan.model ?? plan.engine.name) }

    /// The same for anything with a path.
    static func datedName(_ path: String) -> String {
        let stem = ((path as NSString).lastPathComponent as NSString).deletingPathExtension
        var now = time(nil)
        var parts = tm()
        localtime_r(&now, &parts)
        var buffer = [CChar](repeating: 0, count: 32)
        let length = strftime(&buffer, buffer.count, "%Y-%m-%d-%H%M%S", &parts)
        let date = String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let names = sequence(first: 1) { $0 + 1 }.lazy.map {
            "\(stem)-\(date)\($0 == 1 ? "" : "-\($0)").tacho"
        }
        return names.first { !FileManager.default.fileExists(atPath: $0) } ?? "\(stem)-\(date).tacho"
    }

    static func makeTemporaryFolder() throws -> String {
        let base = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        var template = Array("\(base)/tacho-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw Failure(
                .usage, input: base,
                problem: "no folder for the recording can be made there: \(String(cString: strerror(errno)))",
                expected: "a folder for temporary files with room", nextStep: "set TMPDIR to one")
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
