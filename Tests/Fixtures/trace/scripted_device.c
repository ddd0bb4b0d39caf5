/* A scripted machine with two devices: exports what tacho uses of NVML, of the CUDA driver and of CUPTI's PM sampling, and
 * samples by a clock of its own, which is 1e15 ns ahead of CLOCK_MONOTONIC. Programs see the second device alone.
 *
 * The n-th sample's sm.active is n % 100, and its pcie.in is the instant at which it began, in nanoseconds of CLOCK_MONOTONIC
 * over 1000: so a test sees whether one is missing and how well the clocks were brought together.
 *
 * SCRIPT=forbidden: counters are kept to administrators. SCRIPT=unsupported: the chip cannot sample. SCRIPT=passes: four
 * quantities fit in a pass, and DRAM's go by another name. SCRIPT=overflow: the buffer overflowed once. SCRIPT=nvml: NVML does
 * not start. SCRIPT=crash: the process ends by a signal.
 * SCRIPT=context: sampling wants a context. -DWITHOUT_PM: a CUPTI from before PM sampling. */
#include <cupti_pmsampling.h>
#include <cupti_profiler_host.h>
#include <cupti_profiler_target.h>
#include <cupti_target.h>
#include <nvml.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define AHEAD 1000000000000000ull

static int is_script(const char *name) {
    const char *script = getenv("SCRIPT");
    return script != NULL && strcmp(script, name) == 0;
}

