import Foundation
import Glibc

/// A folder for one test's reports, removed with the value's last use.
final class ReportFolder: Sendable {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(
        "tachograph-\(UUID().uuidString)"
    )
    .path

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var report: String { "\(path)/trip.tacho" }

    var contents: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }
}

struct Broken: Error, Equatable {
    var call: Int
}

/// Waits on the thread for at least so many microseconds.
func wait(microseconds: UInt32) { usleep(microseconds) }
