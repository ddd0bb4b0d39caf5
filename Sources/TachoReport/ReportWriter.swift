import GRDB
import Glibc
import Synchronization
import TachoRecords

/// Writes a report while its launches run: the launcher's side, or a program that measures itself.
///
/// From `init` on there is a report at the path that opens; every event that was recorded survives a kill. Thread
/// rule: any thread; calls are done one after the other. They block for as long as SQLite takes: a few hundred
/// microseconds an event, a second for a million queries at the end of a launch.
package final class ReportWriter: Sendable {
    private let files: ReportFiles
    private let plannedStreams: Int
    private let database: DatabaseQueue
    private let lock: Mutex<LauncherLock?>

    /// Makes the report, in state `recording`.
    ///
    /// - Parameter overwrite: Replace a report that is there; anything else is never replaced.
    /// - Parameter created: Wall time since 1970; nil: now.
    /// - Throws: `Failure` (usage) where it cannot be made: no such folder, not writable, exists, no space.
    package init(
        creating path: String, plan: RunPlan, command: [String], toolVersion: String, overwrite: Bool = false,
        created: Nanoseconds? = nil
    ) throws {
        files = ReportFiles(path)
        plannedStreams = plan.scenario.streams
        let lock = try ReportCreation(files: files, overwrite: overwrite).create(
            plan: plan, command: command, toolVersion: toolVersion, created: created ?? Self.wallTime())
        self.lock = Mutex(lock)
        do {
            database = try Connection.writer(files.path)
            // Readers see what there is without ever stopping the launcher. Where the file system cannot do this
            // SQLite stays with its rollback journal, and all the rest holds.
            try database.inDatabase { _ = try String.fetchOne($0, sql: "PRAGMA journal_mode = WAL") }
        } catch {
            throw ReportFailures.writing(error, files)
        }
    }

    /// Absolute path of the report.
    package var path: String { files.path }

    /// Where workers write their segments; it exists until `finish`.
    package var segmentsFolder: String { files.segmentsFolder }

    /// Where the worker of a launch writes one stream's segment.
    package func segmentPath(launch: Int, stream: Int) -> String {
        Self.segmentPath(folder: segmentsFolder, launch: launch, stream: stream)
    }

    /// The same for a worker, which knows the folder alone.
    package static func segmentPath(folder: String, launch: Int, stream: Int) -> String {
        ReportFiles.segmentPath(folder: folder, launch: launch, stream: stream)
    }

    private static func wallTime() -> Nanoseconds {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Nanoseconds(Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    // MARK: Launches

    /// Announces a launch, before its worker is started.
    package func beginLaunch(ordinal: Int) throws {
        try write { try SegmentImporter.ensureLaunch(ordinal, $0) }
    }

    /// Keeps what a worker told. `progress` is for display and is not kept.
    package func record(_ event: WorkerEvent, launch: Int) throws {
        if case .progress = event { return }
        try write { database in
            try SegmentImporter.ensureLaunch(launch, database)
            try LaunchEvents.store(event, launch: launch, database)
        }
    }

    /// Ends a launch after its worker has ended: imports its segments, then removes them.
    ///
    /// What is nil here stays as the worker's events told it; without any word the reason is `workerLost`.
    package func finishLaunch(
        _ ordinal: Int, stopReason: StopReason? = nil, noise: NoiseCounters? = nil, failure: Failure? = nil
    ) throws {
        try write { database in
            try SegmentImporter.ensureLaunch(ordinal, database)
            if let failure { try LaunchEvents.store(.failed(failure), launch: ordinal, database) }
            try LaunchEvents.storeEnd(launch: ordinal, stopReason: stopReason, noise: noise, database)
        }
        do {
            try importer.importSegments(launch: ordinal)
        } catch {
            throw ReportFailures.writing(error, files)
        }
        try write { database in
            try LaunchEvents.close(
                launch: ordinal, reason: .workerLost, importer, plannedStreams: plannedStreams, database)
        }
    }

    /// Ends the report: one file, complete in itself. Launches that were not finished are finished first. The last call.
    ///
    /// - Throws: `Failure` where something could not be written. Then segments stay where they are and the report
    ///   stays in state `recording`, so that opening it later imports the rest.
    package func finish(_ state: ReportState) throws {
        do {
            try ReportCompletion(files: files, database: database).complete(state)
            try database.close()
        } catch {
            // From here on the report is for whoever opens it next.
            try? database.close()
            lock.withLock { $0 = nil }
            throw ReportFailures.writing(error, files)
        }
        files.removeSegmentsFolder()
        lock.withLock { $0 = nil }
    }

    /// Removes the report and everything beside it: nothing was measured. The last call.
    package func discard() throws {
        do {
            try database.close()
        } catch {
            throw ReportFailures.writing(error, files)
        }
        for path in files.sidecars + [files.path] { unlink(path) }
        for segment in files.segments() { unlink(segment.path) }
        files.removeTraceSegments()
        files.removeSegmentsFolder()
        lock.withLock { $0 = nil }
    }

    private var importer: SegmentImporter { SegmentImporter(files: files, database: database) }

    func write(_ body: (Database) throws -> Void) throws {
        do {
            try database.write(body)
        } catch {
            throw ReportFailures.writing(error, files)
        }
    }
}
