import CTachoRecorder

/// What a thread used, as it told when it ended or as /proc showed it.
struct SampledThread {
    /// Nanoseconds.
    var cpuTime: Int64
    var voluntary: Int64
    var involuntary: Int64

    /// - Parameter end: A record of kind `THREAD_END`.
    init(end record: RawRecord) {
        cpuTime = Int64(clamping: record.word(8))
        voluntary = Int64(clamping: record.word(16))
        involuntary = Int64(clamping: record.word(24))
    }

    /// - Parameter sampled: A record of kind `SAMPLED_THREAD`.
    init(sampled record: RawRecord) {
        cpuTime = Int64(clamping: record.word(16))
        voluntary = Int64(clamping: record.word(24))
        involuntary = Int64(clamping: record.word(32))
    }
}
