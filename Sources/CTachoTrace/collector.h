/* The recorder inside a traced process: one state for the process, one for each thread that has something to record.
 *
 * Thread rule: a thread's state is its own. Definitions that the whole process shares go to the process's segment under a
 * lock; they are rare. Nothing here allocates with malloc, and errno stays as the program left it.
 */
#ifndef TACHO_COLLECTOR_H
#define TACHO_COLLECTOR_H

#include <pthread.h>

#include "tacho_control.h"
#include "tacho_segment.h"
#include "tacho_trace_records.h"

#pragma GCC visibility push(hidden)

#define TACHO_TEXT_BYTES 3072u /* longer texts are cut at a character */
#define TACHO_DOMAINS 1024u
#define TACHO_STACK 1024u
#define TACHO_LABELS 32768u /* places of a thread's table of labels, a power of two */
#define TACHO_ARENA_BYTES (4u << 20)
#define TACHO_BUSY_WINDOW (1u << 20) /* from this size on the tool is told to prepare the next one */
#define TACHO_WINDOWS 4096u /* windows whose start a ring remembers */

/* A bit of a label that is not written: its registered string has the text of the capture range. */
#define TACHO_LABEL_CAPTURE (1u << 31)

typedef struct tacho_text {
    const char *bytes;
    uint32_t length;
} tacho_text;

/* What an event is, apart from when. */
typedef struct tacho_label_key {
    tacho_text text;
    uint32_t domain;
    uint32_t category;
    uint32_t colour;
    uint32_t bits; /* tacho_label_flags */
    uint32_t registered;
} tacho_label_key;

typedef struct tacho_label {
    uint64_t hash; /* 0: a free place */
    uint32_t number;
    uint32_t text; /* in the arena */
    uint32_t length;
    uint32_t domain;
    uint32_t category;
    uint32_t colour;
    uint32_t bits;
    uint32_t registered;
    uint32_t is_capture_range;
    uint32_t reserved;
} tacho_label;

typedef struct tacho_open_range {
    uint64_t offset; /* of its record in the segment */
    uint64_t start;
    uint32_t label;
    uint16_t domain;
    uint16_t is_capture_range;
} tacho_open_range;

/* What the next short record of a lane counts from. */
typedef struct tacho_cuda_lane_state {
    int64_t start;
    uint64_t window; /* in which the last record lies, from 1 on; another one starts with a long record */
    uint32_t correlation;
    uint32_t reserved;
} tacho_cuda_lane_state;

/* The call of CUDA that a thread is inside of, with how many are inside it. */
typedef struct tacho_cuda_open_call {
    uint64_t start; /* CLOCK_MONOTONIC, ns */
    uint32_t depth; /* 0: none */
    uint32_t domain;
    uint32_t function;
    uint32_t correlation;
} tacho_cuda_open_call;

typedef struct tacho_thread {
    tacho_segment_writer writer;
    uint32_t ordinal;
    uint32_t id;
    uint32_t generation; /* of the control page, when the open ranges were begun */
    uint32_t is_busy;    /* a signal handler must not append into an append */
    uint32_t depth;      /* open ranges */
    uint32_t next_label;
    uint32_t labels_used;
    uint32_t arena_used;
    uint32_t is_rewriting;  /* definitions are being written again, in a ring */
    uint32_t reserved;
    uint64_t oldest_window; /* of a ring: index in `windows` */
    uint64_t window_count;
    tacho_cuda_lane_state lanes[TACHO_CUDA_LANES];
    tacho_cuda_open_call call;
    int32_t levels[TACHO_DOMAINS]; /* recorded ranges that are open, by domain */
    tacho_open_range stack[TACHO_STACK];
    tacho_label passing; /* a label that is not kept */
    tacho_label labels[TACHO_LABELS];
    char arena[TACHO_ARENA_BYTES];
    struct {
        uint64_t offset;
        uint64_t time;
    } windows[TACHO_WINDOWS];
    char path[4096];
} tacho_thread;

typedef struct tacho_domain {
    uint32_t number;
    uint32_t is_recorded;
    char name[128];
} tacho_domain;

typedef struct tacho_process {
    tacho_control *control; /* NULL: nothing is recorded. Never taken back: threads that record read it without a lock */
    _Atomic int gives_up;   /* there is no room for the segment of another thread */
    uint32_t clock;
    uint32_t ordinal;
    int64_t keep_ticks; /* of a ring; 0: all is kept */
    pthread_mutex_t lock;
    pthread_key_t key;
    tacho_segment_writer writer; /* the process's own segment: under the lock */
    _Atomic uint32_t threads;
    _Atomic uint32_t strings;
    _Atomic uint32_t domain_count;
    tacho_domain domains[TACHO_DOMAINS]; /* 0: the default domain */
    _Atomic uint64_t capture_handle;     /* start/end range that is the capture range now; 0: none */
    char folder[3584];
    char path[4096];
} tacho_process;

