#include "collector.h"

void tacho_range_end(tacho_thread *thread, const tacho_open_range *open, uint64_t now) {
    tacho_segment_writer *writer = &thread->writer;
    if (__builtin_expect(open->offset >= writer->window_offset, 1)) {
        /* A store of 8 aligned bytes: a reader sees the range open or ended. */
        tacho_range_record *record =
            (tacho_range_record *)(writer->window + (open->offset - writer->window_offset));
        record->end = now;
        return;
    }
    tacho_late_record *record = tacho_thread_reserve(thread, TACHO_RECORD_RANGE_LATE, sizeof *record);
    if (record == NULL) { return; }
    record->header = (tacho_record_header){TACHO_RECORD_RANGE_LATE, sizeof *record, open->label};
    record->start = open->start;
    record->end = now;
    record->offset = open->offset;
    tacho_segment_commit(writer, sizeof *record);
}
