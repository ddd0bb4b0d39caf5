import CTachoRecorder
import GRDB
import TachoRecords

/// What of a trace could not be kept, as rows of `data_loss`.
struct TraceLosses {
    let files: ReportFiles
    let database: Database

    func add(_ reason: DataLoss.Reason, count: Int?, _ remedy: String) throws {
        try SegmentImporter.add(
            DataLoss(reason: reason, launch: 0, count: count, remedy: remedy), database)
    }

    func addDamage(_ file: TraceSegmentFile, _ why: String) throws {
        try add(
            .damagedSegment, count: nil,
            "the recording of process \(file.process), thread \(file.thread) is damaged: \(why); what lay before "
                + "that was kept. Check the disk and the system's log, then trace again")
    }

    func addDropped(_ header: SegmentHeader) throws {
        let kinds = header.droppedKinds.enumerated().filter { $0.element > 0 }.map {
            "\($0.element) \(Self.noun($0.offset))"
        }
        let what = kinds.isEmpty ? "" : " (\(kinds.joined(separator: ", ")))"
        for (index, count) in header.dropped.enumerated() where count > 0 {
            let (reason, remedy): (DataLoss.Reason, String) =
                switch UInt32(index) {
                case TACHO_DROP_NO_SPACE.rawValue:
                    (
                        .noSpace,
                        "free space in \(files.folder), or write the report to another file system with -o PATH"
                    )
                case TACHO_DROP_MAPPING.rawValue:
                    (
                        .mapping,
                        "give the program more memory or address space, and leave \(files.segmentsFolder) where it can "
                            + "reach it"
                    )
                case TACHO_DROP_NESTING.rawValue:
                    (
                        .nesting,
                        "keep fewer than 1,024 ranges of a thread open at once, and annotate nothing in signal handlers"
                    )
                default:
                    (.device, "trace less at once, or a shorter stretch with --capture-range")
                }
            try add(reason, count: Int(clamping: count), "thread \(header.threadID)\(what): \(remedy)")
        }
    }

    /// What the records of a kind are, in the plural. Kinds are counted modulo the number of counters.
    private static func noun(_ index: Int) -> String {
        switch UInt32(index) {
        case TACHO_RECORD_RANGE.rawValue: "push/pop ranges"
        case TACHO_RECORD_RANGE_LATE.rawValue: "ends of push/pop ranges"
        case TACHO_RECORD_ASYNC_RANGE.rawValue: "start/end ranges"
        case TACHO_RECORD_ASYNC_END.rawValue: "ends of start/end ranges"
        case TACHO_RECORD_MARK.rawValue: "marks"
        case TACHO_RECORD_PAYLOAD.rawValue: "payloads"
        case TACHO_RECORD_LABEL.rawValue: "names"
        case TACHO_RECORD_CUDA_CALL.rawValue % TACHO_COUNTED_KINDS: "CUDA calls"
        case TACHO_RECORD_CUDA_WORK.rawValue % TACHO_COUNTED_KINDS: "device activities"
        case TACHO_RECORD_CUDA_MEMORY.rawValue % TACHO_COUNTED_KINDS: "allocations and frees"
        case TACHO_RECORD_COUNTER_SAMPLE.rawValue % TACHO_COUNTED_KINDS: "buffers of samples"
        default: "records"
        }
    }
}
