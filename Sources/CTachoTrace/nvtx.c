#include "nvtx_events.h"

#include <errno.h>
#include <string.h>

#include "tacho_inject.h"

static inline uint32_t domain_number(const void *handle) { return tacho_nvtx_domain(handle); }

static inline tacho_label_key key_of_text(tacho_text text) {
    return (tacho_label_key){.text = text};
}

/* An event of the default attributes is older than version 2's fields where it says so. */
static inline int is_usable(const nvtx_event *event) { return event != NULL && event->size >= sizeof *event; }

/* MARK: CORE, the default domain */

static void core_mark_ex(const nvtx_event *event) {
    char buffer[TACHO_TEXT_BYTES];
    if (!is_usable(event)) { return; }
    tacho_label_key key = tacho_nvtx_key(0, event, buffer);
    tacho_nvtx_mark_key(&key, event);
}

static void core_mark_a(const char *message) {
    tacho_label_key key = key_of_text(tacho_text_of(message));
    tacho_nvtx_mark_key(&key, NULL);
}

static void core_mark_w(const wchar_t *message) {
    char buffer[TACHO_TEXT_BYTES];
    tacho_label_key key = key_of_text(tacho_text_of_wide(message, buffer));
    tacho_nvtx_mark_key(&key, NULL);
}

static uint64_t core_start_ex(const nvtx_event *event) {
    char buffer[TACHO_TEXT_BYTES];
    if (!is_usable(event)) { return 0; }
    tacho_label_key key = tacho_nvtx_key(0, event, buffer);
    return tacho_nvtx_start_key(&key, event);
}

static uint64_t core_start_a(const char *message) {
    tacho_label_key key = key_of_text(tacho_text_of(message));
    return tacho_nvtx_start_key(&key, NULL);
}

static uint64_t core_start_w(const wchar_t *message) {
    char buffer[TACHO_TEXT_BYTES];
    tacho_label_key key = key_of_text(tacho_text_of_wide(message, buffer));
    return tacho_nvtx_start_key(&key, NULL);
}

static int core_push_ex(const nvtx_event *event) {
    char buffer[TACHO_TEXT_BYTES];
    if (!is_usable(event)) { return NVTX_NOT_TRACKED; }
    tacho_label_key key = tacho_nvtx_key(0, event, buffer);
    return tacho_nvtx_push_key(&key, event);
}

static int core_push_a(const char *message) {
    tacho_label_key key = key_of_text(tacho_text_of(message));
    return tacho_nvtx_push_key(&key, NULL);
}

static int core_push_w(const wchar_t *message) {
    char buffer[TACHO_TEXT_BYTES];
    tacho_label_key key = key_of_text(tacho_text_of_wide(message, buffer));
    return tacho_nvtx_push_key(&key, NULL);
}

static int core_pop(void) { return tacho_nvtx_pop(0); }

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
    tacho_label_key key = tacho_nvtx_key(domain_number(domain), event, buffer);
    tacho_nvtx_mark_key(&key, event);
}

static uint64_t domain_start_ex(const void *domain, const nvtx_event *event) {
    char buffer[TACHO_TEXT_BYTES];
    if (!is_usable(event)) { return 0; }
    tacho_label_key key = tacho_nvtx_key(domain_number(domain), event, buffer);
    return tacho_nvtx_start_key(&key, event);
}

static void domain_end(const void *domain, uint64_t handle) {
    (void)domain;
    tacho_nvtx_end(handle);
}

static int domain_push_ex(const void *domain, const nvtx_event *event) {
    char buffer[TACHO_TEXT_BYTES];
    if (!is_usable(event)) { return NVTX_NOT_TRACKED; }
    tacho_label_key key = tacho_nvtx_key(domain_number(domain), event, buffer);
    return tacho_nvtx_push_key(&key, event);
}

static int domain_pop(const void *domain) { return tacho_nvtx_pop(domain_number(domain)); }

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
    SLOT(NVTX_RANGE_START_W, core_start_w), SLOT(NVTX_RANGE_END, tacho_nvtx_end), SLOT(NVTX_RANGE_PUSH_EX, core_push_ex),
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
