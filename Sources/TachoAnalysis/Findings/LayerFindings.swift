import TachoRecords

/// What a profile gives reason to say.
struct LayerFindings {
    let profile: ProfileSummary

    private var table: LayerTable { profile.table }

    func all() -> [Finding] {
        [overhead(), unexplained(), distortion(), fallback(), unmapped()].compactMap(\.self)
    }

    private func overhead() -> Finding? {
        let share = table.overheadShare
        guard share >= 0.05 else { return nil }
        let kinds = table.groups(by: .overhead).filter { $0.name != LayerTable.Grouping.work }
        return Finding(
            id: "layer-overhead", severity: share >= 0.15 ? .warning : .info,
            title: "Part of the time moves and converts values without computing any",
            evidence: kinds.map {
                "\($0.name): \($0.layers) layers, \(Wording.duration($0.mean)) a query (\(Wording.percent($0.share)))"
            }.joined(separator: "; "),
            advice:
                "See which tensors they serve (--filter 'reorder|cast|transpose|copy' --wide): another layout, precision "
                + "or provider of the layers around them may make them needless.")
    }

    private func unexplained() -> Finding? {
        let share = table.share(table.unexplained)
        guard share >= 0.2 else { return nil }
        return Finding(
            id: "layers-unexplained", severity: .info, title: "Much of the time lies between the layers",
            evidence:
                "\(Wording.duration(table.unexplained.mean)) of \(Wording.duration(table.latency.mean)) a query "
                + "(\(Wording.percent(share))) over \(table.rows.count) layers",
            advice:
                "Small layers cost more to start than to compute: fuse them, raise --optimization-level, or use a larger --batch."
        )
    }

    private func distortion() -> Finding? {
        guard let slowdown = profile.slowdown, slowdown > 0.1 else { return nil }
        return Finding(
            id: "profiling-distorts", severity: .warning, title: "Profiling slowed the queries down",
            evidence:
                "profiled queries took \(Wording.percent(slowdown)) more than unprofiled ones (medians)",
            advice:
                "Small layers look larger than they are. Take shares as a guide; --profile-every 10 leaves the queries between alone."
        )
    }

    /// Layers that run on the host while others run on a device.
    private func fallback() -> Finding? {
        let groups = table.groups(by: .provider)
        guard groups.count > 1, let host = groups.first(where: { $0.name.hasPrefix("CPU") }) else {
            return nil
        }
        return Finding(
            id: "provider-fallback", severity: .warning, title: "Part of the model runs on the CPU",
            evidence:
                "\(host.layers) layers, \(Wording.duration(host.mean)) a query (\(Wording.percent(host.share)))",
            advice:
                "Look at them with --filter and --wide: the other provider lacks their operators or types.")
    }

    private func unmapped() -> Finding? {
        let (layers, share) = table.unmapped
        guard share >= 0.02 else { return nil }
        return Finding(
            id: "layers-unmapped", severity: .info,
            title: "Some layers could not be traced back to the model",
            evidence: "\(layers.count) layers, \(Wording.percent(share)) of the time: "
                + layers.prefix(3).map(\.layer.name).joined(separator: ", ")
                + (layers.count > 3 ? ", ..." : ""),
            advice: "A lower --optimization-level keeps the model's own nodes.")
    }
}
