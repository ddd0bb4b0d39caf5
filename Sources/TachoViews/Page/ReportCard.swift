import Foundation
import TachoAnalysis
import TachoRecords
import TachoReport

/// What a list of reports says of one: enough to choose it. Read without its queries.
package struct ReportCard: Encodable, Sendable {
    package enum Kind: String, Encodable, Sendable { case run, profile, load, trace }

    package var id: String
    package var name: String
    /// Relative to the folder that is served.
    package var path: String
    /// A `ReportState`, or `damaged`.
    package var state: String
    package var kinds: [Kind]
    /// The model's file without folder and ending; of a trace the program.
    package var model: String?
    package var engine: String?
    package var providers: [String]
    package var launches: Int
    package var startedWallNs: Int64?
    package var sizeBytes: Int64
    package var views: [String]
    /// Changes with every change of the file.
    package var revision: String
    package var failure: WireFailure?

    enum CodingKeys: String, CodingKey {
        case id, name, path, state, kinds, model, engine, providers, launches, views, revision, failure
        case startedWallNs = "started_wall_ns"
        case sizeBytes = "size_bytes"
    }

    /// - Parameter views: those that the page has.
    package init(
        _ report: Report, id: String, path: String, size: Int64, revision: String,
        views available: Set<String>
    ) throws {
        self.id = id
        self.path = path
        name = RelativePath.stem(path)
        state = report.state.rawValue
        startedWallNs = report.created.rawValue
        sizeBytes = size
        self.revision = revision
        launches = report.launches.count
        let engine = report.launches.lazy.compactMap(\.engine).first?.information
        providers = engine?.providers.map(RunHeading.provider) ?? []
        if let trace = report.trace {
            kinds = [.trace]
            model = trace.plan.command.first.map { RelativePath.stem($0) }
            self.engine = nil
        } else {
            let hasProfile = report.launches.contains { $0.profile != nil }
            kinds = try report.loadRequest() != nil ? [.load] : hasProfile ? [.run, .profile] : [.run]
            model =
                (report.plan.model ?? report.launches.lazy.compactMap(\.model?.path).first)
                .map { RelativePath.stem($0) }
            let name = RunHeading.title(engine?.name ?? report.plan.engine.name)
            self.engine = engine.map { "\(name) \($0.version)" } ?? name
        }
        views = Self.views(kinds).filter(available.contains)
    }

    /// A file that cannot be read is listed with why.
    package init(
        _ failure: Failure, id: String, path: String, size: Int64, revision: String
    ) {
        self.id = id
        self.path = path
        name = RelativePath.stem(path)
        state = "damaged"
        kinds = []
        providers = []
        launches = 0
        sizeBytes = size
        views = []
        self.revision = revision
        self.failure = WireFailure(failure)
    }

    private static func views(_ kinds: [Kind]) -> [String] {
        if kinds.contains(.trace) { return ["overview", "timeline", "memory"] }
        if kinds.contains(.load) { return ["overview", "load", "timeline"] }
        if kinds.contains(.profile) {
            return ["overview", "timeline", "layers", "network", "model", "memory"]
        }
        return ["overview", "timeline", "memory"]
    }
}

/// The documents that only the page reads. Their keys are no promise: docs/page.md.
package enum PageJSON {
    package static func failure(_ failure: Failure) -> Data {
        (try? data(["failure": WireFailure(failure)])) ?? Data("{}".utf8)
    }

    /// On one line, as a stream of events needs it.
    package static func data(
        _ value: some Encodable, keys: JSONEncoder.KeyEncodingStrategy = .useDefaultKeys
    ) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = keys
        return try encoder.encode(value)
    }
}
