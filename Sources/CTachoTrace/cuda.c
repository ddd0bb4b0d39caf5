#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "cuda_calls.h"
#include "cuda_records.h"
#include "cupti_abi.h"
#include "tacho_cupti_library.h"
#include "tacho_monotonic.h"
#include "tacho_inject.h"

/* What devices do, by CUPTI's activity records: it hands them over in buffers, from a thread of its own, and they are packed
 * into one segment under a lock that no thread of the program ever takes. What the program calls, its threads record
 * themselves: cuda_calls.c. */

#define BUFFER_BYTES (4u << 20)

typedef int (*activity_enable)(uint32_t kind);
typedef void (*buffer_request)(uint8_t **buffer, size_t *size, size_t *greatest_records);
typedef void (*buffer_complete)(void *context, uint32_t stream, uint8_t *buffer, size_t size, size_t valid);

static struct {
    activity_enable enable;
    activity_enable disable;
    int (*register_timestamp)(uint64_t (*clock)(void));
    int (*register_buffers)(buffer_request, buffer_complete);
    int (*next_record)(uint8_t *buffer, size_t valid, void **record);
    int (*dropped)(void *context, uint32_t stream, size_t *count);
    int (*flush)(uint32_t flag);
    int (*thread_ids)(int type);
    int (*result_text)(int result, const char **text);
    tacho_cupti_callbacks callbacks;
} cupti;

/* The first is the recorder's; the second is held while collection is turned on or off. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t switch_lock = PTHREAD_MUTEX_INITIALIZER;
static int is_active;
static _Atomic int is_ready; /* CUPTI can be turned on */
static _Atomic int is_over;  /* the program ends */
static int hears_calls;      /* cuda_calls.c records them */

/* CUPTI_KIND_GRAPH_TRACE comes last, and not where a graph's nodes are asked for. */
static const uint32_t kinds_of_work[] = {
    CUPTI_KIND_CONCURRENT_KERNEL, CUPTI_KIND_MEMCPY,      CUPTI_KIND_MEMSET,     CUPTI_KIND_OVERHEAD,
    CUPTI_KIND_MEMORY2,           CUPTI_KIND_MEMORY_POOL, CUPTI_KIND_GRAPH_TRACE};
/* Where another subscriber has CUPTI's callbacks. */
static const uint32_t kinds_of_calls[] = {CUPTI_KIND_RUNTIME, CUPTI_KIND_DRIVER, CUPTI_KIND_SYNCHRONIZATION};

static uint64_t timestamp(void) { return (uint64_t)tacho_monotonic_ns(); }

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
    if (tacho_cuda_recorder != NULL && tacho_state.control != NULL) {
        void *record = NULL;
        while (valid > 0 && cupti.next_record(buffer, valid, &record) == 0) { tacho_cuda_append(record); }
        size_t dropped = 0;
        if (cupti.dropped != NULL && cupti.dropped(context, stream, &dropped) == 0 && dropped > 0) {
            atomic_fetch_add(&tacho_cuda_recorder->writer.header->dropped[TACHO_DROP_DEVICE], dropped);
            atomic_fetch_add(
                &tacho_cuda_recorder->writer.header->dropped_kinds[TACHO_RECORD_CUDA_WORK % TACHO_COUNTED_KINDS], dropped);
        }
    }
    pthread_mutex_unlock(&lock);
    free(buffer);
}

static void switch_kinds(const uint32_t *kinds, size_t count, int active) {
    for (size_t i = 0; i < count; i++) {
        int result = (active ? cupti.enable : cupti.disable)(kinds[i]);
        /* Whole graphs came with CUDA 11.8: before, their nodes are recorded anyway. */
        if (result != 0 && active && kinds[i] != CUPTI_KIND_GRAPH_TRACE) {
            char what[64];
            snprintf(what, sizeof what, "activity of kind %u cannot be recorded", kinds[i]);
            note(what, result);
        }
    }
}

static void set_active(int active) {
    pthread_mutex_lock(&switch_lock);
    if (is_active != active) {
        is_active = active;
        int by_node = (tacho_state.control->settings.trace & TACHO_TRACE_GRAPH_NODES) != 0;
        size_t count = sizeof kinds_of_work / sizeof kinds_of_work[0];
        switch_kinds(kinds_of_work, by_node ? count - 1 : count, active);
        if (hears_calls) {
            tacho_cuda_calls_follow(active);
        } else {
            switch_kinds(kinds_of_calls, sizeof kinds_of_calls / sizeof kinds_of_calls[0], active);
        }
    }
    pthread_mutex_unlock(&switch_lock);
}

void tacho_cuda_follow(void) {
    tacho_control *control = tacho_state.control;
    if (control != NULL && atomic_load(&is_ready)) { set_active(tacho_control_is_collecting(control)); }
}

static void load_cupti(void);

/* Whether CUPTI is to be loaded only when collection first begins. */
static int is_late(void) { return (tacho_state.control->settings.trace & TACHO_TRACE_CUDA_LATE) != 0; }

