/* What is used of CUPTI's PM sampling and of its profiler's host part, as the headers lay them out on 64-bit Linux.
 * Reference: cupti_pmsampling.h, cupti_profiler_host.h, cupti_profiler_target.h and cupti_target.h of the nvidia-cuda-cupti
 * wheel; Tests/Fixtures/trace/sampler_layout.c asserts this against them. Every structure starts with its own size. */
#ifndef TACHO_PM_ABI_H
#define TACHO_PM_ABI_H

#include <stddef.h>
#include <stdint.h>

enum {
    PM_OK = 0,
    PM_INVALID_CONTEXT = 3,
    PM_OVERFLOW = 8,      /* CUPTI_ERROR_OUT_OF_MEMORY: how decoding says that the hardware's buffer ran over */
    PM_NOT_SUPPORTED = 27,
    PM_INSUFFICIENT_PRIVILEGES = 35,
    PM_VIRTUALIZED_INSUFFICIENT_PRIVILEGES = 40,
    PM_KIND = 1,          /* of a host object: PM sampling */
    PM_BY_CYCLES = 0,     /* triggers */
    PM_BY_TIME = 1,
    PM_KEEP_OLDEST = 0,
    PM_STOP_FULL = 1      /* why decoding stopped: the image is full */
};

typedef struct pm_initialize { size_t size; void *reserved; } pm_initialize;
typedef struct pm_chip { size_t size; void *reserved; size_t device; const char *name; } pm_chip;
typedef struct pm_availability { size_t size; void *reserved; size_t device; size_t bytes; uint8_t *image; } pm_availability;
typedef struct pm_host {
    size_t size; void *reserved; int kind; const char *chip; const uint8_t *availability; void *object; const char *set;
} pm_host;
typedef struct pm_host_end { size_t size; void *reserved; void *object; } pm_host_end;
typedef struct pm_add { size_t size; void *reserved; void *object; const char **names; size_t count; } pm_add;
typedef struct pm_config_size { size_t size; void *reserved; void *object; size_t bytes; } pm_config_size;
typedef struct pm_config { size_t size; void *reserved; void *object; size_t bytes; uint8_t *image; } pm_config;
typedef struct pm_passes { size_t size; void *reserved; size_t bytes; uint8_t *image; size_t passes; } pm_passes;
typedef struct pm_evaluate {
    size_t size; void *reserved; void *object; const uint8_t *image; size_t bytes; size_t index; const char **names;
    size_t count; double *values;
} pm_evaluate;
typedef struct pm_enable { size_t size; void *reserved; size_t device; void *object; } pm_enable;
typedef struct pm_object { size_t size; void *reserved; void *object; } pm_object; /* start, stop, disable */
typedef struct pm_set {
    size_t size; void *reserved; void *object; size_t bytes; const uint8_t *config; size_t buffer; uint64_t interval;
    int trigger; int append;
} pm_set;
typedef struct pm_data_size {
    size_t size; void *reserved; void *object; const char **names; size_t count; uint32_t samples; size_t bytes;
} pm_data_size;
typedef struct pm_data { size_t size; void *reserved; void *object; size_t bytes; uint8_t *image; } pm_data;
typedef struct pm_decode {
    size_t size; void *reserved; void *object; uint8_t *image; size_t bytes; int stopped; uint8_t overflow;
} pm_decode;
typedef struct pm_information {
    size_t size; void *reserved; const uint8_t *image; size_t bytes; size_t total; size_t populated; size_t completed;
} pm_information;
typedef struct pm_sample {
    size_t size; void *reserved; void *object; const uint8_t *image; size_t bytes; size_t index; uint64_t start; uint64_t end;
} pm_sample;

/* The sizes that CUPTI expects end with the last field, without padding. */
#define PM_SIZE(type, last) (offsetof(type, last) + sizeof(((type *)0)->last))

#endif
