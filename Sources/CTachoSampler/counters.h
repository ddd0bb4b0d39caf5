/* A segment of counters: definitions, samples, notes. One thread writes at a time. */
#ifndef TACHO_COUNTERS_H
#define TACHO_COUNTERS_H

#include "tacho_monotonic.h"
#include "tacho_segment.h"
#include "tacho_trace_records.h"

typedef struct tacho_counter {
    double last;
    int is_known;    /* whether a value holds now */
} tacho_counter;

typedef struct tacho_counters {
    tacho_segment_writer writer;
    tacho_counter *counters;
    uint32_t count;
    uint32_t room;
    char path[4096];
} tacho_counters;

/* What sampling itself costs: the share of a processor that this thread or process used since the last call. */
typedef struct tacho_own_cost {
    uint32_t counter;
    int64_t used_ns;
    int64_t read_ns; /* 0: not read yet */
} tacho_own_cost;

/* Returns 0 or an errno value. */
int tacho_counters_open(tacho_counters *counters, const char *folder, uint32_t ordinal, const char *name);

/* Writes a closing sample of each counter that has changed since, and ends the segment. */
void tacho_counters_close(tacho_counters *counters);

/* Room for a record that the caller fills and commits; NULL where it was dropped, which is counted. */
void *tacho_counters_reserve(tacho_counters *counters, uint32_t size);

/* Defines a counter. Returns its number; UINT32_MAX where it could not be kept. */
uint32_t tacho_counters_define(
    tacho_counters *counters, uint32_t process, uint32_t thread, uint32_t device, const char *name, const char *unit);

/* A value that holds from the instant on. One that equals the last is not written: it holds already. */
void tacho_counters_put(tacho_counters *counters, uint32_t counter, int64_t time_ns, double value);

/* Nothing is known from the instant on. */
void tacho_counters_end(tacho_counters *counters, uint32_t counter, int64_t time_ns);

void tacho_counters_note(tacho_counters *counters, uint32_t note, const char *text);

/* Puts the share since the last call. `clock` is CLOCK_THREAD_CPUTIME_ID or CLOCK_PROCESS_CPUTIME_ID. */
void tacho_counters_put_own_cost(tacho_counters *counters, tacho_own_cost *cost, int clock);

#endif
