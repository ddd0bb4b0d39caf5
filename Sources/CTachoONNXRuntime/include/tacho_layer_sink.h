/* What the layer hook tells, and to whom.
 *
 * The hook is a shared library of ours that ONNX Runtime loads as an execution provider (Sources/CTachoLayerHook). The
 * process that profiles opens the same file and hands it a sink before it makes a session; the provider of that
 * session then tells the sink of every layer that runs, of every provider.
 */
#ifndef TACHO_LAYER_SINK_H
#define TACHO_LAYER_SINK_H

#include <stdint.h>

#ifndef __clang__
#define _Nullable
#define _Nonnull
#endif

/* Grows with every change of the structs below: process and hook must agree. */
#define TACHO_LAYER_SINK_VERSION 2u
#define TACHO_LAYER_NO_PARENT UINT32_MAX

/* A layer of a session. The texts are only valid during the call. */
typedef struct tacho_layer_description {
    uint32_t layer;  /* numbered from 0 in order of appearance, within the sink */
    uint32_t parent; /* the If, Loop or Scan in whose body it runs, or TACHO_LAYER_NO_PARENT */
    int64_t node_index; /* the engine's number of the node within its graph; -1: not told */
    const char *_Nonnull name;
    const char *_Nonnull type;
    const char *_Nonnull provider;
} tacho_layer_description;

/* What one execution of a layer looked like: JSON of the engine's own, valid during the call; NULL: not told. */
typedef struct tacho_layer_details {
    const char *_Nullable inputs;
    const char *_Nullable outputs;
    const char *_Nullable scheduling;
} tacho_layer_details;

/* Calls come on the thread that ran the layer; those of one thread come in order of the layers' starts, each layer
 * before the layers of its body: those of a query when its thread is told to (tacho_layer_hook_tell) or begins another
 * one, so that no query's time holds them. `appeared` is never called twice at a time. */
typedef struct tacho_layer_sink {
    void *_Nullable state;
    void (*_Nonnull appeared)(void *_Nullable state, const tacho_layer_description *_Nonnull layer);
    /* Instants of CLOCK_MONOTONIC, ns. */
    void (*_Nonnull timed)(void *_Nullable state, uint32_t layer, int64_t start_ns, int64_t duration_ns);
    /* Called after `timed`, while `wants_details` is set. */
    void (*_Nonnull detailed)(
        void *_Nullable state, uint32_t layer, const tacho_layer_details *_Nonnull details);
    /* The engine's own call as a whole: from its first to its last word of a query. */
    void (*_Nonnull ran)(void *_Nullable state, int64_t start_ns, int64_t duration_ns);
    /* Both are set between queries only. While it does not listen, layers cost two comparisons. */
    int32_t listens;
    int32_t wants_details;
    /* The hook's memory of the layers seen; tacho_layer_hook_forget releases it. */
    void *_Nullable table;
} tacho_layer_sink;

/* Symbols of the hook's library. */
#define TACHO_LAYER_HOOK_VERSION "tacho_layer_hook_version"
#define TACHO_LAYER_HOOK_OFFER "tacho_layer_hook_offer"
#define TACHO_LAYER_HOOK_TELL "tacho_layer_hook_tell"
#define TACHO_LAYER_HOOK_FORGET "tacho_layer_hook_forget"
#define TACHO_LAYER_HOOK_PROVIDER "TachoLayerTimes"

typedef uint32_t (*tacho_layer_hook_version_function)(void);
/* The next session that this thread makes tells this sink; NULL takes the offer back. The sink must outlive it. */
typedef void (*tacho_layer_hook_offer_function)(tacho_layer_sink *_Nullable sink);
/* Tells the sink what the calling thread's last query left untold. */
typedef void (*tacho_layer_hook_tell_function)(tacho_layer_sink *_Nonnull sink);
/* Releases the hook's memory of a sink whose session is gone. */
typedef void (*tacho_layer_hook_forget_function)(tacho_layer_sink *_Nonnull sink);

#endif
