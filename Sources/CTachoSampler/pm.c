#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "devices.h"
#include "pm_abi.h"

/* The hardware samples by itself, all quantities at one instant, into a buffer that is read now and then. What can be sampled
 * together depends on the chip: each quantity has the names that chips know it by, and one is taken while all fit in one pass. */

#define BUFFER_BYTES (64u << 20)
#define MOST_SAMPLES 8192u
#define CANDIDATES 4u

static const struct {
    const char *name;
    const char *unit;
    const char *names[CANDIDATES];
} quantities[] = {
    {"sm.active", "percent",
     {"sm__cycles_active.avg.pct_of_peak_sustained_elapsed",
      "TPC.TriageCompute.sm__cycles_active.avg.pct_of_peak_sustained_elapsed"}},
    {"tensor.active", "percent",
     {"sm__pipe_tensor_cycles_active.avg.pct_of_peak_sustained_elapsed",
      "TPC.TriageCompute.sm__pipe_tensor_cycles_active_realtime.avg.pct_of_peak_sustained_elapsed",
      "sm__pipe_tensor_cycles_active_realtime.avg.pct_of_peak_sustained_elapsed",
      "sm__inst_executed_pipe_tensor.avg.pct_of_peak_sustained_elapsed"}},
    {"dram.read", "percent",
     {"dram__cycles_active_read.avg.pct_of_peak_sustained_elapsed",
      "dramc__read_throughput.avg.pct_of_peak_sustained_elapsed",
      "dram__read_throughput.avg.pct_of_peak_sustained_elapsed"}},
    {"dram.write", "percent",
     {"dram__cycles_active_write.avg.pct_of_peak_sustained_elapsed",
      "dramc__write_throughput.avg.pct_of_peak_sustained_elapsed",
      "dram__write_throughput.avg.pct_of_peak_sustained_elapsed"}},
    {"pcie.in", "bytes/s", {"pcie__read_bytes.sum.per_second"}},
    {"pcie.out", "bytes/s", {"pcie__write_bytes.sum.per_second"}},
    {"nvlink.in", "bytes/s", {"nvlrx__bytes.sum.per_second"}},
    {"nvlink.out", "bytes/s", {"nvltx__bytes.sum.per_second"}}};

#define QUANTITIES (sizeof quantities / sizeof quantities[0])
enum { PCIE_IN = 4, PCIE_OUT = 5 };

static struct {
    void *library;
    int (*text)(int, const char **);
    int (*initialize)(pm_initialize *);
    int (*chip)(pm_chip *);
    int (*availability)(pm_availability *);
    int (*host)(pm_host *);
    int (*host_end)(pm_host_end *);
    int (*add)(pm_add *);
    int (*config_size)(pm_config_size *);
    int (*config)(pm_config *);
    int (*passes)(pm_passes *);
    int (*evaluate)(pm_evaluate *);
    int (*enable)(pm_enable *);
    int (*disable)(pm_object *);
    int (*set)(pm_set *);
    int (*start)(pm_object *);
    int (*stop)(pm_object *);
    int (*decode)(pm_decode *);
    int (*data_size)(pm_data_size *);
    int (*data)(pm_data *);
    int (*information)(pm_information *);
    int (*sample)(pm_sample *);
} cupti;

typedef struct sampled {
    tacho_device *device;
    void *host;
    void *object;
    uint8_t *config;
    size_t config_bytes;
    uint8_t *image;
    size_t image_bytes;
    const char *names[QUANTITIES];
    uint32_t counters[QUANTITIES];
    size_t count;
    int is_running;
    /* Device time to CLOCK_MONOTONIC: a sample cannot be read before it ended, so every reading gives an upper bound of the
     * offset, and the least of many is close to it. */
    int64_t offset_ns;
    int64_t least_ns; /* of the window that runs */
    int64_t window_ns; /* its end */
    uint64_t last_end;
} sampled;

static sampled devices_sampled[TACHO_DEVICES];
static uint32_t sampled_count;

static const char *text_of(int result) {
    const char *text = NULL;
    return cupti.text != NULL && cupti.text(result, &text) == 0 && text != NULL ? text : "unknown error";
}

