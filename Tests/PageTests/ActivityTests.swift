import Foundation
import Testing

/// Measurements that are started in the browser, end to end.
@Suite(.serialized) struct ActivityTests {
    private static let model: URL? = ProcessInfo.processInfo.environment["TACHO_HOME"].map {
        URL(fileURLWithPath: $0).appendingPathComponent("models/squeezenet.onnx")
    }

    private static let choice = """
        (() => { const select = document.getElementById('model');
        select.value = [...select.options].find((option) => option.text.startsWith('squeezenet')).value;
        select.dispatchEvent(new Event('change')); })()
        """

    private static func setting(_ name: String, _ value: String) -> String {
        """
        (() => { const field = document.getElementById('setting-\(name)'); field.value = '\(value)';
        field.dispatchEvent(new Event('input')); })()
        """
    }

    @Test func startFollowAndOpen() throws {
        let model = try #require(Self.model, "TACHO_HOME is not set: run ./test")
        let page = try ServedPage { folder in
            try FileManager.default.createSymbolicLink(
                at: folder.appendingPathComponent("outside.onnx"), withDestinationURL: model)
        }
        defer { page.close() }
        let browser = try Browser()
        defer { browser.close() }
        try browser.open("\(page.url)#/activities?kind=profile")
        // A link out of the folder is not followed; the demo model is there all the same.
        #expect(try !browser.text("#model").contains("outside"))
        try browser.evaluate(Self.choice)
        try browser.wait("document.querySelector('form table')?.innerText.includes('1x3x224x224')")
        for (name, value) in [("threads", "1"), ("duration", "400ms"), ("profile-duration", "200ms")] {
            try browser.evaluate(Self.setting(name, value))
        }
        try browser.wait(
            "!document.querySelector('button.primary').disabled && document.querySelector('.command').innerText.includes('--duration 400ms')"
        )
        let command = try browser.text(".command code")
        #expect(command.hasPrefix("tacho profile "))
        try browser.screenshot("activities-light")
        try browser.click("button.primary")
        try browser.wait("document.querySelector('.activity .state')?.innerText === 'complete'", seconds: 90)
        #expect(
            try browser.text(".activity .log").isEmpty == false
                || browser.evaluate("document.querySelector('.log').textContent.length > 0") as? Bool == true)
        try browser.screenshot("activities-done-light")
        try browser.click(".activity .actions a")
        try browser.wait(
            "document.querySelector('h1')?.innerText.startsWith('squeezenet on ONNX Runtime')", seconds: 60)
        #expect(browser.errors.isEmpty, "\(browser.errors)")
        // The report holds the command line that was shown.
        #expect(try browser.text("#view .command code").hasPrefix(command + " --output "))
    }

    /// A load measurement says which rate it is at, and opens as one.
    @Test func ratesAreMeasuredStepByStep() throws {
        _ = try #require(Self.model, "TACHO_HOME is not set: run ./test")
        let page = try ServedPage()
        defer { page.close() }
        let browser = try Browser()
        defer { browser.close() }
        try browser.open("\(page.url)#/activities?kind=load")
        try browser.evaluate(Self.choice)
        // Nothing says yet what load to make.
        try browser.wait("document.querySelector('.side .failure')?.innerText.includes('--max-latency')")
        for (name, value) in [("rates", "20,40"), ("duration", "600ms"), ("threads", "1")] {
            try browser.evaluate(Self.setting(name, value))
        }
        try browser.wait(
            "!document.querySelector('button.primary').disabled && document.querySelector('.command').innerText.includes('--rates 20,40')"
        )
        #expect(try browser.text(".command code").hasPrefix("tacho load "))
        try browser.screenshot("activities-load-light")
        try browser.click("button.primary")
        try browser.wait("document.querySelector('.activity .state')?.innerText === 'complete'", seconds: 90)
        let log = try browser.evaluate("document.querySelector('.log').textContent") as? String ?? ""
        #expect(log.contains("now 20/s"), "\(log)")
        #expect(log.contains("now 40/s"), "\(log)")
        try browser.click(".activity .actions a")
        try browser.wait("document.querySelector('#view').innerText.includes('2 steps')", seconds: 60)
        // Of the form that said too little, and of nothing else.
        let errors = browser.errors.filter { !$0.contains("activities/check") }
        #expect(errors.isEmpty, "\(errors)")
    }

    @Test func cancelKeepsWhatWasMeasured() throws {
        _ = try #require(Self.model, "TACHO_HOME is not set: run ./test")
        let page = try ServedPage()
        defer { page.close() }
        let browser = try Browser()
        defer { browser.close() }
        try browser.open("\(page.url)#/activities")
        try browser.evaluate(Self.choice)
        try browser.evaluate(Self.setting("duration", "60s"))
        try browser.wait(
            "!document.querySelector('button.primary').disabled && document.querySelector('.command').innerText.includes('60s')"
        )
        try browser.click("button.primary")
        // Live figures while it runs.
        try browser.wait(
            "/queries \\d+/.test(document.querySelector('.activity .live')?.innerText ?? '')", seconds: 60)
        try browser.screenshot("activities-running-light")
        try browser.click(".activity .actions button")
        try browser.wait(
            "document.querySelector('.activity .state')?.innerText === 'interrupted'", seconds: 60)
        let reports = try FileManager.default.contentsOfDirectory(atPath: page.folder.path).filter {
            $0.hasSuffix(".tacho")
        }
        #expect(reports.count == 1)
        let shown = try ServedPage.tacho("show", reports.first ?? "", in: page.folder)
        #expect(shown.status == 0 && shown.output.contains("ended by an interruption"))
    }

    @Test func uploadsAreChecked() throws {
        let model = try #require(Self.model, "TACHO_HOME is not set: run ./test")
        let page = try ServedPage { folder in
            // Left behind by a server that was killed; the other one's server may still run.
            let uploads = folder.appendingPathComponent("uploads")
            try FileManager.default.createDirectory(at: uploads, withIntermediateDirectories: true)
            for (name, age) in [(".old.partial", 7_200.0), (".new.partial", 60.0)] {
                let path = uploads.appendingPathComponent(name).path
                try Data("x".utf8).write(to: URL(fileURLWithPath: path))
                try FileManager.default.setAttributes(
                    [.modificationDate: Date().addingTimeInterval(-age)], ofItemAtPath: path)
            }
        }
        defer { page.close() }
        let browser = try Browser()
        defer { browser.close() }
        try browser.open("\(page.url)#/activities")
        func upload(_ name: String, _ expression: String) throws -> [String: Any] {
            try browser.evaluate(
                "fetch('api/models?name=' + encodeURIComponent('\(name)'), {method: 'POST', body: \(expression)}).then((answer) => answer.json())"
            ) as? [String: Any] ?? [:]
        }
        let refused = try upload("../../evil.onnx", "new Blob(['#!/bin/sh\\necho hello'])")
        #expect(
            ((refused["failure"] as? [String: Any])?["problem"] as? String)?.contains("not an ONNX model")
                == true)
        let uploads = page.folder.appendingPathComponent("uploads")
        #expect(try FileManager.default.contentsOfDirectory(atPath: uploads.path) == [".new.partial"])
        try FileManager.default.removeItem(at: uploads.appendingPathComponent(".new.partial"))
        // The page says what a refusal says: the problem, what was expected and the next step.
        let evil = page.folder.appendingPathComponent("evil.txt")
        try Data("#!/bin/sh".utf8).write(to: evil)
        try browser.choose(evil.path, in: ".drop input")
        try browser.wait("document.querySelector('[role=status] .failure')?.innerText.includes('Next: ')")
        try browser.evaluate(Self.choice)
        try browser.evaluate(Self.setting("duration", "soon"))
        try browser.wait("document.querySelector('.side .failure')?.innerText.includes('Next: ')")
        #expect(try browser.evaluate("document.querySelector('button.primary').disabled") as? Bool == true)
        try browser.screenshot("activities-refused-light")
        try browser.evaluate(Self.setting("duration", "1s"))
        try browser.wait(
            "!document.querySelector('.side .failure') && !document.querySelector('button.primary').disabled")
        let named = page.folder.appendingPathComponent("my net.bin")
        try FileManager.default.copyItem(at: model.resolvingSymlinksInPath(), to: named)
        try browser.choose(named.path, in: ".drop input")
        try browser.wait(
            "document.querySelector('form table')?.innerText.includes('1x3x224x224') && document.querySelector('#model').selectedOptions[0].text.startsWith('uploads/my-net')"
        )
        #expect(try FileManager.default.contentsOfDirectory(atPath: uploads.path) == ["my-net-bin.onnx"])
        let attributes = try FileManager.default.attributesOfItem(atPath: uploads.path + "/my-net-bin.onnx")
        #expect((attributes[.posixPermissions] as? Int) == 0o600)
        // None takes the place of another one of its name that comes at the same time.
        try browser.evaluate(
            "(() => { const own = document.createElement('input'); own.type = 'file'; own.id = 'own'; document.body.append(own); })()"
        )
        try browser.choose(named.path, in: "#own")
        let names =
            try browser.evaluate(
                "Promise.all([1, 2, 3, 4].map(() => fetch('api/models?name=twin.onnx', {method: 'POST', body: document.getElementById('own').files[0]}).then((answer) => answer.json()).then((model) => model.name)))"
            ) as? [String] ?? []
        #expect(
            Set(names) == [
                "uploads/twin.onnx", "uploads/twin-2.onnx", "uploads/twin-3.onnx", "uploads/twin-4.onnx",
            ])
    }

    /// A server that ends is told of beside what it was measuring.
    @Test func aServerThatIsGoneIsTold() throws {
        _ = try #require(Self.model, "TACHO_HOME is not set: run ./test")
        let page = try ServedPage()
        defer { page.close() }
        let browser = try Browser()
        defer { browser.close() }
        try browser.open("\(page.url)#/activities")
        try browser.wait("!document.querySelector('button.primary').disabled")
        try browser.evaluate(Self.setting("duration", "60s"))
        try browser.wait(
            "!document.querySelector('button.primary').disabled && document.querySelector('.command').innerText.includes('60s')"
        )
        try browser.click("button.primary")
        try browser.wait("document.querySelector('.activity .state')?.innerText === 'running'", seconds: 60)
        page.close()
        try browser.wait(
            "document.querySelector('.activity .failure')?.innerText.includes('does not answer')", seconds: 30
        )
        #expect(try browser.text(".activity .failure").contains("tacho serve"))
    }

    /// A report that is being recorded opens, and the page follows it to its end.
    @Test func recordingIsFollowed() throws {
        let page = try ServedPage()
        defer { page.close() }
        let run = Process()
        run.executableURL = URL(fileURLWithPath: ServedPage.program)
        run.arguments = [
            "run", "--engine", "scripted", "--service-time", "1ms", "--duration", "4s", "--launches", "2",
            "--quiet",
            "-o", "live.tacho",
        ]
        run.currentDirectoryURL = page.folder
        run.standardOutput = FileHandle.nullDevice
        try run.run()
        defer { run.waitUntilExit() }
        let file = page.folder.appendingPathComponent("live.tacho").path
        let patience = Date().addingTimeInterval(20)
        while !FileManager.default.fileExists(atPath: file), Date() < patience { usleep(10_000) }
        let browser = try Browser()
        defer { browser.close() }
        try browser.open(page.url)
        let id = try #require(page.card("live", in: browser)["id"] as? String)
        try browser.open("\(page.url)#/overview?report=\(id)")
        #expect(try browser.text("#bar").contains("being recorded"))
        #expect(try browser.text(".verdict").contains("Still being recorded"))
        // A connection that fails once does not end it.
        try browser.evaluate(
            """
            (() => { const real = window.fetch; let has = false; window.fetch = (address, ...rest) => {
                if (has || !address.endsWith('/card')) return real(address, ...rest);
                has = true; return Promise.reject(new TypeError('gone')); }; })()
            """)
        try browser.wait("document.querySelector('#notice').innerText.includes('trying again')")
        try browser.wait(
            "!document.querySelector('#bar').innerText.includes('being recorded') && document.querySelector('.percentiles')",
            seconds: 60)
        #expect(browser.errors.isEmpty, "\(browser.errors)")
    }
}
