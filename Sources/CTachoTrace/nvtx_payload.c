#include <string.h>

#include "nvtx_events.h"
#include "tacho_inject.h"

/* NVTX's extension for payloads of any layout: the bytes are kept with the number of their schema, whose name is kept too. */

#define GREATEST_DATA 2048u /* bytes kept of one payload */
#define GREATEST_COUNT 16u  /* payloads kept of one event */

void tacho_nvtx_append_data(tacho_thread *thread, const nvtx_event *event) {
    const nvtx_payload_data *data = (const nvtx_payload_data *)(uintptr_t)event->payload;
    uint32_t count = (uint32_t)event->reserved;
    if (data == NULL) { return; }
    for (uint32_t i = 0; i < count && i < GREATEST_COUNT; i++) {
        /* A size of all ones asks the tool to find it out, which only texts allow: they are left out. */
        if (data[i].payload == NULL || data[i].size == 0 || data[i].size == SIZE_MAX) { continue; }
        uint32_t kept = data[i].size < GREATEST_DATA ? (uint32_t)data[i].size : GREATEST_DATA;
        uint32_t size = (uint32_t)((sizeof(tacho_payload_data_record) + kept + 7) & ~(size_t)7);
        tacho_payload_data_record *record = tacho_thread_reserve(thread, TACHO_RECORD_PAYLOAD_DATA, size);
        if (record == NULL) { return; }
        record->header = (tacho_record_header){TACHO_RECORD_PAYLOAD_DATA, (uint16_t)size, kept};
        record->schema = data[i].schema;
        record->bytes = data[i].size;
        memcpy(record + 1, data[i].payload, kept);
        tacho_segment_commit(&thread->writer, size);
    }
}

static nvtx_event event_of(const nvtx_payload_data *data, size_t count) {
    return (nvtx_event){
        .size = sizeof(nvtx_event),
        .payload_type = NVTX_PAYLOAD_EXTENDED,
        .reserved = (int32_t)(count < GREATEST_COUNT ? count : GREATEST_COUNT),
        .payload = (uintptr_t)data};
}

static void mark_payload(const void *domain, const nvtx_payload_data *data, size_t count) {
    nvtx_event event = event_of(data, count);
    tacho_nvtx_mark(tacho_nvtx_domain(domain), &event);
}

static int push_payload(const void *domain, const nvtx_payload_data *data, size_t count) {
    nvtx_event event = event_of(data, count);
    return tacho_nvtx_push(tacho_nvtx_domain(domain), &event);
}

/* What comes with an end has no event of its own to lie behind: a mark keeps it. */
static int pop_payload(const void *domain, const nvtx_payload_data *data, size_t count) {
    if (data != NULL && count > 0) { mark_payload(domain, data, count); }
    return tacho_nvtx_pop(tacho_nvtx_domain(domain));
}

static uint64_t start_payload(const void *domain, const nvtx_payload_data *data, size_t count) {
    nvtx_event event = event_of(data, count);
    return tacho_nvtx_start(tacho_nvtx_domain(domain), &event);
}

static void end_payload(const void *domain, uint64_t handle, const nvtx_payload_data *data, size_t count) {
    if (data != NULL && count > 0) { mark_payload(domain, data, count); }
    tacho_nvtx_end(handle);
}

static uint8_t is_enabled(const void *domain) {
    return tacho_is_collecting() && tacho_state.domains[tacho_nvtx_domain(domain)].is_recorded != 0;
}

/* Schemas and enumerations: their own number where the program chose one, else one of ours. */
static uint64_t register_schema(uint64_t fields, uint64_t own, const char *name) {
    static _Atomic uint32_t count;
    int has_own = (fields & NVTX_SCHEMA_HAS_ID) != 0 && own != 0;
    uint64_t id = has_own ? own : NVTX_FIRST_DYNAMIC_SCHEMA + atomic_fetch_add(&count, 1);
    tacho_text text = (fields & NVTX_SCHEMA_HAS_NAME) != 0 ? tacho_text_of(name) : (tacho_text){"", 0};
    tacho_process_text(TACHO_RECORD_SCHEMA, (uint32_t)(id >> 32), (uint32_t)id, text);
    return id;
}

static uint64_t schema_register(const void *domain, const nvtx_schema *schema) {
    (void)domain;
    return schema == NULL ? 0 : register_schema(schema->fields, schema->id, schema->name);
}

/* An enumeration's number and name lie elsewhere in its attributes; nothing but a number is needed of it. */
static uint64_t enumeration_register(const void *domain, const void *attributes) {
    (void)domain;
    return attributes == NULL ? 0 : register_schema(0, 0, NULL);
}

int InitializeInjectionNvtxExtension(void *information) {
    const nvtx_extension *extension = information;
    if (extension == NULL || extension->size < sizeof *extension || extension->module != NVTX_EXTENSION_PAYLOAD
        || extension->segment_count < 1 || extension->segments == NULL || !tacho_collector_start()) {
        return 0;
    }
    if ((tacho_state.control->settings.trace & TACHO_TRACE_NVTX) == 0) { return 0; }
    void *const functions[] = {
        (void *)schema_register, (void *)enumeration_register, (void *)mark_payload, (void *)push_payload,
        (void *)pop_payload,     (void *)start_payload,        (void *)end_payload,  (void *)is_enabled};
    for (size_t i = 0; i < sizeof functions / sizeof functions[0] && i < extension->segments[0].slot_count; i++) {
        extension->segments[0].slots[i] = (intptr_t)functions[i];
    }
    return 1;
}
