/* The records of a traced program, after those of queries and layers. docs/segment-format.md describes them for readers.
 *
 * Every text and every combination of attributes is written once, as a definition; events name it by a number of 32 bits.
 * Instants are in the unit of the trace's clock (tacho_control.h) unless the field's name ends in _ns.
 */
#ifndef TACHO_TRACE_RECORDS_H
#define TACHO_TRACE_RECORDS_H

#include "tacho_segment.h"

enum tacho_trace_record_kind {
    /* Definitions. */
    TACHO_RECORD_LABEL = 32,       /* flags: the label's number in this segment */
    TACHO_RECORD_STRING = 33,      /* flags: number of a registered string in this process; text */
    TACHO_RECORD_DOMAIN = 34,      /* flags: number of the domain in this process; text */
    TACHO_RECORD_CATEGORY = 35,    /* flags: domain; number, text */
    TACHO_RECORD_THREAD_NAME = 36, /* flags: the kernel's thread id; text */
    TACHO_RECORD_RESOURCE = 37,    /* flags: domain; tacho_resource_record, text */
    TACHO_RECORD_PROCESS = 38,     /* flags: parent's process id; number: 1 + ordinal of the process that it was forked
                                    * from, whose definitions hold here too; text: arguments, each with a zero byte */
    TACHO_RECORD_CLOCK = 39,       /* both clocks read together */
    TACHO_RECORD_NOTE = 40,        /* flags: tacho_note; text for people */
    TACHO_RECORD_PROCESS_END = 41, /* the program ended by itself; instant */
    TACHO_RECORD_THREAD_END = 42,  /* flags: the kernel's thread id; tacho_thread_end_record */
    TACHO_RECORD_SCHEMA = 43,      /* of extended payloads, or an enumeration; flags: domain; tacho_schema_record */
    TACHO_RECORD_SCHEMA_ENTRY = 44, /* of the schema in front of it; flags: its index; tacho_schema_entry_record */
    /* Annotations. */
    TACHO_RECORD_RANGE = 48,       /* flags: label; start, end (0: open when the window was left) */
    TACHO_RECORD_RANGE_LATE = 49,  /* flags: label; start, end, offset of the open record */
    TACHO_RECORD_ASYNC_RANGE = 50, /* flags: label; start, end (0: ended by an ASYNC_END, or never) */
    TACHO_RECORD_ASYNC_END = 51,   /* end, handle of the range */
    TACHO_RECORD_MARK = 52,        /* flags: label; instant */
    TACHO_RECORD_PAYLOAD = 53,     /* flags: tacho_payload_type; value of the event in front of it */
    TACHO_RECORD_PAYLOAD_DATA = 54, /* flags: bytes kept; a payload of any layout, of the event in front of it */
    /* CUDA; all instants are nanoseconds of CLOCK_MONOTONIC. */
    TACHO_RECORD_CUDA_CALL = 64,        /* flags: label; tacho_cuda_short_record */
    TACHO_RECORD_CUDA_WORK = 65,        /* flags: label; tacho_cuda_short_record */
    TACHO_RECORD_CUDA_LONG = 66,        /* flags: label; tacho_cuda_long_record */
    TACHO_RECORD_CUDA_POOL = 67,        /* tacho_cuda_memory_record: a pool was made, trimmed or given up */
    TACHO_RECORD_CUDA_MEMORY = 68,      /* tacho_cuda_memory_record: an allocation or a free */
    TACHO_RECORD_CUDA_DEVICE = 69,      /* flags: device; text */
    /* What is sampled beside the program, in segments of the tool's own: counters-N.seg. */
    TACHO_RECORD_COUNTER = 80,         /* flags: the counter's number in this segment; tacho_counter_record */
    TACHO_RECORD_COUNTER_SAMPLE = 81,  /* flags: counter; tacho_counter_sample_record */
    TACHO_RECORD_SAMPLED_PROCESS = 82, /* flags: process id; tacho_sampled_process_record: the last one holds */
    TACHO_RECORD_SAMPLED_THREAD = 83,  /* flags: thread id; tacho_sampled_thread_record: the last one holds */
    TACHO_RECORD_SAMPLED_DEVICE = 84,  /* flags: number of the device; tacho_sampled_device_record */
    TACHO_RECORD_PERF = 85,            /* a record of the kernel's perf events, whole, behind the header */
    TACHO_RECORD_TRACE_KINDS_END = 86
};

