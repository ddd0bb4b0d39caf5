#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "collector.h"
#include "cupti_abi.h"
#include "tacho_inject.h"

/* CUPTI hands over its records in buffers, from a thread of its own: they are packed into one segment under a lock that no
 * thread of the program ever takes. */

#define BUFFER_BYTES (4u << 20)
#define CALLBACKS 2048u

typedef int (*activity_enable)(uint32_t kind);
typedef void (*buffer_request)(uint8_t **buffer, size_t *size, size_t *greatest_records);
typedef void (*buffer_complete)(void *context, uint32_t stream, uint8_t *buffer, size_t size, size_t valid);
typedef void (*api_callback)(void *user, uint32_t domain, uint32_t callback, const void *information);

static struct {
    activity_enable enable;
    activity_enable disable;
    int (*register_timestamp)(uint64_t (*clock)(void));
    int (*register_buffers)(buffer_request, buffer_complete);
    int (*next_record)(uint8_t *buffer, size_t valid, void **record);
    int (*dropped)(void *context, uint32_t stream, size_t *count);
    int (*flush)(uint32_t flag);
    int (*thread_ids)(int type);
    int (*callback_name)(uint32_t domain, uint32_t callback, const char **name);
    int (*result_text)(int result, const char **text);
    int (*subscribe)(void **subscriber, api_callback callback, void *user);
    int (*enable_callback)(uint32_t enable, void *subscriber, uint32_t domain, uint32_t callback);
} cupti;

/* The first is the recorder's; the second is held while collection is turned on or off. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t switch_lock = PTHREAD_MUTEX_INITIALIZER;
static tacho_thread *recorder;
static const char *call_names[2][CALLBACKS];
static int is_active;
static _Atomic int is_ready; /* CUPTI can be turned on */

/* What the next short record of each lane counts from. */
static struct {
    int64_t start;
    uint32_t correlation;
    uint64_t window; /* in which the last record lies; another one starts with a long record */
} lanes[TACHO_CUDA_LANES];

static const uint32_t kinds[] = {
    CUPTI_KIND_CONCURRENT_KERNEL, CUPTI_KIND_MEMCPY,   CUPTI_KIND_MEMSET,         CUPTI_KIND_RUNTIME,
    CUPTI_KIND_DRIVER,            CUPTI_KIND_OVERHEAD, CUPTI_KIND_SYNCHRONIZATION, CUPTI_KIND_MEMORY2,
    CUPTI_KIND_MEMORY_POOL};

