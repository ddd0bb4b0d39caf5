#define _GNU_SOURCE
#include "collector.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

tacho_process tacho_state = {.lock = PTHREAD_MUTEX_INITIALIZER};
__thread tacho_thread *tacho_self __attribute__((tls_model("initial-exec")));

static pthread_mutex_t start_lock = PTHREAD_MUTEX_INITIALIZER;
static int has_started;

/* Windows of a thread: little for one that records little, and a remapping every 87,000 ranges for one that does. */
#define FIRST_WINDOW (64u << 10)
#define GREATEST_WINDOW (2u << 20)

static void forget_thread(void *thread);

/* MARK: The process's segment */

/* The lock is held. */
void *tacho_process_reserve(uint32_t size) {
    if (tacho_state.writer.header == NULL) { return NULL; }
    return tacho_segment_reserve(&tacho_state.writer, size);
}

void tacho_process_append_text(uint32_t kind, uint32_t flags, uint32_t number, tacho_text text) {
    uint32_t size = (uint32_t)((sizeof(tacho_text_record) + text.length + 7) & ~(size_t)7);
    tacho_text_record *record = tacho_process_reserve(size);
    if (record == NULL) { return; }
    record->header.kind = (uint16_t)kind;
    record->header.size = (uint16_t)size;
    record->header.flags = flags;
    record->number = number;
    record->length = text.length;
    memcpy(record + 1, text.bytes, text.length);
    tacho_segment_commit(&tacho_state.writer, size);
}

static void write_clock(void) {
    tacho_clock_record *record = tacho_process_reserve(sizeof *record);
    if (record == NULL) { return; }
    tacho_clock_pair pair = tacho_clock_read_pair(tacho_state.clock);
    record->header = (tacho_record_header){TACHO_RECORD_CLOCK, sizeof *record, tacho_state.clock};
    record->ticks = pair.ticks;
    record->monotonic_ns = pair.monotonic_ns;
    tacho_segment_commit(&tacho_state.writer, sizeof *record);
}

void tacho_process_text(uint32_t kind, uint32_t flags, uint32_t number, tacho_text text) {
    int kept = errno;
    pthread_mutex_lock(&tacho_state.lock);
    tacho_process_append_text(kind, flags, number, text);
    pthread_mutex_unlock(&tacho_state.lock);
    errno = kept;
}

void tacho_process_note(uint32_t note, const char *text) {
    tacho_process_text(TACHO_RECORD_NOTE, note, 0, tacho_text_of(text));
}

/* - heir: ordinal + 1 of the process whose definitions hold here too; 0: none. */
static void write_command_line(uint32_t heir) {
    char text[TACHO_TEXT_BYTES];
    int descriptor = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    ssize_t length = descriptor < 0 ? -1 : read(descriptor, text, sizeof text);
    if (descriptor >= 0) { close(descriptor); }
    if (length < 0) { length = 0; }
    tacho_process_append_text(TACHO_RECORD_PROCESS, (uint32_t)getppid(), heir, (tacho_text){text, (uint32_t)length});
}

/* Gives the process an ordinal and a segment of its own. Returns whether that worked. */
static int open_process(uint32_t heir) {
    tacho_state.ordinal = atomic_fetch_add(&tacho_state.control->processes, 1);
    atomic_store(&tacho_state.threads, 0);
    snprintf(tacho_state.path, sizeof tacho_state.path, "%s/trace-%u-0.seg", tacho_state.folder, tacho_state.ordinal);
    char name[16] = "";
    prctl(PR_GET_NAME, name);
    int error = tacho_segment_create_guest(
        &tacho_state.writer, tacho_state.path, tacho_state.ordinal, 0, name, FIRST_WINDOW, GREATEST_WINDOW);
    if (error != 0) { return 0; }
    write_command_line(heir);
    write_clock();
    return 1;
}

/* MARK: Threads */

