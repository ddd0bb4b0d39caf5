#include "thread_log.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Deeper than engines nest their bodies; what lies deeper is not told. */
enum { DEEPEST = 64 };

typedef struct begun {
    uint64_t correlation;
    int64_t start_ns;
} begun;

typedef struct owned_details {
    char *inputs;
    char *outputs;
    char *scheduling;
} owned_details;

/* A layer that has ended, in a query that has not. */
typedef struct waiting {
    struct tacho_layer_entry *entry;
    owned_details *details; /* NULL: not wanted */
    int64_t start_ns;
    int64_t duration_ns;
    uint32_t depth;
    uint32_t number;
} waiting;

struct tacho_thread_log {
    tacho_thread_log *next; /* of another session whose layers ran on this thread too */
    tacho_layer_sink *sink; /* whose layers these are */
    uint64_t serial;        /* of the sink's entries */
    uint32_t open;
    begun begins[DEEPEST];
    waiting *rows;
    size_t count;
    size_t capacity;
    /* The layers of the last query in the order of their ends: this one most likely has the same. */
    struct tacho_layer_entry **order;
    size_t known;
    /* The engine's own call, once it has ended. */
    bool has_run;
    int64_t run_start_ns;
    int64_t run_duration_ns;
};

static pthread_key_t log_key;
static pthread_once_t log_once = PTHREAD_ONCE_INIT;
/* The logs of this thread, the last used first. One pointer in the room that the loader keeps for libraries that come late:
 * found by a single load, not by a call. */
static _Thread_local tacho_thread_log *own __attribute__((tls_model("initial-exec")));

int64_t tacho_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void drop_rows(tacho_thread_log *log) {
    for (size_t index = 0; index < log->count; index++) {
        owned_details *details = log->rows[index].details;
        if (details == NULL) { continue; }
        free(details->inputs);
        free(details->outputs);
        free(details->scheduling);
        free(details);
    }
    log->count = 0;
}

static void release_logs(void *first) {
    for (tacho_thread_log *log = first; log != NULL;) {
        tacho_thread_log *next = log->next;
        drop_rows(log);
        free(log->rows);
        free(log->order);
        free(log);
        log = next;
    }
}

static void make_key(void) { pthread_key_create(&log_key, release_logs); }

/* Finds or makes a sink's log and puts it first. A released sink's log serves the next one that lies where it lay. */
static bool put_first(tacho_layer_sink *sink) {
    tacho_thread_log **place = &own;
    while (*place != NULL && (*place)->sink != sink) { place = &(*place)->next; }
    tacho_thread_log *log = *place;
    if (log != NULL) {
        *place = log->next;
    } else {
        log = calloc(1, sizeof *log);
        if (log == NULL) { return false; }
        log->sink = sink;
    }
    log->next = own;
    own = log;
    pthread_once(&log_once, make_key);
    pthread_setspecific(log_key, own);
    return true;
}

tacho_thread_log *tacho_thread_log_of(tacho_layer_sink *sink) {
    if ((own == NULL || own->sink != sink) && !put_first(sink)) { return NULL; }
    uint64_t serial = tacho_layer_serial(sink);
    if (own->serial != serial && own->serial != 0) {
        own->open = 0;
        own->known = 0;
        own->has_run = false;
        drop_rows(own);
    }
    /* The sink's first layer of all: what is open stays so. */
    own->serial = serial;
    return own;
}

void tacho_thread_began(tacho_thread_log *log, uint64_t correlation) {
    if (log->open == 0) { tacho_thread_tell(log); }
    if (log->open == DEEPEST) { return; }
    begun *row = &log->begins[log->open++];
    row->correlation = correlation;
    row->start_ns = tacho_now();
}

bool tacho_thread_ended(tacho_thread_log *log, uint64_t correlation, int64_t *start_ns, uint32_t *depth) {
    /* From the top: events that never ended (a failed kernel) lie above the one that now does. */
    for (uint32_t index = log->open; index > 0; index--) {
        if (log->begins[index - 1].correlation == correlation) {
            log->open = index - 1;
            *start_ns = log->begins[index - 1].start_ns;
            *depth = index - 1;
            return true;
        }
    }
    return false;
}

struct tacho_layer_entry *tacho_thread_guess(const tacho_thread_log *log) {
    if (log->count >= log->known) { return NULL; }
    struct tacho_layer_entry *guess = log->order[log->count];
    __builtin_prefetch(guess);
    __builtin_prefetch((const char *)guess + 64);
    __builtin_prefetch(&log->rows[log->count], 1);
    return guess;
}