static uint64_t timestamp(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static const char *text_of_result(int result) {
    const char *text = NULL;
    if (cupti.result_text != NULL && cupti.result_text(result, &text) == 0 && text != NULL) { return text; }
    return "unknown error";
}

static void note(const char *what, int result) {
    char text[512];
    snprintf(
        text, sizeof text, "CUDA: %s: %s (%d)%s", what, text_of_result(result), result,
        result == CUPTI_MULTIPLE_SUBSCRIBERS ? "; another profiler uses CUPTI in this process: end it, and trace again" : "");
    tacho_process_note(TACHO_NOTE_CUDA_MISSING, text);
}

/* MARK: Packing records; the lock is held */

/* Where something happens: the thread of a call, or a stream with its device and context. */
typedef struct place {
    uint32_t stream;
    uint32_t device;
} place;

static place on_stream(uint32_t device, uint32_t context, uint32_t stream) {
    return (place){stream, device << 16 | (context & UINT16_MAX)};
}

/* The label of a text, a class, a place, and bytes that tell one from the other: they follow the text's zero byte. */
static uint32_t label(uint32_t class, place where, const char *name, const void *detail, uint32_t detail_bytes) {
    char text[TACHO_TEXT_BYTES];
    size_t length = strnlen(name, sizeof text - 96);
    memcpy(text, name, length);
    text[length] = 0;
    memcpy(text + length + 1, detail, detail_bytes);
    tacho_label_key key = {
        .category = class,
        .colour = where.stream,
        .registered = where.device,
        .text = {text, (uint32_t)length + (detail_bytes > 0 ? 1 + detail_bytes : 0)}};
    return tacho_thread_label(recorder, &key)->number;
}

static uint64_t zigzag(int64_t difference) { return (uint64_t)difference << 1 ^ (uint64_t)(difference >> 63); }

static void append_event(uint32_t lane, uint32_t number, uint64_t start, uint64_t end, uint32_t correlation) {
    uint16_t kind = lane == TACHO_CUDA_LANE_CALLS ? TACHO_RECORD_CUDA_CALL : TACHO_RECORD_CUDA_WORK;
    /* Room for either, so that the window cannot change between the choice and the record. */
    void *room = tacho_thread_reserve(recorder, kind, sizeof(tacho_cuda_long_record));
    if (room == NULL) { return; }
    uint64_t duration = end >= start ? end - start : 0;
    uint64_t later = zigzag((int64_t)start - lanes[lane].start);
    uint64_t further = zigzag((int64_t)correlation - (int64_t)lanes[lane].correlation);
    uint32_t size;
    if (lanes[lane].window == recorder->writer.window_offset + 1 && later < 1u << TACHO_CUDA_START_BITS
        && duration < 1u << TACHO_CUDA_DURATION_BITS && further < 1u << TACHO_CUDA_CORRELATION_BITS) {
        tacho_cuda_short_record *record = room;
        size = sizeof *record;
        record->header = (tacho_record_header){kind, (uint16_t)size, number};
        record->packed = later | duration << TACHO_CUDA_START_BITS
            | further << (TACHO_CUDA_START_BITS + TACHO_CUDA_DURATION_BITS);
    } else {
        tacho_cuda_long_record *record = room;
        size = sizeof *record;
        record->header = (tacho_record_header){TACHO_RECORD_CUDA_LONG, (uint16_t)size, number};
        record->start_ns = (int64_t)start;
        record->duration_ns = (int64_t)duration;
        record->correlation = correlation;
        record->lane = lane;
    }
    lanes[lane].start = (int64_t)start;
    lanes[lane].correlation = correlation;
    lanes[lane].window = recorder->writer.window_offset + 1;
    tacho_segment_commit(&recorder->writer, size);
}

static const char *call_name(const cupti_api *call, char *unknown, size_t size) {
    int is_runtime = call->kind == CUPTI_KIND_RUNTIME;
    const char **known = call->callback < CALLBACKS ? &call_names[is_runtime][call->callback] : NULL;
    if (known != NULL && *known != NULL) { return *known; }
    const char *name = NULL;
    uint32_t domain = is_runtime ? CUPTI_DOMAIN_RUNTIME : CUPTI_DOMAIN_DRIVER;
    if (cupti.callback_name == NULL || cupti.callback_name(domain, call->callback, &name) != 0 || name == NULL) {
        snprintf(unknown, size, "call %u", call->callback);
        return unknown;
    }
    /* CUPTI's names are constants of its library. */
    if (known != NULL) { *known = name; }
    return name;
}

static void append_call(const cupti_api *call) {
    char unknown[32];
    const char *name = call_name(call, unknown, sizeof unknown);
    uint32_t class = call->kind == CUPTI_KIND_RUNTIME ? TACHO_CUDA_RUNTIME_CALL : TACHO_CUDA_DRIVER_CALL;
    uint32_t number = label(
        class, (place){call->thread, 0}, name, &call->result, call->result == 0 ? 0 : sizeof call->result);
    append_event(TACHO_CUDA_LANE_CALLS, number, call->start, call->end, call->correlation);
}

/* Puts behind the detail which node of which graph it was, where it was one. Returns the bytes of both. */
static uint32_t add_node(uint8_t *detail, uint32_t bytes, uint32_t graph, uint64_t node) {
    if (node == 0 && graph == 0) { return bytes; }
    tacho_cuda_node_detail of = {node, graph};
    memcpy(detail + bytes, &of, sizeof of);
    return bytes + (uint32_t)sizeof of;
}

static void append_kernel(const cupti_kernel *kernel) {
    uint32_t numbers[10] = {
        kernel->grid[0],   kernel->grid[1],       kernel->grid[2],        kernel->block[0],      kernel->block[1],
        kernel->block[2],  kernel->registers,     kernel->static_shared,  kernel->dynamic_shared, kernel->local_per_thread};
    uint8_t detail[sizeof numbers + sizeof(tacho_cuda_node_detail)];
    memcpy(detail, numbers, sizeof numbers);
    uint32_t bytes = add_node(detail, sizeof numbers, kernel->graph, kernel->graph_node);
    uint32_t number = label(
        TACHO_CUDA_KERNEL, on_stream(kernel->device, kernel->context, kernel->stream),
        kernel->name == NULL ? "" : kernel->name, detail, bytes);
    append_event(TACHO_CUDA_LANE_WORK, number, kernel->start, kernel->end, kernel->correlation);
}

static uint32_t copy_label(
    uint32_t class, place where, const tacho_cuda_copy_detail *copy, uint32_t graph, uint64_t node) {
    uint8_t detail[sizeof *copy + sizeof(tacho_cuda_node_detail)];
    memcpy(detail, copy, sizeof *copy);
    return label(class, where, "", detail, add_node(detail, sizeof *copy, graph, node));
}

static void append_copy(const cupti_memcpy *copy) {
    tacho_cuda_copy_detail detail = {copy->bytes, copy->copy_kind, copy->source, copy->destination, copy->flags, 0};
    uint32_t number = copy_label(
        TACHO_CUDA_COPY, on_stream(copy->device, copy->context, copy->stream), &detail, copy->graph, copy->graph_node);
    append_event(TACHO_CUDA_LANE_WORK, number, copy->start, copy->end, copy->correlation);
}

static void append_set(const cupti_memset *set) {
    tacho_cuda_copy_detail detail = {set->bytes, 0, 0, (uint8_t)set->memory_kind, (uint8_t)set->flags, set->value};
    uint32_t number = copy_label(
        TACHO_CUDA_SET, on_stream(set->device, set->context, set->stream), &detail, set->graph, set->graph_node);
    append_event(TACHO_CUDA_LANE_WORK, number, set->start, set->end, set->correlation);
}

static void append_memory(
    uint16_t kind, uint64_t time, uint64_t address, uint64_t bytes, uint32_t correlation, uint32_t device,
    uint32_t operation, uint32_t memory_kind, uint64_t pool) {
    tacho_cuda_memory_record *record = tacho_thread_reserve(recorder, kind, sizeof *record);
    if (record == NULL) { return; }
    record->header = (tacho_record_header){kind, sizeof *record, 0};
    record->time_ns = (int64_t)time;
    record->address = address;
    record->bytes = bytes;
    record->correlation = correlation;
    record->device = (uint16_t)device;
    record->operation = (uint8_t)operation;
    record->memory_kind = (uint8_t)memory_kind;
    record->pool = pool;
    tacho_segment_commit(&recorder->writer, sizeof *record);
}

static const char *synchronization_name(uint32_t type) {
    static const char *const names[] = {"unknown", "event", "stream wait event", "stream", "context"};
    return type < sizeof names / sizeof names[0] ? names[type] : names[0];
}

static void append(const void *record) {
    switch (*(const uint32_t *)record) {
        case CUPTI_KIND_CONCURRENT_KERNEL: append_kernel(record); break;
        case CUPTI_KIND_MEMCPY: append_copy(record); break;
        case CUPTI_KIND_MEMSET: append_set(record); break;
        case CUPTI_KIND_RUNTIME:
        case CUPTI_KIND_DRIVER: append_call(record); break;
        case CUPTI_KIND_SYNCHRONIZATION: {
            const cupti_synchronization *wait = record;
            uint32_t number = label(
                TACHO_CUDA_SYNCHRONISATION, on_stream(0, wait->context, wait->stream),
                synchronization_name(wait->type), "", 0);
            append_event(TACHO_CUDA_LANE_WORK, number, wait->start, wait->end, wait->correlation);
            break;
        }
        case CUPTI_KIND_OVERHEAD: {
            const cupti_overhead *overhead = record;
            char name[32];
            snprintf(name, sizeof name, "overhead %u", overhead->overhead);
            uint32_t number = label(TACHO_CUDA_OVERHEAD, (place){0, 0}, name, "", 0);
            append_event(TACHO_CUDA_LANE_WORK, number, overhead->start, overhead->end, 0);
            break;
        }
        case CUPTI_KIND_GRAPH_TRACE: {
            const cupti_graph *graph = record;
            uint32_t number = label(
                TACHO_CUDA_GRAPH, on_stream(graph->device, graph->context, graph->stream), "graph", &graph->graph,
                sizeof graph->graph);
            append_event(TACHO_CUDA_LANE_WORK, number, graph->start, graph->end, graph->correlation);
            break;
        }
        case CUPTI_KIND_MEMORY2: {
            const cupti_memory *memory = record;
            append_memory(
                TACHO_RECORD_CUDA_MEMORY, memory->time, memory->address, memory->bytes, memory->correlation,
                memory->device, memory->operation, memory->memory_kind, memory->pool);
            break;
        }
        case CUPTI_KIND_MEMORY_POOL: {
            const cupti_memory_pool *pool = record;
            append_memory(
                TACHO_RECORD_CUDA_POOL, pool->time, pool->address, pool->bytes, pool->correlation, pool->device,
                pool->operation, 0, pool->address);
            break;
        }
        default: break;
    }
}

/* MARK: CUPTI's callbacks */

static void give_buffer(uint8_t **buffer, size_t *size, size_t *greatest_records) {
    void *memory = NULL;
    if (posix_memalign(&memory, 8, BUFFER_BYTES) != 0) { memory = NULL; }
    *buffer = memory;
    *size = memory == NULL ? 0 : BUFFER_BYTES;
    *greatest_records = 0;
}

static void take_buffer(void *context, uint32_t stream, uint8_t *buffer, size_t size, size_t valid) {
    (void)size;
    pthread_mutex_lock(&lock);
    if (recorder != NULL && tacho_state.control != NULL) {
        void *record = NULL;
        while (valid > 0 && cupti.next_record(buffer, valid, &record) == 0) { append(record); }
        size_t dropped = 0;
        if (cupti.dropped != NULL && cupti.dropped(context, stream, &dropped) == 0 && dropped > 0) {
            atomic_fetch_add(&recorder->writer.header->dropped[TACHO_DROP_DEVICE], dropped);
            atomic_fetch_add(
                &recorder->writer.header->dropped_kinds[TACHO_RECORD_CUDA_WORK % TACHO_COUNTED_KINDS], dropped);
        }
    }
    pthread_mutex_unlock(&lock);
    free(buffer);
}

static void set_active(int active) {
    pthread_mutex_lock(&switch_lock);
    if (is_active != active) {
        is_active = active;
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
            int result = (active ? cupti.enable : cupti.disable)(kinds[i]);
            if (result != 0 && active) {
                char what[64];
                snprintf(what, sizeof what, "activity of kind %u cannot be recorded", kinds[i]);
                note(what, result);
            }
        }
        if ((tacho_state.control->settings.trace & TACHO_TRACE_GRAPH_NODES) == 0) {
            (active ? cupti.enable : cupti.disable)(CUPTI_KIND_GRAPH_TRACE);
        }
    }
    pthread_mutex_unlock(&switch_lock);
}

