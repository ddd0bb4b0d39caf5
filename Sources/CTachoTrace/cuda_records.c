#include "cuda_records.h"

#include <stdio.h>
#include <string.h>

#include "cupti_abi.h"

tacho_thread *tacho_cuda_recorder;
int (*tacho_cuda_callback_name)(uint32_t domain, uint32_t callback, const char **name);

static const char *call_names[2][TACHO_CUDA_CALLBACKS];

/* Where something happens: the thread of a call, or a stream with its device and context. */
typedef struct place {
    uint32_t stream;
    uint32_t device;
} place;

static place on_stream(uint32_t device, uint32_t context, uint32_t stream) {
    return (place){stream, device << 16 | (context & UINT16_MAX)};
}

/* The label of a text, a class, a place, and bytes that tell one from the other: they follow the text's zero byte. */
static uint32_t label(
    tacho_thread *recorder, uint32_t class, place where, const char *name, const void *detail, uint32_t detail_bytes) {
    char text[TACHO_TEXT_BYTES];
    size_t length = strnlen(name, sizeof text - 96);
    memcpy(text, name, length);
    text[length] = 0;
    memcpy(text + length + 1, detail, detail_bytes);
    tacho_label_key key = {
        .category = class,
        .colour = where.stream,
        .bits = TACHO_LABEL_CUDA,
        .registered = where.device,
        .text = {text, (uint32_t)length + (detail_bytes > 0 ? 1 + detail_bytes : 0)}};
    return tacho_thread_label(recorder, &key)->number;
}

static uint64_t zigzag(int64_t difference) { return (uint64_t)difference << 1 ^ (uint64_t)(difference >> 63); }

static void append_event(
    tacho_thread *recorder, uint32_t lane, uint32_t number, uint64_t start, uint64_t end, uint32_t correlation) {
    tacho_cuda_lane_state *last = &recorder->lanes[lane];
    uint16_t kind = lane == TACHO_CUDA_LANE_CALLS ? TACHO_RECORD_CUDA_CALL : TACHO_RECORD_CUDA_WORK;
    /* Room for either, so that the window cannot change between the choice and the record. */
    void *room = tacho_thread_reserve(recorder, kind, sizeof(tacho_cuda_long_record));
    if (room == NULL) { return; }
    uint64_t duration = end >= start ? end - start : 0;
    uint64_t later = zigzag((int64_t)start - last->start);
    uint64_t further = zigzag((int64_t)correlation - (int64_t)last->correlation);
    uint32_t size;
    if (last->window == recorder->writer.window_offset + 1 && later < 1u << TACHO_CUDA_START_BITS
        && duration < 1u << TACHO_CUDA_DURATION_BITS && further < 1u << TACHO_CUDA_CORRELATION_BITS) {
        tacho_cuda_short_record *record = room;
        size = sizeof *record;
        record->header = (tacho_record_header){kind, (uint16_t)size, number};
        record->packed = later | duration << TACHO_CUDA_START_BITS
            | further << (TACHO_CUDA_START_BITS + TACHO_CUDA_DURATION_BITS);
    } else {
        tacho_cuda_long_record *record = room;
        size = sizeof *record;
        record->header = (tacho_record_header){TACHO_RECORD_CUDA_LONG, (uint16_t)size, number};
        record->start_ns = (int64_t)start;
        record->duration_ns = (int64_t)duration;
        record->correlation = correlation;
        record->lane = lane;
    }
    last->start = (int64_t)start;
    last->correlation = correlation;
    last->window = recorder->writer.window_offset + 1;
    tacho_segment_commit(&recorder->writer, size);
}

