/* Records of queries under load, in the segments of tacho_segment.h: kinds 16 and 17.
 *
 * Each call of the engine keeps its own query record; the queries that it served follow it, one record each.
 */
#ifndef TACHO_LOAD_H
#define TACHO_LOAD_H

#include "tacho_segment.h"

enum tacho_load_record_kind {
    TACHO_RECORD_LOAD_QUERY = 16, /* tacho_load_query_record */
    TACHO_RECORD_LOAD_UNSERVED = 17 /* tacho_load_unserved_record */
};

enum tacho_load_flags {
    TACHO_LOAD_WARM_UP = 1u << 0,  /* arrived before the measured window opened */
    TACHO_LOAD_REFUSED = 1u << 1,  /* found the queue full */
    TACHO_LOAD_LEFT = 1u << 2      /* was still waiting when the run ended */
};

/* A query that was served: 48 bytes. Instants on CLOCK_MONOTONIC. */
typedef struct tacho_load_query_record {
    tacho_record_header header;
    int64_t intended_ns; /* when it was to arrive */
    int64_t due_ns;      /* when it could be sent: arrived, a stream free, its batch complete */
    int64_t start_ns;    /* when it was sent */
    int64_t end_ns;      /* its result in hand */
    uint32_t batch;      /* queries in the same call of the engine */
    uint32_t reserved;
} tacho_load_query_record;

/* A query that was not served: 24 bytes. */
typedef struct tacho_load_unserved_record {
    tacho_record_header header;
    int64_t intended_ns;
    int64_t end_ns; /* when it was refused, or when the run ended without it */
} tacho_load_unserved_record;

_Static_assert(sizeof(tacho_load_query_record) == 48, "load query record");
_Static_assert(sizeof(tacho_load_unserved_record) == 24, "load unserved record");

/* Appends a served query. Returns 1, or 0 where it was dropped and counted. */
static inline int tacho_append_load_query(
    tacho_segment_writer *writer, int64_t intended_ns, int64_t due_ns, int64_t start_ns, int64_t end_ns,
    uint32_t batch, uint32_t flags) {
    tacho_load_query_record *record = (tacho_load_query_record *)tacho_segment_reserve(writer, sizeof *record);
    if (record == NULL) { return 0; }
    record->header.kind = TACHO_RECORD_LOAD_QUERY;
    record->header.size = sizeof *record;
    record->header.flags = flags;
    record->intended_ns = intended_ns;
    record->due_ns = due_ns;
    record->start_ns = start_ns;
    record->end_ns = end_ns;
    record->batch = batch;
    record->reserved = 0;
    tacho_segment_commit(writer, sizeof *record);
    return 1;
}

/* Appends a query that was not served. Returns 1, or 0 where it was dropped and counted. */
static inline int tacho_append_load_unserved(
    tacho_segment_writer *writer, int64_t intended_ns, int64_t end_ns, uint32_t flags) {
    tacho_load_unserved_record *record =
        (tacho_load_unserved_record *)tacho_segment_reserve(writer, sizeof *record);
    if (record == NULL) { return 0; }
    record->header.kind = TACHO_RECORD_LOAD_UNSERVED;
    record->header.size = sizeof *record;
    record->header.flags = flags;
    record->intended_ns = intended_ns;
    record->end_ns = end_ns;
    tacho_segment_commit(writer, sizeof *record);
    return 1;
}

/* Sets the calling thread's timer slack: how late the kernel may wake it from a sleep so as to save power.
 * 50 us by default; 1 ns asks for the earliest. Returns 0 or an errno value. Source: prctl(2), PR_SET_TIMERSLACK. */
int tacho_set_timer_slack(uint64_t nanoseconds);

#endif