void tacho_cuda_follow(void) {
    tacho_control *control = tacho_state.control;
    if (control != NULL && atomic_load(&is_ready)) { set_active(tacho_control_is_collecting(control)); }
}

/* Follows what tacho and other processes decide (--delay, --duration, the end of a trace), and asks CUPTI once a second for
 * the buffers that are complete: a program that is killed loses no more than that. */
static void *follow(void *unused) {
    (void)unused;
    for (;;) {
        tacho_control *control = tacho_state.control;
        if (control == NULL || !atomic_load(&is_ready)) { return NULL; }
        uint32_t generation = atomic_load(&control->generation);
        tacho_cuda_follow();
        struct timespec second = {1, 0};
        syscall(SYS_futex, &control->generation, FUTEX_WAIT, generation, &second, NULL, 0);
        if (atomic_load(&is_ready)) { cupti.flush(0); }
    }
}

/* The program's signals are not for this thread. */
static void start_following(void) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    int error = pthread_create(&thread, NULL, follow, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error == 0) {
        pthread_detach(thread);
    } else {
        tacho_process_note(
            TACHO_NOTE_INFORMATION, "CUDA: no thread could be made that turns collection on and off in time");
    }
}

/* The program marks its capture range with cudaProfilerStart and cudaProfilerStop. */
static void profiler_called(void *user, uint32_t domain, uint32_t callback, const void *information) {
    (void)user;
    /* The site is the first field: 0 on entry, 1 on exit. Starting counts from the exit, stopping from the entry. */
    int is_exit = *(const int *)information == 1;
    tacho_control *control = tacho_state.control;
    if (control == NULL || domain != CUPTI_DOMAIN_DRIVER) { return; }
    const tacho_trace_settings *settings = &control->settings;
    if (callback == CUPTI_DRIVER_PROFILER_START && is_exit && !tacho_control_is_collecting(control)) {
        if (settings->captures != 0 && atomic_load(&control->captures_begun) >= settings->captures) { return; }
        atomic_fetch_add(&control->captures_begun, 1);
        tacho_control_set_collecting(control, 1);
        tacho_cuda_follow();
    } else if (callback == CUPTI_DRIVER_PROFILER_STOP && !is_exit && settings->keeps_running == 0) {
        tacho_control_set_collecting(control, 0);
        tacho_cuda_follow();
    }
}

