#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "counters.h"
#include "tacho_sampler.h"

/* Rounds through /proc. A thread that has not run since the last round costs one read, of about 5 us: only one that has run
 * is asked for its switches and its name. */

typedef struct host_thread {
    uint32_t id;
    uint32_t counter; /* of its share of a processor */
    uint32_t round;   /* when it was seen last */
    int64_t cpu_ns;   /* below zero: not read yet */
    int64_t read_ns;
    tacho_sampled_thread_record record;
} host_thread;

typedef struct host_process {
    uint32_t id;
    uint32_t parent;
    uint32_t round;
    uint32_t is_gone; /* leaves the list with the round */
    uint32_t memory;  /* counters */
    uint32_t share;
    int64_t started_ns;
    int64_t read_ns;
    char name[16];
    host_thread *threads;
    uint32_t count;
    uint32_t room;
} host_process;

struct tacho_host_sampler {
    tacho_counters counters;
    tacho_control *control;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    int is_stopping;
    uint32_t root;
    uint32_t interval_us;
    uint32_t round;
    host_process *processes;
    uint32_t count;
    uint32_t room;
    uint32_t *strangers; /* process ids that were looked at and are not ours, sorted */
    uint32_t stranger_count;
    long page_bytes;
    long ticks; /* of /proc a second */
    tacho_own_cost cost;
};

/* Reads a small file of /proc. Returns its bytes, with a zero byte behind them, or -1. */
static ssize_t read_file(char *buffer, size_t size, const char *format, uint32_t a, uint32_t b) {
    char path[64];
    snprintf(path, sizeof path, format, a, b);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) { return -1; }
    ssize_t length = read(descriptor, buffer, size - 1);
    close(descriptor);
    if (length < 0) { return -1; }
    buffer[length] = 0;
    return length;
}

static uint64_t field(const char *text, const char *name) {
    const char *found = strstr(text, name);
    return found == NULL ? 0 : strtoull(found + strlen(name), NULL, 10);
}

static int grow(void **array, uint32_t count, uint32_t *room, size_t size) {
    if (count < *room) { return 1; }
    uint32_t wanted = *room == 0 ? 16 : *room * 2;
    void *more = realloc(*array, wanted * size);
    if (more == NULL) { return 0; }
    *array = more;
    *room = wanted;
    return 1;
}

/* MARK: Processes */

/* Parent, name and start, from /proc/P/stat: the name is in brackets and may hold anything. */
static int read_stat(const tacho_host_sampler *sampler, uint32_t id, uint32_t *parent, char name[16], int64_t *started_ns) {
    char text[1024];
    if (read_file(text, sizeof text, "/proc/%u/stat", id, 0) <= 0) { return 0; }
    char *open = strchr(text, '('), *close = strrchr(text, ')');
    if (open == NULL || close == NULL || close < open) { return 0; }
    size_t length = (size_t)(close - open - 1);
    memset(name, 0, 16);
    memcpy(name, open + 1, length < 15 ? length : 15);
    unsigned long long start = 0;
    if (sscanf(close + 1, " %*c %u %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", parent, &start)
        != 2) {
        return 0;
    }
    struct timespec boot;
    clock_gettime(CLOCK_BOOTTIME, &boot);
    int64_t asleep = (int64_t)boot.tv_sec * 1000000000 + boot.tv_nsec - tacho_monotonic_ns();
    *started_ns = (int64_t)(start * (1000000000ull / (unsigned long long)sampler->ticks)) - asleep;
    return 1;
}

static void write_process(tacho_host_sampler *sampler, const host_process *process, int64_t ended_ns) {
    char text[16 + 2048];
    memset(text, 0, 16);
    memcpy(text, process->name, sizeof process->name);
    ssize_t length = ended_ns != 0 ? 0 : read_file(text + 16, sizeof text - 16, "/proc/%u/cmdline", process->id, 0);
    uint32_t bytes = 16 + (length > 0 ? (uint32_t)length : 0);
    uint32_t size = (uint32_t)((sizeof(tacho_sampled_process_record) + bytes + 7) & ~(size_t)7);
    tacho_sampled_process_record *record = tacho_counters_reserve(&sampler->counters, size);
    if (record == NULL) { return; }
    record->header = (tacho_record_header){TACHO_RECORD_SAMPLED_PROCESS, (uint16_t)size, process->id};
    record->parent = process->parent;
    record->length = bytes;
    record->started_ns = process->started_ns;
    record->ended_ns = ended_ns;
    memcpy(record + 1, text, bytes);
    tacho_segment_commit(&sampler->counters.writer, size);
}

