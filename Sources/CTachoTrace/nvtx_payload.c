#include <errno.h>
#include <string.h>

#include "nvtx_events.h"
#include "tacho_inject.h"

/* NVTX's extension for payloads of any layout: the bytes are kept with the number of their schema, and schemas as they were
 * registered. Whoever reads the trace takes them apart. */

#define GREATEST_DATA 2048u    /* bytes kept of one payload */
#define GREATEST_COUNT 16u     /* payloads kept of one event */
#define GREATEST_ENTRIES 1024u /* fields kept of one schema */

/* Of a text whose size the program leaves to the tool: with its end. 0 for other types: nobody can tell. */
static size_t size_of_text(uint64_t type, const void *payload) {
    size_t unit = type == NVTX_TEXT || type == NVTX_TEXT_UTF8 ? 1 : type == NVTX_TEXT_UTF16 ? 2 : type == NVTX_TEXT_UTF32 ? 4 : 0;
    if (unit == 0) { return 0; }
    const unsigned char *bytes = payload;
    size_t size = 0;
    for (; size + unit <= GREATEST_DATA; size += unit) {
        unsigned rest = 0;
        for (size_t i = 0; i < unit; i++) { rest |= bytes[size + i]; }
        if (rest == 0) { return size + unit; }
    }
    return size;
}

