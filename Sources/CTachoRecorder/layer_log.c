#define _GNU_SOURCE
#include "tacho_layer_log.h"
#include "tacho_segment.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The segment of one thread. */
typedef struct thread_segment {
    tacho_segment_writer writer;
    int64_t base_ns;
    struct thread_segment *next;
    pthread_t thread;
    int is_open;
} thread_segment;

struct tacho_layer_log {
    uint64_t number; /* of all logs of the process: tells a thread that it still holds another log's segment */
    pthread_mutex_t lock;
    thread_segment *segments;
    uint32_t count;
    uint32_t launch;
    _Atomic uint64_t lost;
    char *prefix;
};

static _Atomic uint64_t log_count;

static _Thread_local struct {
    uint64_t log;
    thread_segment *segment;
} own;

tacho_layer_log *tacho_layer_log_create(const char *prefix, uint32_t launch) {
    tacho_layer_log *log = calloc(1, sizeof *log);
    if (log == NULL) { return NULL; }
    log->prefix = strdup(prefix);
    if (log->prefix == NULL) {
        free(log);
        return NULL;
    }
    log->number = atomic_fetch_add(&log_count, 1) + 1;
    log->launch = launch;
    pthread_mutex_init(&log->lock, NULL);
    return log;
}

/* A thread that can have no segment keeps a closed one, so that it does not try again with every layer. */
static thread_segment *make_segment(tacho_layer_log *log) {
    thread_segment *segment = calloc(1, sizeof *segment);
    if (segment == NULL) { return NULL; }
    segment->thread = pthread_self();
    pthread_mutex_lock(&log->lock);
    uint32_t ordinal = log->count++;
    segment->next = log->segments;
    log->segments = segment;
    pthread_mutex_unlock(&log->lock);
    char path[4096];
    char name[TACHO_SEGMENT_NAME_BYTES];
    snprintf(name, sizeof name, "layers of thread %u", ordinal);
    int length = snprintf(path, sizeof path, "%s%u.seg", log->prefix, ordinal);
    segment->is_open = length > 0 && (size_t)length < sizeof path
                       && tacho_segment_create(&segment->writer, path, log->launch, ordinal, name) == 0;
    segment->base_ns = INT64_MIN;
    return segment;
}

/* A thread remembers one log's segment; one that appends to several logs in turn finds its own again in their lists.
 * A thread that takes the number of one that has ended goes on in its segment. */
static thread_segment *find_segment(tacho_layer_log *log) {
    pthread_mutex_lock(&log->lock);
    thread_segment *segment = log->segments;
    while (segment != NULL && !pthread_equal(segment->thread, pthread_self())) { segment = segment->next; }
    pthread_mutex_unlock(&log->lock);
    if (segment == NULL) { segment = make_segment(log); }
    if (segment != NULL) {
        own.log = log->number;
        own.segment = segment;
    }
    return segment;
}

static inline thread_segment *segment_for(tacho_layer_log *log) {
    thread_segment *segment = own.log == log->number ? own.segment : find_segment(log);
    if (segment == NULL || !segment->is_open) {
        atomic_fetch_add_explicit(&log->lost, 1, memory_order_relaxed);
        return NULL;
    }
    return segment;
}

static int append_long(
    tacho_segment_writer *writer, uint16_t kind, uint32_t flags, int64_t start_ns, int64_t duration_ns) {
    tacho_layer_long_record *record = tacho_segment_reserve(writer, sizeof *record);
    if (record == NULL) { return 0; }
    *record = (tacho_layer_long_record){{kind, sizeof *record, flags}, start_ns, duration_ns};
    tacho_segment_commit(writer, sizeof *record);
    return 1;
}

int tacho_layer_log_append(tacho_layer_log *log, uint32_t layer, int64_t start_ns, int64_t duration_ns) {
    thread_segment *segment = segment_for(log);
    if (segment == NULL) { return 0; }
    if (duration_ns < 0 || duration_ns > UINT32_MAX) {
        return append_long(&segment->writer, TACHO_RECORD_LAYER_LONG, layer, start_ns, duration_ns);
    }
    if (segment->base_ns == INT64_MIN || start_ns < segment->base_ns
        || start_ns - segment->base_ns > UINT32_MAX) {
        tacho_layer_base_record *base = tacho_segment_reserve(&segment->writer, sizeof *base);
        if (base == NULL) { return 0; }
        *base = (tacho_layer_base_record){{TACHO_RECORD_LAYER_BASE, sizeof *base, 0}, start_ns};
        tacho_segment_commit(&segment->writer, sizeof *base);
        segment->base_ns = start_ns;
    }
    tacho_layer_record *record = tacho_segment_reserve(&segment->writer, sizeof *record);
    if (record == NULL) { return 0; }
    *record = (tacho_layer_record){
        {TACHO_RECORD_LAYER, sizeof *record, layer}, (uint32_t)(start_ns - segment->base_ns), (uint32_t)duration_ns};
    tacho_segment_commit(&segment->writer, sizeof *record);
    return 1;
}

int tacho_layer_log_append_run(tacho_layer_log *log, int64_t start_ns, int64_t duration_ns) {
    thread_segment *segment = segment_for(log);
    return segment == NULL
               ? 0
               : append_long(&segment->writer, TACHO_RECORD_ENGINE_RUN, 0, start_ns, duration_ns);
}

uint64_t tacho_layer_log_lost(const tacho_layer_log *log) {
    return atomic_load_explicit(&((tacho_layer_log *)(uintptr_t)log)->lost, memory_order_relaxed);
}

int tacho_layer_log_close(tacho_layer_log *log) {
    int error = 0;
    for (thread_segment *segment = log->segments; segment != NULL;) {
        thread_segment *next = segment->next;
        if (segment->is_open) {
            int problem = tacho_segment_close(&segment->writer);
            if (error == 0) { error = problem; }
        }
        free(segment);
        segment = next;
    }
    pthread_mutex_destroy(&log->lock);
    free(log->prefix);
    free(log);
    return error;
}
