#define _GNU_SOURCE
#include <errno.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "counters.h"
#include "tacho_sampler.h"

/* An event that children inherit must be opened for each processor; the kernel writes into one ring for each. Records are
 * copied as they are: what they mean is found out when the report is made. */

#define RING_BYTES (256u << 10) /* what the kernel lets anyone lock, on each processor */
#define PAUSE_NS 20000000
#define GREATEST_RECORD 65520u

typedef struct ring {
    int descriptor;
    struct perf_event_mmap_page *page;
} ring;

struct tacho_stack_sampler {
    tacho_counters counters;
    ring *rings;
    long count;
    pthread_t thread;
    int has_thread;
    _Atomic int is_stopping;
};

static int open_event(int processor, uint32_t hertz) {
    struct perf_event_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.size = sizeof attributes;
    attributes.type = PERF_TYPE_SOFTWARE;
    attributes.config = PERF_COUNT_SW_CPU_CLOCK;
    attributes.freq = 1;
    attributes.sample_freq = hertz;
    attributes.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CALLCHAIN;
    attributes.disabled = 1;
    attributes.enable_on_exec = 1;
    attributes.inherit = 1;
    attributes.mmap = 1;
    attributes.mmap2 = 1;
    attributes.comm = 1;
    attributes.comm_exec = 1;
    attributes.task = 1;
    attributes.sample_id_all = 1;
    attributes.use_clockid = 1;
    attributes.clockid = CLOCK_MONOTONIC;
    attributes.exclude_kernel = 1;
    attributes.exclude_hv = 1;
    attributes.exclude_callchain_kernel = 1;
    return (int)syscall(SYS_perf_event_open, &attributes, 0, processor, -1, PERF_FLAG_FD_CLOEXEC);
}

static void release(tacho_stack_sampler *sampler) {
    for (long i = 0; i < sampler->count; i++) {
        if (sampler->rings[i].page != NULL) {
            munmap(sampler->rings[i].page, (size_t)sysconf(_SC_PAGESIZE) + RING_BYTES);
        }
        if (sampler->rings[i].descriptor >= 0) { close(sampler->rings[i].descriptor); }
    }
    free(sampler->rings);
    free(sampler);
}

tacho_stack_sampler *tacho_stack_sampler_open(const char *folder, uint32_t hertz) {
    tacho_stack_sampler *sampler = calloc(1, sizeof *sampler);
    if (sampler == NULL) { return NULL; }
    long processors = sysconf(_SC_NPROCESSORS_CONF);
    sampler->rings = calloc((size_t)processors, sizeof(ring));
    if (sampler->rings == NULL) {
        free(sampler);
        return NULL;
    }
    int error = 0, opened = 0;
    for (long i = 0; i < processors && error == 0; i++) {
        ring *place = &sampler->rings[sampler->count++];
        place->descriptor = open_event((int)i, hertz);
        if (place->descriptor < 0) {
            /* A processor that is switched off. */
            if (errno != ENODEV) { error = errno; }
            continue;
        }
        void *page = mmap(
            NULL, (size_t)sysconf(_SC_PAGESIZE) + RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, place->descriptor, 0);
        if (page == MAP_FAILED) {
            error = errno;
        } else {
            place->page = page;
            opened++;
        }
    }
    if (error == 0 && opened == 0) { error = ENODEV; }
    if (error == 0) { error = tacho_counters_open(&sampler->counters, folder, TACHO_STACK_SEGMENT, "(stacks)"); }
    if (error != 0) {
        release(sampler);
        errno = error;
        return NULL;
    }
    return sampler;
}

/* Copies what the kernel wrote since. */
static void drain(tacho_stack_sampler *sampler, struct perf_event_mmap_page *page) {
    const uint8_t *data = (const uint8_t *)page + sysconf(_SC_PAGESIZE);
    uint64_t head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE), tail = page->data_tail;
    while (tail < head) {
        struct perf_event_header header;
        uint64_t place = tail % RING_BYTES;
        memcpy(&header, data + place, sizeof header); /* records are aligned to 8 bytes: a header does not wrap */
        if (header.size < sizeof header || header.size % 8 != 0 || header.size > head - tail) {
            tail = head;
            break;
        }
        if (header.size <= GREATEST_RECORD) {
            uint32_t size = (uint32_t)sizeof(tacho_record_header) + header.size;
            tacho_record_header *record = tacho_counters_reserve(&sampler->counters, size);
            if (record != NULL) {
                *record = (tacho_record_header){TACHO_RECORD_PERF, (uint16_t)size, 0};
                uint64_t first = RING_BYTES - place < header.size ? RING_BYTES - place : header.size;
                memcpy(record + 1, data + place, first);
                memcpy((uint8_t *)(record + 1) + first, data, header.size - first);
                tacho_segment_commit(&sampler->counters.writer, size);
            }
        }
        tail += header.size;
    }
    __atomic_store_n(&page->data_tail, tail, __ATOMIC_RELEASE);
}

static void drain_all(tacho_stack_sampler *sampler) {
    for (long i = 0; i < sampler->count; i++) {
        if (sampler->rings[i].page != NULL) { drain(sampler, sampler->rings[i].page); }
    }
}

static void *sample(void *argument) {
    tacho_stack_sampler *sampler = argument;
    pthread_setname_np(pthread_self(), "tacho stacks");
    while (!atomic_load(&sampler->is_stopping)) {
        struct timespec pause = {0, PAUSE_NS};
        nanosleep(&pause, NULL);
        drain_all(sampler);
    }
    return NULL;
}

int tacho_stack_sampler_start(tacho_stack_sampler *sampler) {
    int error = pthread_create(&sampler->thread, NULL, sample, sampler);
    sampler->has_thread = error == 0;
    return error;
}

void tacho_stack_sampler_stop(tacho_stack_sampler *sampler) {
    for (long i = 0; i < sampler->count; i++) {
        if (sampler->rings[i].descriptor >= 0) { ioctl(sampler->rings[i].descriptor, PERF_EVENT_IOC_DISABLE, 0); }
    }
    atomic_store(&sampler->is_stopping, 1);
    if (sampler->has_thread) { pthread_join(sampler->thread, NULL); }
    drain_all(sampler);
    tacho_counters_close(&sampler->counters);
    release(sampler);
}
