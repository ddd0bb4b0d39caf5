#define _GNU_SOURCE
#include "rounds.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

int64_t tacho_roof_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

typedef struct crew {
    int rounds;
    int (*prepare)(void *, int);
    void (*work)(void *, int);
    void *context;
    int64_t *durations_ns;
    pthread_barrier_t barrier;
    /* Held while threads are started; then says whether all are there. */
    pthread_mutex_t gate;
    int is_off;
    _Atomic int problem;
} crew;

typedef struct member {
    crew *crew;
    int number;
    pthread_t thread;
} member;

static void *serve(void *argument) {
    member *self = argument;
    crew *all = self->crew;
    pthread_mutex_lock(&all->gate);
    int is_off = all->is_off;
    pthread_mutex_unlock(&all->gate);
    if (is_off) return NULL;

    int problem = all->prepare(all->context, self->number);
    if (problem) atomic_store(&all->problem, problem);
    pthread_barrier_wait(&all->barrier);
    if (atomic_load(&all->problem)) return NULL;
    for (int round = 0; round < all->rounds; round++) {
        pthread_barrier_wait(&all->barrier);
        int64_t start = tacho_roof_now();
        all->work(all->context, self->number);
        pthread_barrier_wait(&all->barrier);
        if (self->number == 0) all->durations_ns[round] = tacho_roof_now() - start;
    }
    return NULL;
}

int tacho_roof_rounds(
    int threads, int rounds, int (*prepare)(void *, int), void (*work)(void *, int), void *context,
    int64_t *durations_ns) {
    crew all = {
        .rounds = rounds, .prepare = prepare, .work = work, .context = context,
        .durations_ns = durations_ns, .gate = PTHREAD_MUTEX_INITIALIZER};
    member *members = calloc((size_t)threads, sizeof(member));
    if (!members) return ENOMEM;
    int problem = pthread_barrier_init(&all.barrier, NULL, (unsigned)threads);
    if (problem) {
        free(members);
        return problem;
    }
    int started = 0;
    pthread_mutex_lock(&all.gate);
    while (started < threads && !problem) {
        members[started].crew = &all;
        members[started].number = started;
        problem = pthread_create(&members[started].thread, NULL, serve, &members[started]);
        if (!problem) started++;
    }
    all.is_off = problem != 0;
    pthread_mutex_unlock(&all.gate);
    for (int index = 0; index < started; index++) pthread_join(members[index].thread, NULL);
    pthread_barrier_destroy(&all.barrier);
    free(members);
    return problem ? problem : atomic_load(&all.problem);
}
