/* What is used of NVML, as its header lays it out on 64-bit Linux.
 * Reference: nvml.h of the nvidia-nvml-dev wheel; Tests/Fixtures/trace/sampler_layout.c asserts this against it. */
#ifndef TACHO_NVML_ABI_H
#define TACHO_NVML_ABI_H

#include <stddef.h>

enum { NVML_OK = 0, NVML_NOT_SUPPORTED = 3, NVML_NO_PERMISSION = 4 };
enum { NVML_SM_CLOCK = 1, NVML_MEMORY_CLOCK = 2, NVML_DIE_TEMPERATURE = 0, NVML_PCIE_OUT = 0, NVML_PCIE_IN = 1 };

typedef struct nvml_pci {
    char legacy[16];
    unsigned domain;
    unsigned bus;
    unsigned device;
    unsigned identifier;
    unsigned subsystem;
    char text[32];
} nvml_pci;

typedef struct nvml_utilization {
    unsigned gpu;
    unsigned memory;
} nvml_utilization;

typedef struct nvml_memory {
    unsigned long long total;
    unsigned long long free;
    unsigned long long used;
} nvml_memory;

#endif