extern tacho_process tacho_state;
extern __thread tacho_thread *tacho_self __attribute__((tls_model("initial-exec")));

/* Opens the control page and the process's segment, once. Returns whether the process is to be recorded. */
int tacho_collector_start(void);

/* Makes the calling thread's state, or gives NULL; errno is kept. */
tacho_thread *tacho_thread_make(void);

/* Makes a state that belongs to no thread, for CUPTI's records. */
tacho_thread *tacho_thread_make_for(const char *name, uint32_t id);

/* Gives the number of a label, defining it where it is new. The number is 0 where it could not be written.
 * Cost: about 10 ns for a text of 16 bytes that was there before. */
const tacho_label *tacho_thread_label(tacho_thread *thread, const tacho_label_key *key);

/* Books a drop of a record of this kind beside the counter that the segment keeps. */
void tacho_thread_dropped(tacho_thread *thread, uint32_t kind, uint32_t reason);

/* Moves a ring on: what is older than the time to keep is given back. Called when the window has changed. */
void tacho_thread_window_changed(tacho_thread *thread);

/* Notes when a range of this thread ended: in its own record, or in a late one where that is out of reach. */
void tacho_range_end(tacho_thread *thread, const tacho_open_range *open, uint64_t now);

/* Ends the ranges that were open when collection was turned off or on. */
void tacho_thread_renew(tacho_thread *thread, uint32_t generation);

/* Appends a text record to the process's segment. */
void tacho_process_text(uint32_t kind, uint32_t flags, uint32_t number, tacho_text text);
void tacho_process_note(uint32_t note, const char *text);

/* Room in the process's segment for one record, and a text record; the caller holds the lock. */
void *tacho_process_reserve(uint32_t size);
void tacho_process_append_text(uint32_t kind, uint32_t flags, uint32_t number, tacho_text text);

/* Makes a domain or finds the one of that name; the handle for programs. */
void *tacho_process_domain(tacho_text name);
/* Decides whether the default domain is recorded. */
void tacho_process_filter_default(void);
/* Keeps the name of a resource: a thread, a stream, anything with an identifier. Never NULL. */
void *tacho_process_resource(
    uint32_t domain, uint32_t type, uint64_t identifier, uint32_t registered, tacho_text text);

/* Turns CUPTI on or off as collection is. Any thread of the program; a few hundred microseconds where it changes. */
void tacho_cuda_follow(void);

/* In a forked child: CUDA does not live on there, and the parent's records must not be written to. */
void tacho_cuda_forget(void);

tacho_text tacho_text_of(const char *text);
/* UTF-8 of wide characters, in the caller's buffer of TACHO_TEXT_BYTES. */
tacho_text tacho_text_of_wide(const wchar_t *text, char *buffer);

static inline uint64_t tacho_now(void) { return tacho_clock_read(tacho_state.clock); }

static inline int tacho_is_collecting(void) {
    return tacho_state.control != NULL
        && atomic_load_explicit(&tacho_state.control->is_collecting, memory_order_relaxed) != 0;
}

/* The calling thread's state, ready for one append; NULL where nothing can be recorded now. */
static inline tacho_thread *tacho_thread_begin(uint32_t kind) {
    tacho_thread *thread = tacho_self;
    if (__builtin_expect(thread == NULL, 0)) {
        thread = tacho_thread_make();
        if (thread == NULL) { return NULL; }
    }
    if (__builtin_expect(thread->is_busy != 0, 0)) {
        tacho_thread_dropped(thread, kind, TACHO_DROP_NESTING);
        return NULL;
    }
    thread->is_busy = 1;
    atomic_signal_fence(memory_order_seq_cst);
    uint32_t generation = atomic_load_explicit(&tacho_state.control->generation, memory_order_relaxed);
    if (__builtin_expect(thread->generation != generation, 0)) { tacho_thread_renew(thread, generation); }
    return thread;
}

static inline void tacho_thread_end(tacho_thread *thread) {
    atomic_signal_fence(memory_order_seq_cst);
    thread->is_busy = 0;
}

/* As tacho_segment_reserve, with the drop booked by kind and a ring moved on. */
static inline void *tacho_thread_reserve(tacho_thread *thread, uint32_t kind, uint32_t size) {
    if (__builtin_expect((uint64_t)(thread->writer.window_end - thread->writer.cursor) < size, 0)) {
        int refused = tacho_segment_advance(&thread->writer, size);
        if (refused != 0) {
            /* The segment has counted the reason; only the kind is missing. */
            atomic_fetch_add_explicit(
                &thread->writer.header->dropped_kinds[kind % TACHO_COUNTED_KINDS], 1, memory_order_relaxed);
            return NULL;
        }
        tacho_thread_window_changed(thread);
        return tacho_segment_reserve(&thread->writer, size);
    }
    return thread->writer.cursor;
}

#pragma GCC visibility pop
#endif