static const char *call_name(const cupti_api *call, char *unknown, size_t size) {
    int is_runtime = call->kind == CUPTI_KIND_RUNTIME;
    const char **known = call->callback < TACHO_CUDA_CALLBACKS ? &call_names[is_runtime][call->callback] : NULL;
    if (known != NULL && *known != NULL) { return *known; }
    const char *name = NULL;
    uint32_t domain = is_runtime ? CUPTI_DOMAIN_RUNTIME : CUPTI_DOMAIN_DRIVER;
    if (tacho_cuda_callback_name == NULL || tacho_cuda_callback_name(domain, call->callback, &name) != 0 || name == NULL) {
        snprintf(unknown, size, "call %u", call->callback);
        return unknown;
    }
    /* CUPTI's names are constants of its library. */
    if (known != NULL) { *known = name; }
    return name;
}

void tacho_cuda_append_call(
    tacho_thread *recorder, uint32_t class, uint32_t thread, const char *name, int32_t result, uint64_t start, uint64_t end,
    uint32_t correlation) {
    uint32_t number = label(recorder, class, (place){thread, 0}, name, &result, result == 0 ? 0 : sizeof result);
    append_event(recorder, TACHO_CUDA_LANE_CALLS, number, start, end, correlation);
}

static const char *wait_name(uint32_t type) {
    static const char *const names[] = {"unknown", "event", "stream wait event", "stream", "context"};
    return type < sizeof names / sizeof names[0] ? names[type] : names[0];
}

void tacho_cuda_append_wait(
    tacho_thread *recorder, uint32_t type, uint32_t context, uint32_t stream, uint64_t start, uint64_t end,
    uint32_t correlation) {
    uint32_t number =
        label(recorder, TACHO_CUDA_SYNCHRONISATION, on_stream(0, context, stream), wait_name(type), "", 0);
    append_event(recorder, TACHO_CUDA_LANE_WORK, number, start, end, correlation);
}

/* MARK: Activity records */

static void append_api(const cupti_api *call) {
    char unknown[32];
    const char *name = call_name(call, unknown, sizeof unknown);
    uint32_t class = call->kind == CUPTI_KIND_RUNTIME ? TACHO_CUDA_RUNTIME_CALL : TACHO_CUDA_DRIVER_CALL;
    tacho_cuda_append_call(
        tacho_cuda_recorder, class, call->thread, name, call->result, call->start, call->end, call->correlation);
}

/* Puts behind the detail which node of which graph it was, where it was one. Returns the bytes of both. */
static uint32_t add_node(uint8_t *detail, uint32_t bytes, uint32_t graph, uint64_t node) {
    if (node == 0 && graph == 0) { return bytes; }
    tacho_cuda_node_detail of = {node, graph};
    memcpy(detail + bytes, &of, sizeof of);
    return bytes + (uint32_t)sizeof of;
}

static void append_kernel(const cupti_kernel *kernel) {
    uint32_t numbers[10] = {
        kernel->grid[0],   kernel->grid[1],       kernel->grid[2],        kernel->block[0],      kernel->block[1],
        kernel->block[2],  kernel->registers,     kernel->static_shared,  kernel->dynamic_shared, kernel->local_per_thread};
    uint8_t detail[sizeof numbers + sizeof(tacho_cuda_node_detail)];
    memcpy(detail, numbers, sizeof numbers);
    uint32_t bytes = add_node(detail, sizeof numbers, kernel->graph, kernel->graph_node);
    uint32_t number = label(
        tacho_cuda_recorder, TACHO_CUDA_KERNEL, on_stream(kernel->device, kernel->context, kernel->stream),
        kernel->name == NULL ? "" : kernel->name, detail, bytes);
    append_event(tacho_cuda_recorder, TACHO_CUDA_LANE_WORK, number, kernel->start, kernel->end, kernel->correlation);
}

static uint32_t copy_label(
    uint32_t class, place where, const tacho_cuda_copy_detail *copy, uint32_t graph, uint64_t node) {
    uint8_t detail[sizeof *copy + sizeof(tacho_cuda_node_detail)];
    memcpy(detail, copy, sizeof *copy);
    return label(tacho_cuda_recorder, class, where, "", detail, add_node(detail, sizeof *copy, graph, node));
}

