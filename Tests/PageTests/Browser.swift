import Foundation
import Glibc
import Testing

/// A real Chromium without a window, driven by its own protocol over two pipes.
///
/// Everything that a page logs as an error, throws, or asks of the network is kept. Thread rule: one test.
final class Browser {
    struct Trouble: Error, CustomStringConvertible {
        let description: String
    }

    private let process = Process()
    private let folder: URL
    private let toBrowser: FileHandle
    private let fromBrowser: Int32
    private var rest = Data()
    private var nextID = 0
    private var session: String?
    /// Errors that the page logged or threw.
    private(set) var errors: [String] = []
    /// Addresses that the page asked for.
    private(set) var requests: [String] = []

    static let path: String? = {
        if let path = ProcessInfo.processInfo.environment["TACHO_CHROMIUM"], !path.isEmpty { return path }
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return ["chromium", "chromium-browser", "google-chrome"].lazy.flatMap { name in
            folders.map { "\($0)/\(name)" }
        }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    init() throws {
        guard let program = Self.path else {
            throw Trouble(
                description: "no Chromium was found: run Setup/setup --tests, or set TACHO_CHROMIUM")
        }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "tacho-page-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        self.folder = folder
        let names = ["in", "out"].map { folder.appendingPathComponent($0).path }
        // Opened for both directions, so that neither side waits for the other to open.
        let ends = names.map { name -> Int32 in
            mkfifo(name, 0o600)
            return Glibc.open(name, O_RDWR | O_CLOEXEC)
        }
        guard ends.allSatisfy({ $0 >= 0 }) else { throw Trouble(description: "no pipes could be made") }
        toBrowser = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
        fromBrowser = ends[1]
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [
            "-c", #"exec "$0" "$@" 3<"$PIPES/in" 4>"$PIPES/out""#, program, "--headless", "--no-sandbox",
            "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-default-apps", "--disable-sync",
            "--disable-dev-shm-usage",
            "--user-data-dir=\(folder.path)/profile", "--remote-debugging-pipe", "about:blank",
        ]
        process.environment = ProcessInfo.processInfo.environment.merging(["PIPES": folder.path]) { $1 }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let targets = try send("Target.getTargets")["targetInfos"] as? [[String: Any]] ?? []
        let page = targets.first { $0["type"] as? String == "page" }?["targetId"] as? String ?? ""
        session =
            try send("Target.attachToTarget", ["targetId": page, "flatten": true])["sessionId"] as? String
        for domain in ["Page", "Runtime", "Network", "Log"] { _ = try send("\(domain).enable") }
        try resize(1280, 720)
    }

    func close() {
        process.terminate()
        process.waitUntilExit()
        Glibc.close(fromBrowser)
        try? FileManager.default.removeItem(at: folder)
    }

    // MARK: What a test does

    func resize(_ width: Int, _ height: Int) throws {
        _ = try send(
            "Emulation.setDeviceMetricsOverride",
            ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500])
    }

    func setDark(_ isDark: Bool) throws {
        _ = try send(
            "Emulation.setEmulatedMedia",
            ["features": [["name": "prefers-color-scheme", "value": isDark ? "dark" : "light"]]])
    }

    /// Opens an address and waits until its view is shown. Forgets what the page before did.
    func open(_ address: String) throws {
        errors = []
        requests = []
        // The same document with another fragment would not be loaded anew.
        _ = try send("Page.navigate", ["url": "about:blank"])
        _ = try send("Page.navigate", ["url": address])
        try wait(
            "document.documentElement?.dataset.ready === 'yes' && !document.querySelector('#view[aria-busy]')"
        )
    }

    /// The value of an expression of JavaScript.
    @discardableResult
    func evaluate(_ expression: String) throws -> Any? {
        let answer = try send(
            "Runtime.evaluate", ["expression": expression, "returnByValue": true, "awaitPromise": true])
        if let details = answer["exceptionDetails"] as? [String: Any] {
            let thrown = (details["exception"] as? [String: Any])?["description"] ?? details["text"] ?? "?"
            throw Trouble(description: "\(expression): \(thrown)")
        }
        return (answer["result"] as? [String: Any])?["value"]
    }

    func text(_ selector: String) throws -> String {
        try evaluate("document.querySelector('\(selector)')?.innerText ?? ''") as? String ?? ""
    }

    func click(_ selector: String) throws { try evaluate("document.querySelector('\(selector)').click()") }

    /// Clicks where an element lies, as a mouse does: what lies above it takes the click.
    func point(_ element: String) throws {
        let place =
            try evaluate(
                """
                (() => { const node = \(element); node.scrollIntoView({ block: 'center' });
                const box = node.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; })()
                """) as? [Double] ?? []
        guard place.count == 2 else { throw Trouble(description: "\(element) has no place") }
        for type in ["mousePressed", "mouseReleased"] {
            _ = try send(
                "Input.dispatchMouseEvent",
                ["type": type, "x": place[0], "y": place[1], "button": "left", "clickCount": 1])
        }
    }

