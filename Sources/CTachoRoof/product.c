#define _GNU_SOURCE
#include "rounds.h"
#include "tacho_roof.h"

#include <errno.h>
#include <stdlib.h>

/* A's blocks (at most 16 x 14 x 256 numbers) lie in the second-level cache, a panel of B (256 x 32) in the first. */
enum { DEPTH = 256, BLOCKS = 16, PANELS = 8, MOST_ROWS = 14, MOST_LANES = 16 };

/* Multiply and add may become one instruction, as in every library that is compared with the roof. */
#pragma STDC FP_CONTRACT ON

#if defined(__x86_64__)
#include <cpuid.h>

#define KERNEL product_avx512
#define LANES 16
#define ROWS 14
#define TARGET __attribute__((target("avx512f")))
#include "product_kernel.h"

#define KERNEL product_avx2
#define LANES 8
#define ROWS 6
#define TARGET __attribute__((target("avx2,fma")))
#include "product_kernel.h"
#elif defined(__aarch64__)
#define KERNEL product_neon
#define LANES 4
#define ROWS 12
#define TARGET
#include "product_kernel.h"
#endif

#define KERNEL product_portable
#define LANES 4
#define ROWS 6
#define TARGET
#include "product_kernel.h"

typedef struct variant {
    const char *name;
    void (*run)(const float *, const float *, float *);
    int rows, lanes;
} variant;

#if defined(__x86_64__)
/* Which of the register sets the operating system saves: bits of XCR0. */
static uint64_t saved_registers(void) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}
#endif

static variant best_variant(void) {
#if defined(__x86_64__)
    unsigned a, b, c, d;
    if (__get_cpuid(1, &a, &b, &c, &d) && (c & bit_OSXSAVE) && (c & bit_FMA)) {
        uint64_t saved = saved_registers();
        if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
            if ((b & bit_AVX512F) && (saved & 0xe6) == 0xe6)
                return (variant){"avx512", product_avx512, 14, 16};
            if ((b & bit_AVX2) && (saved & 0x6) == 0x6) return (variant){"avx2", product_avx2, 6, 8};
        }
    }
#elif defined(__aarch64__)
    return (variant){"neon", product_neon, 12, 4};
#endif
    return (variant){"portable", product_portable, 6, 4};
}

const char *tacho_roof_instructions(void) { return best_variant().name; }

typedef struct workplace {
    float *a, *b, *c;
} workplace;

typedef struct product_work {
    variant variant;
    workplace *places;
    int64_t repeats;
} product_work;

static float *numbers(size_t count, float first) {
    float *values = NULL;
    if (posix_memalign((void **)&values, 64, count * sizeof(float)) != 0) return NULL;
    /* Small and neither zero nor denormal; sums of 256 products stay near one. */
    for (size_t index = 0; index < count; index++) values[index] = first / (float)(1 + index % 7);
    return values;
}

static int prepare(void *context, int thread) {
    product_work *work = context;
    workplace *place = &work->places[thread];
    place->a = numbers((size_t)BLOCKS * DEPTH * MOST_ROWS, 0.0625f);
    place->b = numbers((size_t)PANELS * DEPTH * 2 * MOST_LANES, 0.0625f);
    place->c = numbers((size_t)PANELS * BLOCKS * MOST_ROWS * 2 * MOST_LANES, 0);
    return place->a && place->b && place->c ? 0 : ENOMEM;
}

static void multiply(void *context, int thread) {
    product_work *work = context;
    workplace *place = &work->places[thread];
    for (int64_t repeat = 0; repeat < work->repeats; repeat++) {
        work->variant.run(place->a, place->b, place->c);
        /* The result counts as used, so that no repetition can be left out. */
        __asm__ volatile("" : : "r"(place->c) : "memory");
    }
}

static void clean(product_work *work, int threads) {
    for (int thread = 0; thread < threads; thread++) {
        free(work->places[thread].a);
        free(work->places[thread].b);
        free(work->places[thread].c);
    }
    free(work->places);
}

/* How often the product fits into a round, found by doubling on one thread. */
static int64_t repeats_for(int64_t round_ns, product_work *work) {
    work->repeats = 1;
    for (;;) {
        int64_t start = tacho_roof_now();
        multiply(work, 0);
        int64_t took = tacho_roof_now() - start;
        if (took >= round_ns / 4 || work->repeats > INT64_C(1) << 40)
            return took > 0 ? 1 + (int64_t)((double)work->repeats * (double)round_ns / (double)took) : 1;
        work->repeats *= 2;
    }
}

int tacho_roof_product(
    int threads, int rounds, int64_t round_ns, int64_t *durations_ns, double *operations) {
    if (threads < 1 || rounds < 1 || round_ns < 1) return EINVAL;
    product_work work = {.variant = best_variant(), .places = calloc((size_t)threads, sizeof(workplace))};
    if (!work.places) return ENOMEM;
    int problem = prepare(&work, 0);
    if (!problem) {
        work.repeats = repeats_for(round_ns, &work);
        free(work.places[0].a);
        free(work.places[0].b);
        free(work.places[0].c);
        work.places[0] = (workplace){0};
        problem = tacho_roof_rounds(threads, rounds, prepare, multiply, &work, durations_ns);
    }
    double once = 2.0 * PANELS * BLOCKS * DEPTH * work.variant.rows * 2 * work.variant.lanes;
    *operations = once * (double)work.repeats * threads;
    clean(&work, threads);
    return problem;
}
