import ArgumentParser
import TachoAnalysis
import TachoRecords
import TachoReport

/// `tacho baseline`: named reports to compare with later.
struct BaselineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "baseline", abstract: "Keep reports under a name, and compare with them later.",
        subcommands: [Save.self, List.self, Compare.self])

    struct StoreArguments: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "Folder of the baselines (default: tachograph/baselines in $XDG_DATA_HOME or ~/.local/share).",
                valueName: "path"))
        var store: String?

        var baselines: BaselineStore { BaselineStore(folder: store ?? BaselineStore.defaultFolder) }
    }

    struct Save: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Save copies of reports under a name.",
            discussion: "Several reports of one plan, each of several launches, make the better baseline.")

        @Argument(help: "Letters, digits, -, _ and points.")
        var name: String

        @Argument(help: "Reports: .tacho files.")
        var reports: [String]

        @Flag(help: "Replace the baseline of that name.")
        var overwrite = false

        @OptionGroup var store: StoreArguments

        func run() throws {
            try store.baselines.save(name, reports: reports, overwrite: overwrite)
            Terminal.printOutput(
                "Saved \(reports.count) report\(reports.count == 1 ? "" : "s") as baseline \(name).")
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the baselines.")

        @OptionGroup var store: StoreArguments

        func run() throws {
            let all = store.baselines.list()
            guard !all.isEmpty else {
                Terminal.printOutput("No baselines in \(store.baselines.folder).")
                return
            }
            for baseline in all {
                let reports = try baseline.reports.map { try Report(opening: $0) }
                let launches = reports.reduce(0) { $0 + $1.launches.count }
                let models = Set(reports.compactMap { $0.launches.first?.model?.name ?? $0.plan.engine.name })
                Terminal.printOutput(
                    "\(baseline.name)  \(models.sorted().joined(separator: ", ")), "
                        + "\(reports.count) report\(reports.count == 1 ? "" : "s"), "
                        + "\(launches) launch\(launches == 1 ? "" : "es")")
            }
        }
    }

    struct Compare: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare reports (side B) with a baseline (side A).")

        @Argument(help: "The baseline's name.")
        var name: String

        @Argument(help: "Reports of side B.")
        var reports: [String]

        @OptionGroup var store: StoreArguments
        @OptionGroup(title: "Comparing") var comparing: ComparingArguments

        func run() throws {
            try comparing.checkPlaces()
            try comparing.compare(try store.baselines.baseline(name).reports, reports)
        }
    }
}
