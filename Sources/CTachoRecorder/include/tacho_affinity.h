/* The processors that a thread may use: sched_setaffinity(2), whose macros Swift does not see. */
#ifndef TACHO_AFFINITY_H
#define TACHO_AFFINITY_H

#include <stdint.h>

/* Writes the numbers of the processors that the calling thread may use, ascending, as many as there is room for. Returns how many
 * there are; 0 where the kernel does not say. */
uint32_t tacho_affinity_get(uint32_t *processors, uint32_t room);

/* Keeps the calling thread, and the threads that it makes from now on, to one. Returns 0 or an errno value. */
int tacho_affinity_set(uint32_t processor);

#endif
