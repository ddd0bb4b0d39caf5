import TachoRecords
import TachoReport

/// What is to be said of copies: pageable memory, calls that wait, transfers in the steady state.
struct CopyFindings {
    let index: TraceIndex
    let activity: DeviceActivity

    func all() -> [Finding?] { [pageable(), synchronous(), steadyTransfers()] }

    private struct Sum {
        var count = 0
        var bytes: Int64 = 0
        var time: Int64 = 0

        var words: String {
            "\(count) copies, \(Wording.significant(Double(bytes) / 1_048_576)) MiB in \(Wording.duration(Double(time)))"
        }
    }

    /// Copies by label, so that each label's words are looked at once.
    private var byLabel: [Int32: Sum] {
        var sums: [Int32: Sum] = [:]
        for stream in activity.streams {
            for work in stream.work where work.kind == .copy {
                sums[work.label, default: Sum()].count += 1
                sums[work.label, default: Sum()].time += work.end - work.start
                sums[work.label, default: Sum()].bytes += index.label(Int64(work.label))?.bytes ?? 0
            }
        }
        return sums
    }

    private func pageable() -> Finding? {
        var sum = Sum()
        for (id, each) in byLabel {
            guard let detail = index.label(Int64(id))?.detail, detail.contains("\"pageable\"") else {
                continue
            }
            sum.count += each.count
            sum.bytes += each.bytes
            sum.time += each.time
        }
        guard sum.count >= 5 else { return nil }
        return Finding(
            id: "pageable-copies", severity: .warning, title: "Copies use pageable memory of the host",
            evidence: "\(sum.words), to or from memory that is not pinned",
            advice:
                "The driver copies pageable memory twice and cannot overlap it with kernels: allocate the buffers with "
                + "cudaHostAlloc (in PyTorch pin_memory=True and non_blocking=True).")
    }

    private func synchronous() -> Finding? {
        var count = 0
        var time: Int64 = 0
        for call in activity.copyCalls {
            guard let label = index.label(Int64(call.label)) else { continue }
            let name = index.name(label)
            guard name.contains("Memcpy"), !name.contains("Async") else { continue }
            count += 1
            time += call.end - call.start
        }
        guard count >= 5 else { return nil }
        return Finding(
            id: "synchronous-copies", severity: .info, title: "Copies make the host wait",
            evidence: "\(count) calls without Async held their threads for \(Wording.duration(Double(time)))",
            advice:
                "Use cudaMemcpyAsync with pinned memory on a stream of its own, so that copies overlap with kernels."
        )
    }

    /// The steady state is the second half of the time in which the device works: what is copied to it there is copied
    /// for every inference.
    private func steadyTransfers() -> Finding? {
        guard let first = activity.attribution.busy.values.compactMap(\.first).min(),
            let last = activity.attribution.busy.values.compactMap(\.last).max()
        else { return nil }
        let middle = first + (last - first) / 2
        var sum = Sum()
        var sizes: [Int64: Int] = [:]
        for stream in activity.streams {
            for work in stream.work where work.kind == .copy && work.start >= middle {
                guard let label = index.label(Int64(work.label)), index.name(label) == "host to device" else {
                    continue
                }
                let bytes = label.bytes ?? 0
                sum.count += 1
                sum.bytes += bytes
                sum.time += work.end - work.start
                sizes[bytes, default: 0] += 1
            }
        }
        guard sum.count >= 5, last > middle,
            sum.bytes >= 16 << 20 || Double(sum.time) >= 0.02 * Double(last - middle)
        else { return nil }
        let repeated = sizes.max { ($0.key * Int64($0.value), $0.key) < ($1.key * Int64($1.value), $1.key) }
        let most = repeated.map { "; most of it in \($0.value) copies of \($0.key) bytes" } ?? ""
        return Finding(
            id: "steady-transfers", severity: .info,
            title: "Data go to the device throughout the steady state",
            evidence:
                "\(sum.words) in the second half of the device's time "
                + "(\(Wording.percent(Double(sum.time) / Double(last - middle))) of it)\(most)",
            advice:
                "What is the same for every inference (weights, tables, masks) belongs on the device once; inputs can be "
                + "copied on a stream of their own while the inference before runs.")
    }
}
