#define _GNU_SOURCE
#include "devices.h"

#include <ctype.h>
#include <dlfcn.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tacho_sampler.h"

#define POLL_NS 50000000 /* between two rounds through NVML: its own figures change no faster */

void tacho_devices_note(tacho_devices *devices, const char *format, ...) {
    static char told[64][96];
    static uint32_t count;
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (uint32_t i = 0; i < count; i++) {
        if (strncmp(told[i], text, sizeof told[i] - 1) == 0) { return; }
    }
    if (count == sizeof told / sizeof told[0]) { return; }
    memcpy(told[count], text, sizeof told[count] - 1);
    count++;
    tacho_counters_note(&devices->counters, TACHO_NOTE_INFORMATION, text);
}

int tacho_device_is_likely(void) {
    const char *named = getenv("TACHO_NVML_LIBRARY");
    return (named != NULL && named[0] != 0) || access("/dev/nvidiactl", F_OK) == 0
        || access("/proc/driver/nvidia/version", F_OK) == 0;
}

static void *open_driver(void) {
    const char *named = getenv("TACHO_CUDA_LIBRARY");
    return dlopen(named != NULL && named[0] != 0 ? named : "libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
}

int tacho_driver_use_context(const tacho_device *device) {
    void *library = open_driver(), *context = NULL;
    if (library == NULL) { return 0; }
    int (*retain)(void **, int) = (int (*)(void **, int))dlsym(library, "cuDevicePrimaryCtxRetain");
    int (*use)(void *) = (int (*)(void *))dlsym(library, "cuCtxSetCurrent");
    return retain != NULL && use != NULL && retain(&context, (int)device->cuda_device) == 0 && use(context) == 0;
}

int tacho_driver_number(tacho_devices *devices) {
    void *library = open_driver();
    if (library == NULL) { return 0; }
    int (*init)(unsigned) = (int (*)(unsigned))dlsym(library, "cuInit");
    int (*count_of)(int *) = (int (*)(int *))dlsym(library, "cuDeviceGetCount");
    int (*bus_of)(char *, int, int) = (int (*)(char *, int, int))dlsym(library, "cuDeviceGetPCIBusId");
    int count = 0;
    if (init == NULL || count_of == NULL || bus_of == NULL || init(0) != 0 || count_of(&count) != 0) { return 0; }
    int found = 0;
    for (int i = 0; i < count; i++) {
        char text[32] = "";
        unsigned domain = 0, bus = 0, place = 0;
        if (bus_of(text, sizeof text, i) != 0 || sscanf(text, "%x:%x:%x", &domain, &bus, &place) != 3) { continue; }
        char key[32];
        snprintf(key, sizeof key, "%08x:%02x:%02x", domain, bus, place);
        for (uint32_t j = 0; j < devices->count; j++) {
            if (strcmp(devices->devices[j].bus, key) == 0) {
                devices->devices[j].cuda_device = (uint32_t)i;
                found = 1;
            }
        }
    }
    return found;
}

static void rest(int64_t nanoseconds) {
    struct timespec pause = {nanoseconds / 1000000000, nanoseconds % 1000000000};
    nanosleep(&pause, NULL);
}

int tacho_device_sampler_run(const tacho_device_settings *settings) {
    pid_t parent = getppid();
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", settings->folder, TACHO_CONTROL_FILE);
    tacho_control *control = NULL;
    static tacho_devices devices;
    devices.is_explicit = (int)settings->is_explicit;
    if (tacho_control_open(path, &control) != 0
        || tacho_counters_open(&devices.counters, settings->folder, TACHO_DEVICE_SEGMENT, "(devices)") != 0) {
        return 1;
    }
    /* A Ctrl-C at the terminal is the program's: this process ends when the trace does. */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    uint32_t count = tacho_nvml_open(&devices);
    uint32_t sampled = count > 0 && settings->hertz > 0 ? tacho_pm_open(&devices, settings->hertz) : 0;
    int is_on = 0;
    tacho_own_cost cost = {UINT32_MAX, 0, 0};
    if (count > 0) {
        cost.counter = tacho_counters_define(&devices.counters, 0, 0, TACHO_NO_DEVICE, "tacho.devices.cpu", "percent");
    }
    int64_t next_poll = 0;
    while (count > 0 && atomic_load(&control->is_closed) == 0 && getppid() == parent) {
        int wanted = tacho_control_is_collecting(control);
        if (sampled > 0 && wanted != is_on) { (wanted ? tacho_pm_start : tacho_pm_stop)(&devices); }
        if (!wanted && is_on) {
            for (uint32_t i = 0; i < devices.counters.count; i++) {
                tacho_counters_end(&devices.counters, i, tacho_monotonic_ns());
            }
        }
        is_on = wanted;
        int64_t now = tacho_monotonic_ns();
        if (is_on && sampled > 0) { tacho_pm_read(&devices); }
        if (is_on && now >= next_poll) {
            tacho_nvml_read(&devices);
            tacho_counters_put_own_cost(&devices.counters, &cost, CLOCK_PROCESS_CPUTIME_ID);
            next_poll = now + POLL_NS;
        }
        rest(sampled > 0 && is_on ? TACHO_HARDWARE_PAUSE_NS : POLL_NS / 2);
    }
    if (is_on && sampled > 0) { tacho_pm_stop(&devices); }
    /* The segment first: a library that does not return from its end takes nothing with it. */
    tacho_counters_close(&devices.counters);
    if (count > 0) {
        tacho_pm_close();
        tacho_nvml_close();
    }
    tacho_control_release(control);
    return count > 0 ? 0 : 1;
}
