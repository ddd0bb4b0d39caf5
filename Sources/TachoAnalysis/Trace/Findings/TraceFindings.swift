import TachoRecords
import TachoReport

/// What a trace gives reason to say, with the numbers that it rests on.
struct TraceFindings {
    let report: Report
    let index: TraceIndex
    let activity: DeviceActivity
    let gaps: GapAnalysis

    func all() throws -> [Finding] {
        let found =
            [launchBound(), tinyKernels(), idle(), synchronisation(), needlessSynchronisation()]
            + CopyFindings(index: index, activity: activity).all() + [try throttling()]
        return found.compactMap(\.self).sorted { $0.severity > $1.severity }
    }

    private func duration(_ span: Int64) -> String { Wording.duration(Double(span)) }

    private var window: Int64 { gaps.busy + gaps.waiting }

    private func share(_ part: Int64) -> Double { window > 0 ? Double(part) / Double(window) : 0 }

    private func total(_ cause: GapCause) -> Int64 {
        GapSummary(gaps).causes.first { $0.cause == cause }?.total ?? 0
    }

    // MARK: Launching

    /// What the device needs between two kernels that are both there already: the first decile of such gaps, and at
    /// least a microsecond where there are none.
    private var floor: Int64 {
        let floors = gaps.launchBound.floors.sorted()
        return floors.count >= 10 ? min(2_000, floors[floors.count / 10]) : 1_000
    }

    private func launchBound() -> Finding? {
        let found = gaps.launchBound
        guard found.kernels >= 20, share(found.waiting) >= 0.1 else { return nil }
        let saved = max(0, found.waiting - Int64(found.kernels) * floor)
        return Finding(
            id: "launch-bound", severity: share(found.waiting) >= 0.3 ? .warning : .info,
            title: "Streams run dry because kernels take longer to launch than to run",
            evidence:
                "\(found.kernels) kernels of \(duration(found.running / Int64(found.kernels))) on average waited "
                + "\(duration(found.waiting)) for their own launches, \(Wording.percent(share(found.waiting))) of the "
                + "streams' time; \(duration(gaps.launching)) of the waiting was inside launching calls",
            advice:
                "Capture the steady part as a CUDA graph: with \(duration(floor)) between kernels it would save about "
                + "\(duration(saved)) of \(duration(window)) (\(Wording.percent(share(saved)))). Larger batches and fused "
                + "kernels help too.")
    }

    private func tinyKernels() -> Finding? {
        var count = 0
        var tiny = 0
        var tinyTime: Int64 = 0
        var time: Int64 = 0
        for stream in activity.streams {
            for work in stream.work where work.kind == .kernel {
                let length = work.end - work.start
                count += 1
                time += length
                guard length < 5_000 else { continue }
                tiny += 1
                tinyTime += length
            }
        }
        guard tiny >= 100, Double(tiny) >= 0.5 * Double(count) else { return nil }
        return Finding(
            id: "tiny-kernels", severity: .info, title: "Most kernels are shorter than 5 us",
            evidence:
                "\(tiny) of \(count) kernels; together \(duration(tinyTime)) of \(duration(time)) of kernel time",
            advice:
                "A kernel this short costs more to launch than to run: fuse them (a compiler such as torch.compile or "
                + "TensorRT does), raise the batch, or launch them as a CUDA graph. See: --stats cuda_gpu_kern_sum."
        )
    }

    // MARK: Waiting

    private func idle() -> Finding? {
        var busy: Int64 = 0
        var whole: Int64 = 0
        for times in activity.attribution.busy.values {
            guard let first = times.first, let last = times.last else { continue }
            busy += times.covered(first, last)
            whole += last - first
        }
        guard whole > 0, Double(busy) < 0.5 * Double(whole) else { return nil }
        let most = GapSummary(gaps).causes.first
        let cause =
            most.map { "; most of the streams' waiting is \($0.cause.words): \(duration($0.total))" } ?? ""
        return Finding(
            id: "idle-device", severity: .warning, title: "The device is idle most of the time",
            evidence:
                "work on it covers \(duration(busy)) of the \(duration(whole)) from its first work to its last "
                + "(\(Wording.percent(Double(busy) / Double(whole))))\(cause)",
            advice:
                "See what the streams wait for: --stats gap_sum, and --range NAME for the part that matters.")
    }

