#include "cuda_functions.h"

#include <stdlib.h>
#include <string.h>

/* In the order of the alphabet, without the suffixes of versions and of the default stream's variants.
 * Reference: the descriptions of the functions in "CUDA Runtime API" and "CUDA Driver API". Not among them, though they only
 * ask: what may load code (cudaFuncGetAttributes, cuModuleGetFunction, cuLibraryGetKernel), make a context or initialise the
 * driver (cudaSetDevice, cudaGetDeviceCount), ask the device (cudaMemGetInfo, cudaEventQuery, cudaStreamQuery) or take
 * milliseconds (cudaGetDeviceProperties). Where one of these is the first call of all and so has to initialise something, the
 * driver's calls inside it are recorded, since it is not. */
static const char *const left_out[] = {
    "__cudaPopCallConfiguration",
    "__cudaPushCallConfiguration",
    "cuCtxGetApiVersion",
    "cuCtxGetCurrent",
    "cuCtxGetDevice",
    "cuCtxGetFlags",
    "cuCtxGetId",
    "cuCtxGetStreamPriorityRange",
    "cuCtxPopCurrent",
    "cuCtxPushCurrent",
    "cuCtxSetCurrent",
    "cuDeviceGet",
    "cuDeviceGetAttribute",
    "cuDeviceGetCount",
    "cuDeviceGetDefaultMemPool",
    "cuDeviceGetMemPool",
    "cuDevicePrimaryCtxGetState",
    "cuDriverGetVersion",
    "cuFuncGetAttribute",
    "cuFuncGetModule",
    "cuFuncGetName",
    "cuFuncGetParamInfo",
    "cuGetErrorName",
    "cuGetErrorString",
    "cuGetExportTable",
    "cuGetProcAddress",
    "cuKernelGetAttribute",
    "cuKernelGetLibrary",
    "cuKernelGetName",
    "cuKernelGetParamInfo",
    "cuMemGetAddressRange",
    "cuModuleGetLoadingMode",
    "cuOccupancyAvailableDynamicSMemPerBlock",
    "cuOccupancyMaxActiveBlocksPerMultiprocessor",
    "cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags",
    "cuOccupancyMaxActiveClusters",
    "cuOccupancyMaxPotentialClusterSize",
    "cuPointerGetAttribute",
    "cuPointerGetAttributes",
    "cuStreamGetAttribute",
    "cuStreamGetCaptureInfo",
    "cuStreamGetCtx",
    "cuStreamGetDevice",
    "cuStreamGetFlags",
    "cuStreamGetId",
    "cuStreamGetPriority",
    "cuStreamIsCapturing",
    "cuThreadExchangeStreamCaptureMode",
    "cudaDeviceGetAttribute",
    "cudaDeviceGetDefaultMemPool",
    "cudaDeviceGetMemPool",
    "cudaDeviceGetStreamPriorityRange",
    "cudaDriverGetVersion",
    "cudaGetDevice",
    "cudaGetDeviceFlags",
    "cudaGetDriverEntryPoint",
    "cudaGetDriverEntryPointByVersion",
    "cudaGetErrorName",
    "cudaGetErrorString",
    "cudaGetLastError",
    "cudaOccupancyAvailableDynamicSMemPerBlock",
    "cudaOccupancyMaxActiveBlocksPerMultiprocessor",
    "cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags",
    "cudaOccupancyMaxActiveClusters",
    "cudaOccupancyMaxPotentialClusterSize",
    "cudaPeekAtLastError",
    "cudaPointerGetAttributes",
    "cudaRuntimeGetVersion",
    "cudaStreamGetAttribute",
    "cudaStreamGetCaptureInfo",
    "cudaStreamGetDevice",
    "cudaStreamGetFlags",
    "cudaStreamGetId",
    "cudaStreamGetPriority",
    "cudaStreamIsCapturing",
    "cudaThreadExchangeStreamCaptureMode",
};

enum { LEFT_OUT = sizeof left_out / sizeof left_out[0], LONGEST = 96 };

static const struct {
    const char *name;
    tacho_cuda_function what;
} waits[] = {
    {"cudaDeviceSynchronize", TACHO_CUDA_WAITS_FOR_CONTEXT},  {"cudaThreadSynchronize", TACHO_CUDA_WAITS_FOR_CONTEXT},
    {"cuCtxSynchronize", TACHO_CUDA_WAITS_FOR_CONTEXT},       {"cudaStreamSynchronize", TACHO_CUDA_WAITS_FOR_STREAM},
    {"cuStreamSynchronize", TACHO_CUDA_WAITS_FOR_STREAM},     {"cudaEventSynchronize", TACHO_CUDA_WAITS_FOR_EVENT},
    {"cuEventSynchronize", TACHO_CUDA_WAITS_FOR_EVENT},       {"cudaStreamWaitEvent", TACHO_CUDA_STREAM_WAITS_FOR_EVENT},
    {"cuStreamWaitEvent", TACHO_CUDA_STREAM_WAITS_FOR_EVENT},
};

/* Takes the suffixes off that tell variants of a function apart: _v2, _v11030, _ptsz, _ptds. */
static void take_suffixes_off(char *name) {
    for (;;) {
        char *last = strrchr(name, '_');
        if (last == NULL || last == name) { return; }
        int is_version = last[1] == 'v' && last[2] != 0 && strspn(last + 2, "0123456789") == strlen(last + 2);
        if (!is_version && strcmp(last, "_ptsz") != 0 && strcmp(last, "_ptds") != 0) { return; }
        *last = 0;
    }
}

static int compare(const void *name, const void *entry) { return strcmp(name, *(const char *const *)entry); }

tacho_cuda_function tacho_cuda_function_of(const char *name) {
    char base[LONGEST];
    size_t length = strlen(name);
    if (length >= sizeof base) { return TACHO_CUDA_IS_RECORDED; }
    memcpy(base, name, length + 1);
    take_suffixes_off(base);
    if (bsearch(base, left_out, LEFT_OUT, sizeof left_out[0], compare) != NULL) { return TACHO_CUDA_ASKS_THE_HOST; }
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        if (strcmp(base, waits[i].name) == 0) { return waits[i].what; }
    }
    return TACHO_CUDA_IS_RECORDED;
}
