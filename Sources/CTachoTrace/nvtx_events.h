/* What the functions of NVTX's core and of its extensions share. */
#ifndef TACHO_NVTX_EVENTS_H
#define TACHO_NVTX_EVENTS_H

#include "collector.h"
#include "nvtx_abi.h"

#pragma GCC visibility push(hidden)

/* What an event is, apart from when. `buffer` has TACHO_TEXT_BYTES and must outlive the key. */
tacho_label_key tacho_nvtx_key(uint32_t domain, const nvtx_event *event, char *buffer);

/* One event by its key, with the payload of `event` where that is not NULL. */
int tacho_nvtx_push_key(const tacho_label_key *key, const nvtx_event *event);
void tacho_nvtx_mark_key(const tacho_label_key *key, const nvtx_event *event);
uint64_t tacho_nvtx_start_key(const tacho_label_key *key, const nvtx_event *event);

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
