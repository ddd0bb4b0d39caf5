#define _GNU_SOURCE
#include "tacho_ahead.h"

#include "tacho_segment.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* A thread that has recorded less will not need another window soon. */
#define LEAST_COMMITTED (1u << 20)
#define AHEAD_BYTES (4u << 20)

struct tacho_ahead {
    tacho_control *control;
    char *folder;
    pthread_t thread;
    _Atomic int ends;
};

/* Makes the file longer and its new pages present. */
static void extend(int descriptor, tacho_segment_header *header) {
    struct stat status;
    if (atomic_load(&header->state) != TACHO_SEGMENT_OPEN || fstat(descriptor, &status) != 0) { return; }
    uint64_t committed = atomic_load_explicit(&header->committed, memory_order_acquire);
    off_t wanted = (off_t)((TACHO_SEGMENT_HEADER_BYTES + committed + AHEAD_BYTES)
                           & ~(uint64_t)(TACHO_SEGMENT_HEADER_BYTES - 1));
    off_t there = status.st_size & ~(off_t)(TACHO_SEGMENT_HEADER_BYTES - 1);
    if (committed < LEAST_COMMITTED || wanted <= there) { return; }
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && (uint64_t)wanted > limit.rlim_cur) { return; }
    size_t bytes = (size_t)(wanted - there);
    /* Not posix_fallocate, which writes where the file system cannot reserve. */
    if (fallocate(descriptor, 0, there, (off_t)bytes) == 0) {
        void *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, descriptor, there);
        if (pages != MAP_FAILED) { munmap(pages, bytes); }
    }
    /* Its thread may have ended meanwhile and cut the file: a closed one must not be longer than what it holds. */
    if (atomic_load(&header->state) != TACHO_SEGMENT_OPEN) {
        committed = atomic_load_explicit(&header->committed, memory_order_acquire);
        if (ftruncate(descriptor, (off_t)(TACHO_SEGMENT_HEADER_BYTES + committed)) != 0) { return; }
    }
}

static void look_at(int folder, const char *name) {
    size_t length = strlen(name);
    if (strncmp(name, "trace-", 6) != 0 || length < 5 || strcmp(name + length - 4, ".seg") != 0) { return; }
    int descriptor = openat(folder, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0) { return; }
    struct stat status;
    if (fstat(descriptor, &status) == 0 && status.st_size >= (off_t)TACHO_SEGMENT_HEADER_BYTES) {
        void *page = mmap(NULL, TACHO_SEGMENT_HEADER_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
        if (page != MAP_FAILED) {
            tacho_segment_header *header = page;
            if (memcmp(header->magic, TACHO_SEGMENT_MAGIC, sizeof header->magic) == 0) { extend(descriptor, header); }
            munmap(page, TACHO_SEGMENT_HEADER_BYTES);
        }
    }
    close(descriptor);
}

static void *work(void *value) {
    tacho_ahead *ahead = value;
    while (!atomic_load(&ahead->ends)) {
        uint32_t windows = atomic_load(&ahead->control->windows);
        DIR *folder = opendir(ahead->folder);
        if (folder != NULL) {
            for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
                look_at(dirfd(folder), entry->d_name);
            }
            closedir(folder);
        }
        if (atomic_load(&ahead->ends)) { break; }
        syscall(SYS_futex, &ahead->control->windows, FUTEX_WAIT, windows, NULL, NULL, 0);
    }
    return NULL;
}

tacho_ahead *tacho_ahead_start(tacho_control *control, const char *folder) {
    tacho_ahead *ahead = calloc(1, sizeof *ahead);
    if (ahead == NULL) { return NULL; }
    ahead->control = control;
    ahead->folder = strdup(folder);
    if (ahead->folder == NULL || pthread_create(&ahead->thread, NULL, work, ahead) != 0) {
        free(ahead->folder);
        free(ahead);
        return NULL;
    }
    return ahead;
}

void tacho_ahead_stop(tacho_ahead *ahead) {
    if (ahead == NULL) { return; }
    atomic_store(&ahead->ends, 1);
    tacho_control_window_changed(ahead->control);
    pthread_join(ahead->thread, NULL);
    free(ahead->folder);
    free(ahead);
}
