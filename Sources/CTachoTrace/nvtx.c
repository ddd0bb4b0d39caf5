#include "nvtx_events.h"

#include <errno.h>
#include <string.h>

#include "tacho_inject.h"

/* Handles that programs get: of a domain the address of its entry, of a string its number and whether it is the capture
 * range's, of a range its place. NULL is NVTX's own word for the default domain. */

static inline uint32_t domain_number(const void *handle) { return tacho_nvtx_domain(handle); }

static inline int is_recorded(uint32_t domain) { return tacho_state.domains[domain].is_recorded != 0; }

static inline int may_begin_capture(void) {
    return tacho_state.control != NULL && tacho_state.control->settings.capture == TACHO_CAPTURE_NVTX
        && atomic_load(&tacho_state.control->is_closed) == 0;
}

/* MARK: Capture ranges */

/* A capture range begins: collection goes on, where ranges are left to record. Returns whether it does. */
static int begin_capture(void) {
    tacho_control *control = tacho_state.control;
    uint32_t limit = control->settings.captures;
    if (limit != 0 && atomic_load(&control->captures_begun) >= limit) { return 0; }
    atomic_fetch_add(&control->captures_begun, 1);
    tacho_control_set_collecting(control, 1);
    tacho_cuda_follow();
    return 1;
}

static void end_capture(void) {
    tacho_control *control = tacho_state.control;
    if (control->settings.keeps_running != 0) { return; }
    tacho_control_set_collecting(control, 0);
    tacho_cuda_follow();
}

/* MARK: Appending */

static void append_payload(tacho_thread *thread, const nvtx_event *event) {
    if (event->payload_type == NVTX_PAYLOAD_EXTENDED) {
        tacho_nvtx_append_data(thread, event);
        return;
    }
    tacho_payload_record *record = tacho_thread_reserve(thread, TACHO_RECORD_PAYLOAD, sizeof *record);
    if (record == NULL) { return; }
    record->header = (tacho_record_header){TACHO_RECORD_PAYLOAD, sizeof *record, (uint32_t)event->payload_type};
    record->value = event->payload;
    tacho_segment_commit(&thread->writer, sizeof *record);
}

static inline int has_payload(const nvtx_event *event) {
    return event != NULL
        && ((event->payload_type >= TACHO_PAYLOAD_UINT64 && event->payload_type <= TACHO_PAYLOAD_FLOAT)
            || event->payload_type == NVTX_PAYLOAD_EXTENDED);
}

/* Fills in what an event is. `buffer` has TACHO_TEXT_BYTES. */
static tacho_label_key key_of_event(uint32_t domain, const nvtx_event *event, char *buffer) {
    tacho_label_key key = {.domain = domain, .text = {"", 0}};
    key.category = event->category;
    if (event->colour_type == NVTX_COLOUR_ARGB) {
        key.colour = event->colour;
        key.bits |= TACHO_LABEL_HAS_COLOUR;
    }
    uintptr_t handle = (uintptr_t)event->message;
    switch (event->message_type) {
        case NVTX_MESSAGE_ASCII: key.text = tacho_text_of(event->message); break;
        case NVTX_MESSAGE_WIDE: key.text = tacho_text_of_wide(event->message, buffer); break;
        case NVTX_MESSAGE_REGISTERED:
            key.registered = (uint32_t)(handle >> 1);
            key.bits |= TACHO_LABEL_REGISTERED | ((handle & 1) != 0 ? TACHO_LABEL_CAPTURE : 0);
            break;
        default: key.bits |= TACHO_LABEL_NO_TEXT; break;
    }
    return key;
}

static inline tacho_label_key key_of_text(tacho_text text) {
    return (tacho_label_key){.text = text};
}

/* An event of the default attributes is older than version 2's fields where it says so. */
static inline int is_usable(const nvtx_event *event) { return event != NULL && event->size >= sizeof *event; }

