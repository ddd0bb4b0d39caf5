/* What the functions of NVTX's core and of its extensions share. */
#ifndef TACHO_NVTX_EVENTS_H
#define TACHO_NVTX_EVENTS_H

#include "collector.h"
#include "nvtx_abi.h"

#pragma GCC visibility push(hidden)

/* One event of a domain, by its attributes. */
int tacho_nvtx_push(uint32_t domain, const nvtx_event *event);
int tacho_nvtx_pop(uint32_t domain);
void tacho_nvtx_mark(uint32_t domain, const nvtx_event *event);
uint64_t tacho_nvtx_start(uint32_t domain, const nvtx_event *event);
void tacho_nvtx_end(uint64_t handle);

/* The number behind a program's handle of a domain. */
static inline uint32_t tacho_nvtx_domain(const void *handle) {
    return handle == NULL ? 0 : ((const tacho_domain *)handle)->number;
}

/* Appends what an event of type NVTX_PAYLOAD_EXTENDED points to, behind its record; the thread is busy. */
void tacho_nvtx_append_data(tacho_thread *thread, const nvtx_event *event);

#pragma GCC visibility pop
#endif
