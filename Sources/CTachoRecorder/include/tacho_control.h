/* The page that the tracing tool and the recorders inside the traced programs share.
 *
 * It lies as `control` in the folder of the segments, whose path every traced process inherits in TACHO_TRACE_FOLDER.
 * The tool fills it in before the first program starts; later only the fields that are atomic change.
 */
#ifndef TACHO_CONTROL_H
#define TACHO_CONTROL_H

#include <stdatomic.h>
#include <stdint.h>

#define TACHO_CONTROL_MAGIC "TACHOCTL"
#define TACHO_CONTROL_VERSION 1u
#define TACHO_CONTROL_BYTES 8192u
#define TACHO_CONTROL_FILE "control"
#define TACHO_FOLDER_VARIABLE "TACHO_TRACE_FOLDER"
#define TACHO_CLOCK_PAIRS 128u

enum tacho_clock { TACHO_CLOCK_MONOTONIC = 0, TACHO_CLOCK_TSC = 1 };

enum tacho_trace_bits {
    TACHO_TRACE_NVTX = 1u << 0,
    TACHO_TRACE_CUDA = 1u << 1,
    TACHO_TRACE_GRAPH_NODES = 1u << 2,
    TACHO_TRACE_CUDA_LATE = 1u << 3, /* CUPTI is loaded when collection first begins: until then nothing of it is there */
    TACHO_TRACE_ALL_APIS = 1u << 4   /* also the functions of CUDA that only ask what the host knows */
};

enum tacho_domain_filter { TACHO_DOMAINS_ALL = 0, TACHO_DOMAINS_INCLUDE = 1, TACHO_DOMAINS_EXCLUDE = 2 };

enum tacho_capture_kind { TACHO_CAPTURE_ALL = 0, TACHO_CAPTURE_NVTX = 1, TACHO_CAPTURE_PROFILER = 2 };

/* Settings of a trace: written once. Texts are UTF-8 and end with a zero byte. */
typedef struct tacho_trace_settings {
    uint32_t clock;         /* tacho_clock */
    uint32_t trace;         /* tacho_trace_bits */
    uint32_t domain_filter; /* tacho_domain_filter */
    uint32_t capture;       /* tacho_capture_kind */
    uint32_t captures;      /* how many capture ranges are recorded; 0: no end */
    uint32_t keeps_running; /* 1: the end of the capture range ends nothing */
    int64_t keep_last_ns;   /* 0: keep all */
    char capture_range[256];
    char capture_domain[256]; /* empty: the default domain */
    char domains[2048];       /* names of the filter, one after the other; an empty one ends them */
} tacho_trace_settings;

typedef struct tacho_clock_pair {
    uint64_t ticks;
    int64_t monotonic_ns;
} tacho_clock_pair;

typedef struct tacho_control {
    char magic[8]; /* written last */
    uint32_t version;
    _Atomic uint32_t windows; /* grows when a busy thread moves to its next window */
    _Atomic uint32_t is_collecting;
    _Atomic uint32_t generation; /* grows each time is_collecting changes */
    _Atomic uint64_t changed;    /* when it changed last, on the trace's clock */
    _Atomic uint32_t processes;  /* ordinals given out */
    _Atomic uint32_t captures_begun;
    _Atomic uint32_t is_closed; /* the tool is done: nothing is recorded any more */
    _Atomic uint32_t clock_pairs;
    _Atomic uint64_t lost_threads; /* threads that could not be recorded at all */
    tacho_trace_settings settings;
    tacho_clock_pair pairs[TACHO_CLOCK_PAIRS]; /* the tool's; the last one is overwritten when all are in use */
    _Atomic uint32_t follower; /* the last process that began to turn its device's recorder on and off by this page */
    _Atomic uint32_t followed; /* the generation that it has followed: its recorder does what that said */
} tacho_control;

_Static_assert(sizeof(tacho_control) <= TACHO_CONTROL_BYTES, "control");

/* Makes the file and maps it. Returns 0 or an errno value. */
int tacho_control_create(const char *path, const tacho_trace_settings *settings, tacho_control **control);

/* Maps a file that is there, for reading and writing. Returns 0 or an errno value (EINVAL: not one of ours). */
int tacho_control_open(const char *path, tacho_control **control);

void tacho_control_release(tacho_control *control);

/* Turns collection on or off for every traced process. */
void tacho_control_set_collecting(tacho_control *control, int is_collecting);
int tacho_control_is_collecting(const tacho_control *control);
uint32_t tacho_control_clock(const tacho_control *control);
uint32_t tacho_control_captures_begun(const tacho_control *control);
uint32_t tacho_control_processes(const tacho_control *control);
uint64_t tacho_control_lost_threads(const tacho_control *control);

/* Says that the calling process turns its device's recorder on and off by this page from now on. */
void tacho_control_follow(tacho_control *control);

/* Says that it has done so for a generation. */
void tacho_control_set_followed(tacho_control *control, uint32_t generation);

/* Waits until the calling process's recorder of its device does what the page says. Returns 0, ENOENT where the process has
 * none (it never used the device), or ETIMEDOUT. */
int tacho_control_wait_followed(tacho_control *control, uint32_t milliseconds);

/* Ends the trace: processes that live on record nothing more. */
void tacho_control_close(tacho_control *control);

/* Reads both clocks together and keeps the pair. Takes about 200 ns. */
void tacho_control_add_clock_pair(tacho_control *control);
uint32_t tacho_control_copy_clock_pairs(const tacho_control *control, tacho_clock_pair *pairs);

/* Tells the tool that a thread has moved to another window: more room should be prepared. Cost: one system call. */
void tacho_control_window_changed(tacho_control *control);

/* Whether the time stamp counter runs at one rate for ever, on every processor (CPUID 0x80000007, EDX bit 8). */
int tacho_clock_is_invariant(void);

/* The trace's clock now. */
uint64_t tacho_clock_read(uint32_t clock);

/* Both clocks, from the closest of several tries. */
tacho_clock_pair tacho_clock_read_pair(uint32_t clock);

#endif
