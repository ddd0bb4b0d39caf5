import Foundation
import TachoDevice
import TachoRecords

/// Keeps the machine's roof between runs: it is measured once for each number of threads and each processor.
///
/// Thread rule: any thread. Two processes that measure at the same time both keep a right value; the last one stays.
package struct RoofStore: Sendable {
    /// Where the values are kept.
    package var folder: String

    package init(folder: String) { self.folder = folder }

    /// `$XDG_CACHE_HOME/tachograph`, or `~/.cache/tachograph` (XDG Base Directory Specification).
    package static var standard: RoofStore {
        let environment = ProcessInfo.processInfo.environment
        let base = environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        return RoofStore(folder: (base ?? NSHomeDirectory() + "/.cache") + "/tachograph")
    }

    /// The roof for so many threads: a kept one of this processor, or one measured now.
    ///
    /// - Parameter threads: nil or 0: all that this process may use.
    /// - Returns: nil where it cannot be measured.
    /// - Cost: up to two seconds the first time, with all these threads busy.
    package func roof(threads: Int?) -> MachineRoof? {
        let usable = ProcessInfo.processInfo.activeProcessorCount
        // More threads than processors reach no more than the processors do.
        let count = min(threads.flatMap { $0 > 0 ? $0 : nil } ?? usable, usable)
        let processor = EnvironmentReader.read(toolVersion: ToolVersion.text).processor.model
        if let kept = read(threads: count), kept.processor == processor { return kept }
        guard let measured = try? RoofMeasurement(threads: count).measure() else { return nil }
        keep(measured)
        return measured
    }

    private func path(threads: Int) -> String { "\(folder)/roof-\(threads).json" }

    func read(threads: Int) -> MachineRoof? {
        guard let data = FileManager.default.contents(atPath: path(threads: threads)),
            let roof = try? JSONDecoder().decode(MachineRoof.self, from: data), roof.threads == threads,
            roof.product.best > 0, roof.copy.best > 0
        else { return nil }
        return roof
    }

    /// A roof that cannot be kept is measured again next time.
    func keep(_ roof: MachineRoof) {
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        guard let data = try? JSONEncoder().encode(roof) else { return }
        try? data.write(to: URL(fileURLWithPath: path(threads: roof.threads)), options: .atomic)
    }
}
