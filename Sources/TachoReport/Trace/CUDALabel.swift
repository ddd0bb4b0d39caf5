import CTachoRecorder
import Glibc

/// What a CUDA event is: read from a label, whose text holds the name and, behind a zero byte, numbers.
struct CUDALabel {
    var name: String
    var kind: String
    var bytes: Int64?
    /// JSON.
    var detail: String?

    init(_ record: RawRecord) {
        let length = min(Int(record.half(28)), max(0, record.size - 32))
        let text = UnsafeRawBufferPointer(start: record.bytes + 32, count: length)
        let end = text.firstIndex(of: 0) ?? length
        let written = String(decoding: text[..<end], as: UTF8.self)
        let numbers = UnsafeRawBufferPointer(rebasing: text[min(length, end + 1)...])
        switch record.half(12) {
        case TACHO_CUDA_KERNEL.rawValue: self = Self.kernel(written, numbers)
        case TACHO_CUDA_COPY.rawValue, TACHO_CUDA_SET.rawValue: self = Self.copy(record.half(12), numbers)
        case TACHO_CUDA_GRAPH.rawValue:
            let graph = Self.half(numbers, 0)
            self.init(
                name: graph.map { "graph \($0)" } ?? written, kind: "graph",
                detail: graph.map { "{\"graph\":\($0)}" })
        case TACHO_CUDA_SYNCHRONISATION.rawValue: self.init(name: written, kind: "synchronisation")
        case TACHO_CUDA_OVERHEAD.rawValue: self.init(name: Self.overhead(written), kind: "overhead")
        case TACHO_CUDA_RUNTIME_CALL.rawValue:
            self.init(
                name: Self.withoutVersion(written), kind: "cudaRuntime", detail: Self.result(numbers))
        case TACHO_CUDA_DRIVER_CALL.rawValue:
            self.init(name: written, kind: "cudaDriver", detail: Self.result(numbers))
        default: self.init(name: written, kind: "unknown")
        }
    }

    /// Of a call that failed.
    private static func result(_ numbers: UnsafeRawBufferPointer) -> String? {
        half(numbers, 0).map { "{\"result\":\(Int32(bitPattern: $0))}" }
    }

    /// Of what ran as a node of a graph: keys and values behind a comma.
    private static func node(_ numbers: UnsafeRawBufferPointer, _ offset: Int) -> String {
        guard let low = half(numbers, offset), let high = half(numbers, offset + 4),
            let graph = half(numbers, offset + 8)
        else { return "" }
        let node = UInt64(high) << 32 | UInt64(low)
        return ",\"graph\":\(graph)" + (node == 0 ? "" : ",\"graph_node\":\(node)")
    }

    private init(name: String, kind: String, bytes: Int64? = nil, detail: String? = nil) {
        self.name = name
        self.kind = kind
        self.bytes = bytes
        self.detail = detail
    }

    private static func half(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt32? {
        guard offset + 4 <= bytes.count else { return nil }
        return UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    private static func kernel(_ name: String, _ numbers: UnsafeRawBufferPointer) -> CUDALabel {
        let values = (0..<10).compactMap { half(numbers, 4 * $0) }
        guard values.count == 10 else { return CUDALabel(name: demangled(name), kind: "kernel") }
        return CUDALabel(
            name: demangled(name), kind: "kernel",
            detail: """
                {"grid":[\(values[0]),\(values[1]),\(values[2])],"block":[\(values[3]),\(values[4]),\(values[5])],\
                "registers":\(values[6]),"static_shared":\(values[7]),"dynamic_shared":\(values[8]),\
                "local_per_thread":\(values[9])\(node(numbers, 40))}
                """)
    }

    private static func copy(_ kind: UInt32, _ numbers: UnsafeRawBufferPointer) -> CUDALabel {
        guard numbers.count >= 16 else { return CUDALabel(name: "unknown", kind: "copy") }
        let bytes = Int64(
            clamping: UInt64(littleEndian: numbers.loadUnaligned(fromByteOffset: 0, as: UInt64.self)))
        let (way, source, destination, flags) = (numbers[8], numbers[9], numbers[10], numbers[11])
        guard kind == TACHO_CUDA_COPY.rawValue else {
            return CUDALabel(
                name: "set", kind: "set", bytes: bytes,
                detail: """
                    {"destination":"\(memory(destination))","asynchronous":\(flags & 1 != 0),\
                    "value":\(half(numbers, 12) ?? 0)\(node(numbers, 16))}
                    """)
        }
        return CUDALabel(
            name: direction(way), kind: "copy", bytes: bytes,
            detail: """
                {"source":"\(memory(source))","destination":"\(memory(destination))",\
                "asynchronous":\(flags & 1 != 0)\(node(numbers, 16))}
                """)
    }

    /// CUPTI's kinds of copies.
    private static func direction(_ kind: UInt8) -> String {
        switch kind {
        case 1: "host to device"
        case 2: "device to host"
        case 3: "host to array"
        case 4: "array to host"
        case 5: "array to array"
        case 6: "array to device"
        case 7: "device to array"
        case 8: "device to device"
        case 9: "host to host"
        case 10: "device to other device"
        default: "unknown direction"
        }
    }

    /// CUPTI's kinds of memory.
    static func memory(_ kind: UInt8) -> String {
        switch kind {
        case 1: "pageable"
        case 2: "pinned"
        case 3: "device"
        case 4: "array"
        case 5: "managed"
        case 6: "device static"
        case 7: "managed static"
        default: "unknown"
        }
    }

    /// CUPTI's operations on pools.
    static func poolOperation(_ operation: UInt8) -> String {
        switch operation {
        case 1: "pool created"
        case 2: "pool destroyed"
        case 3: "pool trimmed"
        default: "pool"
        }
    }

    private static func overhead(_ text: String) -> String {
        switch text {
        case "overhead 1": "driver compiler"
        case "overhead 65536": "CUPTI buffer flush"
        case "overhead 131072": "CUPTI instrumentation"
        case "overhead 196608": "CUPTI resource"
        default: text
        }
    }

    /// CUPTI appends the version that a runtime function came with: `cudaLaunchKernel_v7000`.
    private static func withoutVersion(_ name: String) -> String {
        guard let underscore = name.lastIndex(of: "_") else { return name }
        let ending = name[name.index(after: underscore)...]
        guard ending.first == "v", ending.count > 1, ending.dropFirst().allSatisfy(\.isNumber) else {
            return name
        }
        return String(name[..<underscore])
    }

    private typealias Demangler =
        @convention(c) (
            UnsafePointer<CChar>, UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<Int>?,
            UnsafeMutablePointer<Int32>?
        ) -> UnsafeMutablePointer<CChar>?

    /// The C++ library's own, where one is loaded; else kernels keep their mangled names.
    private static let demangler: Demangler? = {
        let loaded = dlsym(nil, "__cxa_demangle")
        let found = loaded ?? dlopen("libstdc++.so.6", RTLD_NOW).flatMap { dlsym($0, "__cxa_demangle") }
        return found.map { unsafeBitCast($0, to: Demangler.self) }
    }()

    static func demangled(_ name: String) -> String {
        guard name.hasPrefix("_Z"), let demangler, let text = demangler(name, nil, nil, nil) else {
            return name
        }
        defer { free(text) }
        return String(cString: text)
    }
}
