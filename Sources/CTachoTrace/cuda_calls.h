/* The calls of CUDA's functions, recorded while they happen in the segment of the thread that makes them.
 *
 * CUPTI's callbacks rather than its activity records: those of calls cost 1 to 2 us for each launch, and as soon as one function of
 * the driver is among them every call of the driver pays for it, recorded or not. A callback costs a fifth, and what it
 * wrote survives the death of the process.
 */
#ifndef TACHO_CUDA_CALLS_H
#define TACHO_CUDA_CALLS_H

#include <stdint.h>

#pragma GCC visibility push(hidden)

typedef void (*tacho_cupti_callback)(void *user, uint32_t domain, uint32_t function, const void *call);

/* CUPTI's functions that this needs; each gives 0 where it worked. */
typedef struct tacho_cupti_callbacks {
    int (*subscribe)(void **subscriber, tacho_cupti_callback callback, void *user);
    int (*enable)(uint32_t enable, void *subscriber, uint32_t domain, uint32_t function);
    int (*name)(uint32_t domain, uint32_t function, const char **name);
    int (*stream_number)(void *context, void *stream, uint8_t is_of_thread, uint32_t *number); /* NULL: it has none */
} tacho_cupti_callbacks;

/* Takes CUPTI's one place for a subscriber. Returns CUPTI's result: not 0 where another one has it. */
int tacho_cuda_calls_subscribe(const tacho_cupti_callbacks *cupti);

/* Turns the recording of calls on or off; the caller sees to it that one thread at a time does. */
void tacho_cuda_calls_follow(int is_collecting);

#pragma GCC visibility pop

#endif
