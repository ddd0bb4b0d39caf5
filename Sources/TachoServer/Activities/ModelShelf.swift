import Foundation
import TachoRecords
import TachoViews

/// The models that activities can measure: demo models, those of the folder that is served, and those uploaded to it.
///
/// As with reports a client names ids only; an uploaded file's name is made from letters, digits, - and _.
package actor ModelShelf {
    struct Entry: Sendable {
        let id: String
        let name: String
        let path: String
        /// `demo`, `folder` or `upload`.
        let origin: String
        let size: Int64
    }

    private let folder: String
    private let services: ActivityServices

    /// The largest upload: what protobuf allows a model to be.
    static let uploadLimit = 2 << 30
    private static let uploads = "uploads"
    private static let partial = ".partial"
    private var uploads: String { Self.joined(folder, Self.uploads) }

    package init(folder: String, services: ActivityServices) {
        self.folder = folder
        self.services = services
        Self.removeLeftovers(Self.joined(folder, Self.uploads))
    }

    func entries() async -> [Entry] {
        let (folder, services) = (folder, services)
        return
            (try? await BackgroundWork.run {
                let demos = services.demoModels().map { ($0.name, $0.path, "demo") }
                let own = ReportFolder(folder, ending: ".onnx").contents().files.map {
                    (
                        $0.shown, Self.joined(folder, $0.shown),
                        $0.shown.hasPrefix(Self.uploads + "/") ? "upload" : "folder"
                    )
                }
                return (demos + own).map { name, path, origin in
                    Entry(
                        id: ReportLibrary.id(path), name: name, path: path, origin: origin,
                        size: FileState(path).size)
                }
            }) ?? []
    }

    func entry(_ id: String) async throws -> Entry {
        guard let entry = await entries().first(where: { $0.id == id }) else {
            throw Refusal(
                .notFound,
                Failure(
                    .usage, input: id, problem: "is no model here", expected: "one of the list's",
                    nextStep: "choose a model, or upload one"))
        }
        return entry
    }

    func describe(_ id: String) async throws -> (entry: Entry, model: ActivityServices.Model) {
        let entry = try await entry(id)
        let services = services
        return (entry, try await BackgroundWork.run { try services.describe(entry.path) })
    }

    /// Where an upload is written until it is known to be a model.
    ///
    /// - Parameter size: Bytes that the client says it will send; nil: it does not say.
    /// - Throws: `Refusal` (413, 507) for what is too large, `Failure` (usage) where nothing can be written.
    func uploadPlace(size: Int64?) throws -> String {
        guard (size ?? 0) <= Self.uploadLimit else { throw Self.tooLarge }
        do {
            try FileManager.default.createDirectory(atPath: uploads, withIntermediateDirectories: true)
        } catch {
            throw Failure(
                .usage, input: uploads, problem: "cannot be made (\(error.localizedDescription))",
                expected: "a served folder that may be written to", nextStep: "serve another folder")
        }
        var space = statvfs()
        if let size, statvfs(uploads, &space) == 0,
            UInt64(space.f_bavail) * UInt64(space.f_frsize) < UInt64(max(0, size))
        {
            throw Refusal(
                .init(code: 507, reasonPhrase: "Insufficient Storage"),
                Failure(
                    .usage, input: "The uploaded file", problem: "is larger than the room in \(uploads)",
                    expected: "\(size) bytes of room", nextStep: "free space or serve another folder"))
        }
        return "\(uploads)/.\(UUID().uuidString)\(Self.partial)"
    }

    static let tooLarge = Refusal(
        .contentTooLarge,
        Failure(
            .usage, input: "The uploaded file", problem: "is larger than an ONNX model can be",
            expected: "at most 2 GiB", nextStep: "put the model into the served folder by hand"))

    /// Takes an upload in where it is a model, under its client's name where that is free; removes it where it is none.
    func keep(_ partial: String, name: String) async throws -> Entry {
        let (services, uploads) = (services, uploads)
        do {
            let file = try await BackgroundWork.run {
                _ = try services.describe(partial)
                return try Self.moved(partial, into: uploads, as: Self.stem(name))
            }
            let path = "\(uploads)/\(file)"
            return Entry(
                id: ReportLibrary.id(path), name: "\(Self.uploads)/\(file)", path: path, origin: "upload",
                size: FileState(path).size)
        } catch {
            unlink(partial)
            guard var failure = error as? Failure else { throw error }
            failure.input = "The uploaded file"
            throw failure
        }
    }

    /// A name for a file that a stranger chose: letters, digits, - and _ alone.
    private static func stem(_ name: String) -> String {
        let letters = name.split(separator: "/").last.map(String.init) ?? ""
        let stem = letters.hasSuffix(".onnx") ? String(letters.dropLast(5)) : letters
        let safe = String(
            stem.unicodeScalars.prefix(80).map { scalar in
                scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                    || scalar == "-" || scalar == "_" ? Character(scalar) : "-"
            })
        return safe.isEmpty || safe.hasPrefix("-") ? "model" + safe : safe
    }

    /// Never in the place of another file, even of one that comes at the same time.
    private static func moved(_ partial: String, into folder: String, as stem: String) throws -> String {
        for number in 1... {
            let name = "\(stem)\(number == 1 ? "" : "-\(number)").onnx"
            // The name is taken first; what is renamed over is this empty file alone.
            let descriptor = open("\(folder)/\(name)", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            if descriptor < 0, errno == EEXIST { continue }
            if descriptor >= 0 {
                close(descriptor)
                if rename(partial, "\(folder)/\(name)") == 0 { return name }
                unlink("\(folder)/\(name)")
            }
            break
        }
        throw Failure(
            .usage, input: folder, problem: "the model could not be written to it",
            expected: "a served folder that may be written to", nextStep: "serve another folder")
    }

    /// Removes what uploads left behind that ended with their server; another server's may be under way.
    private static func removeLeftovers(_ folder: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        where name.hasPrefix(".") && name.hasSuffix(partial) {
            var status = stat()
            guard lstat("\(folder)/\(name)", &status) == 0, time(nil) - status.st_mtim.tv_sec > 3_600 else {
                continue
            }
            unlink("\(folder)/\(name)")
        }
    }

    private static func joined(_ folder: String, _ name: String) -> String {
        folder.hasSuffix("/") ? folder + name : folder + "/" + name
    }
}