static void explain(tacho_devices *devices, const tacho_device *device, const char *what, int result) {
    const char *remedy = "";
    if (result == PM_INSUFFICIENT_PRIVILEGES || result == PM_VIRTUALIZED_INSUFFICIENT_PRIVILEGES) {
        remedy = "; counters are kept to administrators here (ERR_NVGPUCTRPERM): run tacho as root or with CAP_SYS_ADMIN, or "
                 "load the driver with NVreg_RestrictProfilingToAdminUsers=0";
    } else if (result == PM_NOT_SUPPORTED) {
        remedy = "; PM sampling needs a chip of Turing or newer and a driver that knows it";
    }
    tacho_devices_note(
        devices, "device metrics: device %u is sampled at NVML's rate alone: %s: %s (%d)%s", device->number, what,
        text_of(result), result, remedy);
}

/* MARK: The library */

static void *open_library(void) {
    static const char *const names[] = {
        "libcupti.so",    "libcupti.so.13", "libcupti.so.12", "/usr/local/cuda/extras/CUPTI/lib64/libcupti.so",
        "/usr/local/cuda/lib64/libcupti.so"};
    const char *named = getenv("TACHO_CUPTI_LIBRARY");
    if (named != NULL && named[0] != 0) {
        /* The part that evaluates lies beside it and is looked for by name alone. */
        char path[4096];
        const char *slash = strrchr(named, '/');
        if (slash != NULL && slash - named < 4000) {
            snprintf(path, sizeof path, "%.*s/libnvperf_host.so", (int)(slash - named), named);
            dlopen(path, RTLD_NOW | RTLD_LOCAL);
            snprintf(path, sizeof path, "%.*s/libnvperf_target.so", (int)(slash - named), named);
            dlopen(path, RTLD_NOW | RTLD_LOCAL);
        }
        return dlopen(named, RTLD_NOW | RTLD_LOCAL);
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
        if (library != NULL) { return library; }
    }
    return NULL;
}

