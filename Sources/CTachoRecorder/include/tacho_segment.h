/* The segment format and its writer.
 *
 * A segment is an append-only file of packed records, written by one thread through memory mappings. What was
 * committed survives the death of the process, because dirty pages of a shared mapping belong to the kernel.
 * Layout (little endian): one header page of TACHO_SEGMENT_HEADER_BYTES, then `committed` bytes of records, each
 * 8-byte aligned and starting with a tacho_record_header. docs/segment-format.md describes it for readers.
 */
#ifndef TACHO_SEGMENT_H
#define TACHO_SEGMENT_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define TACHO_SEGMENT_MAGIC "TACHOSEG"
#define TACHO_SEGMENT_VERSION 1u
#define TACHO_SEGMENT_HEADER_BYTES 4096u
#define TACHO_SEGMENT_NAME_BYTES 64u
/* Kinds from TACHO_FIRST_TRACE_KIND on are counted apart where they are dropped. */
#define TACHO_FIRST_TRACE_KIND 32u
#define TACHO_COUNTED_KINDS 64u

/* Why a record was dropped. */
enum tacho_drop_reason {
    TACHO_DROP_NO_SPACE = 0, /* the file system could not hold another window */
    TACHO_DROP_MAPPING = 1,  /* another window could not be mapped */
    TACHO_DROP_NESTING = 2,  /* too many ranges were open, or a signal handler interrupted the recorder */
    TACHO_DROP_DEVICE = 3,   /* the device's own recorder dropped them */
    TACHO_DROP_REASONS = 4
};

enum tacho_segment_state { TACHO_SEGMENT_OPEN = 0, TACHO_SEGMENT_CLOSED = 1 };

typedef struct tacho_segment_header {
    char magic[8];
    uint32_t version;
    uint32_t header_bytes;
    _Atomic uint64_t committed; /* bytes of whole records after the header */
    _Atomic uint64_t dropped[TACHO_DROP_REASONS];
    int64_t opened_ns;      /* CLOCK_MONOTONIC */
    int64_t wall_offset_ns; /* CLOCK_REALTIME - CLOCK_MONOTONIC when opened */
    uint32_t process_id;
    uint32_t thread_id;
    uint32_t launch; /* ordinal of the worker, from 0 */
    uint32_t stream; /* ordinal of the stream within the launch, from 0 */
    _Atomic uint32_t state;
    uint32_t reserved;
    char name[TACHO_SEGMENT_NAME_BYTES]; /* UTF-8, zero-terminated */
    _Atomic uint64_t discarded; /* bytes of old records at the start that were given back: zero in the file */
    _Atomic uint64_t dropped_kinds[TACHO_COUNTED_KINDS]; /* the drops above, by kind of record */
} tacho_segment_header;

enum tacho_record_kind {
    TACHO_RECORD_QUERY = 1,      /* tacho_query_record */
    TACHO_RECORD_QUERY_PARTS = 2, /* tacho_query_parts_record */
    TACHO_RECORD_LAYER = 3,      /* tacho_layer_record */
    TACHO_RECORD_LAYER_BASE = 4, /* tacho_layer_base_record */
    TACHO_RECORD_LAYER_LONG = 5, /* tacho_layer_long_record */
    TACHO_RECORD_ENGINE_RUN = 6  /* tacho_layer_long_record of the engine's call as a whole; flags are 0 */
};

typedef struct tacho_record_header {
    uint16_t kind;
    uint16_t size; /* bytes of the whole record, a multiple of 8 */
    uint32_t flags;
} tacho_record_header;

enum tacho_query_flags {
    TACHO_QUERY_WARM_UP = 1u << 0,
    TACHO_QUERY_HAS_ENQUEUE = 1u << 1,
    TACHO_QUERY_HAS_HOST_TO_DEVICE = 1u << 2,
    TACHO_QUERY_HAS_COMPUTE = 1u << 3,
    TACHO_QUERY_HAS_DEVICE_TO_HOST = 1u << 4
};

/* A query of an engine that has no parts to tell apart: 24 bytes. */
typedef struct tacho_query_record {
    tacho_record_header header;
    int64_t start_ns; /* CLOCK_MONOTONIC */
    int64_t host_latency_ns;
} tacho_query_record;

/* A query with parts; those not flagged are zero and mean nothing: 56 bytes. */
typedef struct tacho_query_parts_record {
    tacho_record_header header;
    int64_t start_ns;
    int64_t host_latency_ns;
    int64_t enqueue_ns;
    int64_t host_to_device_ns;
    int64_t compute_ns;
    int64_t device_to_host_ns;
} tacho_query_parts_record;

/* One execution of a layer, whose number is in the header's flags: 16 bytes. */
typedef struct tacho_layer_record {
    tacho_record_header header;
    uint32_t offset_ns; /* of its start, after the instant of the last base record */
    uint32_t duration_ns;
} tacho_layer_record;

/* The instant from which the offsets of the layer records after it count: 16 bytes. */
typedef struct tacho_layer_base_record {
    tacho_record_header header;
    int64_t base_ns; /* CLOCK_MONOTONIC */
} tacho_layer_base_record;

/* An execution that took 4.29 s or longer: 24 bytes. */
typedef struct tacho_layer_long_record {
    tacho_record_header header;
    int64_t start_ns;
    int64_t duration_ns;
} tacho_layer_long_record;

