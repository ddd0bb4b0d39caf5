/* CUDA's events, packed: CUPTI's activity records into a segment of their own, calls into those of their threads.
 *
 * Thread rule: a recorder is used by one thread at a time. That of CUPTI's records has a lock, which no thread of the program
 * ever takes; the others belong to their threads.
 */
#ifndef TACHO_CUDA_RECORDS_H
#define TACHO_CUDA_RECORDS_H

#include "collector.h"

#pragma GCC visibility push(hidden)

/* Of the process; NULL where nothing of CUDA is recorded. */
extern tacho_thread *tacho_cuda_recorder;

/* CUPTI numbers the functions of CUDA from 1 on, in each domain; they are known below this number. */
#define TACHO_CUDA_CALLBACKS 2048u

/* CUPTI's function that names calls; NULL where it has none. */
extern int (*tacho_cuda_callback_name)(uint32_t domain, uint32_t callback, const char **name);

/* Packs one activity record into `tacho_cuda_recorder`; kinds that are not known are left out. */
void tacho_cuda_append(const void *record);

/* A call of a thread (tacho_cuda_class), from start to end on CLOCK_MONOTONIC in ns; `result` is 0 where it did not fail. */
void tacho_cuda_append_call(
    tacho_thread *recorder, uint32_t class, uint32_t thread, const char *name, int32_t result, uint64_t start, uint64_t end,
    uint32_t correlation);

/* What a synchronising call waited for: `type` is CUPTI's word, the stream CUPTI's number or CUPTI_NO_STREAM. */
void tacho_cuda_append_wait(
    tacho_thread *recorder, uint32_t type, uint32_t context, uint32_t stream, uint64_t start, uint64_t end,
    uint32_t correlation);

#pragma GCC visibility pop
#endif