static int push(const tacho_label_key *key, const nvtx_event *event) {
    if (!is_recorded(key->domain)) { return NVTX_NOT_TRACKED; }
    int is_collecting = tacho_is_collecting();
    if (__builtin_expect(!is_collecting, 0) && !may_begin_capture()) { return NVTX_NOT_TRACKED; }
    tacho_thread *thread = tacho_thread_begin(TACHO_RECORD_RANGE);
    if (thread == NULL) { return NVTX_NOT_TRACKED; }
    int level = NVTX_NOT_TRACKED;
    const tacho_label *label = tacho_thread_label(thread, key);
    uint32_t begins = 0;
    if (__builtin_expect(!is_collecting, 0)) {
        if (!label->is_capture_range || !begin_capture()) { goto done; }
        tacho_thread_renew(thread, atomic_load(&tacho_state.control->generation));
        begins = 1;
    }
    if (thread->depth == TACHO_STACK) {
        tacho_thread_dropped(thread, TACHO_RECORD_RANGE, TACHO_DROP_NESTING);
        goto done;
    }
    tacho_range_record *record = tacho_thread_reserve(thread, TACHO_RECORD_RANGE, sizeof *record);
    if (record == NULL) { goto done; }
    tacho_open_range *open = &thread->stack[thread->depth++];
    open->offset = thread->writer.committed;
    open->label = label->number;
    open->domain = (uint16_t)key->domain;
    open->is_capture_range = (uint16_t)begins;
    record->header = (tacho_record_header){TACHO_RECORD_RANGE, sizeof *record, label->number};
    record->end = 0;
    level = thread->levels[key->domain]++;
    open->start = record->start = tacho_now();
    tacho_segment_commit(&thread->writer, sizeof *record);
    if (has_payload(event)) { append_payload(thread, event); }
done:
    tacho_thread_end(thread);
    return level;
}

static int pop(uint32_t domain) {
    tacho_thread *thread = tacho_self;
    /* Without a range of its own the thread has nothing to end. */
    if (thread == NULL || thread->levels[domain] == 0 || !tacho_is_collecting()) { return NVTX_NOT_TRACKED; }
    uint64_t now = tacho_now();
    thread = tacho_thread_begin(TACHO_RECORD_RANGE_LATE);
    if (thread == NULL) { return NVTX_NOT_TRACKED; }
    int level = NVTX_NOT_TRACKED;
    if (thread->levels[domain] == 0) { goto done; }
    /* Domains nest apart from each other: the last range of this one need not be the last of all. */
    uint32_t index = thread->depth - 1;
    while (thread->stack[index].domain != domain) { index--; }
    tacho_open_range open = thread->stack[index];
    thread->depth--;
    if (index != thread->depth) {
        memmove(
            &thread->stack[index], &thread->stack[index + 1], (thread->depth - index) * sizeof thread->stack[0]);
    }
    level = --thread->levels[domain];
    tacho_range_end(thread, &open, now);
    if (open.is_capture_range) { end_capture(); }
done:
    tacho_thread_end(thread);
    return level;
}

static void mark(const tacho_label_key *key, const nvtx_event *event) {
    if (!is_recorded(key->domain) || !tacho_is_collecting()) { return; }
    tacho_thread *thread = tacho_thread_begin(TACHO_RECORD_MARK);
    if (thread == NULL) { return; }
    const tacho_label *label = tacho_thread_label(thread, key);
    tacho_instant_record *record = tacho_thread_reserve(thread, TACHO_RECORD_MARK, sizeof *record);
    if (record != NULL) {
        record->header = (tacho_record_header){TACHO_RECORD_MARK, sizeof *record, label->number};
        record->time = tacho_now();
        tacho_segment_commit(&thread->writer, sizeof *record);
        if (has_payload(event)) { append_payload(thread, event); }
    }
    tacho_thread_end(thread);
}

/* A handle names the thread and the place of the record: never 0, and unique in the process. */
static inline uint64_t handle_of(uint32_t thread, uint64_t offset) { return (uint64_t)thread << 44 | offset >> 3; }

