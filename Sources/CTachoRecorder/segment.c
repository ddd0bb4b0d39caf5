#define _GNU_SOURCE
#include "tacho_segment.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* A window holds 43,690 plain queries; a longer recording pays one remapping (about 0.2 ms) for each of them,
 * always between two queries. Windows keep the resident memory of a recording constant. */
#define WINDOW_BYTES (1u << 20)
#define RETRY_EVERY 1000u

static int64_t read_clock(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* Space is reserved before it is mapped: a store into a hole of a full file system would be a SIGBUS. */
static int map_window(tacho_segment_writer *writer, uint64_t offset) {
    int error = posix_fallocate(writer->descriptor, (off_t)(TACHO_SEGMENT_HEADER_BYTES + offset), WINDOW_BYTES);
    if (error != 0) { return error; }
    void *window = mmap(
        NULL, WINDOW_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, writer->descriptor,
        (off_t)(TACHO_SEGMENT_HEADER_BYTES + offset));
    if (window == MAP_FAILED) { return errno == ENOMEM ? EAGAIN : errno; }
    if (writer->window != NULL) { munmap(writer->window, writer->window_bytes); }
    writer->window = window;
    writer->window_offset = offset;
    writer->window_bytes = WINDOW_BYTES;
    writer->cursor = writer->window + (writer->committed - offset);
    writer->window_end = writer->window + WINDOW_BYTES;
    return 0;
}

int tacho_segment_create(
    tacho_segment_writer *writer, const char *path, uint32_t launch, uint32_t stream, const char *name) {
    memset(writer, 0, sizeof *writer);
    writer->descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (writer->descriptor < 0) { return errno; }

    int error = posix_fallocate(writer->descriptor, 0, TACHO_SEGMENT_HEADER_BYTES);
    void *header = MAP_FAILED;
    if (error == 0) {
        header = mmap(
            NULL, TACHO_SEGMENT_HEADER_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
            writer->descriptor, 0);
        if (header == MAP_FAILED) { error = errno; }
    }
    if (error == 0) {
        writer->header = header;
        writer->header->version = TACHO_SEGMENT_VERSION;
        writer->header->header_bytes = TACHO_SEGMENT_HEADER_BYTES;
        writer->header->opened_ns = read_clock(CLOCK_MONOTONIC);
        writer->header->wall_offset_ns = read_clock(CLOCK_REALTIME) - writer->header->opened_ns;
        writer->header->process_id = (uint32_t)getpid();
        writer->header->thread_id = (uint32_t)syscall(SYS_gettid);
        writer->header->launch = launch;
        writer->header->stream = stream;
        strncpy(writer->header->name, name, TACHO_SEGMENT_NAME_BYTES - 1);
        error = map_window(writer, 0);
    }
    if (error == 0) {
        /* The magic goes in last: a header without it was never finished. */
        memcpy(writer->header->magic, TACHO_SEGMENT_MAGIC, sizeof writer->header->magic);
        return 0;
    }
    if (header != MAP_FAILED) { munmap(header, TACHO_SEGMENT_HEADER_BYTES); }
    close(writer->descriptor);
    unlink(path);
    memset(writer, 0, sizeof *writer);
    writer->descriptor = -1;
    return error;
}

int tacho_segment_advance(tacho_segment_writer *writer, uint64_t size) {
    /* On a full file system only every thousandth record asks again: the loop must not turn into system calls. */
    if (writer->refused_reason != 0 && ++writer->refused < RETRY_EVERY) {
        atomic_fetch_add_explicit(
            &writer->header->dropped[writer->refused_reason - 1], 1, memory_order_relaxed);
        return (int)writer->refused_reason;
    }
    writer->refused = 0;
    writer->refused_reason = 0;
    /* Windows start on page boundaries; the page of the cursor is mapped again, so a record may straddle. */
    uint64_t offset = writer->committed & ~(uint64_t)(TACHO_SEGMENT_HEADER_BYTES - 1);
    int error = writer->header == NULL ? EBADF : map_window(writer, offset);
    if (error == 0 && (uint64_t)(writer->window_end - writer->cursor) >= size) { return 0; }
    enum tacho_drop_reason reason =
        error == ENOSPC || error == EFBIG || error == EDQUOT ? TACHO_DROP_NO_SPACE : TACHO_DROP_MAPPING;
    if (writer->header != NULL) {
        atomic_fetch_add_explicit(&writer->header->dropped[reason], 1, memory_order_relaxed);
    }
    writer->refused_reason = reason + 1;
    return (int)writer->refused_reason;
}

int tacho_segment_close(tacho_segment_writer *writer) {
    if (writer->header == NULL) { return EBADF; }
    int error = 0;
    munmap(writer->window, writer->window_bytes);
    if (ftruncate(writer->descriptor, (off_t)(TACHO_SEGMENT_HEADER_BYTES + writer->committed)) != 0) {
        error = errno;
    }
    atomic_store_explicit(&writer->header->state, TACHO_SEGMENT_CLOSED, memory_order_release);
    munmap(writer->header, TACHO_SEGMENT_HEADER_BYTES);
    if (close(writer->descriptor) != 0 && error == 0) { error = errno; }
    memset(writer, 0, sizeof *writer);
    writer->descriptor = -1;
    return error;
}