static host_process *find(tacho_host_sampler *sampler, uint32_t id) {
    for (uint32_t i = 0; i < sampler->count; i++) {
        if (sampler->processes[i].id == id && !sampler->processes[i].is_gone) { return &sampler->processes[i]; }
    }
    return NULL;
}

static void add_process(tacho_host_sampler *sampler, uint32_t id, uint32_t parent, const char *name, int64_t started_ns) {
    if (!grow((void **)&sampler->processes, sampler->count, &sampler->room, sizeof(host_process))) { return; }
    host_process *process = &sampler->processes[sampler->count++];
    memset(process, 0, sizeof *process);
    process->id = id;
    process->parent = parent;
    process->started_ns = started_ns;
    process->round = sampler->round;
    memcpy(process->name, name, sizeof process->name);
    write_process(sampler, process, 0);
    process->memory = tacho_counters_define(&sampler->counters, id, 0, TACHO_NO_DEVICE, "memory.resident", "bytes");
    process->share = tacho_counters_define(&sampler->counters, id, 0, TACHO_NO_DEVICE, "cpu.usage", "percent");
}

static int compare_ids(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Looks for children of what is known. Ids that are strangers' are asked once, as long as they are there. */
static void discover(tacho_host_sampler *sampler) {
    DIR *folder = opendir("/proc");
    if (folder == NULL) { return; }
    uint32_t *listed = NULL, count = 0, room = 0;
    const struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        if (!isdigit((unsigned char)entry->d_name[0])) { continue; }
        if (!grow((void **)&listed, count, &room, sizeof *listed)) { break; }
        listed[count++] = (uint32_t)strtoul(entry->d_name, NULL, 10);
    }
    closedir(folder);
    if (count > 1) { qsort(listed, count, sizeof *listed, compare_ids); }
    uint32_t strangers = 0;
    /* Ids grow, so a child mostly comes after its parent. */
    for (uint32_t i = 0; i < count; i++) {
        if (find(sampler, listed[i]) != NULL) { continue; }
        if (sampler->stranger_count == 0
            || bsearch(&listed[i], sampler->strangers, sampler->stranger_count, sizeof *listed, compare_ids) == NULL) {
            uint32_t parent = 0;
            char name[16];
            int64_t started_ns = 0;
            if (!read_stat(sampler, listed[i], &parent, name, &started_ns)) { continue; }
            if (find(sampler, parent) != NULL) {
                add_process(sampler, listed[i], parent, name, started_ns);
                continue;
            }
            /* Ids began anew: its parent may become known in this round, so it is asked again in the next. */
            if (parent > listed[i]) { continue; }
        }
        listed[strangers++] = listed[i];
    }
    free(sampler->strangers);
    sampler->strangers = listed;
    sampler->stranger_count = strangers;
}

/* MARK: Threads */

static host_thread *thread_of(tacho_host_sampler *sampler, host_process *process, uint32_t id, uint32_t hint) {
    if (hint < process->count && process->threads[hint].id == id) { return &process->threads[hint]; }
    for (uint32_t i = 0; i < process->count; i++) {
        if (process->threads[i].id == id) { return &process->threads[i]; }
    }
    if (!grow((void **)&process->threads, process->count, &process->room, sizeof(host_thread))) { return NULL; }
    host_thread *thread = &process->threads[process->count++];
    memset(thread, 0, sizeof *thread);
    thread->id = id;
    thread->cpu_ns = -1;
    thread->counter = tacho_counters_define(&sampler->counters, process->id, id, TACHO_NO_DEVICE, "cpu.usage", "percent");
    return thread;
}