/* What a label is the name of. */
enum tacho_label_flags {
    TACHO_LABEL_HAS_COLOUR = 1u << 0,
    TACHO_LABEL_REGISTERED = 1u << 1, /* the text is a registered string's; `registered` names it */
    TACHO_LABEL_NO_TEXT = 1u << 2,    /* the event came without a message */
    TACHO_LABEL_CUDA = 1u << 3        /* of CUDA's events: see tacho_cuda_lane */
};

typedef struct tacho_label_record {
    tacho_record_header header;
    uint32_t domain; /* 0: the default domain */
    uint32_t category;
    uint32_t colour; /* ARGB */
    uint32_t bits;   /* tacho_label_flags */
    uint32_t registered;
    uint32_t length; /* bytes of text that follow */
} tacho_label_record;

/* STRING, DOMAIN, CATEGORY, THREAD_NAME, PROCESS, NOTE, CUDA_DEVICE. */
typedef struct tacho_text_record {
    tacho_record_header header;
    uint32_t number;
    uint32_t length; /* bytes of text that follow */
} tacho_text_record;

typedef struct tacho_resource_record {
    tacho_record_header header;
    uint64_t identifier;
    uint32_t type;       /* NVTX's identifier type */
    uint32_t registered; /* string that holds the name; 0: the text does */
    uint32_t length;
    uint32_t reserved;
} tacho_resource_record;

typedef struct tacho_clock_record {
    tacho_record_header header;
    uint64_t ticks; /* the trace's clock */
    int64_t monotonic_ns;
} tacho_clock_record;

typedef struct tacho_instant_record { /* MARK, PROCESS_END */
    tacho_record_header header;
    uint64_t time;
} tacho_instant_record;

typedef struct tacho_range_record { /* RANGE, ASYNC_RANGE, and ASYNC_END with the handle in `start` */
    tacho_record_header header;
    uint64_t start;
    uint64_t end;
} tacho_range_record;

typedef struct tacho_late_record {
    tacho_record_header header;
    uint64_t start;
    uint64_t end;
    uint64_t offset;
} tacho_late_record;

enum tacho_payload_type {
    TACHO_PAYLOAD_UINT64 = 1,
    TACHO_PAYLOAD_INT64 = 2,
    TACHO_PAYLOAD_DOUBLE = 3,
    TACHO_PAYLOAD_UINT32 = 4,
    TACHO_PAYLOAD_INT32 = 5,
    TACHO_PAYLOAD_FLOAT = 6
};

typedef struct tacho_payload_record {
    tacho_record_header header;
    uint64_t value; /* the bytes as the program gave them */
} tacho_payload_record;

typedef struct tacho_payload_data_record {
    tacho_record_header header;
    uint64_t schema;
    uint64_t bytes; /* as the program gave them; those that were kept follow, and behind them, on a multiple of 8, the
                     * address that they had (64 bits) */
} tacho_payload_data_record;

/* A layout of payloads as a program registered it, in NVTX's own numbers; its name follows. */
typedef struct tacho_schema_record {
    tacho_record_header header;
    uint64_t id;
    uint64_t type;  /* NVTX_PAYLOAD_SCHEMA_TYPE_*; 0: an enumeration */
    uint64_t flags;
    uint64_t size;  /* bytes; 0: not told */
    uint64_t alignment; /* the greatest of its fields; 0: their own */
    uint32_t entries;
    uint32_t name_length;
} tacho_schema_record;

