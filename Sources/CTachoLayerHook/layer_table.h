/* The layers that a sink has heard of, found again by what the engine says of them. */
#ifndef TACHO_LAYER_TABLE_H
#define TACHO_LAYER_TABLE_H

#include "tacho_layer_sink.h"

/* What the engine says when a layer has ended: the same for the same node, and for namesakes in other bodies. */
typedef struct tacho_layer_identity {
    const char *name; /* not terminated */
    uint32_t name_length;
    const char *type;
    const char *node_index; /* digits */
} tacho_layer_identity;

/* Finds or adds an identity. Returns NULL where memory is short. `provider` is only called for a new one.
 * Lock-free for what is known; any thread. */
struct tacho_layer_entry *tacho_layer_entry_for(
    tacho_layer_sink *sink, const tacho_layer_identity *identity, const char *(*provider)(const void *event),
    const void *event);

/* The layer's number for an entry below a parent; tells the sink where it is new. */
uint32_t tacho_layer_number(tacho_layer_sink *sink, struct tacho_layer_entry *entry, uint32_t parent);

#endif
