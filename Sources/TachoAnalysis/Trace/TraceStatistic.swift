/// The statistics of a trace, by the names that users of Nsight Systems know.
package enum TraceStatistic: String, CaseIterable, Hashable, Sendable {
    case nvtxSum = "nvtx_sum"
    case nvtxPushPopSum = "nvtx_pushpop_sum"
    case nvtxStartEndSum = "nvtx_startend_sum"
    case nvtxMarkSum = "nvtx_mark_sum"
    case nvtxPayloadSum = "nvtx_payload_sum"
    case nvtxGPUProjectionSum = "nvtx_gpu_proj_sum"
    case cudaAPISum = "cuda_api_sum"
    case cudaKernelSum = "cuda_gpu_kern_sum"
    case cudaMemoryTimeSum = "cuda_gpu_mem_time_sum"
    case cudaMemorySizeSum = "cuda_gpu_mem_size_sum"
    case cudaKernelExecutionSum = "cuda_kern_exec_sum"
    case cudaAPIGPUSum = "cuda_api_gpu_sum"
    case cudaAllocationSum = "cuda_mem_sum"
    case gapSum = "gap_sum"
    case threadSum = "thread_sum"
    case metricSum = "metric_sum"
    case cpuSamplesSum = "cpu_samples_sum"

    /// What it tells, in a line.
    package var meaning: String {
        switch self {
        case .nvtxSum: "NVTX ranges, by domain and name"
        case .nvtxPushPopSum: "NVTX push/pop ranges, by domain and name"
        case .nvtxStartEndSum: "NVTX start/end ranges, by domain and name"
        case .nvtxMarkSum: "NVTX marks, by domain and name"
        case .nvtxPayloadSum: "values that ranges and marks were given, by name and field"
        case .nvtxGPUProjectionSum: "NVTX ranges laid on the device work that was launched inside them"
        case .cudaAPISum: "CUDA calls on the host, by function"
        case .cudaKernelSum: "kernels on the device, by name"
        case .cudaMemoryTimeSum: "time of copies and sets, by kind"
        case .cudaMemorySizeSum: "bytes of copies and sets, by kind"
        case .cudaKernelExecutionSum: "launch call, queue and kernel, by function and kernel"
        case .cudaAPIGPUSum: "CUDA calls, kernels, copies and sets together"
        case .cudaAllocationSum: "allocations by kind of memory and pool: live bytes and their peak"
        case .gapSum: "stretches in which streams waited, by cause"
        case .threadSum: "threads: time in ranges and calls, processor time and context switches"
        case .metricSum: "sampled metrics of devices, processes and threads, weighted by time"
        case .cpuSamplesSum: "stack samples of running threads, by function"
        }
    }

    /// Whether rows are of time on the host or the device: these can be restricted to a range.
    package var takesRange: Bool {
        switch self {
        case .threadSum, .metricSum, .cpuSamplesSum: false
        default: true
        }
    }
}
