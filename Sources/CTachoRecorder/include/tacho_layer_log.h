/* Layer times of one session, written by whatever threads run its layers: a segment a thread.
 *
 * The first append of a thread makes its segment, which takes a few hundred microseconds; every further one a few
 * nanoseconds, without a lock or an allocation. */
#ifndef TACHO_LAYER_LOG_H
#define TACHO_LAYER_LOG_H

#include <stdint.h>

typedef struct tacho_layer_log tacho_layer_log;

/* Segments go to `prefix` followed by the ordinal of the thread and ".seg". NULL where memory is short. */
tacho_layer_log *tacho_layer_log_create(const char *prefix, uint32_t launch);

/* Appends one execution. Returns 1, or 0 where it was dropped; drops are counted in the segment's header where there is
 * one. Any thread, but not after the close. */
int tacho_layer_log_append(tacho_layer_log *log, uint32_t layer, int64_t start_ns, int64_t duration_ns);

/* Appends the engine's call as a whole. */
int tacho_layer_log_append_run(tacho_layer_log *log, int64_t start_ns, int64_t duration_ns);

/* Executions that no segment could be made for. */
uint64_t tacho_layer_log_lost(const tacho_layer_log *log);

/* Closes all segments and releases the log. No thread may append any more. Returns 0 or an errno value. */
int tacho_layer_log_close(tacho_layer_log *log);

#endif