static void write_thread(tacho_host_sampler *sampler, host_process *process, host_thread *thread) {
    char text[4096];
    if (read_file(text, sizeof text, "/proc/%u/task/%u/status", process->id, thread->id) > 0) {
        char name[16] = "";
        const char *start = strncmp(text, "Name:\t", 6) == 0 ? text + 6 : text;
        size_t length = strcspn(start, "\n");
        memcpy(name, start, length < 15 ? length : 15);
        memcpy(thread->record.name, name, sizeof name);
        thread->record.voluntary_switches = field(text, "\nvoluntary_ctxt_switches:");
        thread->record.involuntary_switches = field(text, "\nnonvoluntary_ctxt_switches:");
    }
    thread->record.header =
        (tacho_record_header){TACHO_RECORD_SAMPLED_THREAD, sizeof(tacho_sampled_thread_record), thread->id};
    thread->record.process = process->id;
    thread->record.cpu_ns = thread->cpu_ns;
    tacho_sampled_thread_record *record = tacho_counters_reserve(&sampler->counters, sizeof *record);
    if (record == NULL) { return; }
    *record = thread->record;
    tacho_segment_commit(&sampler->counters.writer, sizeof *record);
}

/* Adds what the thread used since the last round to `used`. */
static void read_thread(tacho_host_sampler *sampler, host_process *process, host_thread *thread, int64_t *used) {
    char text[128];
    thread->round = sampler->round;
    if (read_file(text, sizeof text, "/proc/%u/task/%u/schedstat", process->id, thread->id) <= 0) { return; }
    int64_t now = tacho_monotonic_ns(), cpu_ns = strtoll(text, NULL, 10);
    int has_run = cpu_ns != thread->cpu_ns;
    if (thread->cpu_ns >= 0 && now > thread->read_ns) {
        int64_t grown = cpu_ns > thread->cpu_ns ? cpu_ns - thread->cpu_ns : 0;
        *used += grown;
        double share = 100.0 * (double)grown / (double)(now - thread->read_ns);
        tacho_counters_put(&sampler->counters, thread->counter, thread->read_ns, share > 100 ? 100 : share);
    } else {
        *used += cpu_ns > 0 ? cpu_ns : 0;
    }
    thread->cpu_ns = cpu_ns;
    thread->read_ns = now;
    if (has_run) { write_thread(sampler, process, thread); }
}

static void end_process(tacho_host_sampler *sampler, host_process *process, int64_t now) {
    process->is_gone = 1;
    write_process(sampler, process, now);
    tacho_counters_end(&sampler->counters, process->memory, now);
    tacho_counters_end(&sampler->counters, process->share, now);
    for (uint32_t i = 0; i < process->count; i++) {
        tacho_counters_end(&sampler->counters, process->threads[i].counter, now);
    }
}

static void read_process(tacho_host_sampler *sampler, host_process *process) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%u/task", process->id);
    DIR *folder = opendir(path);
    int64_t now = tacho_monotonic_ns();
    if (folder == NULL) {
        end_process(sampler, process, now);
        return;
    }
    int64_t used = 0;
    uint32_t hint = 0;
    const struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        if (!isdigit((unsigned char)entry->d_name[0])) { continue; }
        host_thread *thread = thread_of(sampler, process, (uint32_t)strtoul(entry->d_name, NULL, 10), hint++);
        if (thread != NULL) { read_thread(sampler, process, thread, &used); }
    }
    closedir(folder);
    for (uint32_t i = 0; i < process->count; i++) {
        host_thread *thread = &process->threads[i];
        if (thread->round != sampler->round) { tacho_counters_end(&sampler->counters, thread->counter, now); }
    }
    char text[256];
    if (read_file(text, sizeof text, "/proc/%u/statm", process->id, 0) > 0) {
        char *next = text;
        strtoull(text, &next, 10);
        uint64_t pages = strtoull(next, NULL, 10);
        /* A process that has ended has given its memory back before it is waited for. */
        if (pages > 0) {
            tacho_counters_put(
                &sampler->counters, process->memory, now, (double)pages * (double)sampler->page_bytes);
        } else {
            tacho_counters_end(&sampler->counters, process->memory, now);
        }
    }
    if (process->read_ns != 0 && now > process->read_ns) {
        tacho_counters_put(
            &sampler->counters, process->share, process->read_ns, 100.0 * (double)used / (double)(now - process->read_ns));
    }
    process->read_ns = now;
    /* An exec gives the process another name, and other arguments. */
    uint32_t parent = 0;
    char name[16];
    int64_t started_ns = 0;
    if (read_stat(sampler, process->id, &parent, name, &started_ns) && memcmp(name, process->name, sizeof name) != 0) {
        memcpy(process->name, name, sizeof name);
        write_process(sampler, process, 0);
    }
}

