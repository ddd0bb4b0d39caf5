/* CUPTI's activity records, packed into the process's segment of CUDA events.
 *
 * Thread rule: the caller holds the lock of the recorder, which no thread of the program ever takes.
 */
#ifndef TACHO_CUDA_RECORDS_H
#define TACHO_CUDA_RECORDS_H

#include "collector.h"

#pragma GCC visibility push(hidden)

/* Of the process; NULL where nothing of CUDA is recorded. */
extern tacho_thread *tacho_cuda_recorder;

/* CUPTI's function that names calls; NULL where it has none. */
extern int (*tacho_cuda_callback_name)(uint32_t domain, uint32_t callback, const char **name);

/* Packs one record; kinds that are not known are left out. */
void tacho_cuda_append(const void *record);

#pragma GCC visibility pop
#endif