void tacho_nvtx_append_data(tacho_thread *thread, const nvtx_event *event) {
    const nvtx_payload_data *data = (const nvtx_payload_data *)(uintptr_t)event->payload;
    uint32_t count = (uint32_t)event->reserved;
    if (data == NULL) { return; }
    for (uint32_t i = 0; i < count && i < GREATEST_COUNT; i++) {
        if (data[i].payload == NULL) { continue; }
        /* A size of all ones asks the tool to find it out. */
        size_t given = data[i].size == SIZE_MAX ? size_of_text(data[i].schema, data[i].payload) : data[i].size;
        if (given == 0) { continue; }
        uint32_t kept = given < GREATEST_DATA ? (uint32_t)given : GREATEST_DATA;
        uint32_t place = (uint32_t)((sizeof(tacho_payload_data_record) + kept + 7) & ~(size_t)7);
        uint32_t size = place + (uint32_t)sizeof(uint64_t);
        tacho_payload_data_record *record = tacho_thread_reserve(thread, TACHO_RECORD_PAYLOAD_DATA, size);
        if (record == NULL) { return; }
        record->header = (tacho_record_header){TACHO_RECORD_PAYLOAD_DATA, (uint16_t)size, kept};
        record->schema = data[i].schema;
        record->bytes = given;
        memcpy(record + 1, data[i].payload, kept);
        uint64_t address = (uint64_t)(uintptr_t)data[i].payload;
        memcpy((char *)record + place, &address, sizeof address);
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

/* MARK: Schemas and enumerations */

/* Their own number where the program chose one, else one of ours. */
static uint64_t number_of(int has_own, uint64_t own) {
    static _Atomic uint32_t count;
    return has_own && own != 0 ? own : NVTX_FIRST_DYNAMIC_SCHEMA + atomic_fetch_add(&count, 1);
}

/* Both append to the process's segment; the caller holds the lock. */
static void append_schema(uint32_t domain, const tacho_schema_record *schema, const char *name) {
    tacho_text text = tacho_text_of(name);
    uint32_t size = (uint32_t)((sizeof *schema + text.length + 7) & ~(size_t)7);
    tacho_schema_record *record = tacho_process_reserve(size);
    if (record == NULL) { return; }
    *record = *schema;
    record->header = (tacho_record_header){TACHO_RECORD_SCHEMA, (uint16_t)size, domain};
    record->name_length = text.length;
    memcpy(record + 1, text.bytes, text.length);
    tacho_segment_commit(&tacho_state.writer, size);
}

static void append_entry(uint32_t index, const tacho_schema_entry_record *entry, const char *name) {
    tacho_text text = tacho_text_of(name);
    uint32_t size = (uint32_t)((sizeof *entry + text.length + 7) & ~(size_t)7);
    tacho_schema_entry_record *record = tacho_process_reserve(size);
    if (record == NULL) { return; }
    *record = *entry;
    record->header = (tacho_record_header){TACHO_RECORD_SCHEMA_ENTRY, (uint16_t)size, index};
    record->name_length = text.length;
    memcpy(record + 1, text.bytes, text.length);
    tacho_segment_commit(&tacho_state.writer, size);
}

static uint64_t schema_register(const void *domain, const nvtx_schema *schema) {
    if (schema == NULL) { return 0; }
    int kept = errno;
    uint64_t fields = schema->fields;
    uint64_t id = number_of((fields & NVTX_SCHEMA_HAS_ID) != 0, schema->id);
    uint64_t needed = NVTX_SCHEMA_HAS_ENTRIES | NVTX_SCHEMA_HAS_ENTRY_COUNT;
    size_t count = (fields & needed) == needed && schema->entries != NULL ? schema->entry_count : 0;
    uint32_t number = tacho_nvtx_domain(domain);
    tacho_schema_record record = {
        .id = id,
        .type = (fields & NVTX_SCHEMA_HAS_TYPE) != 0 ? schema->type : 0,
        .flags = (fields & NVTX_SCHEMA_HAS_FLAGS) != 0 ? schema->flags : 0,
        .size = (fields & NVTX_SCHEMA_HAS_SIZE) != 0 ? schema->static_size : 0,
        .alignment = (fields & NVTX_SCHEMA_HAS_ALIGNMENT) != 0 ? schema->alignment : 0,
        .entries = (uint32_t)(count < GREATEST_ENTRIES ? count : GREATEST_ENTRIES)};
    pthread_mutex_lock(&tacho_state.lock);
    append_schema(number, &record, (fields & NVTX_SCHEMA_HAS_NAME) != 0 ? schema->name : NULL);
    for (uint32_t i = 0; i < record.entries; i++) {
        const nvtx_schema_entry *entry = &schema->entries[i];
        tacho_schema_entry_record field = {
            .schema = id,
            .type = entry->type,
            .flags = entry->flags,
            .detail = entry->detail,
            .offset = entry->offset,
            .domain = number};
        append_entry(i, &field, entry->name);
    }
    pthread_mutex_unlock(&tacho_state.lock);
    errno = kept;
    return id;
}

static uint64_t enumeration_register(const void *domain, const nvtx_enumeration *enumeration) {
    if (enumeration == NULL) { return 0; }
    int kept = errno;
    uint64_t fields = enumeration->fields;
    uint64_t id = number_of((fields & NVTX_ENUMERATION_HAS_ID) != 0, enumeration->id);
    uint64_t needed = NVTX_ENUMERATION_HAS_ENTRIES | NVTX_ENUMERATION_HAS_ENTRY_COUNT;
    size_t count = (fields & needed) == needed && enumeration->entries != NULL ? enumeration->entry_count : 0;
    uint32_t number = tacho_nvtx_domain(domain);
    tacho_schema_record record = {
        .id = id,
        .size = (fields & NVTX_ENUMERATION_HAS_SIZE) != 0 ? enumeration->size : 0,
        .entries = (uint32_t)(count < GREATEST_ENTRIES ? count : GREATEST_ENTRIES)};
    pthread_mutex_lock(&tacho_state.lock);
    append_schema(number, &record, (fields & NVTX_ENUMERATION_HAS_NAME) != 0 ? enumeration->name : NULL);
    for (uint32_t i = 0; i < record.entries; i++) {
        const nvtx_enumerator *each = &enumeration->entries[i];
        tacho_schema_entry_record value = {
            .schema = id, .type = each->value, .flags = each->is_flag != 0, .domain = number};
        append_entry(i, &value, each->name);
    }
    pthread_mutex_unlock(&tacho_state.lock);
    errno = kept;
    return id;
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
