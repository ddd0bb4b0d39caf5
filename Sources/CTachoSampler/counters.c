#define _GNU_SOURCE
#include "counters.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int tacho_counters_open(tacho_counters *counters, const char *folder, uint32_t ordinal, const char *name) {
    memset(counters, 0, sizeof *counters);
    snprintf(counters->path, sizeof counters->path, "%s/counters-%u.seg", folder, ordinal);
    return tacho_segment_create_guest(&counters->writer, counters->path, 0, ordinal, name, 64u << 10, 2u << 20);
}

void *tacho_counters_reserve(tacho_counters *counters, uint32_t size) {
    return counters->writer.header == NULL ? NULL : tacho_segment_reserve(&counters->writer, size);
}

static void write_sample(tacho_counters *counters, uint32_t counter, int64_t time_ns, double value) {
    tacho_counter_sample_record *record = tacho_counters_reserve(counters, sizeof *record);
    if (record == NULL) { return; }
    record->header = (tacho_record_header){TACHO_RECORD_COUNTER_SAMPLE, sizeof *record, counter};
    record->time_ns = time_ns;
    record->value = value;
    tacho_segment_commit(&counters->writer, sizeof *record);
}

void tacho_counters_put(tacho_counters *counters, uint32_t counter, int64_t time_ns, double value) {
    if (counter >= counters->count || isnan(value)) { return; }
    tacho_counter *state = &counters->counters[counter];
    if (!state->is_known || state->last != value) { write_sample(counters, counter, time_ns, value); }
    state->is_known = 1;
    state->last = value;
}

void tacho_counters_end(tacho_counters *counters, uint32_t counter, int64_t time_ns) {
    if (counter >= counters->count || !counters->counters[counter].is_known) { return; }
    counters->counters[counter].is_known = 0;
    write_sample(counters, counter, time_ns, NAN);
}

void tacho_counters_close(tacho_counters *counters) {
    int64_t now = tacho_monotonic_ns();
    for (uint32_t i = 0; i < counters->count; i++) { tacho_counters_end(counters, i, now); }
    tacho_segment_close(&counters->writer);
    free(counters->counters);
    counters->counters = NULL;
    counters->count = counters->room = 0;
}

uint32_t tacho_counters_define(
    tacho_counters *counters, uint32_t process, uint32_t thread, uint32_t device, const char *name, const char *unit) {
    if (counters->count == counters->room) {
        uint32_t room = counters->room == 0 ? 64 : counters->room * 2;
        tacho_counter *more = realloc(counters->counters, room * sizeof *more);
        if (more == NULL) { return UINT32_MAX; }
        counters->counters = more;
        counters->room = room;
    }
    uint32_t name_length = (uint32_t)strlen(name), unit_length = (uint32_t)strlen(unit);
    uint32_t size = (uint32_t)((sizeof(tacho_counter_record) + name_length + unit_length + 7) & ~(size_t)7);
    tacho_counter_record *record = tacho_counters_reserve(counters, size);
    if (record == NULL) { return UINT32_MAX; }
    record->header = (tacho_record_header){TACHO_RECORD_COUNTER, (uint16_t)size, counters->count};
    record->process = process;
    record->thread = thread;
    record->device = device;
    record->name_length = name_length;
    record->unit_length = unit_length;
    record->reserved = 0;
    memcpy(record + 1, name, name_length);
    memcpy((char *)(record + 1) + name_length, unit, unit_length);
    tacho_segment_commit(&counters->writer, size);
    memset(&counters->counters[counters->count], 0, sizeof counters->counters[0]);
    return counters->count++;
}

void tacho_counters_note(tacho_counters *counters, uint32_t note, const char *text) {
    uint32_t length = (uint32_t)strnlen(text, 2000);
    uint32_t size = (uint32_t)((sizeof(tacho_text_record) + length + 7) & ~(size_t)7);
    tacho_text_record *record = tacho_counters_reserve(counters, size);
    if (record == NULL) { return; }
    record->header = (tacho_record_header){TACHO_RECORD_NOTE, (uint16_t)size, note};
    record->number = 0;
    record->length = length;
    memcpy(record + 1, text, length);
    tacho_segment_commit(&counters->writer, size);
}

void tacho_counters_put_own_cost(tacho_counters *counters, tacho_own_cost *cost, int clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    int64_t used_ns = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec, now = tacho_monotonic_ns();
    if (cost->read_ns != 0 && now > cost->read_ns) {
        tacho_counters_put(
            counters, cost->counter, cost->read_ns, 100.0 * (double)(used_ns - cost->used_ns) / (double)(now - cost->read_ns));
    }
    cost->used_ns = used_ns;
    cost->read_ns = now;
}
