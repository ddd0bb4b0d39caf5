import TachoAnalysis
import TachoRecords

/// What `tacho profile` prints: the clean figure beside the profiled one, the layers, where the time goes.
package struct ProfileTextView {
    package var style: TextStyle
    package var detail: RunTextView.Detail
    package var query: LayerQuery
    /// Every column, unshortened, however wide.
    package var isWide: Bool
    /// Each layer's kernels and copies below it.
    package var showsKernels: Bool

    package init(
        style: TextStyle, detail: RunTextView.Detail = .normal, query: LayerQuery = LayerQuery(),
        isWide: Bool = false, showsKernels: Bool = false
    ) {
        self.style = style
        self.detail = detail
        self.query = query
        self.isWide = isWide
        self.showsKernels = showsKernels
    }

    /// - Throws: `Failure` (usage) where the query cannot be answered.
    package func text(_ profile: ProfileSummary) throws -> String {
        let rows = try query.rows(of: profile.table)
        var sections = [RunHeading(style: style).lines(profile.run), cost(profile)]
        sections.append(
            LayerTableText(style: style, isWide: isWide, showsKernels: showsKernels).lines(rows, of: profile))
        sections.append(device(profile))
        if !query.selection.isEmpty || query.filter != nil {
            sections.append(selection(rows, profile))
        }
        if detail != .quiet {
            sections += LayerTable.Grouping.allCases.map { groups(profile.table, $0) }
            sections.append(mapping(profile))
            sections.append(roof(profile))
            let findings = profile.findings.filter { detail == .verbose || $0.severity > .info }
            if !findings.isEmpty {
                sections.append(
                    [style.paint("Findings", .strong)] + FindingsText(style: style).lines(findings))
            }
            if let path = profile.run.path { sections.append(["Report: \(RelativePath.text(path))"]) }
        }
        return sections.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
    }

    /// What profiling cost.
    private func cost(_ profile: ProfileSummary) -> [String] {
        let figures = FigureText(style: style)
        var table = TextTable([.left, .right, .left, .left])
        if let clean = profile.run.latency?.median.figure {
            table.add(
                "host latency, median, unprofiled", Wording.duration(clean.value), figures.halfWidth(clean),
                figures.interval(clean, Wording.duration))
        }
        if let profiled = profile.latency?.median {
            let change = profile.slowdown.map {
                "\($0 >= 0 ? "+" : "-")\(Wording.percent(abs($0)))"
            }
            table.add(
                "  profiled", Wording.duration(profiled.value), change ?? "",
                "over \(Wording.count(profile.table.queries)) queries")
        }
        let every = profile.state.every == 1 ? "" : ", every \(profile.state.every). query"
        return table.lines()
            + style.wrap(
                "Layer times \(profile.state.source.words), \(profile.state.method)\(every).", first: "  ")
    }

    /// What devices did, in a query.
    private func device(_ profile: ProfileSummary) -> [String] {
        guard let device = profile.device else {
            return showsKernels
                ? style.wrap(
                    "no device activity was recorded, so there are no kernels", first: "Device: ") : []
        }
        let work = device.layers.values.flatMap(\.work) + device.outside.work
        func many(_ kinds: Set<DeviceWork.Kind>, _ noun: String, _ nouns: String) -> String {
            let calls = work.reduce(0) { $0 + (kinds.contains($1.kind) ? $1.calls : 0) }
            let mean = device.queries == 0 ? 0 : Double(calls) / Double(device.queries)
            return "\(Wording.decimal(mean, mean == mean.rounded() ? 0 : 1)) \(mean == 1 ? noun : nouns)"
        }
        var text =
            "\(Wording.duration(device.time.mean)) a query in \(many([.kernel, .graph], "kernel", "kernels")) and "
            + "\(many([.copy, .set], "copy", "copies")), on a device that was busy for \(Wording.duration(device.busy.mean)); "
            + "\(Wording.percent(device.outside.share)) of it was launched outside layers"
        if device.unlinked > 0 {
            text +=
                "; \(Wording.count(device.unlinked)) kernels and copies belong to no call that was recorded"
        }
        if !showsKernels { text += ". --kernels lists them below their layers" }
        return style.wrap(text, first: "Device: ")
    }

    private func selection(_ rows: [LayerRow], _ profile: ProfileSummary) -> [String] {
        guard let selection = LayerSelection(rows, of: profile.table) else { return [] }
        var lines = [style.paint("Selection: \(selection.rows) layers", .strong)]
        for column in selection.columns {
            let values = column.values.prefix(8).map { "\($0.text.printable) x \($0.count)" }
            let more = column.values.count > 8 ? ", and \(column.values.count - 8) more" : ""
            lines += style.wrap(
                values.joined(separator: ", ") + more, first: "  \(column.name.padded(10))  ")
        }
        let times = [
            ("min", selection.min, selection.shares.min), ("mean", selection.mean, selection.shares.mean),
            ("max", selection.max, selection.shares.max), ("total", selection.total, selection.shares.total),
        ].map { "\($0.0) \(Wording.duration($0.1)) (\(Wording.percent($0.2)))".unbroken }
        return lines + style.wrap(times.joined(separator: ", "), first: "  time        ")
    }

    private func groups(_ table: LayerTable, _ grouping: LayerTable.Grouping) -> [String] {
        let groups = table.groups(by: grouping)
        // One group says nothing that the table does not.
        guard groups.count > 1 || grouping == .type else { return [] }
        var text = TextTable([.left, .right, .right, .right, .left])
        let most = groups.first?.share ?? 1
        let shown = groups.prefix(detail == .verbose ? groups.count : 10)
        for group in shown {
            let bar = String(
                repeating: style.hasBlocks ? "█" : "#",
                count: max(group.total > 0 ? 1 : 0, Int((group.share / max(most, 1e-9) * 24).rounded())))
            text.add(
                isWide ? group.name.printable : LayerTableText.shortType(group.name).printable.shortened(28),
                "\(group.layers)",
                Wording.duration(group.mean),
                Wording.percent(group.share), bar)
        }
        let more = groups.count > shown.count ? ["  and \(groups.count - shown.count) more (--verbose)"] : []
        let extra = grouping == .overhead ? ": \(Wording.percent(table.overheadShare)) is overhead" : ""
        return [style.paint("Time by \(grouping.rawValue)\(extra)", .strong)] + text.lines() + more
    }

    private func mapping(_ profile: ProfileSummary) -> [String] {
        let unmapped = profile.table.unmapped
        var parts: [String] = []
        if !profile.eliminated.isEmpty {
            parts.append("\(profile.eliminated.count) of the model's nodes need no layer")
        }
        parts.append(
            unmapped.layers.isEmpty
                ? "every layer is traced back to the model"
                : "\(unmapped.layers.count) layers (\(Wording.percent(unmapped.share)) of the time) could not be traced back"
        )
        var lines = style.wrap(parts.joined(separator: "; "), first: "Source: ")
        if detail == .verbose {
            for node in profile.eliminated {
                lines += style.wrap(
                    "\(node.name.printable) (\(node.type.printable)): \(node.reason.words)", first: "  - ")
            }
        }
        return lines
    }

    private func roof(_ profile: ProfileSummary) -> [String] {
        guard let roof = profile.roof else { return [] }
        var text =
            "\(Wording.significant(roof.gigaflopsPerSecond)) GFLOP/s and \(Wording.significant(roof.gigabytesPerSecond)) GB/s "
            + "with \(roof.threads) thread\(roof.threads == 1 ? "" : "s"), measured here"
        if let share = profile.roofShare {
            text += "; the layers with a known cost reach \(Wording.percent(share, 0)) of what it allows them"
        }
        return style.wrap(text, first: "Roof: ")
    }
}

extension LayerTimeSource {
    var words: String {
        switch self {
        case .hook: "by tacho's hook in the engine"
        case .builtIn: "from the engine's own profile"
        case .scripted: "scripted"
        }
    }
}

extension EliminatedNode.Reason {
    var words: String {
        switch self {
        case .constantFolded: "computed when the engine was built"
        case .identity: "passes its input on"
        case .noOperation: "changes nothing"
        case .transposed: "its transposition was undone or moved"
        case .duplicate(let name): "computes the same as \(name.printable)"
        case .unused: "nothing uses its result"
        case .branchDecided: "its branch was decided when the engine was built"
        case .branchNotTaken: "lies in a branch that is never taken"
        case .unexplained: "not in the engine's graph; why is not known"
        }
    }
}
