/* The layers that a sink has heard of, found again by what the engine says of them. */
#ifndef TACHO_LAYER_TABLE_H
#define TACHO_LAYER_TABLE_H

#include "tacho_layer_sink.h"

/* What the engine says when a layer has ended: the same for the same node, and for namesakes in other bodies. A node
 * without a name of its own is called by its type and number. */
typedef struct tacho_layer_identity {
    const char *name; /* not terminated */
    uint32_t name_length;
    const char *node_index; /* digits */
} tacho_layer_identity;

/* What else is kept of a new layer; asked for once, since each question costs the engine a look-up. */
typedef struct tacho_layer_origin {
    const char *type;
    const char *provider;
} tacho_layer_origin;

/* Finds or adds an identity. Returns NULL where memory is short. `origin` is only called for a new one.
 * `guess`: the entry that it may be, which is compared first; NULL: none. Lock-free for what is known; any thread. */
struct tacho_layer_entry *tacho_layer_entry_for(
    tacho_layer_sink *sink, struct tacho_layer_entry *guess, const tacho_layer_identity *identity,
    tacho_layer_origin (*origin)(const void *event), const void *event);

/* Of the sink's entries as long as they live, never given out again: a new sink may lie where a released one lay. 0: it has
 * none yet. */
uint64_t tacho_layer_serial(const tacho_layer_sink *sink);

/* The layer's number for an entry below a parent; tells the sink where it is new. */
uint32_t tacho_layer_number(tacho_layer_sink *sink, struct tacho_layer_entry *entry, uint32_t parent);

#endif
