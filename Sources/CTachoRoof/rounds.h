/* Threads that do the same work at the same time, round after round. */
#ifndef TACHO_ROUNDS_H
#define TACHO_ROUNDS_H

#include <stdint.h>

/* CLOCK_MONOTONIC in nanoseconds. */
int64_t tacho_roof_now(void);

/* Calls `prepare` once on each thread, then `work` on all of them together `rounds` times.
 *
 * Stores how long each round took, from the moment that all threads stood ready to the end of the last one.
 * Returns 0, or the first problem: of `prepare`, or an errno value where a thread could not be started.
 */
int tacho_roof_rounds(
    int threads, int rounds, int (*prepare)(void *context, int thread),
    void (*work)(void *context, int thread), void *context, int64_t *durations_ns);

#endif
