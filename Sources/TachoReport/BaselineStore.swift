import Foundation
import TachoRecords

/// Named baselines: a folder a name, with copies of the reports that make it.
package struct BaselineStore: Sendable {
    package struct Baseline: Hashable, Sendable {
        package var name: String
        /// Paths of its reports, in the order in which they were saved.
        package var reports: [String]
    }

    /// Path of the folder that holds the baselines.
    package let folder: String

    package init(folder: String) { self.folder = folder }

    /// `tachograph/baselines` in the user's data folder: `$XDG_DATA_HOME`, else `~/.local/share`.
    ///
    /// Source: XDG Base Directory Specification.
    package static var defaultFolder: String {
        let variables = ProcessInfo.processInfo.environment
        // The specification has relative paths ignored.
        let data =
            variables["XDG_DATA_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
            ?? NSHomeDirectory() + "/.local/share"
        return data + "/tachograph/baselines"
    }

    /// Saves copies of reports under a name. Every report is opened first, so that none is kept that does not open.
    ///
    /// The folder appears in one step: a kill leaves the baseline as it was.
    /// - Throws: `Failure` (usage) for a name that cannot be one, one that is taken, a report that cannot be read or
    ///   is still being recorded, a store that cannot be written.
    package func save(_ name: String, reports: [String], overwrite: Bool) throws {
        try check(name)
        let place = path(name)
        if FileManager.default.fileExists(atPath: place), !overwrite {
            throw Failure(
                .usage, input: "baseline \(name)", problem: "is in the store already",
                nextStep: "choose another name, or replace it with --overwrite")
        }
        for path in reports {
            let report = try Report(opening: path)
            guard report.state != .recording else {
                throw Failure(
                    .usage, input: path, problem: "is still being recorded",
                    expected: "a report that is whole",
                    nextStep: "wait for the run's end, or interrupt it")
            }
        }
        let unfinished = folder + "/.new-\(UUID().uuidString)"
        do {
            let files = FileManager.default
            try files.createDirectory(atPath: unfinished, withIntermediateDirectories: true)
            defer { try? files.removeItem(atPath: unfinished) }
            for (index, path) in reports.enumerated() {
                try files.copyItem(
                    atPath: path, toPath: "\(unfinished)/\(Self.fileName(index))")
            }
            if overwrite, files.fileExists(atPath: place) {
                // The old one stays whole under another name until the new one is there.
                let old = folder + "/.old-\(UUID().uuidString)"
                try files.moveItem(atPath: place, toPath: old)
                try files.moveItem(atPath: unfinished, toPath: place)
                try? files.removeItem(atPath: old)
            } else {
                try files.moveItem(atPath: unfinished, toPath: place)
            }
        } catch {
            throw Failure(
                .usage, input: folder,
                problem: "the baseline cannot be saved there (\(error.localizedDescription))",
                expected: "a folder that this user may write to, with room for the reports",
                nextStep: "choose another folder with --store")
        }
    }

    /// All baselines, by name. A store that does not exist has none.
    package func list() -> [Baseline] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { !$0.hasPrefix(".") }.sorted().compactMap { name in
            let reports = reportPaths(name)
            return reports.isEmpty ? nil : Baseline(name: name, reports: reports)
        }
    }

    /// - Throws: `Failure` (usage) for a name that is not in the store; it says which are.
    package func baseline(_ name: String) throws -> Baseline {
        try check(name)
        let reports = reportPaths(name)
        guard !reports.isEmpty else {
            let known = list().map(\.name)
            throw Failure(
                .usage, input: "baseline \(name)", problem: "is not in the store \(folder)",
                expected: known.isEmpty ? "a baseline; there is none yet" : known.joined(separator: ", "),
                nextStep: "save it first: tacho baseline save \(name) REPORT...")
        }
        return Baseline(name: name, reports: reports)
    }

    private func path(_ name: String) -> String { folder + "/" + name }

    private func reportPaths(_ name: String) -> [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: path(name))) ?? []
        return files.filter { $0.hasSuffix(".tacho") }.sorted().map { path(name) + "/" + $0 }
    }

    /// With leading zeros, so that the order of names is that of saving.
    private static func fileName(_ index: Int) -> String {
        let number = String(index + 1)
        return String(repeating: "0", count: max(0, 4 - number.count)) + number + ".tacho"
    }

    /// A name becomes a folder's: it must not lead anywhere else.
    private func check(_ name: String) throws {
        let isGood =
            !name.isEmpty && name.count <= 100 && !name.hasPrefix(".")
            && name.unicodeScalars.allSatisfy { scalar in
                scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                    || ["-", "_", "."].contains(scalar)
            }
        guard isGood else {
            throw Failure(
                .usage, input: "baseline \(name.debugDescription)", problem: "cannot be a baseline's name",
                expected: "letters, digits, -, _ and ., not beginning with a point, 100 at most",
                nextStep: "choose another name")
        }
    }
}
