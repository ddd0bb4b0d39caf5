/* The layers that run on one thread: those that have begun, and those that have ended in a
 * query that has not. */
#ifndef TACHO_THREAD_LOG_H
#define TACHO_THREAD_LOG_H

#include "layer_table.h"

#include <stdbool.h>

typedef struct tacho_thread_log tacho_thread_log;

/* The calling thread's for a sink; NULL where memory is short. What it held of a sink that was released is dropped. */
tacho_thread_log *tacho_thread_log_of(tacho_layer_sink *sink);

/* Notes the begin of an event. Where it is the outermost one, the sink is told first of what is still untold. */
void tacho_thread_began(tacho_thread_log *log, uint64_t correlation);

/* The instant at which the event of this number began, and the events around it that are still open; false where it
 * never began. */
bool tacho_thread_ended(tacho_thread_log *log, uint64_t correlation, int64_t *start_ns, uint32_t *depth);

/* The layer that ended next when the last query ran: it most likely ends now. NULL where nothing is known. Its first
 * lines are on their way from memory when this returns. */
struct tacho_layer_entry *tacho_thread_guess(const tacho_thread_log *log);

/* Takes up a layer that ended. */
void tacho_thread_keep(
    tacho_thread_log *log, struct tacho_layer_entry *entry, uint32_t depth, int64_t start_ns, int64_t end_ns,
    const tacho_layer_details *details);

/* Takes up the engine's own call, which has ended: events that did not end in it never will. */
void tacho_thread_ran(tacho_thread_log *log, int64_t start_ns, int64_t end_ns);

/* Tells the sink of what was taken up since it was told last. */
void tacho_thread_tell(tacho_thread_log *log);

int64_t tacho_now(void);

#endif
