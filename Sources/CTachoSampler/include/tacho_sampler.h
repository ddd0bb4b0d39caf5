/* What is sampled beside a traced program: the host's view of its processes, their stacks, and the devices.
 *
 * Each sampler appends to a segment of its own in the trace's folder (counters-N.seg), so that a kill loses nothing. All
 * instants are nanoseconds of CLOCK_MONOTONIC. A sampler rests while nothing is collected, and ends with the control page.
 */
#ifndef TACHO_SAMPLER_H
#define TACHO_SAMPLER_H

#include <stdint.h>

#include "tacho_control.h"

/* Ordinals of the samplers' segments. */
enum tacho_sampler_segment { TACHO_HOST_SEGMENT = 0, TACHO_STACK_SEGMENT = 1, TACHO_DEVICE_SEGMENT = 2 };

typedef struct tacho_host_sampler tacho_host_sampler;

/* Starts a thread that reads /proc for the process and all that descend from it.
 * - interval_us: between two rounds; longer where a round took more than 2 % of that.
 * Returns NULL, and sets errno, where the segment or the thread cannot be made. */
tacho_host_sampler *tacho_host_sampler_start(
    const char *folder, tacho_control *control, uint32_t process, uint32_t interval_us);

/* Takes a last round at once, for the first process: one that has ended but is not yet waited for still tells its figures.
 * Any thread. */
void tacho_host_sampler_round(tacho_host_sampler *sampler);

/* Ends the thread and the segment. */
void tacho_host_sampler_stop(tacho_host_sampler *sampler);

typedef struct tacho_stack_sampler tacho_stack_sampler;

/* Opens the kernel's software clock event for what the calling thread starts next: sampling begins with the exec of a child,
 * and its children and threads inherit it. The thread's own work is not sampled.
 * Returns NULL, and sets errno, where the kernel refuses (EACCES, EPERM: perf_event_paranoid). */
tacho_stack_sampler *tacho_stack_sampler_open(const char *folder, uint32_t hertz);

/* Starts the thread that empties the kernel's buffers. Returns 0 or an errno value. */
int tacho_stack_sampler_start(tacho_stack_sampler *sampler);
void tacho_stack_sampler_stop(tacho_stack_sampler *sampler);

typedef struct tacho_device_settings {
    const char *folder;
    uint32_t hertz;       /* of the hardware's own sampling; 0: none */
    uint32_t is_explicit; /* asked for by name: what is missing is said */
} tacho_device_settings;

/* Samples devices until the trace ends or the parent process is gone. Returns 0, or 1 where nothing could be sampled. */
int tacho_device_sampler_run(const tacho_device_settings *settings);

/* Whether there may be a device to sample: cheap, and loads nothing. */
int tacho_device_is_likely(void);

#endif
