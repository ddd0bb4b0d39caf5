#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices.h"
#include "nvml_abi.h"

static struct {
    void *library;
    int (*init)(void);
    int (*shutdown)(void);
    const char *(*text)(int);
    int (*count)(unsigned *);
    int (*handle)(unsigned, void **);
    int (*name)(void *, char *, unsigned);
    int (*uuid)(void *, char *, unsigned);
    int (*pci)(void *, nvml_pci *);
    int (*clock)(void *, int, unsigned *);
    int (*power)(void *, unsigned *);
    int (*temperature)(void *, int, unsigned *);
    int (*reasons)(void *, unsigned long long *);
    int (*utilization)(void *, nvml_utilization *);
    int (*memory)(void *, nvml_memory *);
    int (*pcie)(void *, int, unsigned *);
} nvml;

/* Places in a device's counters. */
enum quantity { SM_CLOCK, MEMORY_CLOCK, POWER, TEMPERATURE, REASONS, BUSY, MEMORY_BUSY, USED, PCIE_IN, PCIE_OUT, QUANTITIES };

static const struct {
    const char *name;
    const char *unit;
} words[QUANTITIES] = {
    {"clock.sm", "hertz"},
    {"clock.memory", "hertz"},
    {"power", "watts"},
    {"temperature", "celsius"},
    {"clock.event_reasons", "bits"},
    {"gpu.busy", "percent"},
    {"memory.busy", "percent"},
    {"memory.used", "bytes"},
    {"pcie.in", "bytes/s"},
    {"pcie.out", "bytes/s"}};

static void *find(const char *name, const char *other) {
    void *found = dlsym(nvml.library, name);
    return found != NULL || other == NULL ? found : dlsym(nvml.library, other);
}

static const char *text_of(int result) {
    const char *text = nvml.text == NULL ? NULL : nvml.text(result);
    return text == NULL ? "unknown error" : text;
}

static int find_functions(tacho_devices *devices) {
    const struct {
        void **place;
        const char *name;
        const char *other; /* as older or newer versions call it */
        int is_needed;
    } functions[] = {
        {(void **)&nvml.init, "nvmlInit_v2", NULL, 1},
        {(void **)&nvml.shutdown, "nvmlShutdown", NULL, 1},
        {(void **)&nvml.count, "nvmlDeviceGetCount_v2", NULL, 1},
        {(void **)&nvml.handle, "nvmlDeviceGetHandleByIndex_v2", NULL, 1},
        {(void **)&nvml.pci, "nvmlDeviceGetPciInfo_v3", NULL, 1},
        {(void **)&nvml.text, "nvmlErrorString", NULL, 0},
        {(void **)&nvml.name, "nvmlDeviceGetName", NULL, 0},
        {(void **)&nvml.uuid, "nvmlDeviceGetUUID", NULL, 0},
        {(void **)&nvml.clock, "nvmlDeviceGetClockInfo", NULL, 0},
        {(void **)&nvml.power, "nvmlDeviceGetPowerUsage", NULL, 0},
        {(void **)&nvml.temperature, "nvmlDeviceGetTemperature", NULL, 0},
        {(void **)&nvml.reasons, "nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons", 0},
        {(void **)&nvml.utilization, "nvmlDeviceGetUtilizationRates", NULL, 0},
        {(void **)&nvml.memory, "nvmlDeviceGetMemoryInfo", NULL, 0},
        {(void **)&nvml.pcie, "nvmlDeviceGetPcieThroughput", NULL, 0}};
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        *functions[i].place = find(functions[i].name, functions[i].other);
        if (*functions[i].place == NULL && functions[i].is_needed) {
            tacho_devices_note(
                devices, "device metrics: this version of NVML has no %s: update the NVIDIA driver", functions[i].name);
            return 0;
        }
    }
    return 1;
}

static void write_device(tacho_devices *devices, const tacho_device *device, const nvml_pci *pci) {
    char name[96] = "", uuid[96] = "";
    if (nvml.name != NULL) { nvml.name(device->handle, name, sizeof name); }
    if (nvml.uuid != NULL) { nvml.uuid(device->handle, uuid, sizeof uuid); }
    char text[256];
    int length = snprintf(text, sizeof text, "%s%c%s%c%.31s", name, 0, uuid, 0, pci->text) + 1;
    uint32_t size = (uint32_t)((sizeof(tacho_sampled_device_record) + (size_t)length + 7) & ~(size_t)7);
    tacho_sampled_device_record *record = tacho_counters_reserve(&devices->counters, size);
    if (record == NULL) { return; }
    record->header = (tacho_record_header){TACHO_RECORD_SAMPLED_DEVICE, (uint16_t)size, device->number};
    record->cuda_device = device->cuda_device;
    record->length = (uint32_t)length;
    memcpy(record + 1, text, (size_t)length);
    tacho_segment_commit(&devices->counters.writer, size);
}