    /// Chooses a file in a field, as a user does.
    func choose(_ file: String, in selector: String) throws {
        let field = try send("Runtime.evaluate", ["expression": "document.querySelector('\(selector)')"])
        let object = (field["result"] as? [String: Any])?["objectId"] as? String ?? ""
        _ = try send("DOM.setFileInputFiles", ["files": [file], "objectId": object])
    }

    func press(_ key: String, alt: Bool = false) throws {
        for type in ["keyDown", "keyUp"] {
            _ = try send("Input.dispatchKeyEvent", ["type": type, "key": key, "modifiers": alt ? 1 : 0])
        }
    }

    /// Fingers that come, move or go, as a touch screen tells of them: those that are down after it, by number, in CSS pixels.
    /// A finger that is left out has gone; `touchEnd` takes the last ones away.
    func touch(_ type: String, _ fingers: [Int: (x: Double, y: Double)]) throws {
        let points = fingers.sorted { $0.key < $1.key }.map { ["id": Double($0), "x": $1.x, "y": $1.y] }
        _ = try send("Input.dispatchTouchEvent", ["type": type, "touchPoints": points])
    }

    /// Waits until an expression is true.
    func wait(_ condition: String, seconds: Double = 30) throws {
        let end = Date().addingTimeInterval(seconds)
        while Date() < end {
            if try evaluate("Boolean(\(condition))") as? Bool == true { return }
            usleep(20_000)
        }
        throw Trouble(
            description:
                "never true: \(condition); the page shows: \(try text("body").prefix(800)); errors: \(errors)"
        )
    }

    /// The whole page as a PNG into `.tacho/screenshots`, which is kept as the tests' output.
    func screenshot(_ name: String) throws {
        let metrics = try send("Page.getLayoutMetrics")
        let size = metrics["cssContentSize"] as? [String: Any]
        let height = min(4_000, size?["height"] as? Double ?? 720)
        let width = size?["width"] as? Double ?? 1280
        let answer = try send(
            "Page.captureScreenshot",
            [
                "format": "png", "captureBeyondViewport": true,
                "clip": ["x": 0, "y": 0, "width": width, "height": height, "scale": 1],
            ])
        guard let text = answer["data"] as? String, let data = Data(base64Encoded: text) else {
            throw Trouble(description: "no picture of \(name)")
        }
        let place = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent(".tacho/screenshots")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        try data.write(to: place.appendingPathComponent("\(name).png"))
    }

    // MARK: The protocol: messages of JSON, each ended by a zero

    private func send(_ method: String, _ parameters: [String: Any] = [:]) throws -> [String: Any] {
        nextID += 1
        var message: [String: Any] = ["id": nextID, "method": method, "params": parameters]
        if let session { message["sessionId"] = session }
        try toBrowser.write(contentsOf: JSONSerialization.data(withJSONObject: message) + [0])
        let end = Date().addingTimeInterval(60)
        while Date() < end {
            let answer = try read(until: end)
            guard answer["id"] as? Int == nextID else {
                note(answer)
                continue
            }
            if let error = answer["error"] as? [String: Any] {
                throw Trouble(description: "\(method): \(error["message"] ?? "?")")
            }
            return answer["result"] as? [String: Any] ?? [:]
        }
        throw Trouble(description: "\(method): the browser gives no answer")
    }

    private func read(until end: Date) throws -> [String: Any] {
        while true {
            if let zero = rest.firstIndex(of: 0) {
                let message = rest[rest.startIndex..<zero]
                rest = Data(rest[(zero + 1)...])
                return try JSONSerialization.jsonObject(with: message) as? [String: Any] ?? [:]
            }
            var poll = pollfd(fd: fromBrowser, events: Int16(POLLIN), revents: 0)
            let left = Int32(max(0, end.timeIntervalSinceNow * 1_000))
            guard Glibc.poll(&poll, 1, left) > 0 else {
                throw Trouble(description: "the browser says nothing")
            }
            var bytes = [UInt8](repeating: 0, count: 1 << 16)
            let count = Glibc.read(fromBrowser, &bytes, bytes.count)
            guard count > 0 else { throw Trouble(description: "the browser is gone") }
            rest.append(contentsOf: bytes[..<count])
        }
    }

    private func note(_ event: [String: Any]) {
        let parameters = event["params"] as? [String: Any] ?? [:]
        switch event["method"] as? String {
        case "Runtime.exceptionThrown":
            let details = parameters["exceptionDetails"] as? [String: Any]
            let thrown = (details?["exception"] as? [String: Any])?["description"] as? String
            errors.append(thrown ?? details?["text"] as? String ?? "an exception")
        case "Runtime.consoleAPICalled" where parameters["type"] as? String == "error":
            let values = parameters["args"] as? [[String: Any]] ?? []
            errors.append(values.map { "\($0["value"] ?? $0["description"] ?? "?")" }.joined(separator: " "))
        case "Log.entryAdded":
            let entry = parameters["entry"] as? [String: Any]
            if entry?["level"] as? String == "error" {
                errors.append("\(entry?["text"] ?? "?") \(entry?["url"] ?? "")")
            }
        case "Network.requestWillBeSent":
            if let url = (parameters["request"] as? [String: Any])?["url"] as? String { requests.append(url) }
        default: break
        }
    }
}
