import Foundation
import Hummingbird
import ServiceLifecycle
import TachoRecords
import TachoViews

/// Models and activities: `models`, `activities`, and what changes of one as server-sent events.
package enum ActivityRoutes {
    package static func add(to api: inout APITable, _ desk: ActivityDesk, _ services: ActivityServices) {
        api.get("models") { _ in
            .json(try PageJSON.data(["models": await desk.shelf.entries().map(WireModelEntry.init)]))
        }
        api.get("models/:id") { question in
            let (entry, model) = try await desk.shelf.describe(question.parameter("id"))
            return .json(try PageJSON.data(WireModelInputs(entry, model)))
        }
        api.get("activities") { _ in
            let settings = try await BackgroundWork.run {
                ActivitySetting.all(providers: services.providers())
            }
            return .json(
                try PageJSON.data(
                    WireActivities(
                        activities: await desk.all().map { $0.snapshot() }, groups: ActivitySetting.groups,
                        settings: settings)))
        }
        // Says what would be done, and whether it can be, without doing it.
        api.on(.post, "activities/check") { question in
            let (words, _, _) = try await desk.command(try ActivityRequest.parse(question.body))
            return .json(try PageJSON.data(["command": ["tacho"] + words]))
        }
        api.on(.post, "activities") { question in
            let activity = try await desk.start(try ActivityRequest.parse(question.body))
            return .json(try PageJSON.data(activity.snapshot()), status: .created)
        }
        api.get("activities/:id") { question in
            .json(try PageJSON.data(try await desk.activity(question.parameter("id")).snapshot()))
        }
        api.on(.delete, "activities/:id") { question in
            .json(try PageJSON.data(try await desk.cancel(question.parameter("id")).snapshot()))
        }
    }

    /// Uploads and event streams, which are more than a question and an answer.
    package static func extra(_ desk: ActivityDesk) -> PageServer.ExtraRoutes {
        { group in
            group.post("models") { request, _ -> Response in
                let name = request.uri.queryParameters["name"].map { String($0) } ?? "model"
                let size = request.headers[.contentLength].flatMap { Int64($0) }
                let partial = try await desk.shelf.uploadPlace(size: size)
                try await write(request, to: partial)
                let entry = try await desk.shelf.keep(partial, name: name)
                return Answer.json(try PageJSON.data(WireModelEntry(entry)), status: .created).response
            }
            group.get("activities/:id/events") { _, context -> Response in
                let activity = try await desk.activity(context.parameters.get("id") ?? "")
                return Response(
                    status: .ok, headers: [.contentType: "text/event-stream"],
                    body: .init { writer in
                        var version = -1
                        var line = 0
                        var quiet = 0
                        // An open stream must not hold up the end of the server.
                        while !Task.isShuttingDownGracefully {
                            // Read before the snapshot: what changes in between is sent with the next one.
                            let (now, ended) = (activity.version, activity.hasEnded)
                            if now != version {
                                let snapshot = activity.snapshot(from: line)
                                line += snapshot.log.count
                                version = now
                                quiet = 0
                                let data = try PageJSON.data(snapshot)
                                try await writer.write(
                                    ByteBuffer(string: "data: \(String(decoding: data, as: UTF8.self))\n\n"))
                            }
                            if ended { break }
                            quiet += 1
                            // Fails where the page is gone: nobody would notice else while nothing changes.
                            if quiet.isMultiple(of: 64) {
                                try await writer.write(ByteBuffer(string: ":\n\n"))
                            }
                            try await Task.sleep(for: .milliseconds(150))
                        }
                        try await writer.finish(nil)
                    })
            }
        }
    }

    /// Writes a body to a file as it comes. A body that is too long leaves nothing behind.
    private static func write(_ request: Request, to path: String) async throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Failure(
                .usage, input: path, problem: "cannot be written: \(String(cString: strerror(errno)))",
                expected: "a served folder that may be written to", nextStep: "serve another folder")
        }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var size = 0
        do {
            for try await buffer in request.body {
                size += buffer.readableBytes
                guard size <= ModelShelf.uploadLimit else { throw ModelShelf.tooLarge }
                try await BackgroundWork.run { try file.write(contentsOf: Data(buffer: buffer)) }
            }
            try file.close()
        } catch {
            unlink(path)
            throw error
        }
    }

    private struct WireModelEntry: Encodable, Sendable {
        let id: String
        let name: String
        let origin: String
        let sizeBytes: Int64

        enum CodingKeys: String, CodingKey {
            case id, name, origin
            case sizeBytes = "size_bytes"
        }

        init(_ entry: ModelShelf.Entry) {
            id = entry.id
            name = entry.name
            origin = entry.origin
            sizeBytes = entry.size
        }
    }

    private struct WireModelInputs: Encodable, Sendable {
        struct Tensor: Encodable {
            let name: String
            let elementType: String
            /// A number, or a wildcard's name; nil where the rank is open.
            let dimensions: [String]?

            enum CodingKeys: String, CodingKey {
                case name, dimensions
                case elementType = "element_type"
            }

            init(_ spec: TensorSpec) {
                name = spec.name
                elementType = spec.elementType.name
                dimensions = spec.dimensions.map { $0.map(\.description) }
            }
        }

        let id: String
        let name: String
        let nodes: Int
        let parameters: Int
        let producer: String?
        let inputs: [Tensor]
        let outputs: [Tensor]

        init(_ entry: ModelShelf.Entry, _ model: ActivityServices.Model) {
            id = entry.id
            name = entry.name
            nodes = model.summary.nodeCount
            parameters = model.summary.parameterCount
            producer = model.summary.producer
            inputs = model.inputs.map(Tensor.init)
            outputs = model.outputs.map(Tensor.init)
        }
    }

    private struct WireActivities: Encodable, Sendable {
        let activities: [Activity.Snapshot]
        let groups: [String]
        let settings: [ActivitySetting]
    }
}
