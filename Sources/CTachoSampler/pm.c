#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pm_choice.h"

/* The hardware samples by itself, all quantities at one instant, into a buffer that is read now and then. */

/* A reader that does not come to the end of what lies ready for so long is too slow; shorter stretches it makes up for. */
#define MOST_BEHIND_NS 5000000000
/* A rate below this is no better than NVML's. */
#define LEAST_HERTZ 100u

/* Room for what is sampled between two readings and a quarter more. Making an image ready takes time for each sample that it
 * has room for, whether or not it is used: about 8 us on an H100, where a sample takes 30 KB. */
static uint32_t samples_of_a_reading(uint32_t hertz) {
    uint64_t samples = (uint64_t)hertz * TACHO_HARDWARE_PAUSE_NS / 1000000000 * 5 / 4;
    return samples < 64 ? 64 : (uint32_t)samples;
}

/* The hardware's own buffer holds records of about this size; a second of them lets a reader be late. */
static size_t buffer_bytes(uint32_t hertz) {
    size_t least = (size_t)64 << 20, most = (size_t)512 << 20, wanted = (size_t)hertz * 16384;
    return wanted < least ? least : wanted > most ? most : wanted;
}

typedef struct sampled {
    tacho_device *device;
    tacho_pm_choice choice;
    uint32_t counters[TACHO_QUANTITIES]; /* of the chosen ones */
    void *object;
    uint8_t *image;
    size_t image_bytes;
    uint32_t hertz;
    int64_t behind_ns; /* since when every reading has left samples where they were; 0: the last one did not */
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

static void explain(tacho_devices *devices, const tacho_device *device, const char *what, int result) {
    const char *remedy = "";
    if (result == PM_INSUFFICIENT_PRIVILEGES || result == PM_VIRTUALIZED_INSUFFICIENT_PRIVILEGES) {
        remedy = "; counters are kept to administrators here (ERR_NVGPUCTRPERM): run tacho as root or with CAP_SYS_ADMIN, or "
                 "load the driver with NVreg_RestrictProfilingToAdminUsers=0";
    } else if (result == PM_NOT_SUPPORTED) {
        remedy = "; PM sampling needs a chip of Turing or newer and a driver that knows it";
    } else {
        remedy = "; see that no other profiler (DCGM, Nsight) holds the device's counters, and run tacho doctor";
    }
    tacho_devices_note(
        devices, "device metrics: device %u is sampled at NVML's rate alone: %s: %s (%d)%s", device->number, what,
        tacho_pm_text(result), result, remedy);
}

static void define_counters(tacho_devices *devices, sampled *sampled) {
    for (size_t i = 0; i < sampled->choice.count; i++) {
        const tacho_quantity *quantity = &tacho_quantities[sampled->choice.which[i]];
        sampled->counters[i] = tacho_counters_define(
            &devices->counters, 0, 0, sampled->device->number, quantity->name, quantity->unit);
        if (quantity->is_bus) { sampled->device->has_hardware_bus = 1; }
    }
}

/* MARK: Life */

static int renew_image(sampled *sampled) {
    pm_data data = {PM_SIZE(pm_data, image), NULL, sampled->object, sampled->image_bytes, sampled->image};
    return tacho_pm.data(&data);
}

static int set_rate(sampled *sampled, uint32_t hertz) {
    sampled->hertz = hertz;
    pm_set set = {PM_SIZE(pm_set, append), NULL, sampled->object, sampled->choice.config_bytes, sampled->choice.config,
                  buffer_bytes(hertz), 1000000000u / hertz, PM_BY_TIME, PM_KEEP_OLDEST};
    int result = tacho_pm.set(&set);
    if (result != PM_OK && result != PM_INSUFFICIENT_PRIVILEGES) {
        /* Turing and GA100 sample by cycles of the system clock alone, which runs at about 1.4 GHz. */
        set.trigger = PM_BY_CYCLES;
        set.interval = 1400000000u / hertz;
        if (tacho_pm.set(&set) == PM_OK) { result = PM_OK; }
    }
    return result;
}

/* Gives back what `prepare` took, however far it came: the hardware has one sampler for all processes. */
static void release(sampled *sampled) {
    if (sampled->object != NULL) {
        pm_object disable = {PM_SIZE(pm_object, object), NULL, sampled->object};
        tacho_pm.disable(&disable);
    }
    tacho_pm_choice_release(&sampled->choice);
    free(sampled->image);
    sampled->object = NULL;
    sampled->image = NULL;
}

static int prepare(tacho_devices *devices, sampled *sampled, uint32_t hertz, const char **what) {
    *what = "its chip's name";
    pm_chip chip = {PM_SIZE(pm_chip, name), NULL, sampled->device->cuda_device, NULL};
    int result = tacho_pm.chip(&chip);
    if (result != PM_OK) { return result; }
    *what = "its counters";
    pm_availability availability = {PM_SIZE(pm_availability, image), NULL, sampled->device->cuda_device, 0, NULL};
    if ((result = tacho_pm.availability(&availability)) != PM_OK) { return result; }
    uint8_t *image = malloc(availability.bytes);
    if (image == NULL) { return -1; }
    availability.image = image;
    result = tacho_pm.availability(&availability);
    if (result == PM_OK) {
        *what = "what to sample";
        result = tacho_pm_choose(devices, sampled->device, &sampled->choice, chip.name, image);
    }
    free(image);
    if (result != PM_OK) { return result; }
    *what = "the hardware's sampler";
    pm_enable enable = {PM_SIZE(pm_enable, object), NULL, sampled->device->cuda_device, NULL};
    if ((result = tacho_pm.enable(&enable)) != PM_OK) { return result; }
    sampled->object = enable.object;
    if ((result = set_rate(sampled, hertz)) != PM_OK) { return result; }
    *what = "the buffer for samples";
    pm_data_size size = {
        PM_SIZE(pm_data_size, bytes), NULL, sampled->object, sampled->choice.names, sampled->choice.count, samples_of_a_reading(hertz), 0};
    if ((result = tacho_pm.data_size(&size)) != PM_OK) { return result; }
    sampled->image_bytes = size.bytes;
    sampled->image = malloc(size.bytes);
    return sampled->image == NULL ? -1 : renew_image(sampled);
}

uint32_t tacho_pm_open(tacho_devices *devices, uint32_t hertz) {
    int is_visible = 0;
    for (uint32_t i = 0; i < devices->count; i++) { is_visible |= devices->devices[i].cuda_device != TACHO_NO_DEVICE; }
    if (!is_visible) { return 0; }
    if (!tacho_pm_library_open(devices)) { return 0; }
    pm_initialize initialize = {PM_SIZE(pm_initialize, reserved), NULL};
    int result = tacho_pm.initialize(&initialize);
    for (uint32_t i = 0; i < devices->count; i++) {
        if (devices->devices[i].cuda_device == TACHO_NO_DEVICE) { continue; }
        const char *what = "CUPTI's profiler";
        sampled *sampled = &devices_sampled[sampled_count];
        memset(sampled, 0, sizeof *sampled);
        sampled->device = &devices->devices[i];
        int own = result == PM_OK ? prepare(devices, sampled, hertz, &what) : result;
        /* Versions that want a context get the device's own: it takes device memory, so it is made only then. */
        if (own == PM_INVALID_CONTEXT && tacho_driver_use_context(sampled->device)) {
            release(sampled);
            own = prepare(devices, sampled, hertz, &what);
        }
        if (own == PM_OK) {
            define_counters(devices, sampled);
            sampled_count++;
        } else {
            release(sampled);
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
    if (tacho_pm.sample(&of) != PM_OK || of.start == 0 || of.end <= of.start || of.end <= sampled->last_end) { return; }
    sampled->last_end = of.end;
    double values[TACHO_QUANTITIES] = {0};
    pm_evaluate evaluate = {
        PM_SIZE(pm_evaluate, values), NULL, sampled->choice.host, sampled->image, sampled->image_bytes, index, sampled->choice.names,
        sampled->choice.count, values};
    if (tacho_pm.evaluate(&evaluate) != PM_OK) { return; }
    for (size_t i = 0; i < sampled->choice.count; i++) {
        tacho_counters_put(
            &devices->counters, sampled->counters[i], (int64_t)of.start + sampled->offset_ns, values[i]);
    }
}

static void end_counters(tacho_devices *devices, sampled *sampled, int64_t now_ns) {
    for (size_t i = 0; i < sampled->choice.count; i++) { tacho_counters_end(&devices->counters, sampled->counters[i], now_ns); }
}

static void give_up(tacho_devices *devices, sampled *sampled, const char *what, int result) {
    end_counters(devices, sampled, tacho_monotonic_ns());
    sampled->is_running = 0;
    sampled->device->has_hardware_bus = 0;
    explain(devices, sampled->device, what, result);
}

/* The hardware samples faster than it is read: what lies unread is lost, and from here on it samples at half the rate. */
static void slow_down(tacho_devices *devices, sampled *sampled) {
    atomic_fetch_add(&devices->counters.writer.header->dropped[TACHO_DROP_DEVICE], 1);
    atomic_fetch_add(
        &devices->counters.writer.header->dropped_kinds[TACHO_RECORD_COUNTER_SAMPLE % TACHO_COUNTED_KINDS], 1);
    end_counters(devices, sampled, tacho_monotonic_ns());
    pm_object object = {PM_SIZE(pm_object, object), NULL, sampled->object};
    tacho_pm.stop(&object);
    uint32_t hertz = sampled->hertz / 2;
    /* All anew: a sampler that ran over refuses a second configuration. */
    release(sampled);
    const char *what = "a lower rate after an overflow";
    int result = hertz < LEAST_HERTZ ? PM_OVERFLOW : prepare(devices, sampled, hertz, &what);
    if (result == PM_OK) {
        object.object = sampled->object;
        result = tacho_pm.start(&object);
    }
    if (result != PM_OK) {
        give_up(devices, sampled, what, result);
        return;
    }
    sampled->last_end = 0;
    sampled->behind_ns = 0;
    tacho_devices_note(
        devices,
        "device metrics: device %u sampled faster than it could be read: from here on at %u Hz, as "
        "--gpu-metrics-frequency %u asks for from the start",
        sampled->device->number, hertz, hertz);
}

/* Reads what lies ready, at most a few images full: a device that is always ahead must not keep the others waiting.
 * - is_calibrating: the samples tell the clock alone. */
static void read_samples(tacho_devices *devices, sampled *sampled, int is_calibrating) {
    int again = 1;
    for (int round = 0; again && round < 4; round++) {
        pm_decode decode = {
            PM_SIZE(pm_decode, overflow), NULL, sampled->object, sampled->image, sampled->image_bytes, 0, 0};
        int result = tacho_pm.decode(&decode);
        int64_t now = tacho_monotonic_ns();
        if (result == PM_OVERFLOW || (result == PM_OK && decode.overflow)) {
            slow_down(devices, sampled);
            return;
        }
        if (result != PM_OK) {
            give_up(devices, sampled, "its samples", result);
            return;
        }
        again = decode.stopped == PM_STOP_FULL;
        pm_information information = {
            PM_SIZE(pm_information, completed), NULL, sampled->image, sampled->image_bytes, 0, 0, 0};
        if (tacho_pm.information(&information) != PM_OK || information.completed == 0) { return; }
        pm_sample last = {
            PM_SIZE(pm_sample, end), NULL, sampled->object, sampled->image, sampled->image_bytes,
            information.completed - 1, 0, 0};
        /* A full image ends somewhere in the past, which tells nothing of the clock. */
        if (tacho_pm.sample(&last) == PM_OK && last.end > 0 && !again) { adjust_clock(sampled, now, last.end); }
        int is_clock_known = sampled->offset_ns != INT64_MAX;
        for (size_t i = 0; i < information.completed && is_clock_known && !is_calibrating; i++) {
            keep_sample(devices, sampled, i);
        }
        if (renew_image(sampled) != PM_OK) { return; }
    }
    /* The buffer hides for a while that the reader is too slow. */
    int64_t now = tacho_monotonic_ns();
    if (!again) {
        sampled->behind_ns = 0;
    } else if (sampled->behind_ns == 0) {
        sampled->behind_ns = now;
    } else if (now - sampled->behind_ns > MOST_BEHIND_NS) {
        slow_down(devices, sampled);
    }
}

void tacho_pm_start(tacho_devices *devices) {
    for (uint32_t i = 0; i < sampled_count; i++) {
        sampled *sampled = &devices_sampled[i];
        pm_object start = {PM_SIZE(pm_object, object), NULL, sampled->object};
        int result = tacho_pm.start(&start);
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
        for (int round = 0; round < 10 && sampled->is_running; round++) {
            struct timespec pause = {0, 1500000};
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
        tacho_pm.stop(&stop);
        read_samples(devices, sampled, 0);
        sampled->is_running = 0;
    }
}

void tacho_pm_close(void) {
    for (uint32_t i = 0; i < sampled_count; i++) { release(&devices_sampled[i]); }
    sampled_count = 0;
}
