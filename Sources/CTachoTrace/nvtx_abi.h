/* What NVTX 3 hands to an injected library, as its headers lay it out on 64-bit Linux.
 * Reference: the NVTX headers in the nvidia-nvtx wheel; Tests/TraceABI compiles assertions against them. */
#ifndef TACHO_NVTX_ABI_H
#define TACHO_NVTX_ABI_H

#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

enum { NVTX_TABLE_CALLBACKS = 1 };
enum { NVTX_MODULE_CORE = 1, NVTX_MODULE_CUDA = 2, NVTX_MODULE_CUDART = 4, NVTX_MODULE_CORE2 = 5 };

enum nvtx_core_slot {
    NVTX_MARK_EX = 1,
    NVTX_MARK_A,
    NVTX_MARK_W,
    NVTX_RANGE_START_EX,
    NVTX_RANGE_START_A,
    NVTX_RANGE_START_W,
    NVTX_RANGE_END,
    NVTX_RANGE_PUSH_EX,
    NVTX_RANGE_PUSH_A,
    NVTX_RANGE_PUSH_W,
    NVTX_RANGE_POP,
    NVTX_NAME_CATEGORY_A,
    NVTX_NAME_CATEGORY_W,
    NVTX_NAME_THREAD_A,
    NVTX_NAME_THREAD_W
};

enum nvtx_core2_slot {
    NVTX_DOMAIN_MARK_EX = 1,
    NVTX_DOMAIN_RANGE_START_EX,
    NVTX_DOMAIN_RANGE_END,
    NVTX_DOMAIN_RANGE_PUSH_EX,
    NVTX_DOMAIN_RANGE_POP,
    NVTX_DOMAIN_RESOURCE_CREATE,
    NVTX_DOMAIN_RESOURCE_DESTROY,
    NVTX_DOMAIN_NAME_CATEGORY_A,
    NVTX_DOMAIN_NAME_CATEGORY_W,
    NVTX_DOMAIN_REGISTER_STRING_A,
    NVTX_DOMAIN_REGISTER_STRING_W,
    NVTX_DOMAIN_CREATE_A,
    NVTX_DOMAIN_CREATE_W,
    NVTX_DOMAIN_DESTROY,
    NVTX_INITIALIZE
};

enum nvtx_cuda_slot {
    NVTX_NAME_CU_DEVICE_A = 1,
    NVTX_NAME_CU_CONTEXT_A = 3,
    NVTX_NAME_CU_STREAM_A = 5,
};

enum nvtx_cudart_slot {
    NVTX_NAME_CUDA_DEVICE_A = 1,
    NVTX_NAME_CUDA_STREAM_A = 3,
};

enum { NVTX_MESSAGE_NONE = 0, NVTX_MESSAGE_ASCII = 1, NVTX_MESSAGE_WIDE = 2, NVTX_MESSAGE_REGISTERED = 3 };
enum { NVTX_COLOUR_ARGB = 1 };

/* What a push answers where levels are not tracked. */
#define NVTX_NOT_TRACKED (-2)

typedef struct nvtx_event {
    uint16_t version;
    uint16_t size;
    uint32_t category;
    int32_t colour_type;
    uint32_t colour;
    int32_t payload_type;
    int32_t reserved;
    uint64_t payload;
    int32_t message_type;
    const void *message;
} nvtx_event;

typedef struct nvtx_resource {
    uint16_t version;
    uint16_t size;
    int32_t identifier_type;
    uint64_t identifier;
    int32_t message_type;
    const void *message;
} nvtx_resource;

/* The extension for payloads of any layout: the payload is the address of `reserved` of these. */
#define NVTX_PAYLOAD_EXTENDED ((int32_t)0xDFBD0009)
#define NVTX_FIRST_DYNAMIC_SCHEMA (UINT64_C(1) << 32)
enum { NVTX_EXTENSION_PAYLOAD = 2 };
enum {
    NVTX_SCHEMA_HAS_NAME = 1 << 1,
    NVTX_SCHEMA_HAS_TYPE = 1 << 2,
    NVTX_SCHEMA_HAS_FLAGS = 1 << 3,
    NVTX_SCHEMA_HAS_ENTRIES = 1 << 4,
    NVTX_SCHEMA_HAS_ENTRY_COUNT = 1 << 5,
    NVTX_SCHEMA_HAS_SIZE = 1 << 6,
    NVTX_SCHEMA_HAS_ALIGNMENT = 1 << 7,
    NVTX_SCHEMA_HAS_ID = 1 << 8
};
enum {
    NVTX_ENUMERATION_HAS_NAME = 1 << 1,
    NVTX_ENUMERATION_HAS_ENTRIES = 1 << 2,
    NVTX_ENUMERATION_HAS_ENTRY_COUNT = 1 << 3,
    NVTX_ENUMERATION_HAS_SIZE = 1 << 4,
    NVTX_ENUMERATION_HAS_ID = 1 << 5
};
/* Types of texts, which a payload may be by itself. */
enum { NVTX_TEXT = 75, NVTX_TEXT_UTF8 = 76, NVTX_TEXT_UTF16 = 77, NVTX_TEXT_UTF32 = 78 };

typedef struct nvtx_payload_data {
    uint64_t schema;
    size_t size;
    const void *payload;
} nvtx_payload_data;

typedef struct nvtx_schema_entry {
    uint64_t flags;
    uint64_t type;
    const char *name;
    const char *description;
    uint64_t detail;
    uint64_t offset;
    const void *semantics;
    const void *reserved;
} nvtx_schema_entry;

typedef struct nvtx_enumerator {
    const char *name;
    uint64_t value;
    int8_t is_flag;
} nvtx_enumerator;

typedef struct nvtx_enumeration {
    uint64_t fields;
    const char *name;
    const nvtx_enumerator *entries;
    size_t entry_count;
    size_t size;
    uint64_t id;
} nvtx_enumeration;

typedef struct nvtx_schema {
    uint64_t fields;
    const char *name;
    uint64_t type;
    uint64_t flags;
    const nvtx_schema_entry *entries;
    size_t entry_count;
    size_t static_size;
    size_t alignment;
    uint64_t id;
} nvtx_schema;

typedef struct nvtx_extension {
    uint16_t version;
    uint16_t size;
    uint16_t module;
    uint16_t compatibility;
    size_t segment_count;
    struct {
        size_t number;
        size_t slot_count;
        intptr_t *slots;
    } *segments;
} nvtx_extension;

typedef void (*nvtx_function)(void);

typedef struct nvtx_callbacks_table {
    size_t struct_size;
    int (*get_module_functions)(int module, nvtx_function ***functions, unsigned *count);
} nvtx_callbacks_table;

_Static_assert(offsetof(nvtx_event, payload) == 24, "payload");
_Static_assert(offsetof(nvtx_event, message) == 40, "message");
_Static_assert(sizeof(nvtx_event) == 48, "event attributes");
_Static_assert(sizeof(nvtx_resource) == 32, "resource attributes");
_Static_assert(sizeof(nvtx_schema_entry) == 64, "schema entry");
_Static_assert(sizeof(nvtx_enumerator) == 24, "enumerator");

#endif