void tacho_cuda_forget(void) {
    pthread_mutex_init(&lock, NULL);
    pthread_mutex_init(&switch_lock, NULL);
    atomic_store(&is_ready, 0);
    if (recorder == NULL) { return; }
    munmap(recorder->writer.window, recorder->writer.window_bytes);
    munmap(recorder->writer.header, TACHO_SEGMENT_HEADER_BYTES);
    recorder = NULL;
}

/* MARK: The way in */

static void *open_library(void) {
    static const char *const names[] = {
        "libcupti.so",    "libcupti.so.13", "libcupti.so.12", "/usr/local/cuda/extras/CUPTI/lib64/libcupti.so",
        "/usr/local/cuda/lib64/libcupti.so"};
    const char *named = getenv("TACHO_CUPTI_LIBRARY");
    if (named != NULL && named[0] != 0) { return dlopen(named, RTLD_NOW | RTLD_LOCAL); }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
        if (library != NULL) { return library; }
    }
    return NULL;
}

static int find_functions(void *library) {
    const struct {
        void **place;
        const char *name;
        int is_needed;
    } functions[] = {
        {(void **)&cupti.enable, "cuptiActivityEnable", 1},
        {(void **)&cupti.disable, "cuptiActivityDisable", 1},
        {(void **)&cupti.register_timestamp, "cuptiActivityRegisterTimestampCallback", 1},
        {(void **)&cupti.register_buffers, "cuptiActivityRegisterCallbacks", 1},
        {(void **)&cupti.next_record, "cuptiActivityGetNextRecord", 1},
        {(void **)&cupti.dropped, "cuptiActivityGetNumDroppedRecords", 0},
        {(void **)&cupti.flush, "cuptiActivityFlushAll", 1},
        {(void **)&cupti.thread_ids, "cuptiSetThreadIdType", 0},
        {(void **)&cupti.callback_name, "cuptiGetCallbackName", 0},
        {(void **)&cupti.result_text, "cuptiGetResultString", 0},
        {(void **)&cupti.subscribe, "cuptiSubscribe", 0},
        {(void **)&cupti.enable_callback, "cuptiEnableCallback", 0}};
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        *functions[i].place = dlsym(library, functions[i].name);
        if (*functions[i].place == NULL && functions[i].is_needed) {
            char text[256];
            snprintf(
                text, sizeof text,
                "CUDA: this version of CUPTI has no %s, which came with CUDA 11.6: nothing of CUDA is recorded",
                functions[i].name);
            tacho_process_note(TACHO_NOTE_CUDA_MISSING, text);
            return 0;
        }
    }
    return 1;
}

