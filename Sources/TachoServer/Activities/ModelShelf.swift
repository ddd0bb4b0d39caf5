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

    package init(folder: String, services: ActivityServices) {
        self.folder = folder
        self.services = services
    }

    func entries() async -> [Entry] {
        let (folder, services) = (folder, services)
        return
            (try? await BackgroundWork.run {
                let demos = services.demoModels().map { ($0.name, $0.path, "demo") }
                let own = ReportFolder(folder, ending: ".onnx").reports().map {
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
    func uploadPlace(name: String) throws -> (partial: String, final: String) {
        let place = Self.joined(folder, Self.uploads)
        let letters = name.split(separator: "/").last.map(String.init) ?? ""
        let stem = letters.hasSuffix(".onnx") ? String(letters.dropLast(5)) : letters
        let safe = String(
            stem.unicodeScalars.prefix(80).map { scalar in
                scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                    || scalar == "-" || scalar == "_" ? Character(scalar) : "-"
            })
        do {
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        } catch {
            throw Failure(
                .usage, input: place, problem: "cannot be made (\(error.localizedDescription))",
                expected: "a served folder that may be written to", nextStep: "serve another folder")
        }
        let base = safe.isEmpty || safe.hasPrefix("-") ? "model" + safe : safe
        let names = sequence(first: 1) { $0 + 1 }.lazy.map {
            "\(place)/\(base)\($0 == 1 ? "" : "-\($0)").onnx"
        }
        let final = names.first { !FileManager.default.fileExists(atPath: $0) } ?? "\(place)/\(base).onnx"
        return ("\(place)/.\(UUID().uuidString).partial", final)
    }

    /// Takes an upload in where it is a model; removes it where it is none.
    func keep(_ place: (partial: String, final: String)) async throws -> Entry {
        let services = services
        do {
            try await BackgroundWork.run {
                _ = try services.describe(place.partial)
                guard rename(place.partial, place.final) == 0 else {
                    throw Failure(
                        .usage, input: place.final,
                        problem: "cannot be written: \(String(cString: strerror(errno)))",
                        nextStep: "serve a folder that may be written to")
                }
            }
        } catch {
            unlink(place.partial)
            guard var failure = error as? Failure else { throw error }
            failure.input = "The uploaded file"
            throw failure
        }
        return Entry(
            id: ReportLibrary.id(place.final), name: String(place.final.dropFirst(folder.count + 1)),
            path: place.final, origin: "upload", size: FileState(place.final).size)
    }

    private static func joined(_ folder: String, _ name: String) -> String {
        folder.hasSuffix("/") ? folder + name : folder + "/" + name
    }
}
