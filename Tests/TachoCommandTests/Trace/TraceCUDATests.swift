import Foundation
import GRDB
import Testing

/// CUDA against a scripted device: what it replays is found, late buffers and losses included.
@Suite(.serialized, .enabled(if: TracePrograms.isReady, "run Setup/setup --tests first"))
struct TraceCUDATests {
    let folder: Program.Folder

    init() throws {
        folder = try Program.Folder()
        try TracePrograms.compile("scripted_cuda.c", to: folder("program"))
        try TracePrograms.compile("scripted_cupti.c", to: folder("cupti.so"), options: ["-shared", "-fPIC"])
    }

    private func trace(_ rounds: Int, library: String = "cupti.so", script: String = "") throws
        -> Program.Result
    {
        try Program(
            ["trace", "-o", "a.tacho", "--", "./program", String(rounds)], in: folder,
            environment: ["TACHO_CUPTI_LIBRARY": folder(library), "SCRIPT": script]
        ).wait()
    }

    private func rows(_ statistic: String, _ options: String...) throws -> [[String: Any]] {
        let result = try Program(
            ["show", "a.tacho", "--stats", statistic, "--json", "-"] + options, in: folder
        ).wait()
        return try #require(try result.json()["rows"] as? [[String: Any]], "\(result.error)")
    }