static void flush_at_exit(void) {
    if (cupti.flush != NULL && recorder != NULL) {
        atomic_store(&is_ready, 0);
        cupti.flush(CUPTI_FLUSH_FORCED);
    }
}

static void start_cupti(void) {
    void *library = open_library();
    if (library == NULL) {
        char text[512];
        const char *why = dlerror();
        snprintf(
            text, sizeof text,
            "CUDA: CUPTI was not found (%.300s): install the wheel nvidia-cuda-cupti, or name it in TACHO_CUPTI_LIBRARY",
            why == NULL ? "no reason given" : why);
        tacho_process_note(TACHO_NOTE_CUDA_MISSING, text);
        return;
    }
    if (!find_functions(library)) { return; }
    recorder = tacho_thread_make_for("(cuda)", 0);
    if (recorder == NULL) { return; }
    /* The clock must be ours before anything is recorded. */
    int result = cupti.register_timestamp(timestamp);
    if (result != 0) { note("CUPTI takes no clock", result); }
    if (cupti.thread_ids != NULL) { cupti.thread_ids(CUPTI_THREAD_ID_SYSTEM); }
    result = cupti.register_buffers(give_buffer, take_buffer);
    if (result != 0) {
        note("activities cannot be recorded", result);
        return;
    }
    if (tacho_state.control->settings.capture == TACHO_CAPTURE_PROFILER && cupti.subscribe != NULL
        && cupti.enable_callback != NULL) {
        void *subscriber = NULL;
        result = cupti.subscribe(&subscriber, profiler_called, NULL);
        if (result == 0) {
            cupti.enable_callback(1, subscriber, CUPTI_DOMAIN_DRIVER, CUPTI_DRIVER_PROFILER_START);
            cupti.enable_callback(1, subscriber, CUPTI_DOMAIN_DRIVER, CUPTI_DRIVER_PROFILER_STOP);
        } else {
            note("cudaProfilerStart cannot be heard", result);
        }
    }
    /* Outside a capture range, and before --delay has passed, CUPTI collects nothing. */
    atomic_store(&is_ready, 1);
    tacho_cuda_follow();
    start_following();
    atexit(flush_at_exit);
}

int InitializeInjection(void) {
    static _Atomic int has_started;
    if (atomic_exchange(&has_started, 1) != 0 || !tacho_collector_start()) { return 1; }
    if ((tacho_state.control->settings.trace & TACHO_TRACE_CUDA) != 0) { start_cupti(); }
    return 1;
}
