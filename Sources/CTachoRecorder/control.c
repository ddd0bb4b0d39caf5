#define _GNU_SOURCE
#include "tacho_control.h"
#include "tacho_monotonic.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <x86intrin.h>
#endif

int tacho_clock_is_invariant(void) {
#if defined(__x86_64__)
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid(0x80000000u, &a, &b, &c, &d) == 0 || a < 0x80000007u) { return 0; }
    if (__get_cpuid(0x80000007u, &a, &b, &c, &d) == 0) { return 0; }
    return (d >> 8) & 1u;
#else
    return 0;
#endif
}

uint64_t tacho_clock_read(uint32_t clock) {
#if defined(__x86_64__)
    if (clock == TACHO_CLOCK_TSC) { return __rdtsc(); }
#endif
    (void)clock;
    return (uint64_t)tacho_monotonic_ns();
}

tacho_clock_pair tacho_clock_read_pair(uint32_t clock) {
    tacho_clock_pair best = {0, 0};
    if (clock != TACHO_CLOCK_TSC) {
        best.monotonic_ns = tacho_monotonic_ns();
        best.ticks = (uint64_t)best.monotonic_ns;
        return best;
    }
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < 5; i++) {
        uint64_t before = tacho_clock_read(clock);
        int64_t time = tacho_monotonic_ns();
        uint64_t after = tacho_clock_read(clock);
        if (after - before < least) {
            least = after - before;
            best.ticks = before + (after - before) / 2;
            best.monotonic_ns = time;
        }
    }
    return best;
}

static int map(int descriptor, tacho_control **control) {
    void *page =
        mmap(NULL, TACHO_CONTROL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, descriptor, 0);
    if (page == MAP_FAILED) { return errno; }
    *control = page;
    return 0;
}

int tacho_control_create(const char *path, const tacho_trace_settings *settings, tacho_control **control) {
    int descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (descriptor < 0) { return errno; }
    int error = posix_fallocate(descriptor, 0, TACHO_CONTROL_BYTES);
    if (error == 0) { error = map(descriptor, control); }
    close(descriptor);
    if (error != 0) {
        unlink(path);
        return error;
    }
    (*control)->version = TACHO_CONTROL_VERSION;
    (*control)->settings = *settings;
    tacho_control_add_clock_pair(*control);
    atomic_thread_fence(memory_order_release);
    memcpy((*control)->magic, TACHO_CONTROL_MAGIC, sizeof (*control)->magic);
    return 0;
}

int tacho_control_open(const char *path, tacho_control **control) {
    int descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0) { return errno; }
    struct stat status;
    int error = fstat(descriptor, &status) != 0 ? errno : 0;
    if (error == 0 && status.st_size < (off_t)TACHO_CONTROL_BYTES) { error = EINVAL; }
    if (error == 0) { error = map(descriptor, control); }
    close(descriptor);
    if (error != 0) { return error; }
    if (memcmp((*control)->magic, TACHO_CONTROL_MAGIC, 8) != 0 || (*control)->version != TACHO_CONTROL_VERSION) {
        tacho_control_release(*control);
        return EINVAL;
    }
    return 0;
}

void tacho_control_release(tacho_control *control) { munmap(control, TACHO_CONTROL_BYTES); }

void tacho_control_set_collecting(tacho_control *control, int is_collecting) {
    uint32_t wanted = is_collecting ? 1 : 0;
    if (atomic_exchange(&control->is_collecting, wanted) == wanted) { return; }
    atomic_store(&control->changed, tacho_clock_read(control->settings.clock));
    atomic_fetch_add(&control->generation, 1);
    /* Threads of traced processes sleep on it, to turn their devices' recorders on and off. */
    syscall(SYS_futex, &control->generation, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

void tacho_control_follow(tacho_control *control) { atomic_store(&control->follower, (uint32_t)getpid()); }

void tacho_control_set_followed(tacho_control *control, uint32_t generation) {
    atomic_store(&control->followed, generation);
    syscall(SYS_futex, &control->followed, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

int tacho_control_wait_followed(tacho_control *control, uint32_t milliseconds) {
    if (atomic_load(&control->follower) != (uint32_t)getpid()) { return ENOENT; }
    int64_t end = tacho_monotonic_ns() + (int64_t)milliseconds * 1000000;
    uint32_t wanted = atomic_load(&control->generation);
    for (;;) {
        uint32_t followed = atomic_load(&control->followed);
        /* Generations only grow; a later one followed this one too. */
        if ((int32_t)(followed - wanted) >= 0) { return 0; }
        int64_t left = end - tacho_monotonic_ns();
        if (left <= 0) { return ETIMEDOUT; }
        struct timespec time = {left / 1000000000, left % 1000000000};
        syscall(SYS_futex, &control->followed, FUTEX_WAIT, followed, &time, NULL, 0);
    }
}

void tacho_control_window_changed(tacho_control *control) {
    atomic_fetch_add(&control->windows, 1);
    syscall(SYS_futex, &control->windows, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

int tacho_control_is_collecting(const tacho_control *control) {
    return atomic_load(&((tacho_control *)(uintptr_t)control)->is_collecting) != 0;
}

uint32_t tacho_control_clock(const tacho_control *control) { return control->settings.clock; }

uint32_t tacho_control_captures_begun(const tacho_control *control) {
    return atomic_load(&((tacho_control *)(uintptr_t)control)->captures_begun);
}

uint32_t tacho_control_processes(const tacho_control *control) {
    return atomic_load(&((tacho_control *)(uintptr_t)control)->processes);
}

uint64_t tacho_control_lost_threads(const tacho_control *control) {
    return atomic_load(&((tacho_control *)(uintptr_t)control)->lost_threads);
}

void tacho_control_close(tacho_control *control) {
    atomic_store(&control->is_closed, 1);
    tacho_control_set_collecting(control, 0);
}

void tacho_control_add_clock_pair(tacho_control *control) {
    uint32_t count = atomic_load(&control->clock_pairs);
    uint32_t index = count < TACHO_CLOCK_PAIRS ? count : TACHO_CLOCK_PAIRS - 1;
    control->pairs[index] = tacho_clock_read_pair(control->settings.clock);
    if (count < TACHO_CLOCK_PAIRS) { atomic_store(&control->clock_pairs, count + 1); }
}

uint32_t tacho_control_copy_clock_pairs(const tacho_control *control, tacho_clock_pair *pairs) {
    uint32_t count = atomic_load(&((tacho_control *)(uintptr_t)control)->clock_pairs);
    if (count > TACHO_CLOCK_PAIRS) { count = TACHO_CLOCK_PAIRS; }
    memcpy(pairs, control->pairs, count * sizeof *pairs);
    return count;
}