    private func synchronisation() -> Finding? {
        let waited = total(.synchronisation)
        guard share(waited) >= 0.05 else { return nil }
        return Finding(
            id: "synchronisation-drains", severity: share(waited) >= 0.2 ? .warning : .info,
            title: "Streams run dry while the host waits for the device",
            evidence:
                "\(duration(waited)) (\(Wording.percent(share(waited))) of the streams' time) in which nothing was "
                + "launched because the launching thread was inside one of \(activity.synchronisations.count) "
                + "synchronising calls",
            advice:
                "Wait for an event of the result that is needed rather than for the whole stream or device, and launch "
                + "the next work before waiting for the last.")
    }

    /// Nothing ran on any device of the process while the call did: there was nothing to wait for.
    private func needlessSynchronisation() -> Finding? {
        var count = 0
        var time: Int64 = 0
        var names: [String: Int] = [:]
        for call in activity.synchronisations {
            let ran = activity.attribution.busy.contains { key, times in
                key.process == Int64(call.process) && times.covered(call.start, call.end) > 0
            }
            guard !ran else { continue }
            count += 1
            time += call.end - call.start
            if let label = index.label(Int64(call.label)) { names[index.name(label), default: 0] += 1 }
        }
        guard count >= 10, 10 * count >= activity.synchronisations.count else { return nil }
        let most = names.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(2).map {
            "\($0.value) x \($0.key)"
        }
        return Finding(
            id: "needless-synchronisation", severity: .info,
            title: "Synchronising calls had nothing to wait for",
            evidence:
                "\(count) of \(activity.synchronisations.count) calls (\(most.joined(separator: ", "))), "
                + "\(duration(time)) in all: nothing ran on the device during them",
            advice: "Take them out where no result is read behind them.")
    }

    // MARK: Throttling

    /// Why a device ran slower than it could, as NVML names the bits (nvmlClocksEventReasons); idle devices, clocks that
    /// somebody chose and those that a neighbour asked for are no slowing down.
    private static let throttleReasons: [(bit: UInt64, name: String)] = [
        (4, "power cap"), (8, "hardware slowdown"), (32, "thermal slowdown by the driver"),
        (64, "thermal slowdown by the hardware"), (128, "power brake"),
    ]

    private func throttling() throws -> Finding? {
        let devices = try report.traceDevices()
        var times: [String: Int64] = [:]
        var known: Int64 = 0
        for counter in try report.traceCounters() where counter.name == "clock.event_reasons" {
            let device = devices.first { $0.id == counter.device }?.name ?? "the device"
            let samples = try report.traceBitSamples(counter: counter.id)
            for (sample, next) in zip(samples, samples.dropFirst()) {
                guard let bits = sample.bits else { continue }
                let time = (next.time - sample.time).rawValue
                known += time
                for (bit, name) in Self.throttleReasons where bits & bit != 0 {
                    times["\(device): \(name)", default: 0] += time
                }
            }
        }
        guard !times.isEmpty else { return nil }
        return Finding(
            id: "throttling", severity: .warning, title: "The device slowed itself down",
            evidence: times.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
                .map { "\($0.key) for \(duration($0.value))" }.joined(separator: "; ")
                + " of \(duration(known)) sampled",
            advice:
                "Check cooling and the power limit (nvidia-smi -q -d PERFORMANCE,POWER), or lock the clocks below the limit: "
                + "kernel times of those stretches are longer than the program's own.")
    }
}
