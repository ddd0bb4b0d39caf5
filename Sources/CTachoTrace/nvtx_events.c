#include "nvtx_events.h"

#include <string.h>

/* Handles that programs get: of a domain the address of its entry, of a string its number and whether it is the capture
 * range's, of a range its place. NULL is NVTX's own word for the default domain. */

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
tacho_label_key tacho_nvtx_key(uint32_t domain, const nvtx_event *event, char *buffer) {
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

int tacho_nvtx_push_key(const tacho_label_key *key, const nvtx_event *event) {
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

int tacho_nvtx_pop(uint32_t domain) {
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

void tacho_nvtx_mark_key(const tacho_label_key *key, const nvtx_event *event) {
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

uint64_t tacho_nvtx_start_key(const tacho_label_key *key, const nvtx_event *event) {
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

void tacho_nvtx_end(uint64_t handle) {
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
    tacho_label_key key = tacho_nvtx_key(domain, event, buffer);
    return tacho_nvtx_push_key(&key, event);
}

void tacho_nvtx_mark(uint32_t domain, const nvtx_event *event) {
    char buffer[TACHO_TEXT_BYTES];
    tacho_label_key key = tacho_nvtx_key(domain, event, buffer);
    tacho_nvtx_mark_key(&key, event);
}

uint64_t tacho_nvtx_start(uint32_t domain, const nvtx_event *event) {
    char buffer[TACHO_TEXT_BYTES];
    tacho_label_key key = tacho_nvtx_key(domain, event, buffer);
    return tacho_nvtx_start_key(&key, event);
}