static uint64_t start(const tacho_label_key *key, const nvtx_event *event) {
    if (!is_recorded(key->domain)) { return 0; }
    int is_collecting = tacho_is_collecting();
    if (!is_collecting && !may_begin_capture()) { return 0; }
    tacho_thread *thread = tacho_thread_begin(TACHO_RECORD_ASYNC_RANGE);
    if (thread == NULL) { return 0; }
    uint64_t handle = 0;
    const tacho_label *label = tacho_thread_label(thread, key);
    int begins = 0;
    if (!is_collecting) {
        if (!label->is_capture_range || !begin_capture()) { goto done; }
        tacho_thread_renew(thread, atomic_load(&tacho_state.control->generation));
        begins = 1;
    }
    tacho_range_record *record = tacho_thread_reserve(thread, TACHO_RECORD_ASYNC_RANGE, sizeof *record);
    if (record == NULL) { goto done; }
    handle = handle_of(thread->ordinal, thread->writer.committed);
    record->header = (tacho_record_header){TACHO_RECORD_ASYNC_RANGE, sizeof *record, label->number};
    record->end = 0;
    record->start = tacho_now();
    tacho_segment_commit(&thread->writer, sizeof *record);
    if (has_payload(event)) { append_payload(thread, event); }
    if (begins) { atomic_store(&tacho_state.capture_handle, handle); }
done:
    tacho_thread_end(thread);
    return handle;
}

static void end(uint64_t handle) {
    if (handle == 0 || !tacho_is_collecting()) { return; }
    uint64_t now = tacho_now();
    tacho_thread *thread = tacho_thread_begin(TACHO_RECORD_ASYNC_END);
    if (thread == NULL) { return; }
    tacho_segment_writer *writer = &thread->writer;
    uint64_t offset = (handle & ((UINT64_C(1) << 44) - 1)) << 3;
    if (handle >> 44 == thread->ordinal && offset >= writer->window_offset && offset < writer->committed) {
        tacho_range_record *record = (tacho_range_record *)(writer->window + (offset - writer->window_offset));
        /* The handle is the program's word: only a range of ours that is open is ended. */
        if (record->header.kind == TACHO_RECORD_ASYNC_RANGE && record->end == 0) { record->end = now; }
    } else {
        tacho_range_record *record = tacho_thread_reserve(thread, TACHO_RECORD_ASYNC_END, sizeof *record);
        if (record != NULL) {
            record->header = (tacho_record_header){TACHO_RECORD_ASYNC_END, sizeof *record, 0};
            record->start = handle;
            record->end = now;
            tacho_segment_commit(writer, sizeof *record);
        }
    }
    uint64_t expected = handle;
    if (__builtin_expect(atomic_load_explicit(&tacho_state.capture_handle, memory_order_relaxed) == handle, 0)
        && atomic_compare_exchange_strong(&tacho_state.capture_handle, &expected, 0)) {
        end_capture();
    }
    tacho_thread_end(thread);
}

/* MARK: By attributes, for the extensions */

int tacho_nvtx_push(uint32_t domain, const nvtx_event *event) {
    char buffer[TACHO_TEXT_BYTES];
    tacho_label_key key = key_of_event(domain, event, buffer);
    return push(&key, event);
}

int tacho_nvtx_pop(uint32_t domain) { return pop(domain); }

void tacho_nvtx_mark(uint32_t domain, const nvtx_event *event) {
    char buffer[TACHO_TEXT_BYTES];
    tacho_label_key key = key_of_event(domain, event, buffer);
    mark(&key, event);
}

uint64_t tacho_nvtx_start(uint32_t domain, const nvtx_event *event) {
    char buffer[TACHO_TEXT_BYTES];
    tacho_label_key key = key_of_event(domain, event, buffer);
    return start(&key, event);
}

void tacho_nvtx_end(uint64_t handle) { end(handle); }

/* MARK: CORE, the default domain */

static void core_mark_ex(const nvtx_event *event) {
    char buffer[TACHO_TEXT_BYTES];
    if (!is_usable(event)) { return; }
    tacho_label_key key = key_of_event(0, event, buffer);
    mark(&key, event);
}

