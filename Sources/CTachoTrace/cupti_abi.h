/* The parts of CUPTI's activity records that are read, by their offsets: the same from CUDA 11.6 to 13.
 * Reference: cupti_activity.h of the nvidia-cuda-cupti wheel; Tests/Fixtures/trace/cupti_layout.c asserts them against it. */
#ifndef TACHO_CUPTI_ABI_H
#define TACHO_CUPTI_ABI_H

#include <stddef.h>
#include <stdint.h>

enum cupti_kind {
    CUPTI_KIND_MEMCPY = 1,
    CUPTI_KIND_MEMSET = 2,
    CUPTI_KIND_DRIVER = 4,
    CUPTI_KIND_RUNTIME = 5,
    CUPTI_KIND_CONCURRENT_KERNEL = 10,
    CUPTI_KIND_OVERHEAD = 17,
    CUPTI_KIND_SYNCHRONIZATION = 38,
    CUPTI_KIND_MEMORY2 = 49,
    CUPTI_KIND_MEMORY_POOL = 50,
    CUPTI_KIND_GRAPH_TRACE = 51
};

enum { CUPTI_DOMAIN_DRIVER = 1, CUPTI_DOMAIN_RUNTIME = 2 };
enum { CUPTI_DRIVER_PROFILER_START = 308, CUPTI_DRIVER_PROFILER_STOP = 309 };
enum { CUPTI_CALL_ENTERED = 0, CUPTI_CALL_LEFT = 1 };
enum { CUPTI_SYNCHRONIZATION_EVENT = 1, CUPTI_SYNCHRONIZATION_WAIT_EVENT = 2,
       CUPTI_SYNCHRONIZATION_STREAM = 3, CUPTI_SYNCHRONIZATION_CONTEXT = 4 };
#define CUPTI_NO_STREAM UINT32_MAX
enum { CUPTI_THREAD_ID_SYSTEM = 1, CUPTI_FLUSH_FORCED = 1 };
enum { CUPTI_MULTIPLE_SUBSCRIBERS = 39 };

/* What a callback is told of a call (CUpti_CallbackData). */
typedef struct cupti_call {
    uint32_t site; /* CUPTI_CALL_ENTERED, CUPTI_CALL_LEFT */
    const char *name;
    const void *parameters; /* a structure whose first field is the first parameter */
    const int32_t *result;  /* once it is left */
    const char *symbol;
    void *context;
    uint32_t context_number;
    uint64_t *kept;
    uint32_t correlation;
} cupti_call;

typedef struct cupti_kernel {
    uint32_t kind;
    uint8_t cache[2];
    uint16_t registers;
    uint8_t unused_a[8];
    uint64_t start;
    uint64_t end;
    uint8_t unused_b[8];
    uint32_t device;
    uint32_t context;
    uint32_t stream;
    uint32_t grid[3];
    uint32_t block[3];
    uint32_t static_shared;
    uint32_t dynamic_shared;
    uint32_t local_per_thread;
    uint32_t local_total;
    uint32_t correlation;
    uint8_t unused_c[8];
    const char *name;
    uint8_t unused_d[32];
    uint64_t graph_node;
    uint8_t unused_e[4];
    uint32_t graph;
} cupti_kernel;

typedef struct cupti_memcpy {
    uint32_t kind;
    uint8_t copy_kind;
    uint8_t source;
    uint8_t destination;
    uint8_t flags;
    uint64_t bytes;
    uint64_t start;
    uint64_t end;
    uint32_t device;
    uint32_t context;
    uint32_t stream;
    uint32_t correlation;
    uint8_t unused[16];
    uint64_t graph_node;
    uint32_t graph;
} cupti_memcpy;

typedef struct cupti_memset {
    uint32_t kind;
    uint32_t value;
    uint64_t bytes;
    uint64_t start;
    uint64_t end;
    uint32_t device;
    uint32_t context;
    uint32_t stream;
    uint32_t correlation;
    uint16_t flags;
    uint16_t memory_kind;
    uint8_t unused[12];
    uint64_t graph_node;
    uint32_t graph;
} cupti_memset;

typedef struct cupti_api {
    uint32_t kind;
    uint32_t callback;
    uint64_t start;
    uint64_t end;
    uint32_t process;
    uint32_t thread;
    uint32_t correlation;
    int32_t result;
} cupti_api;

typedef struct cupti_overhead {
    uint32_t kind;
    uint32_t overhead;
    uint8_t unused[16];
    uint64_t start;
    uint64_t end;
} cupti_overhead;

typedef struct cupti_synchronization {
    uint32_t kind;
    uint32_t type;
    uint64_t start;
    uint64_t end;
    uint32_t correlation;
    uint32_t context;
    uint32_t stream;
} cupti_synchronization;

typedef struct cupti_graph {
    uint32_t kind;
    uint32_t correlation;
    uint64_t start;
    uint64_t end;
    uint32_t device;
    uint32_t graph;
    uint32_t context;
    uint32_t stream;
} cupti_graph;

/* An allocation (operation 1) or a free (2). */
typedef struct cupti_memory {
    uint32_t kind;
    uint32_t operation;
    uint32_t memory_kind;
    uint32_t correlation;
    uint64_t address;
    uint64_t bytes;
    uint64_t time;
    uint8_t unused_a[12];
    uint32_t device;
    uint32_t context;
    uint32_t stream;
    uint8_t unused_b[24];
    uint64_t pool;
} cupti_memory;

/* A pool was created (operation 1), destroyed (2) or trimmed (3). */
typedef struct cupti_memory_pool {
    uint32_t kind;
    uint32_t operation;
    uint32_t type;
    uint32_t correlation;
    uint8_t unused_a[4];
    uint32_t device;
    uint8_t unused_b[8];
    uint64_t address;
    uint64_t bytes;
    uint8_t unused_c[8];
    uint64_t time;
} cupti_memory_pool;

_Static_assert(offsetof(cupti_memory, device) == 52 && offsetof(cupti_memory, pool) == 88, "memory");
_Static_assert(offsetof(cupti_memory_pool, address) == 32 && offsetof(cupti_memory_pool, time) == 56, "memory pool");
_Static_assert(offsetof(cupti_kernel, start) == 16 && offsetof(cupti_kernel, device) == 40, "kernel");
_Static_assert(offsetof(cupti_kernel, correlation) == 92 && offsetof(cupti_kernel, name) == 104, "kernel");
_Static_assert(offsetof(cupti_kernel, graph_node) == 144 && offsetof(cupti_kernel, graph) == 156, "kernel");
_Static_assert(offsetof(cupti_memcpy, correlation) == 44 && offsetof(cupti_memcpy, graph_node) == 64, "memcpy");
_Static_assert(offsetof(cupti_memset, flags) == 48 && offsetof(cupti_memset, graph_node) == 64, "memset");
_Static_assert(sizeof(cupti_api) == 40 && offsetof(cupti_api, thread) == 28, "api");
_Static_assert(offsetof(cupti_overhead, start) == 24, "overhead");
_Static_assert(offsetof(cupti_synchronization, stream) == 32, "synchronization");
_Static_assert(offsetof(cupti_graph, stream) == 36, "graph");

#endif
