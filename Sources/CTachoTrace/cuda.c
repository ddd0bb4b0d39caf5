#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

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

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static tacho_thread *recorder;
static uint32_t call_labels[2][CALLBACKS];
static _Atomic int is_active;

static const uint32_t kinds[] = {
    CUPTI_KIND_CONCURRENT_KERNEL, CUPTI_KIND_MEMCPY,   CUPTI_KIND_MEMSET,         CUPTI_KIND_RUNTIME,
    CUPTI_KIND_DRIVER,            CUPTI_KIND_OVERHEAD, CUPTI_KIND_SYNCHRONIZATION};

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

/* The label of a text, a class, and bytes that tell one from the other: they follow the text's zero byte. */
static uint32_t label(uint32_t class, const char *name, const void *detail, uint32_t detail_bytes) {
    char text[TACHO_TEXT_BYTES];
    size_t length = strnlen(name, sizeof text - 64);
    memcpy(text, name, length);
    text[length] = 0;
    memcpy(text + length + 1, detail, detail_bytes);
    tacho_label_key key = {
        .category = class, .text = {text, (uint32_t)length + (detail_bytes > 0 ? 1 + detail_bytes : 0)}};
    return tacho_thread_label(recorder, &key)->number;
}

static void append_work(
    uint32_t number, uint64_t start, uint64_t end, uint32_t correlation, uint32_t device, uint32_t context,
    uint32_t stream, uint32_t graph, uint64_t node) {
    tacho_cuda_work_record *record = tacho_thread_reserve(recorder, TACHO_RECORD_CUDA_WORK, sizeof *record);
    if (record == NULL) { return; }
    record->header = (tacho_record_header){TACHO_RECORD_CUDA_WORK, sizeof *record, number};
    record->start_ns = (int64_t)start;
    record->duration_ns = end >= start ? (int64_t)(end - start) : 0;
    record->correlation = correlation;
    record->device = (uint16_t)device;
    record->context = (uint16_t)context;
    record->stream = stream;
    record->graph = graph;
    record->graph_node = node;
    tacho_segment_commit(&recorder->writer, sizeof *record);
}

static uint32_t call_label(const cupti_api *call) {
    int is_runtime = call->kind == CUPTI_KIND_RUNTIME;
    uint32_t *known = call->callback < CALLBACKS ? &call_labels[is_runtime][call->callback] : NULL;
    if (known != NULL && *known != 0) { return *known; }
    const char *name = NULL;
    char unknown[32];
    uint32_t domain = is_runtime ? CUPTI_DOMAIN_RUNTIME : CUPTI_DOMAIN_DRIVER;
    if (cupti.callback_name == NULL || cupti.callback_name(domain, call->callback, &name) != 0 || name == NULL) {
        snprintf(unknown, sizeof unknown, "call %u", call->callback);
        name = unknown;
    }
    uint32_t number = label(is_runtime ? TACHO_CUDA_RUNTIME_CALL : TACHO_CUDA_DRIVER_CALL, name, "", 0);
    if (known != NULL) { *known = number; }
    return number;
}

static void append_call(const cupti_api *call) {
    uint64_t duration = call->end >= call->start ? call->end - call->start : 0;
    uint32_t number = call_label(call);
    if (duration > UINT32_MAX) {
        append_work(number, call->start, call->end, call->correlation, UINT16_MAX, 0, call->thread, 0, 0);
        return;
    }
    tacho_cuda_call_record *record = tacho_thread_reserve(recorder, TACHO_RECORD_CUDA_CALL, sizeof *record);
    if (record == NULL) { return; }
    record->header = (tacho_record_header){TACHO_RECORD_CUDA_CALL, sizeof *record, number};
    record->start_ns = (int64_t)call->start;
    record->duration_ns = (uint32_t)duration;
    record->correlation = call->correlation;
    record->thread = call->thread;
    record->result = call->result;
    tacho_segment_commit(&recorder->writer, sizeof *record);
}

static void append_kernel(const cupti_kernel *kernel) {
    uint32_t detail[10] = {
        kernel->grid[0],   kernel->grid[1],       kernel->grid[2],        kernel->block[0],      kernel->block[1],
        kernel->block[2],  kernel->registers,     kernel->static_shared,  kernel->dynamic_shared, kernel->local_per_thread};
    uint32_t number =
        label(TACHO_CUDA_KERNEL, kernel->name == NULL ? "" : kernel->name, detail, sizeof detail);
    append_work(
        number, kernel->start, kernel->end, kernel->correlation, kernel->device, kernel->context, kernel->stream,
        kernel->graph, kernel->graph_node);
}

static void append_copy(const cupti_memcpy *copy) {
    tacho_cuda_copy_detail detail = {copy->bytes, copy->copy_kind, copy->source, copy->destination, copy->flags, 0};
    append_work(
        label(TACHO_CUDA_COPY, "", &detail, sizeof detail), copy->start, copy->end, copy->correlation, copy->device,
        copy->context, copy->stream, copy->graph, copy->graph_node);
}

static void append_set(const cupti_memset *set) {
    tacho_cuda_copy_detail detail = {set->bytes, 0, 0, (uint8_t)set->memory_kind, (uint8_t)set->flags, set->value};
    append_work(
        label(TACHO_CUDA_SET, "", &detail, sizeof detail), set->start, set->end, set->correlation, set->device,
        set->context, set->stream, set->graph, set->graph_node);
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
            append_work(
                label(TACHO_CUDA_SYNCHRONISATION, synchronization_name(wait->type), "", 0), wait->start, wait->end,
                wait->correlation, 0, wait->context, wait->stream, 0, 0);
            break;
        }
        case CUPTI_KIND_OVERHEAD: {
            const cupti_overhead *overhead = record;
            char name[32];
            snprintf(name, sizeof name, "overhead %u", overhead->overhead);
            append_work(label(TACHO_CUDA_OVERHEAD, name, "", 0), overhead->start, overhead->end, 0, 0, 0, 0, 0, 0);
            break;
        }
        case CUPTI_KIND_GRAPH_TRACE: {
            const cupti_graph *graph = record;
            append_work(
                label(TACHO_CUDA_GRAPH, "graph", &graph->graph, sizeof graph->graph), graph->start, graph->end,
                graph->correlation, graph->device, graph->context, graph->stream, graph->graph, 0);
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
    if (atomic_exchange(&is_active, active) == active) { return; }
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
    if (!active) { cupti.flush(0); }
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
        set_active(1);
        tacho_control_set_collecting(control, 1);
    } else if (callback == CUPTI_DRIVER_PROFILER_STOP && !is_exit && settings->keeps_running == 0) {
        tacho_control_set_collecting(control, 0);
        set_active(0);
    }
}

void tacho_cuda_forget(void) {
    pthread_mutex_init(&lock, NULL);
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
    if (cupti.flush != NULL && recorder != NULL) { cupti.flush(CUPTI_FLUSH_FORCED); }
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
    } else {
        set_active(1);
    }
    atexit(flush_at_exit);
}

int InitializeInjection(void) {
    static _Atomic int has_started;
    if (atomic_exchange(&has_started, 1) != 0 || !tacho_collector_start()) { return 1; }
    if ((tacho_state.control->settings.trace & TACHO_TRACE_CUDA) != 0) { start_cupti(); }
    return 1;
}