    @Test func everyActivityIsFound() throws {
        let result = try trace(1_000)
        #expect(result.status == 0, "\(result.error)")
        let report = try TracedReport(folder("a.tacho"))
        let named = TracedReport.named
        func count(_ condition: String) throws -> Int {
            try report.integer("SELECT count(*) FROM \(named) WHERE \(condition)")
        }
        #expect(try report.integer("SELECT count(*) FROM data_loss") == 0)
        #expect(try count("kind = 'kernel' AND name = 'square(float*, int)' AND duration_ns = 20000") == 500)
        #expect(try count("kind = 'kernel' AND name = 'gemm'") == 500)
        #expect(try count("kind = 'cudaRuntime' AND name = 'cudaLaunchKernel' AND depth = 0") == 1_000)
        #expect(try count("kind = 'cudaDriver' AND name = 'cuLaunchKernel' AND depth = 1") == 1_000)
        #expect(try count("kind = 'copy' AND name = 'host to device' AND bytes = 4096") == 100)
        #expect(try count("kind = 'copy' AND json_extract(detail, '$.source') = 'pageable'") == 100)
        #expect(try count("kind = 'set' AND bytes = 512") == 100)
        #expect(
            try count("json_extract(detail, '$.block[0]') = 256 AND json_extract(detail, '$.registers') = 32")
                == 1_000)
        #expect(try report.integer("SELECT count(*) FROM track WHERE kind = 'cudaStream'") == 2)
        // One thread, whether it is known by NVTX or by CUDA; and rows in order of time.
        #expect(try report.integer("SELECT count(*) FROM thread WHERE id IN (SELECT thread FROM track)") == 1)
        #expect(
            try report.integer(
                "SELECT count(*) FROM slice AS a JOIN slice AS b ON b.id = a.id + 1 WHERE b.start_ns < a.start_ns"
            ) == 0)
    }

    @Test func statisticsFollowLaunchesByCorrelation() throws {
        _ = try trace(200)
        let kernels = try rows("cuda_gpu_kern_sum")
        #expect(kernels.map { $0["count"] as? Int } == [100, 100])
        #expect(
            kernels.allSatisfy { $0["median_ns"] as? Int == 20_000 && $0["total_ns"] as? Int == 2_000_000 })
        let sizes = try rows("cuda_gpu_mem_size_sum")
        #expect(sizes.map { $0["total_bytes"] as? Int } == [20 * 4_096, 20 * 512])
        let executions = try rows("cuda_kern_exec_sum")
        #expect(executions.count == 2)
        #expect(executions.allSatisfy { $0["kernel_median_ns"] as? Int == 20_000 })
        // The kernel starts 5 us after the runtime's call ended.
        #expect(executions.allSatisfy { $0["call"] as? String == "cudaLaunchKernel" })
        #expect(executions.allSatisfy { $0["queue_median_ns"] as? Int == 5_000 })
        let projection = try rows("nvtx_gpu_proj_sum")
        #expect(projection.map { $0["name"] as? String } == ["step"])
        #expect(projection.first?["operations"] as? Int == 200)
        #expect(projection.first?["median_ns"] as? Int == 20_000)
        let inside = try rows("cuda_gpu_kern_sum", "--range", "step")
        #expect(inside.map { $0["count"] as? Int } == [100, 100])
    }

    @Test func anotherSubscriberIsNamedAndTheRestGoesOn() throws {
        let result = try trace(50, script: "busy")
        #expect(result.status == 0)
        #expect(result.error.contains("MULTIPLE_SUBSCRIBERS") && result.error.contains("another profiler"))
        #expect(try rows("nvtx_sum").first?["count"] as? Int == 50)
        #expect(try rows("cuda_gpu_kern_sum").isEmpty)
    }

    @Test func aMissingOrOldCUPTIIsNamedAndTheRestGoesOn() throws {
        try TracePrograms.compile(
            "scripted_cupti.c", to: folder("old.so"), options: ["-shared", "-fPIC", "-DWITHOUT_CLOCK"])
        for (library, word) in [
            ("missing.so", "CUPTI was not found"), ("old.so", "cuptiActivityRegisterTimestampCallback"),
        ] {
            let result = try trace(library == "old.so" ? 0 : 10, library: library)
            #expect(result.status == 0, "\(result.error)")
            #expect(result.error.contains(word), "\(result.error)")
            try FileManager.default.removeItem(atPath: folder("a.tacho"))
        }
    }

    @Test func whatCUPTIDroppedIsCounted() throws {
        let result = try trace(50, script: "drops")
        #expect(result.error.contains("12 records lost"))
        let report = try TracedReport(folder("a.tacho"))
        #expect(try report.integer("SELECT count FROM data_loss WHERE reason = 'device'") == 12)
    }

    private func scene(_ arguments: String..., options: [String] = []) throws -> Program.Result {
        let result = try Program(
            ["trace", "-o", "a.tacho"] + options + ["--", "./program"] + arguments, in: folder,
            environment: ["TACHO_CUPTI_LIBRARY": folder("cupti.so")]
        ).wait()
        try #require(result.status == 0, "\(result.error)")
        return result
    }

    private func totals(_ options: [String] = []) throws -> [String: Int] {
        let result = try Program(
            ["show", "a.tacho", "--stats", "gap_sum", "--json", "-"] + options, in: folder
        ).wait()
        let rows = try #require(try result.json()["rows"] as? [[String: Any]], "\(result.error)")
        return Dictionary(
            uniqueKeysWithValues: rows.compactMap { row in
                (row["name"] as? String).flatMap { name in (row["total_ns"] as? Int).map { (name, $0) } }
            })
    }

    /// The scene says what each gap is for, to the nanosecond.
    @Test func everyGapHasItsCause() throws {
        let result = try scene("gaps")
        #expect(
            try totals() == [
                "host_late": 65_000, "synchronisation": 10_000, "copy": 55_000, "launch_queue": 40_000,
                "other_stream": 35_000, "unknown": 20_000,
            ])
        #expect(result.error.contains("waited 225 us"), "\(result.error)")
        #expect(result.error.contains("host late") && result.error.contains("launch queue"))
        // Inside a range a stream also waits from the range's begin to its first work, and behind its last.
        let inside = try totals(["--range", "scene"])
        #expect(inside["synchronisation"] == 78_000)
        #expect(inside["copy"] == 55_000 + 30_000 + 80_000 + 10_000)
        #expect(inside["other_stream"] == 35_000 + 18_000)
        #expect(inside["unknown"] == nil)
        #expect((inside["host_late"] ?? 0) > 65_000)
        let table = try Program.run("show", "a.tacho", "--stats", "gap_sum", "--csv", in: folder)
        #expect(table.output.hasPrefix("name,share,total_ns,count,"), "\(table.output)")
    }

    @Test func aTraceHasADocument() throws {
        _ = try scene("gaps")
        let result = try Program.run("show", "a.tacho", "--json", "-", in: folder)
        let document = try result.json()
        #expect(document["schema"] as? String == "tacho.trace/1")
        #expect(document["exit_code"] as? Int == 0)
        #expect((document["events"] as? [String: Int])?["kernel"] == 7)
        let gaps = try #require(document["gaps"] as? [String: Any])
        #expect(gaps["waiting_ns"] as? Int == 225_000)
        #expect(gaps["busy_ns"] as? Int == 110_000 + 35_000 + 40_000)
        #expect(
            (document["processes"] as? [[String: Any]])?.first?["command"] as? [String] == [
                "./program", "gaps",
            ])
        #expect(document["findings"] is [Any] && document["data_loss"] is [Any])
    }

    @Test func findingsRestOnTheTrace() throws {
        _ = try trace(200)
        let result = try Program.run("show", "a.tacho", "--json", "-", in: folder)
        let findings = try #require(try result.json()["findings"] as? [[String: Any]])
        func evidence(_ id: String) -> String? {
            findings.first { $0["id"] as? String == id }?["evidence"] as? String
        }
        #expect(evidence("pageable-copies")?.hasPrefix("20 copies") == true, "\(findings)")
        #expect(evidence("idle-device")?.contains("host late") == true, "\(findings)")
        #expect(evidence("throttling") == nil)
        try throttle()
        let throttled = try Program.run("show", "a.tacho", in: folder).output
        #expect(
            throttled.contains("thermal slowdown by the hardware for 3 us of 5 us sampled"), "\(throttled)")
        let text = try Program.run("show", "a.tacho", in: folder).output
        #expect(text.contains("Copies use pageable memory of the host"))
    }

    /// Samples of a counter of throttle reasons, as they would have been recorded.
    private func throttle() throws {
        let database = try DatabaseQueue(path: folder("a.tacho"))
        try database.write { database in
            try database.execute(
                sql: """
                    INSERT INTO counter (id, name, unit) VALUES (1000, 'clock.event_reasons', 'bits');
                    INSERT INTO counter_sample (time_ns, counter, value)
                    VALUES (1000, 1000, 1), (3000, 1000, 66), (6000, 1000, 0);
                    """)
        }
        try database.close()
    }

    @Test func launchBoundKernelsAreFound() throws {
        _ = try scene("launches")
        let result = try Program.run("show", "a.tacho", "--json", "-", in: folder)
        let findings = try #require(try result.json()["findings"] as? [[String: Any]])
        let bound = try #require(findings.first { $0["id"] as? String == "launch-bound" }, "\(findings)")
        // 300 kernels of 2 us, each 8 us behind the last: the first did not wait.
        let words = bound["evidence"] as? String ?? ""
        #expect(words.hasPrefix("299 kernels of 2 us"), "\(words)")
        #expect(words.contains("waited 2.392 ms"), "\(words)")
        // With a microsecond between them: 299 x 7 us.
        #expect((bound["advice"] as? String)?.contains("2.09") == true, "\(bound)")
        #expect(findings.contains { $0["id"] as? String == "tiny-kernels" })
        func evidence(_ id: String) -> String {
            findings.first { $0["id"] as? String == id }?["evidence"] as? String ?? "no \(id)"
        }
        #expect(
            evidence("needless-synchronisation").hasPrefix(
                "20 of 20 calls (20 x cudaStreamSynchronize), 40 us"))
        #expect(
            evidence("synchronous-copies").hasPrefix("6 calls without Async held their threads for 36 us"))
        #expect(evidence("steady-transfers").hasPrefix("6 copies, 48 MiB in 24 us"))
        #expect(evidence("steady-transfers").hasSuffix("6 copies of 8388608 bytes"))
    }

    @Test(arguments: ["graph", "node"]) func graphsWaitsAndOverheadsAreFound(mode: String) throws {
        _ = try scene("others", options: ["--cuda-graph-trace", mode])
        let report = try TracedReport(folder("a.tacho"))
        let named = TracedReport.named
        func count(_ condition: String) throws -> Int {
            try report.integer("SELECT count(*) FROM \(named) WHERE \(condition)")
        }
        // A whole graph of 5 ms is longer than a short record holds.
        #expect(
            try count("kind = 'graph' AND name = 'graph 3' AND duration_ns = 5000000")
                == (mode == "graph" ? 1 : 0))
        #expect(
            try count(
                "kind = 'kernel' AND json_extract(detail, '$.graph') = 3 "
                    + "AND json_extract(detail, '$.graph_node') = 7 * 4294967296 + 42") == 1)
        #expect(try count("kind = 'synchronisation' AND name = 'stream' AND duration_ns = 5991000") == 1)
        #expect(try count("kind = 'overhead' AND name = 'CUPTI buffer flush' AND duration_ns = 1000") == 1)
        #expect(try count("kind = 'cudaRuntime' AND json_extract(detail, '$.result') = 1") == 1)
        // The wait has its call's correlation; the call that failed led to nothing.
        #expect(
            try count(
                "kind = 'synchronisation' AND correlation = (SELECT correlation FROM \(named) "
                    + "WHERE name = 'cudaStreamSynchronize')") == 1)
        #expect(try count("kind = 'cudaRuntime' AND correlation IS NULL") == 1)
    }

    @Test func allocationsLastUntilTheyAreFreed() throws {
        _ = try scene("memory")
        let report = try TracedReport(folder("a.tacho"))
        let named = TracedReport.named
        #expect(
            try report.integer(
                "SELECT duration_ns FROM \(named) WHERE kind = 'allocation' AND bytes = 1048576") == 20_000)
        #expect(try report.integer("SELECT count(*) FROM \(named) WHERE kind = 'free' AND bytes = 512") == 1)
        #expect(
            try report.integer(
                "SELECT count(*) FROM \(named) WHERE kind = 'memoryPool' AND name = 'pool created'")
                == 1)
        let pools = try rows("cuda_mem_sum")
        #expect(pools.map { $0["pool"] as? String } == ["device 0", "device 0, pool 1"])
        #expect(pools.map { $0["count"] as? Int } == [2, 1])
        #expect(pools.map { $0["freed"] as? Int } == [1, 0])
        #expect(pools.map { $0["peak_bytes"] as? Int } == [4 << 20, 2 << 20])
        #expect(pools.map { $0["live_bytes"] as? Int } == [4 << 20, 2 << 20])
        #expect(pools.map { $0["total_bytes"] as? Int } == [5 << 20, 2 << 20])
    }

    /// What the device is asked for, not what is kept: outside the stretch nothing is collected.
    @Test(arguments: [
        (["--capture-range", "nvtx:step"], "0 10 0 0", 1),
        (["--capture-range", "nvtx:step", "--capture-range-end", "keep-running"], "0 10 10 10", 3),
        (["--delay", "300ms"], "0 0 0 10", 1), (["--duration", "300ms"], "10 10 10 0", 3),
    ])
    func outsideTheStretchCUPTIIsOff(options: [String], states: String, kernels: Int) throws {
        let result = try scene("switched", "900", options: options)
        #expect(result.output == states + "\n")
        let report = try TracedReport(folder("a.tacho"))
        #expect(
            try report.integer("SELECT count(*) FROM \(TracedReport.named) WHERE kind = 'kernel'") == kernels)
    }

    /// Windows of a ring can be read without what was given back: every record that is left says the right things.
    @Test func aRingOfCUDAEventsCanBeRead() throws {
        _ = try scene("fast", "900000", options: ["--keep-last", "20ms"])
        let report = try TracedReport(folder("a.tacho"))
        #expect(try report.integer("SELECT count(*) FROM data_loss") == 0)
        let named = TracedReport.named
        let kernels = try report.integer("SELECT count(*) FROM \(named) WHERE kind = 'kernel'")
        #expect(kernels > 0 && kernels < 300_000)
        #expect(
            try report.integer("SELECT count(*) FROM \(named) WHERE kind = 'kernel' AND duration_ns = 20000")
                == kernels)
        // Each kernel starts 14 us behind the begin of the runtime's call that launched it.
        #expect(
            try report.integer(
                """
                SELECT count(*) FROM \(named) AS kernel JOIN \(named) AS call USING (correlation)
                WHERE kernel.kind = 'kernel' AND call.kind = 'cudaRuntime' AND kernel.start_ns - call.start_ns <> 14000
                """) == 0)
    }

    // MARK: Calls, by callbacks

    private func traceCalls(_ arguments: String..., options: [String] = [], script: String = "") throws
        -> TracedReport
    {
        try TracePrograms.compile(
            "scripted_cupti.c", to: folder("callbacks.so"), options: ["-shared", "-fPIC", "-DWITH_CALLBACKS"])
        let result = try Program(
            ["trace", "-o", "a.tacho", "--overwrite"] + options + ["--", "./program"] + arguments, in: folder,
            environment: ["TACHO_CUPTI_LIBRARY": folder("callbacks.so"), "SCRIPT": script]
        ).wait()
        try #require(result.status == 0, "\(result.error)")
        return try TracedReport(folder("a.tacho"))
    }

    private func count(_ condition: String, in report: TracedReport) throws -> Int {
        try report.integer("SELECT count(*) FROM \(TracedReport.named) WHERE \(condition)")
    }

    @Test(arguments: [false, true]) func callsAreRecordedByTheThreadsThatMakeThem(all: Bool) throws {
        let report = try traceCalls("calls", "4", options: all ? ["--cuda-trace-all-apis"] : [])
        #expect(try report.integer("SELECT count(*) FROM data_loss") == 0)
        #expect(try count("kind = 'cudaRuntime' AND name = 'cudaLaunchKernel'", in: report) == 400)
        // What the runtime's launch calls is part of it; a launch by the driver itself is one.
        #expect(try count("name = 'cuLaunchKernel'", in: report) == 4)
        #expect(try count("kind = 'cudaDriver' AND depth = 0", in: report) == (all ? 404 : 4))
        #expect(try count("name = 'cudaGetDevice'", in: report) == (all ? 400 : 0))
        #expect(try count("name = 'cudaMemcpy' AND json_extract(detail, '$.result') = 1", in: report) == 4)
        // By thread, and each kernel by the call that launched it.
        #expect(
            try report.integer(
                """
                SELECT count(*) FROM (SELECT count(*) AS launches FROM slice JOIN label ON label.id = slice.label
                JOIN name ON name.id = label.name JOIN track ON track.id = label.track
                WHERE name.text = 'cudaLaunchKernel' GROUP BY track.thread) WHERE launches = 100
                """) == 4)
        #expect(
            try report.integer(
                """
                SELECT count(*) FROM \(TracedReport.named) AS kernel JOIN \(TracedReport.named) AS call USING (correlation)
                WHERE kernel.kind = 'kernel' AND call.name = 'cudaLaunchKernel' AND call.start_ns < kernel.start_ns
                """) == 400)
        // Waits know their stream and their call.
        for (name, stream) in [("stream", "= 7"), ("context", "= 4294967295")] {
            #expect(
                try report.integer(
                    """
                    SELECT count(*) FROM slice JOIN label ON label.id = slice.label JOIN name ON name.id = label.name
                    JOIN track ON track.id = label.track
                    WHERE label.kind = 'synchronisation' AND name.text = '\(name)' AND track.stream \(stream)
                    AND correlation IS NOT NULL
                    """) == 4)
        }
        let notes = try Program.run("show", "a.tacho", "--stats", "cuda_api_sum", in: folder).output
        #expect(notes.contains("--cuda-trace-all-apis") == !all, "\(notes)")
    }

    @Test func theProgramsCaptureRangeIsHeard() throws {
        let report = try traceCalls("profiler", options: ["--capture-range", "cudaProfilerApi"])
        #expect(try count("name = 'cudaLaunchKernel'", in: report) == 10)
        #expect(try count("name LIKE 'cuProfiler%'", in: report) == 0)
    }

    @Test func whereAnotherSubscriberHearsCallsTheyComeAsActivities() throws {
        let report = try traceCalls("50", script: "subscribed")
        #expect(try count("name = 'cudaLaunchKernel' AND depth = 0", in: report) == 50)
        #expect(try count("name = 'cuLaunchKernel' AND depth = 1", in: report) == 50)
    }

    /// Calls of one thread lie in its segment among its ranges, and old windows go.
    @Test func aRingOfCallsCanBeRead() throws {
        let report = try traceCalls("fastcalls", "300000", options: ["--keep-last", "20ms"])
        #expect(try report.integer("SELECT count(*) FROM data_loss") == 0)
        let launches = try count("name = 'cudaLaunchKernel'", in: report)
        #expect(launches > 0 && launches < 300_000)
        #expect(try count("kind = 'cudaRuntime' AND duration_ns > 1000000000", in: report) == 0)
    }

    @Test func ourWordsForCUPTIAreItsOwn() throws {
        let sources = TracePrograms.sources + "/../../../Sources/CTachoTrace"
        try TracePrograms.compile("cupti_layout.c", to: folder("layout.o"), options: ["-c", "-I", sources])
    }
}
