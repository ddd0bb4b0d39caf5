/* The library that NVTX and the CUDA driver load into a traced program: libtacho_inject.so.
 *
 * Nobody links against it. NVTX finds InitializeInjectionNvtx2 through NVTX_INJECTION64_PATH, the CUDA driver finds
 * InitializeInjection through CUDA_INJECTION64_PATH; both then record into the folder that TACHO_TRACE_FOLDER names.
 */
#ifndef TACHO_INJECT_H
#define TACHO_INJECT_H

#include <stdint.h>

/* NVTX's way in: overwrites its functions with recording ones. Returns 1, or 0 where nothing is to be recorded.
 * Thread rule: NVTX calls it under its own lock, once for each copy of NVTX in the process. */
__attribute__((visibility("default"))) int InitializeInjectionNvtx2(const void *(*get_export_table)(uint32_t));

/* The way in of NVTX's extensions, of which the one for payloads is known. Takes nvtxExtModuleInfo_t. Returns 1, or 0 where
 * nothing is to be recorded of it. */
__attribute__((visibility("default"))) int InitializeInjectionNvtxExtension(void *information);

/* The CUDA driver's way in, called once, at cuInit. Returns 1. */
__attribute__((visibility("default"))) int InitializeInjection(void);

/* Has CUPTI hand over what it still holds. For programs of ours that leave by _exit, which no handler hears. */
__attribute__((visibility("default"))) void TachoInjectFlush(void);

#endif