static uint64_t device_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return AHEAD + (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* NVML */

static int second;
nvmlReturn_t nvmlInit_v2(void) { return is_script("nvml") ? NVML_ERROR_DRIVER_NOT_LOADED : NVML_SUCCESS; }
nvmlReturn_t nvmlShutdown(void) { return NVML_SUCCESS; }
const char *nvmlErrorString(nvmlReturn_t result) {
    return result == NVML_ERROR_DRIVER_NOT_LOADED ? "Driver Not Loaded" : "Not Supported";
}
nvmlReturn_t nvmlDeviceGetCount_v2(unsigned *count) { return *count = 2, NVML_SUCCESS; }
nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned index, nvmlDevice_t *device) {
    *device = (nvmlDevice_t)(index == 0 ? (void *)&nvmlInit_v2 : (void *)&second);
    return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t device, char *name, unsigned length) {
    return strncpy(name, "Scripted H1", length), NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t device, char *uuid, unsigned length) {
    return strncpy(uuid, "GPU-0123", length), NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetPciInfo_v3(nvmlDevice_t device, nvmlPciInfo_t *pci) {
    memset(pci, 0, sizeof *pci);
    pci->bus = device == (nvmlDevice_t)&second ? 0xA7 : 0x17;
    strcpy(pci->busId, device == (nvmlDevice_t)&second ? "00000000:A7:00.0" : "00000000:17:00.0");
    return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetClockInfo(nvmlDevice_t device, nvmlClockType_t type, unsigned *clock) {
    return *clock = type == NVML_CLOCK_SM ? 1980 : 2619, NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetPowerUsage(nvmlDevice_t device, unsigned *power) { return *power = 350500, NVML_SUCCESS; }
#undef nvmlDeviceGetTemperature
nvmlReturn_t nvmlDeviceGetTemperature(nvmlDevice_t device, nvmlTemperatureSensors_t sensor, unsigned *temperature) {
    return NVML_ERROR_NOT_SUPPORTED;
}
nvmlReturn_t nvmlDeviceGetCurrentClocksThrottleReasons(nvmlDevice_t device, unsigned long long *reasons) {
    return *reasons = nvmlClocksEventReasonSwPowerCap, NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetUtilizationRates(nvmlDevice_t device, nvmlUtilization_t *utilization) {
    return utilization->gpu = 75, utilization->memory = 25, NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t device, nvmlMemory_t *memory) {
    return memory->used = 1ull << 33, memory->total = 1ull << 36, NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetPcieThroughput(nvmlDevice_t device, nvmlPcieUtilCounter_t counter, unsigned *value) {
    return *value = counter == NVML_PCIE_UTIL_RX_BYTES ? 12 : 34, NVML_SUCCESS;
}

/* The driver */

CUresult cuInit(unsigned flags) { return 0; }
CUresult cuDeviceGetCount(int *count) { return *count = 1, 0; }
static int has_context;
CUresult cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice device) { return *context = (CUcontext)&has_context, 0; }
CUresult cuCtxSetCurrent(CUcontext context) { return has_context = context != NULL, 0; }
CUresult cuDeviceGetPCIBusId(char *text, int length, CUdevice device) { return strncpy(text, "0000:a7:00.0", length), 0; }

/* CUPTI */

CUptiResult cuptiGetResultString(CUptiResult result, const char **text) {
    *text = result == CUPTI_ERROR_INSUFFICIENT_PRIVILEGES ? "CUPTI_ERROR_INSUFFICIENT_PRIVILEGES" : "CUPTI_ERROR_SCRIPTED";
    return CUPTI_SUCCESS;
}

#ifndef WITHOUT_PM
static size_t added;
static uint64_t interval, started, taken, stopped;
static struct { uint64_t first, count; } image;
static uint64_t room; /* samples in an image */

CUptiResult cuptiProfilerInitialize(CUpti_Profiler_Initialize_Params *p) { return CUPTI_SUCCESS; }
CUptiResult cuptiDeviceGetChipName(CUpti_Device_GetChipName_Params *p) {
    p->pChipName = "GH100";
    if (is_script("crash")) { abort(); }
    return p->deviceIndex == 0 ? CUPTI_SUCCESS : CUPTI_ERROR_INVALID_DEVICE;
}
CUptiResult cuptiPmSamplingGetCounterAvailability(CUpti_PmSampling_GetCounterAvailability_Params *p) {
    if (is_script("unsupported")) { return CUPTI_ERROR_NOT_SUPPORTED; }
    p->counterAvailabilityImageSize = 64;
    return CUPTI_SUCCESS;
}
CUptiResult cuptiProfilerHostInitialize(CUpti_Profiler_Host_Initialize_Params *p) {
    /* CUPTI of CUDA 13.0 refuses a structure with the field that came later. */
    if (strcmp(p->pChipName, "GH100") != 0 || p->profilerType != CUPTI_PROFILER_TYPE_PM_SAMPLING
        || p->structSize > offsetof(CUpti_Profiler_Host_Initialize_Params, pSinglePassMetricSetName)) {
        return CUPTI_ERROR_INVALID_PARAMETER;
    }
    p->pHostObject = (CUpti_Profiler_Host_Object *)&added;
    added = 0;
    return CUPTI_SUCCESS;
}
CUptiResult cuptiProfilerHostDeinitialize(CUpti_Profiler_Host_Deinitialize_Params *p) { return CUPTI_SUCCESS; }
CUptiResult cuptiProfilerHostConfigAddMetrics(CUpti_Profiler_Host_ConfigAddMetrics_Params *p) {
    for (size_t i = 0; i < p->numMetrics; i++) {
        /* As an H100 does. */
        if (strncmp(p->ppMetricNames[i], "dram__cycles_active", 19) == 0) { return CUPTI_ERROR_INVALID_PARAMETER; }
        if (is_script("passes") && strncmp(p->ppMetricNames[i], "sm__pipe_tensor_cycles_active.", 30) == 0) {
            return CUPTI_ERROR_INVALID_METRIC_NAME;
        }
    }
    added = p->numMetrics;
    return CUPTI_SUCCESS;
}
CUptiResult cuptiProfilerHostGetConfigImageSize(CUpti_Profiler_Host_GetConfigImageSize_Params *p) {
    return p->configImageSize = sizeof added, CUPTI_SUCCESS;
}
CUptiResult cuptiProfilerHostGetConfigImage(CUpti_Profiler_Host_GetConfigImage_Params *p) {
    return memcpy(p->pConfigImage, &added, sizeof added), CUPTI_SUCCESS;
}
CUptiResult cuptiProfilerHostGetNumOfPasses(CUpti_Profiler_Host_GetNumOfPasses_Params *p) {
    return p->numOfPasses = is_script("passes") && added > 4 ? 2 : 1, CUPTI_SUCCESS;
}
CUptiResult cuptiPmSamplingEnable(CUpti_PmSampling_Enable_Params *p) {
    if (is_script("forbidden")) { return CUPTI_ERROR_INSUFFICIENT_PRIVILEGES; }
    if (is_script("context") && !has_context) { return CUPTI_ERROR_INVALID_CONTEXT; }
    return p->pPmSamplingObject = (CUpti_PmSampling_Object *)&image, CUPTI_SUCCESS;
}
CUptiResult cuptiPmSamplingDisable(CUpti_PmSampling_Disable_Params *p) { return CUPTI_SUCCESS; }
CUptiResult cuptiPmSamplingSetConfig(CUpti_PmSampling_SetConfig_Params *p) {
    if (p->triggerMode != CUPTI_PM_SAMPLING_TRIGGER_MODE_GPU_TIME_INTERVAL) { return CUPTI_ERROR_NOT_SUPPORTED; }
    return interval = p->samplingInterval, CUPTI_SUCCESS;
}
CUptiResult cuptiPmSamplingStart(CUpti_PmSampling_Start_Params *p) {
    started = device_now();
    taken = stopped = 0;
    return CUPTI_SUCCESS;
}
CUptiResult cuptiPmSamplingStop(CUpti_PmSampling_Stop_Params *p) { return stopped = device_now(), CUPTI_SUCCESS; }
CUptiResult cuptiPmSamplingGetCounterDataSize(CUpti_PmSampling_GetCounterDataSize_Params *p) {
    return room = p->maxSamples, p->counterDataSize = 64, CUPTI_SUCCESS;
}
CUptiResult cuptiPmSamplingCounterDataImageInitialize(CUpti_PmSampling_CounterDataImage_Initialize_Params *p) {
    return image.count = 0, CUPTI_SUCCESS;
}
/* "behind": until it is configured anew the hardware is faster than anybody reads. */
static uint64_t own_interval(void) { return is_script("behind") && interval <= 100000 ? interval / 20 : interval; }
/* What an image has no room for is left for the next call. */
CUptiResult cuptiPmSamplingDecodeData(CUpti_PmSampling_DecodeData_Params *p) {
    static int told;
    uint64_t there = ((stopped != 0 ? stopped : device_now()) - started) / own_interval();
    image.first = taken;
    image.count = there - taken > room ? room : there - taken;
    taken += image.count;
    /* A buffer that ran over is an error of this call, as on an H100. */
    if (is_script("overflow") && taken > 1000 && !told) { return told = 1, CUPTI_ERROR_OUT_OF_MEMORY; }
    p->decodeStopReason = taken < there ? CUPTI_PM_SAMPLING_DECODE_STOP_REASON_COUNTER_DATA_FULL
                                        : CUPTI_PM_SAMPLING_DECODE_STOP_REASON_END_OF_RECORDS;
    return CUPTI_SUCCESS;
}
CUptiResult cuptiPmSamplingGetCounterDataInfo(CUpti_PmSampling_GetCounterDataInfo_Params *p) {
    return p->numTotalSamples = room, p->numPopulatedSamples = p->numCompletedSamples = image.count, CUPTI_SUCCESS;
}
CUptiResult cuptiPmSamplingCounterDataGetSampleInfo(CUpti_PmSampling_CounterData_GetSampleInfo_Params *p) {
    if (p->sampleIndex >= image.count) { return CUPTI_ERROR_INVALID_PARAMETER; }
    p->startTimestamp = started + (image.first + p->sampleIndex) * own_interval();
    p->endTimestamp = p->startTimestamp + own_interval();
    return CUPTI_SUCCESS;
}
CUptiResult cuptiProfilerHostEvaluateToGpuValues(CUpti_Profiler_Host_EvaluateToGpuValues_Params *p) {
    uint64_t n = image.first + p->rangeIndex;
    for (size_t i = 0; i < p->numMetrics; i++) {
        const char *name = p->ppMetricNames[i];
        p->pMetricValues[i] = strstr(name, "sm__cycles_active") != NULL ? (double)(n % 100)
            : strstr(name, "pcie__read") != NULL ? (double)(started + n * own_interval() - AHEAD) / 1e3
                                                 : 7;
    }
    return CUPTI_SUCCESS;
}
#endif