static void core_mark_a(const char *message) {
    tacho_label_key key = key_of_text(tacho_text_of(message));
    mark(&key, NULL);
}

static void core_mark_w(const wchar_t *message) {
    char buffer[TACHO_TEXT_BYTES];
    tacho_label_key key = key_of_text(tacho_text_of_wide(message, buffer));
    mark(&key, NULL);
}

static uint64_t core_start_ex(const nvtx_event *event) {
    char buffer[TACHO_TEXT_BYTES];
    if (!is_usable(event)) { return 0; }
    tacho_label_key key = key_of_event(0, event, buffer);
    return start(&key, event);
}

static uint64_t core_start_a(const char *message) {
    tacho_label_key key = key_of_text(tacho_text_of(message));
    return start(&key, NULL);
}

static uint64_t core_start_w(const wchar_t *message) {
    char buffer[TACHO_TEXT_BYTES];
    tacho_label_key key = key_of_text(tacho_text_of_wide(message, buffer));
    return start(&key, NULL);
}

static int core_push_ex(const nvtx_event *event) {
    char buffer[TACHO_TEXT_BYTES];
    if (!is_usable(event)) { return NVTX_NOT_TRACKED; }
    tacho_label_key key = key_of_event(0, event, buffer);
    return push(&key, event);
}

static int core_push_a(const char *message) {
    tacho_label_key key = key_of_text(tacho_text_of(message));
    return push(&key, NULL);
}

static int core_push_w(const wchar_t *message) {
    char buffer[TACHO_TEXT_BYTES];
    tacho_label_key key = key_of_text(tacho_text_of_wide(message, buffer));
    return push(&key, NULL);
}

static int core_pop(void) { return pop(0); }

static void core_name_category_a(uint32_t category, const char *name) {
    tacho_process_text(TACHO_RECORD_CATEGORY, 0, category, tacho_text_of(name));
}

static void core_name_category_w(uint32_t category, const wchar_t *name) {
    char buffer[TACHO_TEXT_BYTES];
    tacho_process_text(TACHO_RECORD_CATEGORY, 0, category, tacho_text_of_wide(name, buffer));
}

static void core_name_thread_a(uint32_t thread, const char *name) {
    tacho_process_text(TACHO_RECORD_THREAD_NAME, thread, 0, tacho_text_of(name));
}

static void core_name_thread_w(uint32_t thread, const wchar_t *name) {
    char buffer[TACHO_TEXT_BYTES];
    tacho_process_text(TACHO_RECORD_THREAD_NAME, thread, 0, tacho_text_of_wide(name, buffer));
}

/* MARK: CORE2, domains */

static void domain_mark_ex(const void *domain, const nvtx_event *event) {
    char buffer[TACHO_TEXT_BYTES];
    if (!is_usable(event)) { return; }
    tacho_label_key key = key_of_event(domain_number(domain), event, buffer);
    mark(&key, event);
}

static uint64_t domain_start_ex(const void *domain, const nvtx_event *event) {
    char buffer[TACHO_TEXT_BYTES];
    if (!is_usable(event)) { return 0; }
    tacho_label_key key = key_of_event(domain_number(domain), event, buffer);
    return start(&key, event);
}

static void domain_end(const void *domain, uint64_t handle) {
    (void)domain;
    end(handle);
}

static int domain_push_ex(const void *domain, const nvtx_event *event) {
    char buffer[TACHO_TEXT_BYTES];
    if (!is_usable(event)) { return NVTX_NOT_TRACKED; }
    tacho_label_key key = key_of_event(domain_number(domain), event, buffer);
    return push(&key, event);
}

static int domain_pop(const void *domain) { return pop(domain_number(domain)); }

