import CTachoONNXRuntime

/// A call of the library that failed: its error code and its own words.
struct RuntimeError: Error {
    /// `OrtErrorCode` of the C API.
    enum Code: Int32 {
        case fail = 1
        case invalidArgument = 2
        case noSuchFile = 3
        case noModel = 4
        case engineError = 5
        case runtimeException = 6
        case invalidProtobuf = 7
        case modelLoaded = 8
        case notImplemented = 9
        case invalidGraph = 10
        case providerFailed = 11
    }

    /// Nil where the library knows codes that we do not.
    var code: Code?
    var message: String
}

/// The library's function table with the version that was agreed on.
///
/// Sendable because the table is constant for the life of the process.
struct RuntimeAPI: @unchecked Sendable {
    let table: UnsafePointer<tacho_ort_api>
    /// Members of newer versions than this one must not be read.
    let version: Int

    /// Turns a status into an error and releases it.
    func check(_ status: OpaquePointer?) throws(RuntimeError) {
        guard let status else { return }
        throw error(taking: status)
    }

    func error(taking status: OpaquePointer) -> RuntimeError {
        defer { table.pointee.ReleaseStatus(status) }
        return RuntimeError(
            code: .init(rawValue: table.pointee.GetErrorCode(status)),
            message: String(cString: table.pointee.GetErrorMessage(status)))
    }

    /// Runs a call that makes an object and keeps `parents` alive for as long as the object lives.
    func make(
        release: @escaping @convention(c) (OpaquePointer?) -> Void, parents: [AnyObject] = [],
        _ call: (UnsafeMutablePointer<OpaquePointer?>) -> OpaquePointer?
    ) throws(RuntimeError) -> RuntimeObject {
        var pointer: OpaquePointer?
        try check(call(&pointer))
        guard let pointer else {
            throw RuntimeError(code: .fail, message: "the call succeeded, but made no object")
        }
        return RuntimeObject(pointer, release: release, parents: parents)
    }

    /// The library's allocator for names and lists. It lives as long as the library.
    func defaultAllocator() throws(RuntimeError) -> OpaquePointer {
        var allocator: OpaquePointer?
        try check(table.pointee.GetAllocatorWithDefaultOptions(&allocator))
        guard let allocator else { throw RuntimeError(code: .fail, message: "there is no default allocator") }
        return allocator
    }

    /// A description of the CPU's memory.
    func cpuMemory() throws(RuntimeError) -> RuntimeObject {
        // Allocator type 0 is the plain device allocator, memory type 0 the default one (OrtAllocatorType,
        // OrtMemType).
        try make(release: table.pointee.ReleaseMemoryInfo) { table.pointee.CreateCpuMemoryInfo(0, 0, $0) }
    }
}

/// An object of the library that is released with its last reference, before its parents are.
///
/// Sendable because it is immutable; which calls on the pointer may run side by side is the C API's rule.
final class RuntimeObject: @unchecked Sendable {
    let pointer: OpaquePointer
    private let release: @convention(c) (OpaquePointer?) -> Void
    private let parents: [AnyObject]

    init(
        _ pointer: OpaquePointer, release: @escaping @convention(c) (OpaquePointer?) -> Void,
        parents: [AnyObject]
    ) {
        self.pointer = pointer
        self.release = release
        self.parents = parents
    }

    deinit { release(pointer) }
}