void tacho_thread_dropped(tacho_thread *thread, uint32_t kind, uint32_t reason) {
    tacho_segment_header *header = thread->writer.header;
    if (header == NULL) { return; }
    atomic_fetch_add_explicit(&header->dropped[reason], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&header->dropped_kinds[kind % TACHO_COUNTED_KINDS], 1, memory_order_relaxed);
}

tacho_thread *tacho_thread_make_for(const char *name, uint32_t id) {
    /* Its pages come when they are first touched: a few kilobytes for a thread with few labels. */
    tacho_thread *thread = mmap(NULL, sizeof *thread, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (thread == MAP_FAILED) { return NULL; }
    thread->ordinal = atomic_fetch_add(&tacho_state.threads, 1) + 1;
    thread->id = id;
    thread->next_label = 1;
    thread->generation = atomic_load(&tacho_state.control->generation);
    snprintf(
        thread->path, sizeof thread->path, "%s/trace-%u-%u.seg", tacho_state.folder, tacho_state.ordinal,
        thread->ordinal);
    int error = tacho_segment_create_guest(
        &thread->writer, thread->path, tacho_state.ordinal, thread->ordinal, name, FIRST_WINDOW, GREATEST_WINDOW);
    if (error != 0) {
        munmap(thread, sizeof *thread);
        return NULL;
    }
    /* Nothing is in the segment yet: who made it does not count, but whose it is. */
    thread->writer.header->thread_id = id;
    tacho_thread_window_changed(thread);
    return thread;
}

tacho_thread *tacho_thread_make(void) {
    int kept = errno;
    tacho_thread *thread = NULL;
    if (tacho_state.control != NULL && atomic_load(&tacho_state.gives_up) == 0
        && atomic_load(&tacho_state.control->is_closed) == 0) {
        char name[16] = "";
        prctl(PR_GET_NAME, name);
        thread = tacho_thread_make_for(name, (uint32_t)syscall(SYS_gettid));
        if (thread == NULL) {
            /* The folder is gone or full: no thread tries again, and those that have room go on. */
            atomic_fetch_add(&tacho_state.control->lost_threads, 1);
            atomic_store(&tacho_state.gives_up, 1);
        } else {
            tacho_self = thread;
            pthread_setspecific(tacho_state.key, thread);
        }
    }
    errno = kept;
    return thread;
}

/* What the calling thread used, told when it ends: samplers from outside miss its last moments. */
static void write_thread_end(tacho_thread *thread) {
    struct rusage used;
    struct timespec time;
    if (getrusage(RUSAGE_THREAD, &used) != 0 || clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) != 0) { return; }
    tacho_thread_end_record *record = tacho_thread_reserve(thread, TACHO_RECORD_THREAD_END, sizeof *record);
    if (record == NULL) { return; }
    record->header = (tacho_record_header){TACHO_RECORD_THREAD_END, sizeof *record, thread->id};
    record->cpu_ns = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
    record->voluntary_switches = (uint64_t)used.ru_nvcsw;
    record->involuntary_switches = (uint64_t)used.ru_nivcsw;
    tacho_segment_commit(&thread->writer, sizeof *record);
}

/* A thread ends: its file is cut to what it recorded. */
static void forget_thread(void *value) {
    tacho_thread *thread = value;
    write_thread_end(thread);
    tacho_self = NULL;
    tacho_segment_close(&thread->writer);
    munmap(thread, sizeof *thread);
}

/* Every range that was open ends where collection changed; what is pushed from now on starts anew. */
void tacho_thread_renew(tacho_thread *thread, uint32_t generation) {
    uint64_t changed = atomic_load(&tacho_state.control->changed);
    for (uint32_t i = 0; i < thread->depth; i++) {
        const tacho_open_range *range = &thread->stack[i];
        tacho_range_end(thread, range, changed > range->start ? changed : range->start);
    }
    thread->depth = 0;
    thread->call.depth = 0;
    memset(thread->levels, 0, sizeof thread->levels);
    thread->generation = generation;
}

/* MARK: The process's life */