static void *domain_resource_create(const void *domain, const nvtx_resource *resource) {
    if (resource == NULL || resource->size < sizeof *resource) { return NULL; }
    char buffer[TACHO_TEXT_BYTES];
    uint32_t registered = 0;
    tacho_text text = {"", 0};
    switch (resource->message_type) {
        case NVTX_MESSAGE_ASCII: text = tacho_text_of(resource->message); break;
        case NVTX_MESSAGE_WIDE: text = tacho_text_of_wide(resource->message, buffer); break;
        case NVTX_MESSAGE_REGISTERED: registered = (uint32_t)((uintptr_t)resource->message >> 1); break;
        default: break;
    }
    return tacho_process_resource(
        domain_number(domain), (uint32_t)resource->identifier_type, resource->identifier, registered, text);
}

static void domain_resource_destroy(void *resource) { (void)resource; }

static void domain_name_category_a(const void *domain, uint32_t category, const char *name) {
    tacho_process_text(TACHO_RECORD_CATEGORY, domain_number(domain), category, tacho_text_of(name));
}

static void domain_name_category_w(const void *domain, uint32_t category, const wchar_t *name) {
    char buffer[TACHO_TEXT_BYTES];
    tacho_process_text(TACHO_RECORD_CATEGORY, domain_number(domain), category, tacho_text_of_wide(name, buffer));
}

static void *register_string(tacho_text text) {
    uint32_t number = atomic_fetch_add(&tacho_state.strings, 1) + 1;
    tacho_process_text(TACHO_RECORD_STRING, number, 0, text);
    const char *wanted = tacho_state.control == NULL ? "" : tacho_state.control->settings.capture_range;
    uintptr_t is_capture = strlen(wanted) == text.length && memcmp(wanted, text.bytes, text.length) == 0;
    return (void *)((uintptr_t)number << 1 | is_capture);
}

static void *domain_register_string_a(const void *domain, const char *string) {
    (void)domain;
    return register_string(tacho_text_of(string));
}

static void *domain_register_string_w(const void *domain, const wchar_t *string) {
    char buffer[TACHO_TEXT_BYTES];
    (void)domain;
    return register_string(tacho_text_of_wide(string, buffer));
}

static void *domain_create_a(const char *name) { return tacho_process_domain(tacho_text_of(name)); }

static void *domain_create_w(const wchar_t *name) {
    char buffer[TACHO_TEXT_BYTES];
    return tacho_process_domain(tacho_text_of_wide(name, buffer));
}

static void domain_destroy(void *domain) { (void)domain; }

static void initialize(const void *reserved) { (void)reserved; }

/* MARK: CUDA objects with names */

enum { RESOURCE_CU_DEVICE = 0x40001, RESOURCE_CU_CONTEXT, RESOURCE_CU_STREAM };
enum { RESOURCE_CUDA_DEVICE = 0x50000, RESOURCE_CUDA_STREAM };

static void name_cu_device(int device, const char *name) {
    tacho_process_resource(0, RESOURCE_CU_DEVICE, (uint64_t)device, 0, tacho_text_of(name));
}
static void name_cu_context(void *context, const char *name) {
    tacho_process_resource(0, RESOURCE_CU_CONTEXT, (uintptr_t)context, 0, tacho_text_of(name));
}
static void name_cu_stream(void *stream, const char *name) {
    tacho_process_resource(0, RESOURCE_CU_STREAM, (uintptr_t)stream, 0, tacho_text_of(name));
}
static void name_cuda_device(int device, const char *name) {
    tacho_process_resource(0, RESOURCE_CUDA_DEVICE, (uint64_t)device, 0, tacho_text_of(name));
}
static void name_cuda_stream(void *stream, const char *name) {
    tacho_process_resource(0, RESOURCE_CUDA_STREAM, (uintptr_t)stream, 0, tacho_text_of(name));
}

/* MARK: The way in */

typedef struct slot {
    unsigned index;
    nvtx_function function;
} slot;

#define SLOT(index, function) {index, (nvtx_function)(function)}

