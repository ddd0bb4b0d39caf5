import Foundation
import GRDB
import Testing

/// What is sampled beside a program: the host against what the program knows of itself, devices against a scripted machine.
@Suite(.serialized, .enabled(if: TracePrograms.isReady, "run Setup/setup --tests first"))
struct TraceSamplingTests {
    let folder: Program.Folder

    init() throws { folder = try Program.Folder() }

    private func rows(_ statistic: String) throws -> [[String: Any]] {
        let result = try Program(["show", "a.tacho", "--stats", statistic, "--json", "-"], in: folder).wait()
        return try #require(try result.json()["rows"] as? [[String: Any]], "\(result.error)")
    }

    // MARK: The host

    @Test func threadsTellWhatTheyUsed() throws {
        try TracePrograms.compile("host_work.c", to: folder("work"), options: ["-w"])
        let result = try Program(["trace", "-o", "a.tacho", "--", "./work"], in: folder).wait()
        #expect(result.status == 0, "\(result.error)")
        let report = try TracedReport(folder("a.tacho"))
        let threads = try report.rows(
            """
            SELECT thread.name, cpu_time_ns, voluntary_switches, process.process_id, parent_process_id, command
            FROM thread JOIN process ON process.id = process ORDER BY process.id, thread.id
            """)
        #expect(threads.count == 4)
        // The kernel's count of a thread's time, which the program itself waited for.
        let spinner = try #require(threads.first { $0["name"] as String? == "spinner" })
        let used = try #require(spinner["cpu_time_ns"] as Int64?)
        #expect(used >= 500_000_000 && used < 600_000_000)
        let sleeper = try #require(threads.first { $0["name"] as String? == "sleeper" })
        #expect(try #require(sleeper["voluntary_switches"] as Int64?) >= 60)
        let child = try #require(threads.last)
        #expect(child["parent_process_id"] as Int64? == threads[0]["process_id"] as Int64?)
        #expect(try #require(child["cpu_time_ns"] as Int64?) >= 295_000_000)
        #expect(threads[0]["command"] as String? == #"["./work"]"#)
        let memory = try report.integer(
            """
            SELECT CAST(max(value) AS INTEGER) FROM counter_sample JOIN counter ON counter.id = counter
            WHERE name = 'memory.resident'
            """)
        #expect(memory >= 60 << 20 && memory < 256 << 20)
        let table = try rows("thread_sum")
        #expect(table.first { $0["name"] as? String == "spinner" }?["cpu_ns"] as? Int == Int(used))
        #expect(try rows("metric_sum").contains { $0["name"] as? String == "tacho.host.cpu" })
    }