uint32_t tacho_nvml_open(tacho_devices *devices) {
    const char *named = getenv("TACHO_NVML_LIBRARY");
    const char *path = named != NULL && named[0] != 0 ? named : "libnvidia-ml.so.1";
    nvml.library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (nvml.library == NULL) {
        const char *why = dlerror();
        if (devices->is_explicit) {
            tacho_devices_note(
                devices,
                "device metrics: NVML was not found (%.300s): install the NVIDIA driver, or name its library in "
                "TACHO_NVML_LIBRARY",
                why == NULL ? "no reason given" : why);
        }
        return 0;
    }
    if (!find_functions(devices)) { return 0; }
    int result = nvml.init();
    unsigned count = 0;
    if (result == NVML_OK) { result = nvml.count(&count); }
    if (result != NVML_OK) {
        tacho_devices_note(
            devices, "device metrics: NVML does not start: %s (%d): check that nvidia-smi works for this user",
            text_of(result), result);
        return 0;
    }
    for (unsigned i = 0; i < count && devices->count < TACHO_DEVICES; i++) {
        tacho_device *device = &devices->devices[devices->count];
        memset(device, 0, sizeof *device);
        nvml_pci pci;
        memset(&pci, 0, sizeof pci);
        result = nvml.handle(i, &device->handle);
        if (result == NVML_OK) { result = nvml.pci(device->handle, &pci); }
        if (result != NVML_OK) {
            tacho_devices_note(devices, "device metrics: device %u cannot be asked: %s (%d)", i, text_of(result), result);
            continue;
        }
        device->number = i;
        device->cuda_device = TACHO_NO_DEVICE;
        snprintf(device->bus, sizeof device->bus, "%08x:%02x:%02x", pci.domain, pci.bus, pci.device);
        devices->count++;
    }
    int knows_visible = tacho_driver_number(devices);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < devices->count; i++) {
        /* A device that the program cannot see is not the trace's. */
        if (knows_visible && devices->devices[i].cuda_device == TACHO_NO_DEVICE) { continue; }
        devices->devices[kept++] = devices->devices[i];
    }
    devices->count = kept;
    for (uint32_t i = 0; i < devices->count; i++) {
        tacho_device *device = &devices->devices[i];
        nvml_pci pci;
        memset(&pci, 0, sizeof pci);
        nvml.pci(device->handle, &pci);
        write_device(devices, device, &pci);
        for (int j = 0; j < QUANTITIES; j++) { device->counters[j] = UINT32_MAX; }
    }
    return devices->count;
}

/* Counters are defined with their first value: a quantity that the device does not have gets none. */
static void put(tacho_devices *devices, tacho_device *device, enum quantity quantity, int result, double value) {
    if (result != NVML_OK) {
        device->refused |= 1u << quantity;
        if (result != NVML_NOT_SUPPORTED || devices->is_explicit) {
            tacho_devices_note(
                devices, "device metrics: %s of device %u is not to be had: %s (%d)", words[quantity].name, device->number,
                text_of(result), result);
        }
        return;
    }
    if (device->counters[quantity] == UINT32_MAX) {
        device->counters[quantity] = tacho_counters_define(
            &devices->counters, 0, 0, device->number, words[quantity].name, words[quantity].unit);
    }
    tacho_counters_put(&devices->counters, device->counters[quantity], tacho_monotonic_ns(), value);
}

#define ASK(quantity, function, call, value) \
    if ((function) != NULL && (device->refused & 1u << (quantity)) == 0) { \
        int result = (call); \
        put(devices, device, (quantity), result, (double)(value)); \
    }

static void read_device(tacho_devices *devices, tacho_device *device) {
    unsigned number = 0;
    unsigned long long bits = 0;
    nvml_utilization busy = {0, 0};
    nvml_memory memory = {0, 0, 0};
    void *handle = device->handle;
    ASK(SM_CLOCK, nvml.clock, nvml.clock(handle, NVML_SM_CLOCK, &number), number * 1e6)
    ASK(MEMORY_CLOCK, nvml.clock, nvml.clock(handle, NVML_MEMORY_CLOCK, &number), number * 1e6)
    ASK(POWER, nvml.power, nvml.power(handle, &number), number / 1e3)
    ASK(TEMPERATURE, nvml.temperature, nvml.temperature(handle, NVML_DIE_TEMPERATURE, &number), number)
    ASK(REASONS, nvml.reasons, nvml.reasons(handle, &bits), bits)
    ASK(BUSY, nvml.utilization, nvml.utilization(handle, &busy), busy.gpu)
    ASK(MEMORY_BUSY, nvml.utilization, nvml.utilization(handle, &busy), busy.memory)
    ASK(USED, nvml.memory, nvml.memory(handle, &memory), memory.used)
    if (device->has_hardware_bus) { return; }
    /* Each of these two takes NVML 20 ms, in which it counts. */
    ASK(PCIE_IN, nvml.pcie, nvml.pcie(handle, NVML_PCIE_IN, &number), number * 1e3)
    ASK(PCIE_OUT, nvml.pcie, nvml.pcie(handle, NVML_PCIE_OUT, &number), number * 1e3)
}

void tacho_nvml_read(tacho_devices *devices) {
    for (uint32_t i = 0; i < devices->count; i++) { read_device(devices, &devices->devices[i]); }
}

void tacho_nvml_close(void) {
    if (nvml.shutdown != NULL) { nvml.shutdown(); }
}
