import CTachoONNXRuntime
import Foundation
import Glibc
import Synchronization
import TachoRecords

/// The library of ours that ONNX Runtime loads to tell of layers (`Sources/CTachoLayerHook`), opened and registered.
struct LayerHook: Sendable {
    static let fileName = "libTachoLayerHook.so"
    static let variable = "TACHO_LAYER_HOOK"
    static let provider = TACHO_LAYER_HOOK_PROVIDER

    let offer: tacho_layer_hook_offer_function
    let tell: tacho_layer_hook_tell_function
    let forget: tacho_layer_hook_forget_function

    /// Why there is no hook, as a clause.
    struct Refusal: Error {
        var reason: String
    }

    private static let registered = Mutex<[String: LayerHook]>([:])

    /// Registers the hook with a library, once a process. Cost: a few milliseconds.
    static func register(with library: ONNXRuntimeLibrary) throws(Refusal) -> LayerHook {
        guard library.api.version >= RuntimeAPI.checkedOrder else {
            throw Refusal(
                reason:
                    "ONNX Runtime \(library.version.text) is older than 1.\(RuntimeAPI.checkedOrder), which tells "
                    + "other libraries of layers")
        }
        return try registered.withLock { (known) throws(Refusal) in
            if let hook = known[library.path] { return hook }
            let path = try find()
            let hook = try open(path)
            let status = library.api.table.pointee.RegisterExecutionProviderLibrary(
                library.environment.pointer, provider, path)
            do throws(RuntimeError) {
                try library.api.check(status)
            } catch {
                throw Refusal(reason: "ONNX Runtime refuses \(path) (\(error.message))")
            }
            known[library.path] = hook
            return hook
        }
    }

    private static func find() throws(Refusal) -> String {
        if let path = ProcessInfo.processInfo.environment[variable], !path.isEmpty {
            guard access(path, R_OK) == 0 else { throw Refusal(reason: "\(variable) \(path) cannot be read") }
            return path
        }
        let folder = LibraryPlace.runningBinary().map {
            URL(fileURLWithPath: $0).deletingLastPathComponent().path
        }
        let folders = [folder, folderOfThisCode()].compactMap { $0 }
        for folder in folders where access(folder + "/" + fileName, R_OK) == 0 {
            return folder + "/" + fileName
        }
        throw Refusal(reason: "\(fileName) is not beside the binary (\(folders.first ?? "no folder"))")
    }

    /// Tests run inside a program that is not theirs.
    private static func folderOfThisCode() -> String? {
        let symbol:
            @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<tacho_layer_description>) -> Void =
                LayerSink.appeared
        guard let name = tacho_library_of(unsafeBitCast(symbol, to: UnsafeRawPointer.self)) else {
            return nil
        }
        return URL(fileURLWithPath: String(cString: name)).deletingLastPathComponent().path
    }

    private static func open(_ path: String) throws(Refusal) -> LayerHook {
        guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            let words = dlerror().map { String(cString: $0) } ?? "the loader gives no reason"
            throw Refusal(reason: "\(path) cannot be loaded (\(words))")
        }
        guard let version = dlsym(handle, TACHO_LAYER_HOOK_VERSION),
            let offer = dlsym(handle, TACHO_LAYER_HOOK_OFFER),
            let tell = dlsym(handle, TACHO_LAYER_HOOK_TELL),
            let forget = dlsym(handle, TACHO_LAYER_HOOK_FORGET)
        else { throw Refusal(reason: "\(path) is not the layer hook") }
        let number = unsafeBitCast(version, to: tacho_layer_hook_version_function.self)()
        guard number == TACHO_LAYER_SINK_VERSION else {
            throw Refusal(reason: "\(path) is of another version of tacho (\(number))")
        }
        return LayerHook(
            offer: unsafeBitCast(offer, to: tacho_layer_hook_offer_function.self),
            tell: unsafeBitCast(tell, to: tacho_layer_hook_tell_function.self),
            forget: unsafeBitCast(forget, to: tacho_layer_hook_forget_function.self))
    }
}
