#include "layer_table.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Buckets of linked entries that only ever grow: a reader needs no lock, and models have a few thousand layers. */
enum { BUCKETS = 4096 };

/* An entry below one parent. */
typedef struct place {
    struct place *next;
    uint32_t parent;
    uint32_t number;
} place;

/* One allocation with its texts behind it: after a kernel has run, every line of it must come from memory again. */
typedef struct tacho_layer_entry {
    struct tacho_layer_entry *next;
    uint64_t hash;
    _Atomic(place *) places;
    const char *type;
    const char *provider;
    uint32_t name_length;
    uint32_t index_size;
    char texts[]; /* the index, the name, the type and the provider, each terminated */
} entry;

typedef struct table {
    uint64_t serial;
    pthread_mutex_t lock;
    _Atomic uint32_t count; /* numbers given out */
    _Atomic(entry *) buckets[BUCKETS];
} table;

/* FNV-1a, Fowler, Noll and Vo: draft-eastlake-fnv. */
static uint64_t hash_bytes(uint64_t hash, const char *bytes, size_t count) {
    for (size_t index = 0; index < count; index++) {
        hash = (hash ^ (uint8_t)bytes[index]) * 1099511628211u;
    }
    return hash;
}

static const char *index_of(const entry *each) { return each->texts; }
static const char *name_of(const entry *each) { return each->texts + each->index_size; }

static bool is_same(const entry *each, const tacho_layer_identity *identity) {
    return each->name_length == identity->name_length && strcmp(index_of(each), identity->node_index) == 0
           && memcmp(name_of(each), identity->name, identity->name_length) == 0;
}

static entry *find(entry *first, uint64_t hash, const tacho_layer_identity *identity) {
    for (entry *each = first; each != NULL; each = each->next) {
        if (each->hash == hash && is_same(each, identity)) { return each; }
    }
    return NULL;
}

static entry *make(uint64_t hash, const tacho_layer_identity *identity, tacho_layer_origin origin) {
    size_t index_size = strlen(identity->node_index) + 1;
    size_t type_size = strlen(origin.type) + 1;
    size_t provider_size = strlen(origin.provider) + 1;
    entry *made = calloc(1, sizeof *made + index_size + identity->name_length + 1 + type_size + provider_size);
    if (made == NULL) { return NULL; }
    made->hash = hash;
    made->name_length = identity->name_length;
    made->index_size = (uint32_t)index_size;
    char *end = made->texts;
    memcpy(end, identity->node_index, index_size);
    end += index_size;
    memcpy(end, identity->name, identity->name_length);
    end += identity->name_length + 1;
    made->type = memcpy(end, origin.type, type_size);
    made->provider = memcpy(end + type_size, origin.provider, provider_size);
    return made;
}

static _Atomic uint64_t serials;

static table *table_of(tacho_layer_sink *sink) {
    table *known = __atomic_load_n((table **)&sink->table, __ATOMIC_ACQUIRE);
    if (known != NULL) { return known; }
    table *made = calloc(1, sizeof *made);
    if (made == NULL) { return NULL; }
    made->serial = atomic_fetch_add(&serials, 1) + 1;
    pthread_mutex_init(&made->lock, NULL);
    if (__atomic_compare_exchange_n(
            (table **)&sink->table, &known, made, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        return made;
    }
    pthread_mutex_destroy(&made->lock);
    free(made);
    return known;
}

static void release(entry *each) {
    for (place *first = atomic_load(&each->places); first != NULL;) {
        place *next = first->next;
        free(first);
        first = next;
    }
    free(each);
}

entry *tacho_layer_entry_for(
    tacho_layer_sink *sink, entry *guess, const tacho_layer_identity *identity,
    tacho_layer_origin (*origin)(const void *event), const void *event) {
    if (guess != NULL && is_same(guess, identity)) { return guess; }
    table *all = table_of(sink);
    if (all == NULL) { return NULL; }
    uint64_t hash = hash_bytes(14695981039346656037u, identity->name, identity->name_length);
    hash = hash_bytes(hash, identity->node_index, strlen(identity->node_index));
    _Atomic(entry *) *bucket = &all->buckets[(hash ^ hash >> 32) % BUCKETS];
    entry *known = find(atomic_load_explicit(bucket, memory_order_acquire), hash, identity);
    if (known != NULL) { return known; }

    pthread_mutex_lock(&all->lock);
    known = find(atomic_load_explicit(bucket, memory_order_acquire), hash, identity);
    if (known == NULL && (known = make(hash, identity, origin(event))) != NULL) {
        known->next = atomic_load_explicit(bucket, memory_order_relaxed);
        atomic_store_explicit(bucket, known, memory_order_release);
    }
    pthread_mutex_unlock(&all->lock);
    return known;
}

static const place *find_place(entry *each, uint32_t parent) {
    const place *found = atomic_load_explicit(&each->places, memory_order_acquire);
    while (found != NULL && found->parent != parent) { found = found->next; }
    return found;
}

uint32_t tacho_layer_number(tacho_layer_sink *sink, entry *each, uint32_t parent) {
    const place *known = find_place(each, parent);
    if (known != NULL) { return known->number; }
    table *all = sink->table;
    pthread_mutex_lock(&all->lock);
    known = find_place(each, parent);
    if (known == NULL) {
        place *made = calloc(1, sizeof *made);
        if (made != NULL) {
            made->parent = parent;
            made->number = atomic_fetch_add(&all->count, 1);
            tacho_layer_description description = {
                made->number, parent, index_of(each)[0] == '\0' ? -1 : strtoll(index_of(each), NULL, 10),
                name_of(each), each->type, each->provider};
            sink->appeared(sink->state, &description);
            made->next = atomic_load_explicit(&each->places, memory_order_relaxed);
            atomic_store_explicit(&each->places, made, memory_order_release);
            known = made;
        }
    }
    pthread_mutex_unlock(&all->lock);
    return known == NULL ? TACHO_LAYER_NO_PARENT : known->number;
}

uint64_t tacho_layer_serial(const tacho_layer_sink *sink) {
    const table *known = __atomic_load_n((table *const *)&sink->table, __ATOMIC_ACQUIRE);
    return known == NULL ? 0 : known->serial;
}

__attribute__((visibility("default"))) void tacho_layer_hook_forget(tacho_layer_sink *sink) {
    table *all = sink->table;
    sink->table = NULL;
    if (all == NULL) { return; }
    for (size_t index = 0; index < BUCKETS; index++) {
        for (entry *each = atomic_load(&all->buckets[index]); each != NULL;) {
            entry *next = each->next;
            release(each);
            each = next;
        }
    }
    pthread_mutex_destroy(&all->lock);
    free(all);
}