/* Turns CUPTI on or off as the page says, and says there that this has been done. */
static void follow_page(tacho_control *control) {
    static int was_loaded;
    uint32_t generation = atomic_load(&control->generation);
    int is_collecting = tacho_control_is_collecting(control);
    if (is_late() && is_collecting && !was_loaded) {
        was_loaded = 1;
        load_cupti();
    }
    tacho_cuda_follow();
    /* A stretch is handed over with its end: a process that leaves by _exit has no other moment for it. */
    if (is_late() && !is_collecting && atomic_load(&is_ready)) { cupti.flush(CUPTI_FLUSH_FORCED); }
    tacho_control_set_followed(control, generation);
}

/* Follows what tacho and other processes decide (--delay, --duration, the end of a trace, a profiled pass), and asks CUPTI once a
 * second for the buffers that are complete: a program that is killed loses no more than that. */
static void *follow(void *unused) {
    (void)unused;
    for (;;) {
        tacho_control *control = tacho_state.control;
        if (control == NULL || atomic_load(&is_over)) { return NULL; }
        uint32_t generation = atomic_load(&control->generation);
        follow_page(control);
        /* Without CUPTI there is nothing to ask for: the thread sleeps until something is decided. */
        struct timespec second = {1, 0};
        struct timespec *most = atomic_load(&is_ready) ? &second : NULL;
        syscall(SYS_futex, &control->generation, FUTEX_WAIT, generation, most, NULL, 0);
        if (atomic_load(&is_ready)) { cupti.flush(0); }
    }
}

/* The program's signals are not for this thread. */
static void start_following(void) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    tacho_control_follow(tacho_state.control);
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

void tacho_cuda_forget(void) {
    pthread_mutex_init(&lock, NULL);
    pthread_mutex_init(&switch_lock, NULL);
    atomic_store(&is_ready, 0);
    if (tacho_cuda_recorder == NULL) { return; }
    munmap(tacho_cuda_recorder->writer.window, tacho_cuda_recorder->writer.window_bytes);
    munmap(tacho_cuda_recorder->writer.header, TACHO_SEGMENT_HEADER_BYTES);
    tacho_cuda_recorder = NULL;
}

/* MARK: The way in */

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
        {(void **)&tacho_cuda_callback_name, "cuptiGetCallbackName", 0},
        {(void **)&cupti.result_text, "cuptiGetResultString", 0},
        {(void **)&cupti.callbacks.subscribe, "cuptiSubscribe", 0},
        {(void **)&cupti.callbacks.enable, "cuptiEnableCallback", 0},
        {(void **)&cupti.callbacks.stream_number, "cuptiGetStreamIdEx", 0}};
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
    atomic_store(&is_over, 1);
    if (cupti.flush != NULL && tacho_cuda_recorder != NULL) {
        atomic_store(&is_ready, 0);
        cupti.flush(CUPTI_FLUSH_FORCED);
    }
}

/* Without callbacks calls come as activity records do, and cudaProfilerStart is not heard. */
static void hear_calls(void) {
    tacho_cupti_callbacks *callbacks = &cupti.callbacks;
    callbacks->name = tacho_cuda_callback_name;
    if (callbacks->subscribe == NULL || callbacks->enable == NULL || callbacks->name == NULL) { return; }
    int result = tacho_cuda_calls_subscribe(callbacks);
    hears_calls = result == 0;
    if (!hears_calls && tacho_state.control->settings.capture == TACHO_CAPTURE_PROFILER) {
        note("cudaProfilerStart cannot be heard", result);
    }
}

/* Loads CUPTI and hands it what it needs; `is_ready` says whether it can be turned on then. */
static void load_cupti(void) {
    void *library = tacho_cupti_library_open();
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
    tacho_cuda_recorder = tacho_thread_make_for("(cuda)", 0);
    if (tacho_cuda_recorder == NULL) { return; }
    /* The clock must be ours before anything is recorded. */
    int result = cupti.register_timestamp(timestamp);
    if (result != 0) { note("CUPTI takes no clock", result); }
    if (cupti.thread_ids != NULL) { cupti.thread_ids(CUPTI_THREAD_ID_SYSTEM); }
    result = cupti.register_buffers(give_buffer, take_buffer);
    if (result != 0) {
        note("activities cannot be recorded", result);
        return;
    }
    hear_calls();
    /* Outside a capture range, and before --delay has passed, CUPTI collects nothing. */
    atomic_store(&is_ready, 1);
    atexit(flush_at_exit);
}

static void start_cupti(void) {
    if (!is_late()) {
        load_cupti();
        if (!atomic_load(&is_ready)) { return; }
        tacho_cuda_follow();
    }
    start_following();
}

void TachoInjectFlush(void) {
    if (atomic_load(&is_ready)) { cupti.flush(CUPTI_FLUSH_FORCED); }
}

int InitializeInjection(void) {
    static _Atomic int has_started;
    if (atomic_exchange(&has_started, 1) != 0 || !tacho_collector_start()) { return 1; }
    if ((tacho_state.control->settings.trace & TACHO_TRACE_CUDA) != 0) { start_cupti(); }
    return 1;
}