static void before_fork(void) { pthread_mutex_lock(&tacho_state.lock); }
static void after_fork_in_parent(void) { pthread_mutex_unlock(&tacho_state.lock); }

/* The child is a process of its own: it must not write into the parent's mappings, which it shares. */
static void after_fork_in_child(void) {
    pthread_mutex_init(&tacho_state.lock, NULL);
    tacho_cuda_forget();
    if (tacho_self != NULL) {
        munmap(tacho_self->writer.window, tacho_self->writer.window_bytes);
        munmap(tacho_self->writer.header, TACHO_SEGMENT_HEADER_BYTES);
        munmap(tacho_self, sizeof *tacho_self);
        tacho_self = NULL;
        pthread_setspecific(tacho_state.key, NULL);
    }
    if (tacho_state.control == NULL) { return; }
    if (tacho_state.writer.header != NULL) {
        munmap(tacho_state.writer.window, tacho_state.writer.window_bytes);
        munmap(tacho_state.writer.header, TACHO_SEGMENT_HEADER_BYTES);
        memset(&tacho_state.writer, 0, sizeof tacho_state.writer);
    }
    int kept = errno;
    atomic_store(&tacho_state.gives_up, 0);
    /* Handles of domains and strings that the parent made go on to mean the same. */
    if (!open_process(tacho_state.ordinal + 1)) { tacho_state.control = NULL; }
    errno = kept;
}

static int read_settings(void) {
    const char *folder = getenv(TACHO_FOLDER_VARIABLE);
    if (folder == NULL || folder[0] != '/' || strlen(folder) >= sizeof tacho_state.folder) { return 0; }
    strcpy(tacho_state.folder, folder);
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, TACHO_CONTROL_FILE);
    tacho_control *control = NULL;
    if (tacho_control_open(path, &control) != 0) { return 0; }
    if (atomic_load(&control->is_closed) != 0) {
        tacho_control_release(control);
        return 0;
    }
    tacho_state.control = control;
    tacho_state.clock = control->settings.clock;
    return 1;
}

/* How many ticks the time to keep is: by the rate since the tool's first pair of clocks. */
static int64_t ticks_to_keep(void) {
    int64_t keep = tacho_state.control->settings.keep_last_ns;
    if (keep == 0 || tacho_state.clock != TACHO_CLOCK_TSC) { return keep; }
    tacho_clock_pair first = tacho_state.control->pairs[0];
    tacho_clock_pair now = tacho_clock_read_pair(tacho_state.clock);
    int64_t passed = now.monotonic_ns - first.monotonic_ns;
    if (passed <= 0) { return keep * 3; }
    return (int64_t)((double)keep * (double)(now.ticks - first.ticks) / (double)passed);
}

int tacho_collector_start(void) {
    int kept = errno;
    pthread_mutex_lock(&start_lock);
    if (!has_started) {
        has_started = 1;
        if (read_settings()) {
            tacho_state.keep_ticks = ticks_to_keep();
            atomic_store(&tacho_state.domain_count, 1);
            tacho_process_filter_default();
            if (pthread_key_create(&tacho_state.key, forget_thread) != 0 || !open_process(0)) {
                tacho_state.control = NULL;
            } else {
                pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
            }
        }
    }
    pthread_mutex_unlock(&start_lock);
    errno = kept;
    return tacho_state.control != NULL;
}

/* The program ends by itself. Other threads may still record, so nothing is unmapped. */
__attribute__((destructor)) static void program_ends(void) {
    if (tacho_state.control == NULL) { return; }
    if (tacho_self != NULL) { write_thread_end(tacho_self); }
    pthread_mutex_lock(&tacho_state.lock);
    write_clock();
    tacho_instant_record *record = tacho_process_reserve(sizeof *record);
    if (record != NULL) {
        record->header = (tacho_record_header){TACHO_RECORD_PROCESS_END, sizeof *record, 0};
        record->time = tacho_now();
        tacho_segment_commit(&tacho_state.writer, sizeof *record);
    }
    pthread_mutex_unlock(&tacho_state.lock);
}
