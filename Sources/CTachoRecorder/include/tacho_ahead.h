/* Prepares the room that busy recorders will need next, from the tracing tool's process.
 *
 * A page of a file that is touched for the first time costs its thread about 1.7 us, most of it to allocate and clear the
 * page. Done here it is paid on another processor: the traced thread then finds the pages in the page cache. Nothing of this
 * is needed for a recording to be right.
 */
#ifndef TACHO_AHEAD_H
#define TACHO_AHEAD_H

#include "tacho_control.h"

typedef struct tacho_ahead tacho_ahead;

/* Starts a thread that keeps the segments of traced programs in this folder 4 MB longer than what they hold.
 * Both must outlive it. Returns NULL where no thread can be made; then recorders map their windows alone. */
tacho_ahead *tacho_ahead_start(tacho_control *control, const char *folder);

/* Ends the thread and waits for it. NULL is fine. */
void tacho_ahead_stop(tacho_ahead *ahead);

#endif
