import Foundation
import TachoRecords
import TachoReport
import TachoViews

/// The reports that the page shows, by id: those that were named, or those of a folder.
///
/// A client names ids only, and ids are found by looking where the user said: no path comes from outside.
package actor ReportLibrary {
    package enum Place: Sendable {
        case reports([String])
        case folder(String)
    }

    private struct Listed {
        var path: String
        var shown: String
        var card: ReportCard?
        var lastUse = 0
        var open: OpenReport?
        /// Under way: whoever asks meanwhile gets the same.
        var opening: Task<OpenReport, any Error>?
    }

    package nonisolated let place: Place
    private nonisolated let views: Set<String>
    private var listed: [String: Listed] = [:]
    private var order: [String] = []
    /// Whether the folder holds more than is listed, after `cards`.
    package private(set) var isCutOff = false
    private var uses = 0

    /// Reports that are held open at once.
    private static let openLimit = 12

    package init(_ place: Place, views: Set<String> = PageFiles.views) {
        self.place = place
        self.views = views
    }

    /// Whether the reports are those of a folder, where more may appear.
    package nonisolated var isFolder: Bool {
        if case .folder = place { true } else { false }
    }

    // MARK: Listing

    /// What each report is, in the order of the command line, or the newest first. Damaged ones are there with why.
    package func cards() async -> [ReportCard] {
        await look()
        var cards: [ReportCard] = []
        for id in order {
            guard let entry = listed[id] else { continue }
            cards.append(await card(id, entry))
        }
        return isFolder
            ? cards.sorted { ($0.startedWallNs ?? 0, $1.name) > ($1.startedWallNs ?? 0, $0.name) } : cards
    }

    package func card(_ id: String) async throws -> ReportCard {
        if listed[id] == nil { await look() }
        guard let entry = listed[id] else { throw Self.unknown(id) }
        return await card(id, entry)
    }

    private func card(_ id: String, _ entry: Listed) async -> ReportCard {
        let state = FileState(entry.path)
        // What is being recorded may end without a change of its file: its launcher may be killed.
        if let card = entry.card, card.revision == state.revision, card.state != "recording" { return card }
        let views = views
        let card = try? await BackgroundWork.run {
            do {
                return try ReportCard(
                    Report(opening: entry.path), id: id, path: entry.shown, size: state.size,
                    revision: FileState(entry.path).revision, views: views)
            } catch {
                return ReportCard(
                    Failure(describing: error), id: id, path: entry.shown, size: state.size,
                    revision: state.revision)
            }
        }
        guard let card else {
            return ReportCard(
                Failure(.measured, input: entry.shown, problem: "cannot be read", nextStep: "try again"),
                id: id,
                path: entry.shown, size: state.size, revision: state.revision)
        }
        listed[id]?.card = card
        return card
    }

    /// Looks what is there now.
    private func look() async {
        let found: [(path: String, shown: String)]
        switch place {
        case .reports(let paths):
            guard order.isEmpty else { return }
            found = paths.map { (ReportFiles($0).path, $0) }
        case .folder(let folder):
            let contents = try? await BackgroundWork.run { ReportFolder(folder).contents() }
            found = contents?.files ?? []
            isCutOff = contents?.isCutOff ?? false
        }
        var ids: [String] = []
        var seen: Set<String> = []
        for (path, shown) in found {
            let id = Self.id(path)
            guard seen.insert(id).inserted else { continue }
            ids.append(id)
            if listed[id] == nil { listed[id] = Listed(path: path, shown: shown) }
        }
        order = ids
        for id in listed.keys where !seen.contains(id) { listed[id] = nil }
    }

    // MARK: Opening

    /// The report of an id, opened; anew where it has grown since.
    ///
    /// - Throws: `Refusal` (404) for an id that there is not, `Failure` for a report that cannot be read.
    package func report(_ id: String) async throws -> OpenReport {
        if listed[id] == nil { await look() }
        guard let entry = listed[id] else { throw Self.unknown(id) }
        uses += 1
        listed[id]?.lastUse = uses
        if let opening = entry.opening { return try await opening.value }
        let views = views
        let opening = Task {
            if let open = entry.open, await !open.isStale { return open }
            return try await BackgroundWork.run {
                let state = FileState(entry.path)
                let report = try Report(opening: entry.path)
                let card = try ReportCard(
                    report, id: id, path: entry.shown, size: state.size,
                    revision: FileState(entry.path).revision, views: views)
                return OpenReport(report, card: card)
            }
        }
        listed[id]?.opening = opening
        defer { if listed[id]?.opening == opening { listed[id]?.opening = nil } }
        let opened = try await opening.value
        listed[id]?.open = opened
        closeLeastUsed()
        return opened
    }

    private func closeLeastUsed() {
        let open = listed.filter { $0.value.open != nil }
        guard open.count > Self.openLimit, let least = open.min(by: { $0.value.lastUse < $1.value.lastUse })
        else { return }
        listed[least.key]?.open = nil
    }

    private static func unknown(_ id: String) -> Refusal {
        Refusal(
            .notFound,
            Failure(
                .usage, input: id, problem: "is no report that is served here",
                expected: "one of the list's", nextStep: "go back to the list of reports"))
    }

    /// The same for the same path at each start: the name, and a hash of the path.
    static func id(_ path: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in path.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent.unicodeScalars
            .map {
                $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil)
                    ? Character($0) : "-"
            }
        return String(name.prefix(40)) + "-" + String(hash, radix: 36)
    }
}

/// Size and times of a report's file and of what lies beside it while it is recorded.
struct FileState: Hashable, Sendable {
    private(set) var size: Int64 = 0
    private var changes: [Int64] = []

    init(_ path: String) {
        for (index, name) in [path, path + "-wal"].enumerated() {
            var status = stat()
            guard stat(name, &status) == 0 else {
                changes.append(-1)
                continue
            }
            if index == 0 { size = Int64(status.st_size) }
            changes += [
                Int64(status.st_ino), Int64(status.st_size), Int64(status.st_mtim.tv_sec),
                Int64(status.st_mtim.tv_nsec),
            ]
        }
    }

    var revision: String { changes.map { String($0, radix: 36) }.joined(separator: ".") }
}