/* Takes those that are gone out of the list: programs that start others by the thousand cost what runs at a time. */
static void forget_gone(tacho_host_sampler *sampler) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < sampler->count; i++) {
        if (sampler->processes[i].is_gone) {
            free(sampler->processes[i].threads);
        } else {
            sampler->processes[kept++] = sampler->processes[i];
        }
    }
    sampler->count = kept;
}

/* MARK: Rounds */

/* The lock is held. */
static void take_round(tacho_host_sampler *sampler) {
    if (!tacho_control_is_collecting(sampler->control)) { return; }
    sampler->round++;
    discover(sampler);
    for (uint32_t i = 0; i < sampler->count; i++) {
        if (!sampler->processes[i].is_gone) { read_process(sampler, &sampler->processes[i]); }
    }
    forget_gone(sampler);
}

void tacho_host_sampler_round(tacho_host_sampler *sampler) {
    pthread_mutex_lock(&sampler->lock);
    take_round(sampler);
    host_process *root = find(sampler, sampler->root);
    if (root != NULL) { end_process(sampler, root, tacho_monotonic_ns()); }
    pthread_mutex_unlock(&sampler->lock);
}

static void *sample(void *argument) {
    tacho_host_sampler *sampler = argument;
    pthread_setname_np(pthread_self(), "tacho host");
    pthread_mutex_lock(&sampler->lock);
    while (!sampler->is_stopping) {
        int64_t start = tacho_monotonic_ns();
        take_round(sampler);
        tacho_counters_put_own_cost(&sampler->counters, &sampler->cost, CLOCK_THREAD_CPUTIME_ID);
        int64_t end = tacho_monotonic_ns(), pause = (int64_t)sampler->interval_us * 1000;
        /* On a machine with thousands of processes a round is long: then rounds are rare. */
        if ((end - start) * 50 > pause) { pause = (end - start) * 50; }
        int64_t due = start + pause;
        struct timespec until = {due / 1000000000, due % 1000000000};
        while (!sampler->is_stopping && pthread_cond_timedwait(&sampler->wake, &sampler->lock, &until) == 0) {}
    }
    pthread_mutex_unlock(&sampler->lock);
    return NULL;
}

tacho_host_sampler *tacho_host_sampler_start(
    const char *folder, tacho_control *control, uint32_t process, uint32_t interval_us) {
    tacho_host_sampler *sampler = calloc(1, sizeof *sampler);
    if (sampler == NULL) { return NULL; }
    int error = tacho_counters_open(&sampler->counters, folder, TACHO_HOST_SEGMENT, "(host)");
    if (error != 0) {
        free(sampler);
        errno = error;
        return NULL;
    }
    sampler->cost.counter = tacho_counters_define(&sampler->counters, 0, 0, TACHO_NO_DEVICE, "tacho.host.cpu", "percent");
    sampler->control = control;
    sampler->root = process;
    sampler->interval_us = interval_us;
    sampler->page_bytes = sysconf(_SC_PAGESIZE);
    sampler->ticks = sysconf(_SC_CLK_TCK);
    uint32_t parent = 0;
    char name[16] = "";
    int64_t started_ns = tacho_monotonic_ns();
    read_stat(sampler, process, &parent, name, &started_ns);
    add_process(sampler, process, parent, name, started_ns);
    pthread_mutex_init(&sampler->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&sampler->wake, &attributes);
    error = pthread_create(&sampler->thread, NULL, sample, sampler);
    if (error != 0) {
        tacho_counters_close(&sampler->counters);
        free(sampler->processes);
        free(sampler);
        errno = error;
        return NULL;
    }
    return sampler;
}

void tacho_host_sampler_stop(tacho_host_sampler *sampler) {
    pthread_mutex_lock(&sampler->lock);
    sampler->is_stopping = 1;
    pthread_cond_signal(&sampler->wake);
    pthread_mutex_unlock(&sampler->lock);
    pthread_join(sampler->thread, NULL);
    tacho_counters_close(&sampler->counters);
    for (uint32_t i = 0; i < sampler->count; i++) { free(sampler->processes[i].threads); }
    free(sampler->processes);
    free(sampler->strangers);
    pthread_cond_destroy(&sampler->wake);
    pthread_mutex_destroy(&sampler->lock);
    free(sampler);
}
