/* The layers that run on one thread: those that have begun, and those that have ended in a
 * query that has not. */
#ifndef TACHO_THREAD_LOG_H
#define TACHO_THREAD_LOG_H

#include "layer_table.h"

#include <stdbool.h>

/* Notes the begin of an event. */
void tacho_thread_began(tacho_layer_sink *sink, uint64_t correlation);

/* The instant at which the event of this number began, and the events around it that are still open; false where it
 * never began. */
bool tacho_thread_ended(tacho_layer_sink *sink, uint64_t correlation, int64_t *start_ns, uint32_t *depth);

/* The layer that ended next when the last query ran: it most likely ends now. NULL where nothing is known. Its first
 * lines are on their way from memory when this returns. */
struct tacho_layer_entry *tacho_thread_guess(tacho_layer_sink *sink);

/* Takes up a layer that ended. */
void tacho_thread_keep(
    tacho_layer_sink *sink, struct tacho_layer_entry *entry, uint32_t depth, int64_t start_ns, int64_t end_ns,
    const tacho_layer_details *details);

/* Tells the sink of the layers taken up since it was told last. Called when the thread's outermost event has ended, so
 * that neither telling nor what a sink does takes time between two layers. */
void tacho_thread_tell(tacho_layer_sink *sink);

/* Forgets events that never ended: the engine's call is over. */
void tacho_thread_reset(tacho_layer_sink *sink);

int64_t tacho_now(void);

#endif
