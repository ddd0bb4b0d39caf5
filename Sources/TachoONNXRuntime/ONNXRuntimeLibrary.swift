import CTachoONNXRuntime
import Foundation
import Synchronization
import TachoRecords

/// ONNX Runtime's shared library, opened at run time, with its environment.
///
/// It stays open to the end of the process: the library's own threads and destructors do not survive closing it.
/// One environment a process and library, as the library wants it. Thread rule: all of it may be used from any thread.
package final class ONNXRuntimeLibrary: Sendable {
    /// The file that was opened, with links followed.
    package let path: String
    /// Where it was found, in words.
    package let origin: String
    package let version: LibraryVersion
    /// The library's own words on how it was built; nil before 1.15.
    package let buildInformation: String?
    let api: RuntimeAPI
    let environment: RuntimeObject

    private init(opened: OpenedLibrary) throws(RuntimeError) {
        path = opened.path
        origin = opened.origin
        version = opened.version
        api = opened.api
        let table = opened.api.table
        buildInformation =
            opened.api.version >= 15 ? table.pointee.GetBuildInfoString().map { String(cString: $0) } : nil
        // Severity 2 is warnings; the library writes its log to stderr.
        environment = try opened.api.make(release: table.pointee.ReleaseEnv) {
            table.pointee.CreateEnv(2, "tacho", $0)
        }
    }

    private static let loaded = Mutex<[String: ONNXRuntimeLibrary]>([:])

    /// Opens the library from the first place that has it: the option, TACHO_ONNXRUNTIME, beside the binary,
    /// the folder of the set-up script, the loader's path.
    ///
    /// Cost: tens of milliseconds once a process. Errors: `Failure` of kind `missingPart` with every place that was
    /// tried and why it was no good; a place that the user named is never passed over.
    package static func load(named: String? = nil) throws(Failure) -> ONNXRuntimeLibrary {
        try load(from: LibraryPlace.all(named: named))
    }

    static func load(from places: [LibraryPlace]) throws(Failure) -> ONNXRuntimeLibrary {
        var tried: [String] = []
        for place in places {
            switch OpenedLibrary.open(place) {
            case .success(let opened):
                do {
                    return try shared(opened)
                } catch {
                    throw Failure(
                        .missingPart, input: opened.path,
                        problem: "opened, but its environment cannot be made (\(error.message))",
                        nextStep: "try another build of ONNX Runtime: \(installationHint)")
                }
            case .failure(let refusal):
                if place.isNamed {
                    throw Failure(
                        .missingPart, input: "\(place.origin) \(place.path)", problem: refusal.reason,
                        expected: refusal.expected
                            ?? "the path of libonnxruntime.so, or of a folder that holds it",
                        nextStep: installationHint)
                }
                tried.append("\(place.origin) (\(place.path)): \(refusal.reason)")
            }
        }
        throw Failure(
            .missingPart, input: "ONNX Runtime",
            problem: "no usable library was found; tried\n    " + tried.joined(separator: "\n    "),
            expected: LibraryVersion.supported, nextStep: installationHint)
    }

    private static func shared(_ opened: OpenedLibrary) throws(RuntimeError) -> ONNXRuntimeLibrary {
        try loaded.withLock { (libraries) throws(RuntimeError) in
            if let library = libraries[opened.path] { return library }
            let library = try ONNXRuntimeLibrary(opened: opened)
            libraries[opened.path] = library
            return library
        }
    }

    static let installationHint =
        "run Setup/setup in a checkout of Tachograph; or unpack the wheel that `pip download onnxruntime` fetches "
        + "and name its libonnxruntime.so with --onnxruntime PATH"

    /// The execution providers that this build can append, as it names them, most preferred first.
    package func availableProviders() throws -> [String] {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        var count: Int32 = 0
        try api.check(api.table.pointee.GetAvailableProviders(&names, &count))
        guard let names else { return [] }
        let providers = (0..<Int(count)).compactMap { names[$0].map { String(cString: $0) } }
        try api.check(api.table.pointee.ReleaseAvailableProviders(names, count))
        return providers
    }
}

/// One place as `tacho doctor` shows it.
package struct LibraryCandidate: Sendable {
    /// Where the place comes from, in words.
    package var origin: String
    /// The path that was tried, or the file that was opened.
    package var path: String
    /// The library's version; nil where no usable library is there.
    package var version: String?
    /// Why the place is no good; nil where it is.
    package var problem: String?
}

extension ONNXRuntimeLibrary {
    /// Every place that is looked at, in order, with what is there. Opens each library, makes no environment.
    package static func candidates(named: String? = nil) -> [LibraryCandidate] {
        LibraryPlace.all(named: named).map { place in
            switch OpenedLibrary.open(place) {
            case .success(let opened):
                .init(origin: opened.origin, path: opened.path, version: opened.version.text, problem: nil)
            case .failure(let refusal):
                .init(origin: place.origin, path: place.path, version: nil, problem: refusal.reason)
            }
        }
    }
}
