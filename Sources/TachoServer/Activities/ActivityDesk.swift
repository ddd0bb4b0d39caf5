import Foundation
import TachoLaunch
import TachoRecords

/// The activities of this server: one runs at a time, since two would measure each other; the others wait.
package actor ActivityDesk {
    private let folder: String
    private let services: ActivityServices
    let shelf: ModelShelf
    private var activities: [Activity] = []
    private var last: Task<Void, Never>?

    package init(folder: String, services: ActivityServices) {
        self.folder = folder
        self.services = services
        shelf = ModelShelf(folder: folder, services: services)
    }

    func all() -> [Activity] { activities.reversed() }

    func activity(_ id: String) throws -> Activity {
        guard let activity = activities.first(where: { $0.id == id }) else {
            throw Refusal(
                .notFound,
                Failure(
                    .usage, input: id, problem: "is no activity of this server",
                    expected: "one that was started since the server was",
                    nextStep: "go back to the activities"))
        }
        return activity
    }

    /// The command line of a request, where it can be carried out.
    ///
    /// - Throws: `Failure` or `Refusal` where it cannot.
    func command(_ request: ActivityRequest) async throws -> (
        words: [String], work: ActivityServices.Work, model: String
    ) {
        let entry = try await shelf.entry(request.model)
        let services = services
        let providers = try await BackgroundWork.run { services.providers() }
        let words = try request.words(model: entry.path, providers: providers)
        return (words, try services.work(words), entry.name)
    }

    func start(_ request: ActivityRequest) async throws -> Activity {
        let (words, work, model) = try await command(request)
        let report = datedPath(model)
        let activity = Activity(
            id: String(UInt64.random(in: .min ... .max), radix: 36), kind: request.kind, model: model,
            command: ["tacho"] + words + ["--output", report], work: work, report: report)
        activities.append(activity)
        let before = last
        last = Task {
            await before?.value
            await Self.carryOut(activity)
        }
        return activity
    }

    private static func carryOut(_ activity: Activity) async {
        guard !activity.interruption.isRaised else { return activity.end("interrupted") }
        activity.begin()
        let observer = ActivityServices.Observer(
            event: { activity.hear($0, $1) }, step: { activity.hear(step: $0) },
            errorText: { activity.hear(errorText: $0) })
        do {
            activity.end(
                try await activity.work.body(
                    activity.command, activity.report, activity.interruption, observer))
        } catch {
            activity.fail(Failure(describing: error))
        }
    }

    func cancel(_ id: String) throws -> Activity {
        let activity = try activity(id)
        activity.interruption.raise()
        return activity
    }

    /// Ends what runs, and waits until its report is whole.
    package func close() async {
        for activity in activities where !activity.hasEnded { activity.interruption.raise() }
        await last?.value
    }

    /// A name in the served folder that is not taken: `squeezenet-2026-01-31-154502.tacho`.
    private func datedPath(_ model: String) -> String {
        let stem = URL(fileURLWithPath: model).deletingPathExtension().lastPathComponent
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.dateFormat = "yyyy-MM-dd-HHmmss"
        let base = (folder.hasSuffix("/") ? folder : folder + "/") + "\(stem)-\(format.string(from: Date()))"
        let taken = Set(activities.map(\.report))
        let names = sequence(first: 1) { $0 + 1 }.lazy.map { "\(base)\($0 == 1 ? "" : "-\($0)").tacho" }
        return names.first { !taken.contains($0) && !FileManager.default.fileExists(atPath: $0) } ?? base
            + ".tacho"
    }
}
