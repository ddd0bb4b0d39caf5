// Counts this process's allocations, a thread at a time. Linked into the benchmark alone.
#pragma once
#include <stdint.h>

/// Allocations (malloc, calloc, realloc, aligned ones) of the calling thread so far.
uint64_t tacho_malloc_count(void);
