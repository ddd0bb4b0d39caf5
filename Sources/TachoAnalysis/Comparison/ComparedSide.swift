import TachoRecords

/// One side of a comparison: the launches of one or several reports.
package struct ComparedSide: Sendable {
    /// A launch that has measured queries.
    package struct Launch: Sendable {
        /// Index of its report on this side.
        package var report: Int
        /// When its worker spoke first, in wall time since 1970; nil where it did not say.
        package var start: Nanoseconds?
        package var values: [ComparedQuantity: LaunchValue]
        /// In order of their start, where it measured in turns with a launch of the other side; else empty.
        package var turnQueries: [TurnQuery]

        package init(
            report: Int, start: Nanoseconds?, values: [ComparedQuantity: LaunchValue],
            turnQueries: [TurnQuery] = []
        ) {
            self.report = report
            self.start = start
            self.values = values
            self.turnQueries = turnQueries
        }
    }

    /// What is said of a report beside its figures.
    package struct Source: Sendable {
        /// Path of the report, or the plan that was run for it.
        package var name: String
        /// Wall time since 1970.
        package var created: Nanoseconds
        /// The report is not of a run that came to its end.
        package var isPartial: Bool
        /// Findings that touch the figures.
        package var findings: [Finding]

        package init(name: String, created: Nanoseconds, isPartial: Bool, findings: [Finding]) {
            self.name = name
            self.created = created
            self.isPartial = isPartial
            self.findings = findings
        }
    }

    package var sources: [Source]
    /// In the order of the reports, and of the launches inside them.
    package var launches: [Launch]
    /// What was measured, and on what: every launch's facts.
    package var facts: [[ComparedFact]]
    /// Empty where no report holds a profile.
    package var layers: [ComparableLayer]

    package init(
        sources: [Source], launches: [Launch], facts: [[ComparedFact]], layers: [ComparableLayer] = []
    ) {
        self.sources = sources
        self.launches = launches
        self.facts = facts
        self.layers = layers
    }

    /// The launches with measured queries of these reports.
    ///
    /// - Parameter names: one a report; nil takes their paths.
    package init(_ reports: [RunSummary], names: [String]? = nil, layers: [ComparableLayer] = []) {
        sources = reports.enumerated().map { index, report in
            Source(
                name: names.flatMap { index < $0.count ? $0[index] : nil } ?? report.path ?? "report",
                created: report.created, isPartial: report.state != .complete,
                findings: report.findings.filter { $0.severity > .info })
        }
        launches = reports.enumerated().flatMap { index, report in
            report.measuredLaunches.map { launch in
                var values: [ComparedQuantity: LaunchValue] = [:]
                for quantity in ComparedQuantity.figures + ComparedQuantity.startUps {
                    values[quantity] = quantity.value(of: launch)
                }
                return Launch(
                    report: index, start: zip(launch.record.start, launch.record.wallOffset).map { $0 + $1 },
                    values: values, turnQueries: launch.turnQueries)
            }
        }
        facts = reports.flatMap { report in
            report.measuredLaunches.map { ComparedFact.all(plan: report.plan, launch: $0.record) }
        }
        self.layers = layers
    }

    /// One group a report with the quantity of its launches; launches without it are left out.
    func groups(of quantity: ComparedQuantity) -> [[Double]] {
        sources.indices.map { report in
            launches.filter { $0.report == report }.compactMap { $0.number(quantity) }
        }.filter { !$0.isEmpty }
    }

    /// The median over the launches, as a few disturbed ones would move a mean; of a single launch its own figure with
    /// the interval from inside it. Nil without any.
    func figure(of quantity: ComparedQuantity) -> Figure? {
        let figures = launches.compactMap { launch -> Figure? in
            if case .figure(let figure) = launch.values[quantity] { figure } else { nil }
        }
        guard figures.count > 1 else { return figures.first }
        return sampleMedian(of: figures.map(\.value)).map { Figure(value: $0) }
    }

    /// Queries that the shortest launch would need for the quantity; nil where every launch has it.
    func queriesNeeded(for quantity: ComparedQuantity) -> Int? {
        launches.compactMap { launch -> Int? in
            if case .tooFewQueries(let needed) = launch.values[quantity] { needed } else { nil }
        }.max()
    }
}

extension ComparedSide.Launch {
    func number(_ quantity: ComparedQuantity) -> Double? {
        if case .figure(let figure) = values[quantity], figure.value > 0 { figure.value } else { nil }
    }
}

/// Both values, or nil.
private func zip<First, Second>(_ first: First?, _ second: Second?) -> (First, Second)? {
    guard let first, let second else { return nil }
    return (first, second)
}