_Static_assert(sizeof(tacho_record_header) == 8, "record header");
_Static_assert(sizeof(tacho_layer_record) == 16, "layer record");
_Static_assert(sizeof(tacho_layer_base_record) == 16, "layer base record");
_Static_assert(sizeof(tacho_layer_long_record) == 24, "layer long record");
_Static_assert(sizeof(tacho_query_record) == 24, "query record");
_Static_assert(sizeof(tacho_query_parts_record) == 56, "query parts record");
_Static_assert(offsetof(tacho_segment_header, committed) == 16, "committed");
_Static_assert(offsetof(tacho_segment_header, opened_ns) == 56, "opened_ns");
_Static_assert(offsetof(tacho_segment_header, name) == 96, "name");
_Static_assert(offsetof(tacho_segment_header, discarded) == 160, "discarded");
_Static_assert(offsetof(tacho_segment_header, dropped_kinds) == 168, "dropped_kinds");

/* A writer belongs to one thread. Its fields are for the inline functions below. */
typedef struct tacho_segment_writer {
    uint8_t *cursor;     /* where the next record goes */
    uint8_t *window_end; /* end of the mapped window */
    uint64_t committed;  /* what the header says */
    tacho_segment_header *header;
    uint8_t *window;
    uint64_t window_offset; /* of the window, after the header */
    uint64_t window_bytes;
    uint32_t refused;        /* records dropped since growing was last tried */
    uint32_t refused_reason; /* drop reason + 1 of that try, 0 after a success */
    int descriptor;          /* -1 where the file is opened anew for every window */
    const char *path;        /* then its path, absolute; it must outlive the writer */
    uint64_t next_window_bytes;
    uint64_t greatest_window_bytes;
} tacho_segment_writer;

/* Creates the file (it must not exist), reserves and maps the first window with its pages present.
 * Returns 0 or an errno value. Cost: a few hundred microseconds. */
int tacho_segment_create(
    tacho_segment_writer *writer, const char *path, uint32_t launch, uint32_t stream, const char *name);

/* The same for a recorder inside another program, which may close descriptors that it did not open: none is kept, and
 * `path` must stay where it is. Windows grow from `first_bytes` to `greatest_bytes` (powers of two from a page on), so that
 * threads which record little reserve little. */
int tacho_segment_create_guest(
    tacho_segment_writer *writer, const char *path, uint32_t launch, uint32_t stream, const char *name,
    uint64_t first_bytes, uint64_t greatest_bytes);

/* Gives back the whole pages before `offset` bytes of records, where a record starts. Readers start at it. */
void tacho_segment_discard(tacho_segment_writer *writer, uint64_t offset);

/* Moves to a window that holds `size` more bytes. Returns 0, or the drop reason + 1 after counting the drop. */
int tacho_segment_advance(tacho_segment_writer *writer, uint64_t size);

/* Cuts the file to what was committed and releases everything. Returns 0 or an errno value. */
int tacho_segment_close(tacho_segment_writer *writer);

/* Reserves `size` bytes (a multiple of 8, at most one page) for a record; NULL where it had to be dropped and was counted. */
static inline void *tacho_segment_reserve(tacho_segment_writer *writer, uint64_t size) {
    if (__builtin_expect((uint64_t)(writer->window_end - writer->cursor) < size, 0)) {
        if (tacho_segment_advance(writer, size) != 0) { return NULL; }
    }
    return writer->cursor;
}

/* Publishes the record that was reserved last. A reader sees all of it or nothing. */
static inline void tacho_segment_commit(tacho_segment_writer *writer, uint64_t size) {
    writer->cursor += size;
    writer->committed += size;
    atomic_store_explicit(&writer->header->committed, writer->committed, memory_order_release);
}

/* Appends a query without parts. Returns 1, or 0 where it was dropped and counted. */
static inline int tacho_append_query(
    tacho_segment_writer *writer, int64_t start_ns, int64_t host_latency_ns, uint32_t flags) {
    tacho_query_record *record = (tacho_query_record *)tacho_segment_reserve(writer, sizeof *record);
    if (record == NULL) { return 0; }
    record->header.kind = TACHO_RECORD_QUERY;
    record->header.size = sizeof *record;
    record->header.flags = flags;
    record->start_ns = start_ns;
    record->host_latency_ns = host_latency_ns;
    tacho_segment_commit(writer, sizeof *record);
    return 1;
}

/* Appends a query with parts. Returns 1, or 0 where it was dropped and counted. */
static inline int tacho_append_query_parts(tacho_segment_writer *writer, const tacho_query_parts_record *parts) {
    tacho_query_parts_record *record =
        (tacho_query_parts_record *)tacho_segment_reserve(writer, sizeof *record);
    if (record == NULL) { return 0; }
    *record = *parts;
    record->header.kind = TACHO_RECORD_QUERY_PARTS;
    record->header.size = sizeof *record;
    tacho_segment_commit(writer, sizeof *record);
    return 1;
}

/* Bytes committed so far, read from a mapping of the header page that the caller made: any thread, any process. */
static inline uint64_t tacho_segment_committed(const void *header) {
    return atomic_load_explicit(
        &((tacho_segment_header *)(uintptr_t)header)->committed, memory_order_acquire);
}

#endif