/* A field of a schema, or a name of an enumeration's value; its name follows. */
typedef struct tacho_schema_entry_record {
    tacho_record_header header;
    uint64_t schema;
    uint64_t type;   /* NVTX_PAYLOAD_ENTRY_TYPE_*, or a schema's id; of an enumeration the value */
    uint64_t flags;  /* NVTX_PAYLOAD_ENTRY_FLAG_*; of an enumeration 1: a bit that others are combined with */
    uint64_t detail; /* length of an array or a text, or the field that tells it */
    uint64_t offset; /* bytes from the beginning; 0 behind the first field: where alignment puts it */
    uint32_t domain;
    uint32_t name_length;
} tacho_schema_entry_record;

enum tacho_cuda_class {
    TACHO_CUDA_KERNEL = 1,
    TACHO_CUDA_COPY = 2,
    TACHO_CUDA_SET = 3,
    TACHO_CUDA_SYNCHRONISATION = 4, /* on the host: context, stream, event */
    TACHO_CUDA_OVERHEAD = 5,        /* CUPTI's own */
    TACHO_CUDA_GRAPH = 6,           /* a graph as a whole */
    TACHO_CUDA_RUNTIME_CALL = 7,
    TACHO_CUDA_DRIVER_CALL = 8
};

/* CUPTI's records are in a segment of their own, calls in those of their threads. Calls are one lane, everything else
 * another: in each the short records count from the record in front of them. A lane begins with a long record, and so does each
 * window of a ring. Where a thing happens is part of its label: of calls `colour` is the kernel's thread id, of the rest it is the
 * stream, and `registered` the device (upper half) and the context. The label's `category` is the tacho_cuda_class. */
enum tacho_cuda_lane { TACHO_CUDA_LANE_CALLS = 0, TACHO_CUDA_LANE_WORK = 1, TACHO_CUDA_LANES = 2 };

typedef struct tacho_cuda_long_record {
    tacho_record_header header;
    int64_t start_ns;
    int64_t duration_ns;
    uint32_t correlation;
    uint32_t lane;
} tacho_cuda_long_record;

/* Differences to the record before are zigzag-coded (0, -1, 1, -2 become 0, 1, 2, 3). */
#define TACHO_CUDA_START_BITS 22u       /* of the difference of starts, ns */
#define TACHO_CUDA_DURATION_BITS 22u    /* ns */
#define TACHO_CUDA_CORRELATION_BITS 20u /* of the difference of correlations */

typedef struct tacho_cuda_short_record {
    tacho_record_header header;
    uint64_t packed; /* from the lowest bit: start, duration, correlation */
} tacho_cuda_short_record;

/* Labels of kernels have behind their name a zero byte and ten numbers of 32 bits: grid, block (three each), registers,
 * static and dynamic shared memory, local memory of a thread. Those of copies and sets have behind an empty name a zero byte and
 * tacho_cuda_copy_detail; those of graphs the graph's number. What ran as a node of a graph has tacho_cuda_node_detail behind
 * that. Calls that failed have a zero byte and the result of 32 bits. */
typedef struct tacho_cuda_node_detail {
    uint64_t node;
    uint32_t graph;
} __attribute__((packed)) tacho_cuda_node_detail;

typedef struct tacho_cuda_copy_detail {
    uint64_t bytes;
    uint8_t copy_kind;   /* CUPTI's number; 0 for a set */
    uint8_t source;      /* CUPTI's kind of memory */
    uint8_t destination;
    uint8_t flags;       /* 1: asynchronous */
    uint32_t value;      /* of a set */
} tacho_cuda_copy_detail;

typedef struct tacho_cuda_memory_record {
    tacho_record_header header;
    int64_t time_ns;
    uint64_t address;
    uint64_t bytes;
    uint32_t correlation;
    uint16_t device;
    uint8_t operation;   /* 1: allocation, 2: free; of pools 1: created, 2: destroyed, 3: trimmed */
    uint8_t memory_kind; /* CUpti_ActivityMemoryKind */
    uint64_t pool;       /* its address; 0: none */
} tacho_cuda_memory_record;

