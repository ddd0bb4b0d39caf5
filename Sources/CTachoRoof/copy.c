#define _GNU_SOURCE
#include "rounds.h"
#include "tacho_roof.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

typedef struct copy_work {
    char *from, *to;
    size_t bytes;
    int threads;
} copy_work;

/* A thread's share, in whole pages but for the last one's end. */
static size_t share_start(const copy_work *work, int thread) {
    size_t pages = work->bytes / 4096;
    return pages * (size_t)thread / (size_t)work->threads * 4096;
}

static size_t share_end(const copy_work *work, int thread) {
    return thread + 1 == work->threads ? work->bytes : share_start(work, thread + 1);
}

static int touch(void *context, int thread) {
    copy_work *work = context;
    size_t start = share_start(work, thread), size = share_end(work, thread) - start;
    memset(work->from + start, thread + 1, size);
    memset(work->to + start, 0, size);
    return 0;
}

static void copy(void *context, int thread) {
    copy_work *work = context;
    size_t start = share_start(work, thread);
    memcpy(work->to + start, work->from + start, share_end(work, thread) - start);
    __asm__ volatile("" : : "r"(work->to) : "memory");
}

static char *pages(size_t bytes) {
    void *address = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return address == MAP_FAILED ? NULL : address;
}

int tacho_roof_copy(int threads, size_t bytes, int rounds, int64_t *durations_ns) {
    if (threads < 1 || rounds < 1 || bytes < 1) return EINVAL;
    copy_work work = {.from = pages(bytes), .to = pages(bytes), .bytes = bytes, .threads = threads};
    int problem = work.from && work.to
        ? tacho_roof_rounds(threads, rounds, touch, copy, &work, durations_ns) : ENOMEM;
    /* A copy that did not arrive would be a figure of nothing. */
    if (!problem && memcmp(work.from, work.to, bytes) != 0) problem = EIO;
    if (work.from) munmap(work.from, bytes);
    if (work.to) munmap(work.to, bytes);
    return problem;
}
