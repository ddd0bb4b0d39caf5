#define _GNU_SOURCE
#include "tacho_segment.h"

#include "tacho_monotonic.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* A window holds 43,690 plain queries; a longer recording pays one remapping (about 0.2 ms) for each of them,
 * always between two queries. Windows keep the resident memory of a recording constant. */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14; the C library's headers may be older */
#endif

#define WINDOW_BYTES (1u << 20)
#define RETRY_EVERY 1000u

static int64_t wall_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* A file that outgrew the limit would cost the program a SIGXFSZ, so the limit is asked first. */
static int reserve_space(int descriptor, off_t offset, uint64_t bytes) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && (uint64_t)offset + bytes > limit.rlim_cur) { return EFBIG; }
    int error;
    do { error = posix_fallocate(descriptor, offset, (off_t)bytes); } while (error == EINTR);
    return error;
}

/* Space is reserved before it is mapped: a store into a hole of a full file system would be a SIGBUS. */
static int map_window(tacho_segment_writer *writer, uint64_t offset) {
    uint64_t bytes = writer->next_window_bytes;
    int descriptor = writer->descriptor;
    if (writer->path != NULL) {
        descriptor = open(writer->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        if (descriptor < 0) { return errno; }
    }
    off_t place = (off_t)(TACHO_SEGMENT_HEADER_BYTES + offset);
    void *window = MAP_FAILED;
    int error = reserve_space(descriptor, place, bytes);
    if (error == 0) {
        window = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, place);
        if (window == MAP_FAILED) { error = errno == ENOMEM ? EAGAIN : errno; }
    }
    /* Populating a shared mapping makes its pages readable only: the first store to each would be another fault. Kernels
     * before 5.14 do not know this advice, and take the faults. */
    if (error == 0) { madvise(window, bytes, MADV_POPULATE_WRITE); }
    if (writer->path != NULL) { close(descriptor); }
    if (error != 0) { return error; }
    if (writer->window != NULL) { munmap(writer->window, writer->window_bytes); }
    writer->window = window;
    writer->window_offset = offset;
    writer->window_bytes = bytes;
    writer->cursor = writer->window + (writer->committed - offset);
    writer->window_end = writer->window + bytes;
    if (writer->next_window_bytes < writer->greatest_window_bytes) { writer->next_window_bytes *= 2; }
    return 0;
}

static int create(
    tacho_segment_writer *writer, const char *path, uint32_t launch, uint32_t stream, const char *name,
    uint64_t first_bytes, uint64_t greatest_bytes) {
    memset(writer, 0, sizeof *writer);
    writer->next_window_bytes = first_bytes;
    writer->greatest_window_bytes = greatest_bytes;
    writer->descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (writer->descriptor < 0) { return errno; }

    int error = reserve_space(writer->descriptor, 0, TACHO_SEGMENT_HEADER_BYTES);
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
        writer->header->opened_ns = tacho_monotonic_ns();
        writer->header->wall_offset_ns = wall_ns() - writer->header->opened_ns;
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

int tacho_segment_create(
    tacho_segment_writer *writer, const char *path, uint32_t launch, uint32_t stream, const char *name) {
    return create(writer, path, launch, stream, name, WINDOW_BYTES, WINDOW_BYTES);
}

int tacho_segment_create_guest(
    tacho_segment_writer *writer, const char *path, uint32_t launch, uint32_t stream, const char *name,
    uint64_t first_bytes, uint64_t greatest_bytes) {
    int error = create(writer, path, launch, stream, name, first_bytes, greatest_bytes);
    if (error != 0) { return error; }
    close(writer->descriptor);
    writer->descriptor = -1;
    writer->path = path;
    return 0;
}

void tacho_segment_discard(tacho_segment_writer *writer, uint64_t offset) {
    if (writer->header == NULL || writer->path == NULL || offset > writer->window_offset) { return; }
    const uint64_t page = TACHO_SEGMENT_HEADER_BYTES;
    uint64_t before = atomic_load_explicit(&writer->header->discarded, memory_order_relaxed) & ~(page - 1);
    uint64_t after = offset & ~(page - 1);
    if (after <= before) { return; }
    int descriptor = open(writer->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0) { return; }
    /* Readers are told first: what they then still find is whole or zero. */
    atomic_store_explicit(&writer->header->discarded, offset, memory_order_release);
    fallocate(
        descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)(TACHO_SEGMENT_HEADER_BYTES + before),
        (off_t)(after - before));
    close(descriptor);
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
    if (writer->path != NULL) {
        writer->descriptor = open(writer->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        if (writer->descriptor < 0) { error = errno; }
    }
    if (error == 0) {
        /* Before the cut: whoever lengthens files ahead looks at this, and cuts again what it lengthened meanwhile. */
        atomic_store_explicit(&writer->header->state, TACHO_SEGMENT_CLOSED, memory_order_release);
        if (ftruncate(writer->descriptor, (off_t)(TACHO_SEGMENT_HEADER_BYTES + writer->committed)) != 0) { error = errno; }
    }
    munmap(writer->header, TACHO_SEGMENT_HEADER_BYTES);
    if (writer->descriptor >= 0 && close(writer->descriptor) != 0 && error == 0) { error = errno; }
    memset(writer, 0, sizeof *writer);
    writer->descriptor = -1;
    return error;
}
