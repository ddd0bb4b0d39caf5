#define _GNU_SOURCE
#include "pm_library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "tacho_cupti_library.h"

tacho_pm_library tacho_pm;

const char *tacho_pm_text(int result) {
    const char *text = NULL;
    return tacho_pm.text != NULL && tacho_pm.text(result, &text) == 0 && text != NULL ? text : "unknown error";
}

/* The part that evaluates lies beside CUPTI and is looked for by name alone. */
static void open_beside(const char *library) {
    static const char *const names[] = {"libnvperf_host.so", "libnvperf_target.so"};
    const char *slash = library == NULL ? NULL : strrchr(library, '/');
    if (slash == NULL || slash - library >= 4000) { return; }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%.*s/%s", (int)(slash - library), library, names[i]);
        dlopen(path, RTLD_NOW | RTLD_LOCAL);
    }
}

static int find_functions(tacho_devices *devices) {
    const struct {
        void **place;
        const char *name;
    } functions[] = {
        {(void **)&tacho_pm.initialize, "cuptiProfilerInitialize"},
        {(void **)&tacho_pm.chip, "cuptiDeviceGetChipName"},
        {(void **)&tacho_pm.availability, "cuptiPmSamplingGetCounterAvailability"},
        {(void **)&tacho_pm.host, "cuptiProfilerHostInitialize"},
        {(void **)&tacho_pm.host_end, "cuptiProfilerHostDeinitialize"},
        {(void **)&tacho_pm.add, "cuptiProfilerHostConfigAddMetrics"},
        {(void **)&tacho_pm.config_size, "cuptiProfilerHostGetConfigImageSize"},
        {(void **)&tacho_pm.config, "cuptiProfilerHostGetConfigImage"},
        {(void **)&tacho_pm.passes, "cuptiProfilerHostGetNumOfPasses"},
        {(void **)&tacho_pm.evaluate, "cuptiProfilerHostEvaluateToGpuValues"},
        {(void **)&tacho_pm.enable, "cuptiPmSamplingEnable"},
        {(void **)&tacho_pm.disable, "cuptiPmSamplingDisable"},
        {(void **)&tacho_pm.set, "cuptiPmSamplingSetConfig"},
        {(void **)&tacho_pm.start, "cuptiPmSamplingStart"},
        {(void **)&tacho_pm.stop, "cuptiPmSamplingStop"},
        {(void **)&tacho_pm.decode, "cuptiPmSamplingDecodeData"},
        {(void **)&tacho_pm.data_size, "cuptiPmSamplingGetCounterDataSize"},
        {(void **)&tacho_pm.data, "cuptiPmSamplingCounterDataImageInitialize"},
        {(void **)&tacho_pm.information, "cuptiPmSamplingGetCounterDataInfo"},
        {(void **)&tacho_pm.sample, "cuptiPmSamplingCounterDataGetSampleInfo"}};
    tacho_pm.text = (int (*)(int, const char **))dlsym(tacho_pm.library, "cuptiGetResultString");
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        *functions[i].place = dlsym(tacho_pm.library, functions[i].name);
        if (*functions[i].place == NULL) {
            tacho_devices_note(
                devices,
                "device metrics: devices are sampled at NVML's rate alone: this version of CUPTI has no %s, which came with "
                "CUDA 12.6",
                functions[i].name);
            return 0;
        }
    }
    return 1;
}

int tacho_pm_library_open(tacho_devices *devices) {
    open_beside(tacho_cupti_named());
    tacho_pm.library = tacho_cupti_library_open();
    if (tacho_pm.library == NULL) {
        const char *why = dlerror();
        tacho_devices_note(
            devices,
            "device metrics: devices are sampled at NVML's rate alone: CUPTI was not found (%.300s): install the wheel "
            "nvidia-cuda-cupti, or name it in TACHO_CUPTI_LIBRARY",
            why == NULL ? "no reason given" : why);
        return 0;
    }
    return find_functions(devices);
}
