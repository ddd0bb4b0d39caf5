import CTachoONNXRuntime
import Foundation
import Glibc
import TachoRecords

/// A library that was opened and turned out to be an ONNX Runtime of a usable version.
struct OpenedLibrary: Sendable {
    var path: String
    var origin: String
    var version: LibraryVersion
    var api: RuntimeAPI

    /// Why a place has no usable library.
    struct Refusal: Error {
        var reason: String
        var expected: String?
    }

    /// Opens the first usable library of a place.
    static func open(_ place: LibraryPlace) -> Result<OpenedLibrary, Refusal> {
        do throws(Refusal) {
            guard !place.isLoaderName else { return .success(try open(file: place.path, place)) }
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder) else {
                throw Refusal(reason: "there is no such file or folder")
            }
            guard isFolder.boolValue else {
                // A path without a slash would make the loader search its own path.
                let path = place.path.contains("/") ? place.path : "./" + place.path
                return .success(try open(file: path, place))
            }
            let files = LibraryPlace.libraries(in: place.path)
            guard !files.isEmpty else { throw Refusal(reason: "the folder holds no libonnxruntime.so") }
            var reasons: [String] = []
            var expected: String?
            for file in files {
                do throws(Refusal) {
                    return .success(try open(file: file, place))
                } catch {
                    reasons.append("\(file): \(error.reason)")
                    expected = error.expected
                }
            }
            throw Refusal(reason: reasons.joined(separator: "; "), expected: expected)
        } catch {
            return .failure(error)
        }
    }

    private static func open(file: String, _ place: LibraryPlace) throws(Refusal) -> OpenedLibrary {
        guard let handle = dlopen(file, RTLD_NOW | RTLD_LOCAL) else {
            let words = dlerror().map { String(cString: $0) } ?? "the loader gives no reason"
            throw Refusal(reason: "cannot be loaded (\(words))")
        }
        guard let symbol = dlsym(handle, "OrtGetApiBase") else {
            dlclose(handle)
            throw Refusal(reason: "is a library, but not ONNX Runtime (it has no symbol OrtGetApiBase)")
        }
        guard let base = unsafeBitCast(symbol, to: tacho_ort_get_api_base.self)() else {
            throw Refusal(reason: "is an ONNX Runtime, but gives out no API")
        }
        let text = String(cString: base.pointee.GetVersionString())
        guard let version = LibraryVersion(text) else {
            throw Refusal(reason: "names a version that cannot be read ('\(text)')")
        }
        guard let apiVersion = version.apiVersion else {
            throw Refusal(
                reason: "is ONNX Runtime \(text), which is too old", expected: LibraryVersion.supported)
        }
        guard let table = base.pointee.GetApi(UInt32(apiVersion)) else {
            throw Refusal(
                reason: "is ONNX Runtime \(text), but does not offer version \(apiVersion) of the C API",
                expected: LibraryVersion.supported)
        }
        return OpenedLibrary(
            path: fileOf(symbol) ?? file, origin: place.origin, version: version,
            api: RuntimeAPI(table: table, version: apiVersion))
    }

    /// The file that a symbol was loaded from, with links followed.
    private static func fileOf(_ symbol: UnsafeMutableRawPointer) -> String? {
        guard let name = tacho_library_of(symbol), let resolved = realpath(name, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
