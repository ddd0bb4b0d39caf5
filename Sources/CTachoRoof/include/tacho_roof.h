/* What this machine can do at most: a matrix product of single-precision numbers that lie in the caches, and a copy
 * between arrays that do not. docs/machine-roof.md says how both are measured and what they leave out.
 *
 * Rounds: all threads start together and the round ends with the last of them. Clock: CLOCK_MONOTONIC.
 */
#ifndef TACHO_ROOF_H
#define TACHO_ROOF_H

#include <stddef.h>
#include <stdint.h>

/* The instructions that the product is computed with: "avx512", "avx2", "neon" or "portable". Never null. */
const char *tacho_roof_instructions(void);

/* Runs `rounds` rounds of about `round_ns` each on `threads` threads and stores how long each took.
 *
 * operations: of one round, all threads together; a multiply-add counts as two.
 * Returns 0, or an errno value where memory or threads are missing.
 */
int tacho_roof_product(
    int threads, int rounds, int64_t round_ns, int64_t *durations_ns, double *operations);

/* Copies `bytes`, shared out among `threads` threads, `rounds` times and stores how long each took.
 *
 * Before the first round every thread writes its share of both arrays, so that the pages are there and near to it.
 * Returns 0, or an errno value where memory or threads are missing.
 */
int tacho_roof_copy(int threads, size_t bytes, int rounds, int64_t *durations_ns);

#endif