static char *copy(const char *text) { return text == NULL ? NULL : strdup(text); }

static owned_details *copy_details(const tacho_layer_details *details) {
    owned_details *made = calloc(1, sizeof *made);
    if (made == NULL) { return NULL; }
    made->inputs = copy(details->inputs);
    made->outputs = copy(details->outputs);
    made->scheduling = copy(details->scheduling);
    return made;
}

/* Numbers depend on the parent: the next row to the right that lies less deep. */
static void number_rows(tacho_layer_sink *sink, tacho_thread_log *log) {
    uint32_t numbers[DEEPEST];
    uint32_t depths[DEEPEST];
    uint32_t levels = 0;
    for (size_t index = log->count; index > 0; index--) {
        waiting *row = &log->rows[index - 1];
        while (levels > 0 && depths[levels - 1] >= row->depth) { levels--; }
        row->number =
            tacho_layer_number(sink, row->entry, levels == 0 ? TACHO_LAYER_NO_PARENT : numbers[levels - 1]);
        if (levels < DEEPEST) {
            numbers[levels] = row->number;
            depths[levels++] = row->depth;
        }
    }
}

/* Of two that start at one instant the outer one comes first. */
static bool starts_before(const waiting *a, const waiting *b) {
    return a->start_ns < b->start_ns || (a->start_ns == b->start_ns && a->depth < b->depth);
}

static waiting *add_row(tacho_thread_log *log) {
    if (log->count == log->capacity) {
        size_t capacity = log->capacity == 0 ? 256 : 2 * log->capacity;
        waiting *rows = realloc(log->rows, capacity * sizeof *rows);
        if (rows == NULL) { return NULL; }
        log->rows = rows;
        struct tacho_layer_entry **order = realloc(log->order, capacity * sizeof(*order));
        if (order == NULL) { return NULL; }
        log->order = order;
        log->capacity = capacity;
    }
    waiting *row = &log->rows[log->count++];
    memset(row, 0, sizeof *row);
    return row;
}

/* Rows came in order of their ends, so what ran inside a layer lies right before it. Told are they in order of their
 * starts, each after its parent: with instants that never run backwards on a thread. */
static void sort_rows(tacho_thread_log *log) {
    for (size_t index = 1; index < log->count; index++) {
        /* Insertion is cheap here: only a layer with a body moves, over the layers of that body. */
        waiting row = log->rows[index];
        size_t place = index;
        while (place > 0 && starts_before(&row, &log->rows[place - 1])) {
            log->rows[place] = log->rows[place - 1];
            place--;
        }
        log->rows[place] = row;
    }
}

void tacho_thread_tell(tacho_thread_log *log) {
    tacho_layer_sink *sink = log->sink;
    if (log->has_run) { sink->ran(sink->state, log->run_start_ns, log->run_duration_ns); }
    log->has_run = false;
    if (log->count == 0) { return; }
    for (size_t index = 0; index < log->count; index++) { log->order[index] = log->rows[index].entry; }
    log->known = log->count;
    number_rows(sink, log);
    sort_rows(log);
    for (size_t index = 0; index < log->count; index++) {
        const waiting *row = &log->rows[index];
        if (row->number == TACHO_LAYER_NO_PARENT) { continue; }
        sink->timed(sink->state, row->number, row->start_ns, row->duration_ns);
        if (row->details != NULL) {
            tacho_layer_details details = {row->details->inputs, row->details->outputs, row->details->scheduling};
            sink->detailed(sink->state, row->number, &details);
        }
    }
    drop_rows(log);
}

void tacho_thread_keep(
    tacho_thread_log *log, struct tacho_layer_entry *entry, uint32_t depth, int64_t start_ns, int64_t end_ns,
    const tacho_layer_details *details) {
    waiting *row = add_row(log);
    if (row == NULL) { return; }
    row->entry = entry;
    row->start_ns = start_ns;
    row->duration_ns = end_ns - start_ns;
    row->depth = depth;
    if (details != NULL) { row->details = copy_details(details); }
}

void tacho_thread_ran(tacho_thread_log *log, int64_t start_ns, int64_t end_ns) {
    log->open = 0;
    log->has_run = true;
    log->run_start_ns = start_ns;
    log->run_duration_ns = end_ns - start_ns;
}