    @Test func theHostCanBeLeftOut() throws {
        _ = try Program(["trace", "-o", "a.tacho", "--trace", "nvtx", "--", "true"], in: folder).wait()
        let report = try TracedReport(folder("a.tacho"))
        #expect(
            try report.integer("SELECT (SELECT count(*) FROM counter) + (SELECT count(*) FROM process)") == 0)
    }

    /// Where the kernel refuses, it must be said; where it does not, the functions must be found.
    @Test func stacksHaveTheirFunctions() throws {
        try TracePrograms.compile(
            "host_work.c", to: folder("work"),
            options: ["-w", "-O1", "-fno-omit-frame-pointer", "-fno-optimize-sibling-calls"])
        let result = try Program(["trace", "-o", "a.tacho", "--sample", "500", "--", "./work"], in: folder)
            .wait()
        #expect(result.status == 0, "\(result.error)")
        if result.error.contains("no stacks were sampled") {
            #expect(result.error.contains("perf"))
            return
        }
        let table = try rows("cpu_samples_sum")
        let inner = try #require(table.first)
        #expect(inner["name"] as? String == "inner_work")
        #expect(try #require(inner["self_share"] as? Double) > 50)
        // 0.8 s of processor time at 500 a second.
        #expect(try #require(inner["self"] as? Int) > 200)
        let outer = try #require(table.first { $0["name"] as? String == "outer_work" })
        #expect(try #require(outer["total"] as? Int) >= (inner["self"] as? Int ?? 0) * 9 / 10)
        let report = try TracedReport(folder("a.tacho"))
        let who = try report.texts(
            "SELECT DISTINCT thread.name FROM cpu_sample JOIN thread ON thread.id = thread ORDER BY 1")
        #expect(who.contains("spinner") && who.contains("work"))
    }

    // MARK: Devices

    private func traceDevices(
        _ script: String, options: [String] = [], hertz: String = "10000", seconds: String = "0.7"
    ) throws
        -> (Program.Result, TracedReport)
    {
        try TracePrograms.compile(
            "scripted_device.c", to: folder("device.so"),
            options: ["-w", "-shared", "-fPIC", "-DNVML_NO_UNVERSIONED_FUNC_DEFS"] + options)
        let library = folder("device.so")
        let result = try Program(
            [
                "trace", "-o", "a.tacho", "--overwrite", "--trace", "metrics", "--gpu-metrics-frequency",
                hertz, "--",
                "sleep", seconds,
            ], in: folder,
            environment: [
                "TACHO_NVML_LIBRARY": library, "TACHO_CUDA_LIBRARY": library, "TACHO_CUPTI_LIBRARY": library,
                "SCRIPT": script,
            ]
        ).wait()
        #expect(result.status == 0, "\(result.error)")
        return (result, try TracedReport(folder("a.tacho")))
    }

    private static let samples =
        "(SELECT time_ns, value, name, unit, device FROM counter_sample JOIN counter ON counter.id = counter)"

    @Test(arguments: ["", "context"]) func theHardwaresSamplesAreWholeAndOnOurClock(script: String) throws {
        let (_, report) = try traceDevices(script)
        let active = try report.rows(
            "SELECT time_ns, value FROM \(Self.samples) WHERE name = 'sm.active' AND value IS NOT NULL")
        #expect(active.count > 1_000)
        // The n-th sample is n % 100: none is missing.
        let values = active.compactMap { $0["value"] as Double? }
        #expect(zip(values, values.dropFirst()).allSatisfy { Int($1) == (Int($0) + 1) % 100 })
        // Each says when it began.
        let far = try report.integer(
            "SELECT count(*) FROM \(Self.samples) WHERE name = 'pcie.in' AND abs(time_ns - value * 1000) > 1000000"
        )
        #expect(far == 0)
        #expect(try report.integer("SELECT count(DISTINCT name) FROM counter WHERE device = 1") >= 14)
        #expect(
            try report.texts("SELECT name || ' ' || bus || ' ' || cuda_device FROM device")
                == ["Scripted H1 00000000:A7:00.0 0"])
        #expect(
            try report.texts(
                "SELECT DISTINCT name || ' ' || value || ' ' || unit FROM \(Self.samples) WHERE value IS NOT NULL AND name IN "
                    + "('clock.sm', 'power', 'clock.event_reasons', 'memory.used') ORDER BY 1")
                == [
                    "clock.event_reasons 4.0 bits", "clock.sm 1980000000.0 hertz",
                    "memory.used 8589934592.0 bytes",
                    "power 350.5 watts",
                ])
    }

    @Test(arguments: [
        ("forbidden", "ERR_NVGPUCTRPERM"), ("unsupported", "PM sampling needs a chip"),
    ]) func whatKeepsTheHardwareFromSamplingIsNamed(script: String, word: String) throws {
        let (result, report) = try traceDevices(script)
        #expect(result.error.contains(word), "\(result.error)")
        #expect(try report.integer("SELECT count(*) FROM counter WHERE name = 'sm.active'") == 0)
        // The rest goes on, and NVML's own figures of the bus take the place of the hardware's.
        #expect(
            try report.integer("SELECT count(*) FROM \(Self.samples) WHERE name = 'power' AND value = 350.5")
                > 0)
        #expect(
            try report.integer(
                "SELECT count(*) FROM \(Self.samples) WHERE name = 'pcie.out' AND value = 34000") > 0)
    }

    @Test func anOldCUPTIAndAMissingNVMLAreNamed() throws {
        let (result, report) = try traceDevices("", options: ["-DWITHOUT_PM"])
        #expect(result.error.contains("CUDA 12.6"), "\(result.error)")
        #expect(try report.integer("SELECT count(*) FROM counter WHERE name = 'clock.sm'") == 1)
        let (broken, _) = try traceDevices("nvml")
        #expect(broken.error.contains("Driver Not Loaded"))
        let missing = try Program(
            ["trace", "-o", "b.tacho", "--trace", "metrics", "--", "true"], in: folder,
            environment: ["TACHO_NVML_LIBRARY": folder("none.so")]
        ).wait()
        #expect(missing.status == 0 && missing.error.contains("NVML was not found"))
    }

    @Test func quantitiesThatDoNotGoTogetherAreLeftOut() throws {
        let (result, report) = try traceDevices("passes")
        #expect(
            words(result.error).contains("pcie.in of device 1 is not sampled: it does not fit in one pass"))
        #expect(
            try report.texts(
                "SELECT name FROM counter WHERE device = 1 AND name IN ('sm.active', 'tensor.active', 'dram.read', "
                    + "'dram.write', 'nvlink.in') ORDER BY 1")
                == ["dram.read", "dram.write", "sm.active", "tensor.active"])
    }

    /// Without the breaks of lines.
    private func words(_ text: String) -> String {
        text.split { $0.isWhitespace }.joined(separator: " ")
    }

    @Test func anOverflowIsCountedAndACrashTakesNothing() throws {
        let (result, report) = try traceDevices("overflow")
        #expect(words(result.error).contains("from here on at 5000 Hz"), "\(result.error)")
        // What was lost is unknown, and sampling went on behind it.
        let lost = try report.integer(
            "SELECT min(time_ns) FROM \(Self.samples) WHERE name = 'sm.active' AND value IS NULL")
        #expect(
            try report.integer(
                "SELECT count(*) FROM \(Self.samples) WHERE name = 'sm.active' AND time_ns > \(lost)") > 100)
        #expect(try report.integer("SELECT count(*) FROM data_loss WHERE reason = 'device'") == 1)
        let (crashed, _) = try traceDevices("crash")
        #expect(crashed.error.contains("signal 6"))
    }

    /// A reader that never comes to the end of what lies ready gives up the rate after a while, before the buffer runs over.
    @Test func aReaderThatStaysBehindSlowsTheHardwareDown() throws {
        let (result, report) = try traceDevices("behind", seconds: "6.5")
        #expect(words(result.error).contains("from here on at 5000 Hz"), "\(result.error)")
        #expect(try report.integer("SELECT count(*) FROM data_loss WHERE reason = 'device'") == 1)
        let slowed = try report.integer(
            "SELECT min(time_ns) FROM \(Self.samples) WHERE name = 'sm.active' AND value IS NULL")
        // It was read for five seconds before, and behind that whatever the hardware samples.
        #expect(
            try report.integer(
                "SELECT count(*) FROM \(Self.samples) WHERE name = 'sm.active' AND time_ns < \(slowed)")
                > 10_000)
        let after = try report.rows(
            "SELECT value FROM \(Self.samples) WHERE name = 'sm.active' AND value IS NOT NULL AND time_ns > \(slowed)"
        )
        let values = after.compactMap { $0["value"] as Double? }
        #expect(values.count > 1_000)
        #expect(zip(values, values.dropFirst()).allSatisfy { Int($1) == (Int($0) + 1) % 100 })
    }

    @Test func ourWordsForNVMLAndPMSamplingAreTheirOwn() throws {
        let sources = TracePrograms.sources + "/../../../Sources/CTachoSampler"
        try TracePrograms.compile(
            "sampler_layout.c", to: folder("layout.o"), options: ["-c", "-I", sources])
    }
}
