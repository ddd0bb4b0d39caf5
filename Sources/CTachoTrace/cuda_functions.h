/* What CUDA's functions do, as far as a trace must know it. */
#ifndef TACHO_CUDA_FUNCTIONS_H
#define TACHO_CUDA_FUNCTIONS_H

#pragma GCC visibility push(hidden)

typedef enum tacho_cuda_function {
    /* Only reads or sets what the calling thread or a handle knows: it gives the device nothing to do and waits for nothing.
     * PyTorch calls such functions ten times for every kernel, and to record one takes longer than it does. */
    TACHO_CUDA_ASKS_THE_HOST,
    TACHO_CUDA_IS_RECORDED,
    /* The host waits for the context's work, for a stream's, for an event; a stream waits for an event. */
    TACHO_CUDA_WAITS_FOR_CONTEXT,
    TACHO_CUDA_WAITS_FOR_STREAM,
    TACHO_CUDA_WAITS_FOR_EVENT,
    TACHO_CUDA_STREAM_WAITS_FOR_EVENT
} tacho_cuda_function;

/* By the function's name, with or without the suffixes that tell its variants apart. */
tacho_cuda_function tacho_cuda_function_of(const char *name);

#pragma GCC visibility pop

#endif
