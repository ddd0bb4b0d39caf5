import Glibc

/// A traced process's segment by name: `trace-P-T.seg`, with the ordinals of the process and of the thread in it.
///
/// Thread 0 is the process itself: its segment holds the definitions that its threads share.
struct TraceSegmentFile: Hashable {
    let path: String
    let process: Int
    let thread: Int

    init?(folder: String, name: String) {
        guard name.hasPrefix("trace-"), name.hasSuffix(".seg") else { return nil }
        let parts = name.dropFirst("trace-".count).dropLast(".seg".count).split(
            separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let process = Int(parts[0]), let thread = Int(parts[1]), process >= 0,
            thread >= 0, process <= Int32.max, thread < 1 << 20
        else { return nil }
        path = "\(folder)/\(name)"
        self.process = process
        self.thread = thread
    }
}

extension ReportFiles {
    /// Where a tracing tool and the traced programs share their settings.
    var controlFile: String { segmentsFolder + "/control" }

    /// The segments of traced programs that are there, by process and thread.
    func traceSegments() -> [TraceSegmentFile] {
        guard let folder = opendir(segmentsFolder) else { return [] }
        defer { closedir(folder) }
        var found: [TraceSegmentFile] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let file = TraceSegmentFile(folder: segmentsFolder, name: name) { found.append(file) }
        }
        return found.sorted { ($0.process, $0.thread) < ($1.process, $1.thread) }
    }

    /// Segments of what was sampled beside a traced program.
    var counterSegments: [String] {
        (0..<3).map { "\(segmentsFolder)/counters-\($0).seg" }.filter { access($0, F_OK) == 0 }
    }

    func removeTraceSegments() {
        for file in traceSegments() { unlink(file.path) }
        for path in counterSegments { unlink(path) }
        unlink(controlFile)
    }
}
