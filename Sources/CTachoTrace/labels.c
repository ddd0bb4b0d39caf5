#include <string.h>

#include "collector.h"

static inline uint64_t mix(uint64_t hash, uint64_t word) {
    __uint128_t product = (__uint128_t)(hash ^ word) * 0x9E3779B97F4A7C15u;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash_of(const tacho_label_key *key) {
    uint64_t hash = 0x2545F4914F6CDD1Du ^ key->text.length;
    const char *bytes = key->text.bytes;
    uint32_t left = key->text.length;
    for (; left >= 8; left -= 8, bytes += 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        hash = mix(hash, word);
    }
    if (left > 0) {
        uint64_t word = 0;
        memcpy(&word, bytes, left);
        hash = mix(hash, word);
    }
    hash = mix(hash, (uint64_t)key->domain << 32 | key->category);
    hash = mix(hash, (uint64_t)key->colour << 32 | key->registered << 4 | key->bits);
    return hash | 1;
}

static int is_same(const tacho_thread *thread, const tacho_label *label, const tacho_label_key *key) {
    return label->length == key->text.length && label->domain == key->domain && label->category == key->category
        && label->colour == key->colour && label->bits == key->bits && label->registered == key->registered
        && memcmp(thread->arena + label->text, key->text.bytes, key->text.length) == 0;
}

/* Whether a range of this name is the one that turns collection on. */
static int is_capture_range(const tacho_label_key *key) {
    const tacho_trace_settings *settings = &tacho_state.control->settings;
    if (settings->capture != TACHO_CAPTURE_NVTX) { return 0; }
    const char *domain = tacho_state.domains[key->domain % TACHO_DOMAINS].name;
    if (strcmp(domain, settings->capture_domain) != 0) { return 0; }
    if ((key->bits & TACHO_LABEL_REGISTERED) != 0) { return (key->bits & TACHO_LABEL_CAPTURE) != 0; }
    return strlen(settings->capture_range) == key->text.length
        && memcmp(settings->capture_range, key->text.bytes, key->text.length) == 0;
}

static int write_label(tacho_thread *thread, uint32_t number, const tacho_label_key *key) {
    /* A registered string has its text in the process's segment. */
    uint32_t length = (key->bits & TACHO_LABEL_REGISTERED) != 0 ? 0 : key->text.length;
    uint32_t size = (uint32_t)((sizeof(tacho_label_record) + length + 7) & ~(size_t)7);
    tacho_label_record *record = tacho_thread_reserve(thread, TACHO_RECORD_LABEL, size);
    if (record == NULL) { return 0; }
    record->header.kind = TACHO_RECORD_LABEL;
    record->header.size = (uint16_t)size;
    record->header.flags = number;
    record->domain = key->domain;
    record->category = key->category;
    record->colour = key->colour;
    record->bits = key->bits & ~(uint32_t)TACHO_LABEL_CAPTURE;
    record->registered = key->registered;
    record->length = length;
    memcpy(record + 1, key->text.bytes, length);
    tacho_segment_commit(&thread->writer, size);
    return 1;
}

static const tacho_label *define(tacho_thread *thread, const tacho_label_key *key, uint64_t hash, tacho_label *place) {
    uint32_t number = thread->next_label;
    if (!write_label(thread, number, key)) {
        thread->passing = (tacho_label){0};
        return &thread->passing;
    }
    thread->next_label++;
    tacho_label label = {
        .hash = hash,
        .number = number,
        .text = thread->arena_used,
        .length = key->text.length,
        .domain = key->domain,
        .category = key->category,
        .colour = key->colour,
        .bits = key->bits,
        .registered = key->registered,
        .is_capture_range = (uint32_t)is_capture_range(key)};
    /* A program whose texts are all different fills the table; then each text is written again with its event. */
    if (place == NULL || thread->labels_used >= TACHO_LABELS * 3 / 4
        || thread->arena_used + key->text.length > TACHO_ARENA_BYTES) {
        thread->passing = label;
        return &thread->passing;
    }
    memcpy(thread->arena + thread->arena_used, key->text.bytes, key->text.length);
    thread->arena_used += key->text.length;
    thread->labels_used++;
    *place = label;
    return place;
}

const tacho_label *tacho_thread_label(tacho_thread *thread, const tacho_label_key *key) {
    uint64_t hash = hash_of(key);
    uint32_t index = (uint32_t)(hash >> 17) & (TACHO_LABELS - 1);
    /* The table is never more than three quarters full, so a free place ends the search. */
    for (;; index = (index + 1) & (TACHO_LABELS - 1)) {
        tacho_label *label = &thread->labels[index];
        if (label->hash == hash && is_same(thread, label, key)) { return label; }
        if (label->hash == 0) { return define(thread, key, hash, label); }
    }
}

/* In a ring the definitions would go with the windows that hold them: each new window starts with all of them. */
static void write_labels_again(tacho_thread *thread) {
    for (uint32_t index = 0; index < TACHO_LABELS; index++) {
        const tacho_label *label = &thread->labels[index];
        if (label->hash == 0) { continue; }
        tacho_label_key key = {
            .text = {thread->arena + label->text, label->length},
            .domain = label->domain,
            .category = label->category,
            .colour = label->colour,
            .bits = label->bits,
            .registered = label->registered};
        write_label(thread, label->number, &key);
    }
}

void tacho_thread_window_changed(tacho_thread *thread) {
    if (thread->writer.window_bytes >= TACHO_BUSY_WINDOW && tacho_state.control != NULL) {
        tacho_control_window_changed(tacho_state.control);
    }
    if (tacho_state.keep_ticks == 0 || thread->is_rewriting) { return; }
    uint64_t now = tacho_now();
    thread->windows[thread->window_count % TACHO_WINDOWS].offset = thread->writer.committed;
    thread->windows[thread->window_count % TACHO_WINDOWS].time = now;
    thread->window_count++;
    uint64_t oldest = thread->oldest_window;
    if (thread->window_count - oldest > TACHO_WINDOWS) { oldest = thread->window_count - TACHO_WINDOWS; }
    /* A window may go when the one behind it began before the time to keep. */
    while (oldest + 1 < thread->window_count
           && now - thread->windows[(oldest + 1) % TACHO_WINDOWS].time > (uint64_t)tacho_state.keep_ticks) {
        oldest++;
    }
    if (oldest != thread->oldest_window) {
        thread->oldest_window = oldest;
        tacho_segment_discard(&thread->writer, thread->windows[oldest % TACHO_WINDOWS].offset);
    }
    thread->is_rewriting = 1;
    write_labels_again(thread);
    thread->is_rewriting = 0;
}