static int find_functions(tacho_devices *devices) {
    const struct {
        void **place;
        const char *name;
    } functions[] = {
        {(void **)&cupti.initialize, "cuptiProfilerInitialize"},
        {(void **)&cupti.chip, "cuptiDeviceGetChipName"},
        {(void **)&cupti.availability, "cuptiPmSamplingGetCounterAvailability"},
        {(void **)&cupti.host, "cuptiProfilerHostInitialize"},
        {(void **)&cupti.host_end, "cuptiProfilerHostDeinitialize"},
        {(void **)&cupti.add, "cuptiProfilerHostConfigAddMetrics"},
        {(void **)&cupti.config_size, "cuptiProfilerHostGetConfigImageSize"},
        {(void **)&cupti.config, "cuptiProfilerHostGetConfigImage"},
        {(void **)&cupti.passes, "cuptiProfilerHostGetNumOfPasses"},
        {(void **)&cupti.evaluate, "cuptiProfilerHostEvaluateToGpuValues"},
        {(void **)&cupti.enable, "cuptiPmSamplingEnable"},
        {(void **)&cupti.disable, "cuptiPmSamplingDisable"},
        {(void **)&cupti.set, "cuptiPmSamplingSetConfig"},
        {(void **)&cupti.start, "cuptiPmSamplingStart"},
        {(void **)&cupti.stop, "cuptiPmSamplingStop"},
        {(void **)&cupti.decode, "cuptiPmSamplingDecodeData"},
        {(void **)&cupti.data_size, "cuptiPmSamplingGetCounterDataSize"},
        {(void **)&cupti.data, "cuptiPmSamplingCounterDataImageInitialize"},
        {(void **)&cupti.information, "cuptiPmSamplingGetCounterDataInfo"},
        {(void **)&cupti.sample, "cuptiPmSamplingCounterDataGetSampleInfo"}};
    cupti.text = (int (*)(int, const char **))dlsym(cupti.library, "cuptiGetResultString");
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        *functions[i].place = dlsym(cupti.library, functions[i].name);
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

/* MARK: What to sample */

/* Makes the host object and the config image for these names. Returns CUPTI's result; `passes` is how many it would take. */
static int configure(sampled *sampled, const char *chip, const uint8_t *availability, size_t count, size_t *passes) {
    if (sampled->host != NULL) {
        pm_host_end end = {PM_SIZE(pm_host_end, object), NULL, sampled->host};
        cupti.host_end(&end);
        sampled->host = NULL;
    }
    pm_host host = {PM_SIZE(pm_host, set), NULL, PM_KIND, chip, availability, NULL, NULL};
    int result = cupti.host(&host);
    if (result != PM_OK) { return result; }
    sampled->host = host.object;
    pm_add add = {PM_SIZE(pm_add, count), NULL, sampled->host, sampled->names, count};
    if ((result = cupti.add(&add)) != PM_OK) { return result; }
    pm_config_size size = {PM_SIZE(pm_config_size, bytes), NULL, sampled->host, 0};
    if ((result = cupti.config_size(&size)) != PM_OK) { return result; }
    uint8_t *image = realloc(sampled->config, size.bytes);
    if (image == NULL) { return -1; }
    sampled->config = image;
    sampled->config_bytes = size.bytes;
    pm_config config = {PM_SIZE(pm_config, image), NULL, sampled->host, size.bytes, image};
    if ((result = cupti.config(&config)) != PM_OK) { return result; }
    pm_passes of = {PM_SIZE(pm_passes, passes), NULL, size.bytes, image, 0};
    result = cupti.passes(&of);
    *passes = of.passes;
    return result;
}

/* Takes every quantity's first name where all go together, else as many quantities as fit, the most telling first. */
static int choose(tacho_devices *devices, sampled *sampled, const char *chip, const uint8_t *availability) {
    size_t passes = 0, which[QUANTITIES];
    for (size_t i = 0; i < QUANTITIES; i++) {
        sampled->names[i] = quantities[i].names[0];
        which[i] = i;
    }
    sampled->count = QUANTITIES;
    int result = configure(sampled, chip, availability, QUANTITIES, &passes);
    if (result != PM_OK || passes != 1) {
        size_t count = 0, configured = 0;
        for (size_t i = 0; i < QUANTITIES; i++) {
            int is_taken = 0;
            for (size_t j = 0; j < CANDIDATES && !is_taken && quantities[i].names[j] != NULL; j++) {
                sampled->names[count] = quantities[i].names[j];
                int tried = configure(sampled, chip, availability, count + 1, &passes);
                if (tried != PM_OK) { result = tried; }
                is_taken = tried == PM_OK && passes == 1;
            }
            configured = count + 1;
            if (is_taken) {
                which[count++] = i;
            } else {
                tacho_devices_note(
                    devices, "device metrics: %s of device %u cannot be sampled together with the others",
                    quantities[i].name, sampled->device->number);
            }
        }
        if (count == 0) { return result == PM_OK ? PM_NOT_SUPPORTED : result; }
        sampled->count = count;
        result = configured == count ? PM_OK : configure(sampled, chip, availability, count, &passes);
    }
    if (result != PM_OK) { return result; }
    for (size_t i = 0; i < sampled->count; i++) {
        const char *unit = strstr(sampled->names[i], "per_second") != NULL ? "bytes/s" : quantities[which[i]].unit;
        sampled->counters[i] = tacho_counters_define(
            &devices->counters, 0, 0, sampled->device->number, quantities[which[i]].name, unit);
        if (which[i] == PCIE_IN || which[i] == PCIE_OUT) { sampled->device->has_hardware_bus = 1; }
    }
    return PM_OK;
}

/* MARK: Life */

static int renew_image(sampled *sampled) {
    pm_data data = {PM_SIZE(pm_data, image), NULL, sampled->object, sampled->image_bytes, sampled->image};
    return cupti.data(&data);
}

static int prepare(tacho_devices *devices, sampled *sampled, uint32_t hertz, const char **what) {
    *what = "its chip's name";
    pm_chip chip = {PM_SIZE(pm_chip, name), NULL, sampled->device->cuda_device, NULL};
    int result = cupti.chip(&chip);
    if (result != PM_OK) { return result; }
    *what = "its counters";
    pm_availability availability = {PM_SIZE(pm_availability, image), NULL, sampled->device->cuda_device, 0, NULL};
    if ((result = cupti.availability(&availability)) != PM_OK) { return result; }
    uint8_t *image = malloc(availability.bytes);
    if (image == NULL) { return -1; }
    availability.image = image;
    result = cupti.availability(&availability);
    if (result == PM_OK) {
        *what = "what to sample";
        result = choose(devices, sampled, chip.name, image);
    }
    free(image);
    if (result != PM_OK) { return result; }
    *what = "the hardware's sampler";
    pm_enable enable = {PM_SIZE(pm_enable, object), NULL, sampled->device->cuda_device, NULL};
    if ((result = cupti.enable(&enable)) != PM_OK) { return result; }
    sampled->object = enable.object;
    pm_set set = {PM_SIZE(pm_set, append), NULL, sampled->object, sampled->config_bytes, sampled->config, BUFFER_BYTES,
                  1000000000u / hertz, PM_BY_TIME, PM_KEEP_OLDEST};
    result = cupti.set(&set);
    if (result != PM_OK && result != PM_INSUFFICIENT_PRIVILEGES) {
        /* Turing and GA100 sample by cycles of the system clock alone, which runs at about 1.4 GHz. */
        set.trigger = PM_BY_CYCLES;
        set.interval = 1400000000u / hertz;
        if (cupti.set(&set) == PM_OK) { result = PM_OK; }
    }
    if (result != PM_OK) { return result; }
    *what = "the buffer for samples";
    pm_data_size size = {PM_SIZE(pm_data_size, bytes), NULL, sampled->object, sampled->names, sampled->count, MOST_SAMPLES, 0};
    if ((result = cupti.data_size(&size)) != PM_OK) { return result; }
    sampled->image_bytes = size.bytes;
    sampled->image = malloc(size.bytes);
    return sampled->image == NULL ? -1 : renew_image(sampled);
}

uint32_t tacho_pm_open(tacho_devices *devices, uint32_t hertz) {
    int is_visible = 0;
    for (uint32_t i = 0; i < devices->count; i++) { is_visible |= devices->devices[i].cuda_device != TACHO_NO_DEVICE; }
    if (!is_visible) { return 0; }
    cupti.library = open_library();
    if (cupti.library == NULL) {
        const char *why = dlerror();
        tacho_devices_note(
            devices,
            "device metrics: devices are sampled at NVML's rate alone: CUPTI was not found (%.300s): install the wheel "
            "nvidia-cuda-cupti, or name it in TACHO_CUPTI_LIBRARY",
            why == NULL ? "no reason given" : why);
        return 0;
    }
    if (!find_functions(devices)) { return 0; }
    pm_initialize initialize = {PM_SIZE(pm_initialize, reserved), NULL};
    int result = cupti.initialize(&initialize);
    for (uint32_t i = 0; i < devices->count; i++) {
        if (devices->devices[i].cuda_device == TACHO_NO_DEVICE) { continue; }
        const char *what = "CUPTI's profiler";
        sampled *sampled = &devices_sampled[sampled_count];
        memset(sampled, 0, sizeof *sampled);
        sampled->device = &devices->devices[i];
        int own = result == PM_OK ? prepare(devices, sampled, hertz, &what) : result;
        if (own == PM_OK) {
            sampled_count++;
        } else {
            sampled->device->has_hardware_bus = 0;
            explain(devices, sampled->device, what, own);
        }
    }
    return sampled_count;
}

/* MARK: Reading */

static void adjust_clock(sampled *sampled, int64_t now_ns, uint64_t end) {
    int64_t bound = now_ns - (int64_t)end;
    if (bound < sampled->offset_ns) { sampled->offset_ns = bound; }
    if (bound < sampled->least_ns) { sampled->least_ns = bound; }
    if (now_ns < sampled->window_ns) { return; }
    /* The clocks drift by millionths: what a second's best reading is above the offset is followed, up to 20 us. */
    int64_t drift = sampled->least_ns - sampled->offset_ns;
    if (drift > 0) { sampled->offset_ns += drift < 20000 ? drift : 20000; }
    sampled->least_ns = INT64_MAX;
    sampled->window_ns = now_ns + 1000000000;
}

static void keep_sample(tacho_devices *devices, sampled *sampled, size_t index) {
    pm_sample of = {PM_SIZE(pm_sample, end), NULL, sampled->object, sampled->image, sampled->image_bytes, index, 0, 0};
    if (cupti.sample(&of) != PM_OK || of.start == 0 || of.end <= of.start || of.end <= sampled->last_end) { return; }
    sampled->last_end = of.end;
    double values[QUANTITIES] = {0};
    pm_evaluate evaluate = {
        PM_SIZE(pm_evaluate, values), NULL, sampled->host, sampled->image, sampled->image_bytes, index, sampled->names,
        sampled->count, values};
    if (cupti.evaluate(&evaluate) != PM_OK) { return; }
    for (size_t i = 0; i < sampled->count; i++) {
        tacho_counters_put(
            &devices->counters, sampled->counters[i], (int64_t)of.start + sampled->offset_ns, values[i]);
    }
}

/* - is_calibrating: the samples tell the clock alone. */
static void read_samples(tacho_devices *devices, sampled *sampled, int is_calibrating) {
    for (int again = 1; again;) {
        pm_decode decode = {
            PM_SIZE(pm_decode, overflow), NULL, sampled->object, sampled->image, sampled->image_bytes, 0, 0};
        int result = cupti.decode(&decode);
        int64_t now = tacho_monotonic_ns();
        if (result != PM_OK) {
            explain(devices, sampled->device, "its samples", result);
            sampled->is_running = 0;
            return;
        }
        if (decode.overflow) {
            atomic_fetch_add(&devices->counters.writer.header->dropped[TACHO_DROP_DEVICE], 1);
            atomic_fetch_add(
                &devices->counters.writer.header->dropped_kinds[TACHO_RECORD_COUNTER_SAMPLE % TACHO_COUNTED_KINDS], 1);
            tacho_devices_note(
                devices, "device metrics: the sample buffer of device %u overflowed: lower --gpu-metrics-frequency",
                sampled->device->number);
        }
        again = decode.stopped == PM_STOP_FULL;
        pm_information information = {
            PM_SIZE(pm_information, completed), NULL, sampled->image, sampled->image_bytes, 0, 0, 0};
        if (cupti.information(&information) != PM_OK || information.completed == 0) { return; }
        pm_sample last = {
            PM_SIZE(pm_sample, end), NULL, sampled->object, sampled->image, sampled->image_bytes,
            information.completed - 1, 0, 0};
        if (cupti.sample(&last) == PM_OK && last.end > 0 && !again) { adjust_clock(sampled, now, last.end); }
        for (size_t i = 0; i < information.completed && !is_calibrating; i++) { keep_sample(devices, sampled, i); }
        if (renew_image(sampled) != PM_OK) { return; }
    }
}

void tacho_pm_start(tacho_devices *devices) {
    for (uint32_t i = 0; i < sampled_count; i++) {
        sampled *sampled = &devices_sampled[i];
        pm_object start = {PM_SIZE(pm_object, object), NULL, sampled->object};
        int result = cupti.start(&start);
        sampled->is_running = result == PM_OK;
        if (result != PM_OK) {
            explain(devices, sampled->device, "the start of sampling", result);
            sampled->device->has_hardware_bus = 0;
            continue;
        }
        sampled->offset_ns = sampled->least_ns = INT64_MAX;
        sampled->window_ns = tacho_monotonic_ns() + 1000000000;
        sampled->last_end = 0;
        /* Read often for a moment, so that readings follow close upon the ends of samples. */
        for (int round = 0; round < 50 && sampled->is_running; round++) {
            struct timespec pause = {0, 300000};
            nanosleep(&pause, NULL);
            read_samples(devices, sampled, 1);
        }
    }
}

void tacho_pm_read(tacho_devices *devices) {
    for (uint32_t i = 0; i < sampled_count; i++) {
        if (devices_sampled[i].is_running) { read_samples(devices, &devices_sampled[i], 0); }
    }
}

void tacho_pm_stop(tacho_devices *devices) {
    for (uint32_t i = 0; i < sampled_count; i++) {
        sampled *sampled = &devices_sampled[i];
        if (!sampled->is_running) { continue; }
        pm_object stop = {PM_SIZE(pm_object, object), NULL, sampled->object};
        cupti.stop(&stop);
        read_samples(devices, sampled, 0);
        sampled->is_running = 0;
    }
}

void tacho_pm_close(void) {
    for (uint32_t i = 0; i < sampled_count; i++) {
        pm_object disable = {PM_SIZE(pm_object, object), NULL, devices_sampled[i].object};
        cupti.disable(&disable);
    }
}