static const slot core_slots[] = {
    SLOT(NVTX_MARK_EX, core_mark_ex), SLOT(NVTX_MARK_A, core_mark_a), SLOT(NVTX_MARK_W, core_mark_w),
    SLOT(NVTX_RANGE_START_EX, core_start_ex), SLOT(NVTX_RANGE_START_A, core_start_a),
    SLOT(NVTX_RANGE_START_W, core_start_w), SLOT(NVTX_RANGE_END, end), SLOT(NVTX_RANGE_PUSH_EX, core_push_ex),
    SLOT(NVTX_RANGE_PUSH_A, core_push_a), SLOT(NVTX_RANGE_PUSH_W, core_push_w), SLOT(NVTX_RANGE_POP, core_pop),
    SLOT(NVTX_NAME_CATEGORY_A, core_name_category_a), SLOT(NVTX_NAME_CATEGORY_W, core_name_category_w),
    SLOT(NVTX_NAME_THREAD_A, core_name_thread_a), SLOT(NVTX_NAME_THREAD_W, core_name_thread_w)};

static const slot core2_slots[] = {
    SLOT(NVTX_DOMAIN_MARK_EX, domain_mark_ex), SLOT(NVTX_DOMAIN_RANGE_START_EX, domain_start_ex),
    SLOT(NVTX_DOMAIN_RANGE_END, domain_end), SLOT(NVTX_DOMAIN_RANGE_PUSH_EX, domain_push_ex),
    SLOT(NVTX_DOMAIN_RANGE_POP, domain_pop), SLOT(NVTX_DOMAIN_RESOURCE_CREATE, domain_resource_create),
    SLOT(NVTX_DOMAIN_RESOURCE_DESTROY, domain_resource_destroy),
    SLOT(NVTX_DOMAIN_NAME_CATEGORY_A, domain_name_category_a),
    SLOT(NVTX_DOMAIN_NAME_CATEGORY_W, domain_name_category_w),
    SLOT(NVTX_DOMAIN_REGISTER_STRING_A, domain_register_string_a),
    SLOT(NVTX_DOMAIN_REGISTER_STRING_W, domain_register_string_w), SLOT(NVTX_DOMAIN_CREATE_A, domain_create_a),
    SLOT(NVTX_DOMAIN_CREATE_W, domain_create_w), SLOT(NVTX_DOMAIN_DESTROY, domain_destroy),
    SLOT(NVTX_INITIALIZE, initialize)};

static const slot cuda_slots[] = {
    SLOT(NVTX_NAME_CU_DEVICE_A, name_cu_device), SLOT(NVTX_NAME_CU_CONTEXT_A, name_cu_context),
    SLOT(NVTX_NAME_CU_STREAM_A, name_cu_stream)};

static const slot cudart_slots[] = {
    SLOT(NVTX_NAME_CUDA_DEVICE_A, name_cuda_device), SLOT(NVTX_NAME_CUDA_STREAM_A, name_cuda_stream)};

static void fill(const nvtx_callbacks_table *table, int module, const slot *slots, size_t count) {
    nvtx_function **functions = NULL;
    unsigned size = 0;
    if (table->get_module_functions(module, &functions, &size) == 0 || functions == NULL) { return; }
    for (size_t i = 0; i < count; i++) {
        if (slots[i].index < size && functions[slots[i].index] != NULL) {
            *functions[slots[i].index] = slots[i].function;
        }
    }
}

int InitializeInjectionNvtx2(const void *(*get_export_table)(uint32_t)) {
    if (get_export_table == NULL || !tacho_collector_start()) { return 0; }
    if ((tacho_state.control->settings.trace & TACHO_TRACE_NVTX) == 0) { return 0; }
    const nvtx_callbacks_table *table = get_export_table(NVTX_TABLE_CALLBACKS);
    if (table == NULL || table->struct_size < sizeof *table) { return 0; }
    fill(table, NVTX_MODULE_CORE, core_slots, sizeof core_slots / sizeof core_slots[0]);
    fill(table, NVTX_MODULE_CORE2, core2_slots, sizeof core2_slots / sizeof core2_slots[0]);
    fill(table, NVTX_MODULE_CUDA, cuda_slots, sizeof cuda_slots / sizeof cuda_slots[0]);
    fill(table, NVTX_MODULE_CUDART, cudart_slots, sizeof cudart_slots / sizeof cudart_slots[0]);
    return 1;
}