/* What a thread used until it ended. */
typedef struct tacho_thread_end_record {
    tacho_record_header header;
    int64_t cpu_ns;
    uint64_t voluntary_switches;
    uint64_t involuntary_switches;
} tacho_thread_end_record;

#define TACHO_NO_DEVICE UINT32_MAX

/* A quantity that is sampled: of a device, of a thread, of a process, or of the machine. Name and unit follow. */
typedef struct tacho_counter_record {
    tacho_record_header header;
    uint32_t process; /* process id; 0: none */
    uint32_t thread;  /* thread id; 0: none */
    uint32_t device;  /* as in SAMPLED_DEVICE; TACHO_NO_DEVICE: none */
    uint32_t name_length;
    uint32_t unit_length;
    uint32_t reserved;
} tacho_counter_record;

/* The value holds from the instant on until the counter's next sample; NaN: from here on nothing is known. */
typedef struct tacho_counter_sample_record {
    tacho_record_header header;
    int64_t time_ns;
    double value;
} tacho_counter_sample_record;

/* A process as /proc showed it; its name (16 bytes) and then its arguments follow, each with a zero byte. */
typedef struct tacho_sampled_process_record {
    tacho_record_header header;
    uint32_t parent;
    uint32_t length; /* bytes that follow */
    int64_t started_ns;
    int64_t ended_ns; /* when it was seen to be gone; 0: alive */
} tacho_sampled_process_record;

/* A thread as /proc showed it. */
typedef struct tacho_sampled_thread_record {
    tacho_record_header header;
    uint32_t process;
    uint32_t reserved;
    int64_t cpu_ns;
    uint64_t voluntary_switches;
    uint64_t involuntary_switches;
    char name[16];
} tacho_sampled_thread_record;

/* Name, UUID and bus, each with a zero byte, follow. */
typedef struct tacho_sampled_device_record {
    tacho_record_header header;
    uint32_t cuda_device; /* the number that a program with this environment knows it by; TACHO_NO_DEVICE: not visible */
    uint32_t length;      /* bytes that follow */
} tacho_sampled_device_record;

enum tacho_note {
    TACHO_NOTE_INFORMATION = 0,
    TACHO_NOTE_CUDA_MISSING = 1, /* CUPTI could not be used; the text says why */
    TACHO_NOTE_CUDA_DROPPED = 2  /* CUPTI dropped records */
};

_Static_assert(sizeof(tacho_label_record) == 32, "label record");
_Static_assert(sizeof(tacho_range_record) == 24, "range record");
_Static_assert(sizeof(tacho_late_record) == 32, "late record");
_Static_assert(sizeof(tacho_payload_record) == 16, "payload record");
_Static_assert(sizeof(tacho_payload_data_record) == 24, "payload data record");
_Static_assert(sizeof(tacho_schema_record) == 56, "schema record");
_Static_assert(sizeof(tacho_schema_entry_record) == 56, "schema entry record");
_Static_assert(sizeof(tacho_cuda_long_record) == 32, "cuda long record");
_Static_assert(sizeof(tacho_cuda_short_record) == 16, "cuda short record");
_Static_assert(sizeof(tacho_cuda_node_detail) == 12, "cuda node detail");
_Static_assert(sizeof(tacho_cuda_copy_detail) == 16, "cuda copy detail");
_Static_assert(sizeof(tacho_cuda_memory_record) == 48, "cuda memory record");
_Static_assert(sizeof(tacho_thread_end_record) == 32, "thread end record");
_Static_assert(sizeof(tacho_counter_record) == 32, "counter record");
_Static_assert(sizeof(tacho_counter_sample_record) == 24, "counter sample record");
_Static_assert(sizeof(tacho_sampled_process_record) == 32, "sampled process record");
_Static_assert(sizeof(tacho_sampled_thread_record) == 56, "sampled thread record");
_Static_assert(sizeof(tacho_sampled_device_record) == 16, "sampled device record");

#endif
