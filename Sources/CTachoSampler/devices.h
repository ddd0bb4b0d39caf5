/* The devices that are sampled, and the two libraries that are asked about them. One thread uses all of this. */
#ifndef TACHO_DEVICES_H
#define TACHO_DEVICES_H

#include "counters.h"

#define TACHO_DEVICES 64u
#define TACHO_HARDWARE_PAUSE_NS 50000000 /* between two readings of what the hardware sampled */

typedef struct tacho_device {
    uint32_t number;      /* as nvidia-smi counts */
    uint32_t cuda_device; /* TACHO_NO_DEVICE: programs with this environment do not see it */
    char bus[32];         /* domain:bus:device, in lower case: 00000000:17:00 */
    void *handle;         /* NVML's */
    int has_hardware_bus; /* the hardware samples the bus itself, so NVML need not be asked */
    uint32_t counters[12];
    uint32_t refused; /* bits: quantities that NVML does not know of this device */
} tacho_device;

typedef struct tacho_devices {
    tacho_counters counters;
    tacho_device devices[TACHO_DEVICES];
    uint32_t count;
    int is_explicit; /* what is missing is said */
} tacho_devices;

/* Writes a note, once for each text. */
void tacho_devices_note(tacho_devices *devices, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* MARK: NVML */

/* Loads NVML and finds the devices. Returns how many there are. */
uint32_t tacho_nvml_open(tacho_devices *devices);
void tacho_nvml_read(tacho_devices *devices);
void tacho_nvml_close(void);

/* MARK: The driver */

/* Asks the CUDA driver which devices a program here sees: sets `cuda_device`. Returns whether there is any. */
int tacho_driver_number(tacho_devices *devices);

/* Makes the device's primary context current in this thread. Returns whether that worked. */
int tacho_driver_use_context(const tacho_device *device);

/* MARK: CUPTI's PM sampling */

/* Prepares sampling on every visible device. Returns on how many it works; the others are explained in notes. */
uint32_t tacho_pm_open(tacho_devices *devices, uint32_t hertz);
void tacho_pm_start(tacho_devices *devices);
/* Reads what the hardware has sampled since. */
void tacho_pm_read(tacho_devices *devices);
void tacho_pm_stop(tacho_devices *devices);
void tacho_pm_close(void);

#endif