static void append_copy(const cupti_memcpy *copy) {
    tacho_cuda_copy_detail detail = {copy->bytes, copy->copy_kind, copy->source, copy->destination, copy->flags, 0};
    uint32_t number = copy_label(
        TACHO_CUDA_COPY, on_stream(copy->device, copy->context, copy->stream), &detail, copy->graph, copy->graph_node);
    append_event(tacho_cuda_recorder, TACHO_CUDA_LANE_WORK, number, copy->start, copy->end, copy->correlation);
}

static void append_set(const cupti_memset *set) {
    tacho_cuda_copy_detail detail = {set->bytes, 0, 0, (uint8_t)set->memory_kind, (uint8_t)set->flags, set->value};
    uint32_t number = copy_label(
        TACHO_CUDA_SET, on_stream(set->device, set->context, set->stream), &detail, set->graph, set->graph_node);
    append_event(tacho_cuda_recorder, TACHO_CUDA_LANE_WORK, number, set->start, set->end, set->correlation);
}

static void append_memory(
    uint16_t kind, uint64_t time, uint64_t address, uint64_t bytes, uint32_t correlation, uint32_t device,
    uint32_t operation, uint32_t memory_kind, uint64_t pool) {
    tacho_cuda_memory_record *record = tacho_thread_reserve(tacho_cuda_recorder, kind, sizeof *record);
    if (record == NULL) { return; }
    record->header = (tacho_record_header){kind, sizeof *record, 0};
    record->time_ns = (int64_t)time;
    record->address = address;
    record->bytes = bytes;
    record->correlation = correlation;
    record->device = (uint16_t)device;
    record->operation = (uint8_t)operation;
    record->memory_kind = (uint8_t)memory_kind;
    record->pool = pool;
    tacho_segment_commit(&tacho_cuda_recorder->writer, sizeof *record);
}

void tacho_cuda_append(const void *record) {
    switch (*(const uint32_t *)record) {
        case CUPTI_KIND_CONCURRENT_KERNEL: append_kernel(record); break;
        case CUPTI_KIND_MEMCPY: append_copy(record); break;
        case CUPTI_KIND_MEMSET: append_set(record); break;
        case CUPTI_KIND_RUNTIME:
        case CUPTI_KIND_DRIVER: append_api(record); break;
        case CUPTI_KIND_SYNCHRONIZATION: {
            const cupti_synchronization *wait = record;
            tacho_cuda_append_wait(
                tacho_cuda_recorder, wait->type, wait->context, wait->stream, wait->start, wait->end, wait->correlation);
            break;
        }
        case CUPTI_KIND_OVERHEAD: {
            const cupti_overhead *overhead = record;
            char name[32];
            snprintf(name, sizeof name, "overhead %u", overhead->overhead);
            uint32_t number = label(tacho_cuda_recorder, TACHO_CUDA_OVERHEAD, (place){0, 0}, name, "", 0);
            append_event(tacho_cuda_recorder, TACHO_CUDA_LANE_WORK, number, overhead->start, overhead->end, 0);
            break;
        }
        case CUPTI_KIND_GRAPH_TRACE: {
            const cupti_graph *graph = record;
            uint32_t number = label(
                tacho_cuda_recorder, TACHO_CUDA_GRAPH, on_stream(graph->device, graph->context, graph->stream), "graph",
                &graph->graph, sizeof graph->graph);
            append_event(tacho_cuda_recorder, TACHO_CUDA_LANE_WORK, number, graph->start, graph->end, graph->correlation);
            break;
        }
        case CUPTI_KIND_MEMORY2: {
            const cupti_memory *memory = record;
            append_memory(
                TACHO_RECORD_CUDA_MEMORY, memory->time, memory->address, memory->bytes, memory->correlation,
                memory->device, memory->operation, memory->memory_kind, memory->pool);
            break;
        }
        case CUPTI_KIND_MEMORY_POOL: {
            const cupti_memory_pool *pool = record;
            append_memory(
                TACHO_RECORD_CUDA_POOL, pool->time, pool->address, pool->bytes, pool->correlation, pool->device,
                pool->operation, 0, pool->address);
            break;
        }
        default: break;
    }
}
