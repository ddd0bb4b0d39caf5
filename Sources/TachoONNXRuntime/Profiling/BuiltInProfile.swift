import CTachoONNXRuntime
import Foundation
import Glibc
import Synchronization
import TachoEngine
import TachoRecords

/// ONNX Runtime's own profile of a session, as the source of layer times where the hook cannot be had.
///
/// Whole microseconds on the wall clock, at most 1,000,000 events, all in memory until the end. Unchecked: used by the
/// thread that drives the only context.
final class BuiltInProfile: @unchecked Sendable {
    /// Stretches in which queries were to be reported, and to whom.
    private struct Stretch {
        var profiler: any LayerProfiler
        var start: Nanoseconds
        var end: Nanoseconds?
        var details: Bool
    }

    let prefix: String
    private let folder: String
    private var stretches: [Stretch] = []

    /// - Throws: `Failure` where there is no room for the profile.
    init() throws(Failure) {
        var template = Array((NSTemporaryDirectory() + "/tacho-profile-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else {
            throw Failure(
                .measured, input: NSTemporaryDirectory(),
                problem: "cannot hold ONNX Runtime's profile: \(String(cString: strerror(errno)))",
                nextStep: "free space there, or name another folder in TMPDIR")
        }
        folder = template.withUnsafeBufferPointer { String(cString: Array($0)) }
        prefix = folder + "/profile"
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func attach(_ profiler: (any LayerProfiler)?, details: Bool) {
        let now = MonotonicClock().now()
        if let last = stretches.indices.last, stretches[last].end == nil { stretches[last].end = now }
        if let profiler { stretches.append(Stretch(profiler: profiler, start: now, details: details)) }
    }

    /// Ends the session's profiling, reads the profile and reports its layers.
    func finish(_ session: RuntimeObject, api: RuntimeAPI) throws {
        attach(nil, details: false)
        var startWall: UInt64 = 0
        try api.check(api.table.pointee.SessionGetProfilingStartTimeNs(session.pointer, &startWall))
        let allocator = try api.defaultAllocator()
        var name: UnsafeMutablePointer<CChar>?
        try api.check(api.table.pointee.SessionEndProfiling(session.pointer, allocator, &name))
        guard let name else { return }
        let path = String(cString: name)
        try api.check(api.table.pointee.AllocatorFree(allocator, name))
        let wallOffset = WallClock.now() - MonotonicClock().now()
        let origin = Nanoseconds(Int64(clamping: startWall)) - wallOffset
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure(
                .measured, input: path, problem: "was not written by ONNX Runtime",
                expected: "its profile", nextStep: "check the room in that folder")
        }
        report(ProfileReading(Array(data), origin: origin))
    }

    /// Reports in order of start, outer layers first.
    private func report(_ reading: ProfileReading) {
        var numbers: [ObjectIdentifier: LayerNumbers] = [:]
        var stretch = 0
        for event in reading.events {
            while stretch < stretches.count, let end = stretches[stretch].end, end < event.start {
                stretch += 1
            }
            guard stretch < stretches.count else { return }
            let current = stretches[stretch]
            guard current.start <= event.start else { continue }
            guard !event.isRun else {
                current.profiler.engineRan(start: event.start, duration: event.duration)
                continue
            }
            let key = ObjectIdentifier(current.profiler)
            let number = numbers[key, default: LayerNumbers()].number(for: event) {
                current.profiler.layerAppeared($0, $1)
            }
            current.profiler.reportLayerTime(number, start: event.start, duration: event.duration)
            if current.details { current.profiler.layerDetailed(number, event.details) }
        }
    }
}

/// Numbers layers in order of appearance, and finds the parents of those in bodies.
private struct LayerNumbers {
    private var known: [Layer: Int] = [:]
    private var open: [(layer: Layer, end: Nanoseconds, thread: Int)] = []

    mutating func number(for event: ProfileEvent, appeared: (Int, Layer) -> Void) -> Int {
        while let last = open.last, last.end <= event.start || last.thread != event.thread {
            open.removeLast()
        }
        var layer = Layer(
            name: event.name, type: event.type, nodeIndex: event.nodeIndex, provider: event.provider)
        if let parent = open.last?.layer { layer.path = parent.path + [parent.name] }
        if ["If", "Loop", "Scan"].contains(event.type) {
            open.append((layer, event.start + event.duration, event.thread))
        }
        if let number = known[layer] { return number }
        let number = known.count
        known[layer] = number
        appeared(number, layer)
        return number
    }
}
