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

    @Test func ourWordsForCUPTIAreItsOwn() throws {
        let sources = TracePrograms.sources + "/../../../Sources/CTachoTrace"
        try TracePrograms.compile("cupti_layout.c", to: folder("layout.o"), options: ["-c", "-I", sources])
    }
}
