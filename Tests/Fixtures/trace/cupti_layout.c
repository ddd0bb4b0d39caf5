/* Holds our words for CUPTI's records against CUPTI's own headers: it compiles, or a layout has changed. */
#include <cupti.h>

#include "cupti_abi.h"

#define SAME(ours, field, theirs, name) \
    _Static_assert(offsetof(ours, field) == offsetof(theirs, name), #theirs "." #name)
#define KERNEL(theirs) \
    SAME(cupti_kernel, registers, theirs, registersPerThread); SAME(cupti_kernel, start, theirs, start); \
    SAME(cupti_kernel, end, theirs, end); SAME(cupti_kernel, device, theirs, deviceId); \
    SAME(cupti_kernel, context, theirs, contextId); SAME(cupti_kernel, stream, theirs, streamId); \
    SAME(cupti_kernel, grid, theirs, gridX); SAME(cupti_kernel, block, theirs, blockX); \
    SAME(cupti_kernel, static_shared, theirs, staticSharedMemory); \
    SAME(cupti_kernel, dynamic_shared, theirs, dynamicSharedMemory); \
    SAME(cupti_kernel, local_per_thread, theirs, localMemoryPerThread); \
    SAME(cupti_kernel, correlation, theirs, correlationId); SAME(cupti_kernel, name, theirs, name); \
    SAME(cupti_kernel, graph_node, theirs, graphNodeId); SAME(cupti_kernel, graph, theirs, graphId)
#define COPY(theirs) \
    SAME(cupti_memcpy, copy_kind, theirs, copyKind); SAME(cupti_memcpy, source, theirs, srcKind); \
    SAME(cupti_memcpy, destination, theirs, dstKind); SAME(cupti_memcpy, flags, theirs, flags); \
    SAME(cupti_memcpy, bytes, theirs, bytes); SAME(cupti_memcpy, start, theirs, start); \
    SAME(cupti_memcpy, end, theirs, end); SAME(cupti_memcpy, device, theirs, deviceId); \
    SAME(cupti_memcpy, stream, theirs, streamId); SAME(cupti_memcpy, correlation, theirs, correlationId); \
    SAME(cupti_memcpy, graph_node, theirs, graphNodeId); SAME(cupti_memcpy, graph, theirs, graphId)
#define SET(theirs) \
    SAME(cupti_memset, value, theirs, value); SAME(cupti_memset, bytes, theirs, bytes); \
    SAME(cupti_memset, start, theirs, start); SAME(cupti_memset, stream, theirs, streamId); \
    SAME(cupti_memset, correlation, theirs, correlationId); SAME(cupti_memset, memory_kind, theirs, memoryKind); \
    SAME(cupti_memset, graph_node, theirs, graphNodeId); SAME(cupti_memset, graph, theirs, graphId)

KERNEL(CUpti_ActivityKernel7);
KERNEL(CUpti_ActivityKernel9);
KERNEL(CUpti_ActivityKernel13);
COPY(CUpti_ActivityMemcpy5);
COPY(CUpti_ActivityMemcpy7);
SET(CUpti_ActivityMemset4);
SET(CUpti_ActivityMemset5);
SAME(cupti_call, site, CUpti_CallbackData, callbackSite);
SAME(cupti_call, name, CUpti_CallbackData, functionName);
SAME(cupti_call, parameters, CUpti_CallbackData, functionParams);
SAME(cupti_call, result, CUpti_CallbackData, functionReturnValue);
SAME(cupti_call, context, CUpti_CallbackData, context);
SAME(cupti_call, context_number, CUpti_CallbackData, contextUid);
SAME(cupti_call, correlation, CUpti_CallbackData, correlationId);
_Static_assert((int)CUPTI_CALL_LEFT == (int)CUPTI_API_EXIT, "site of a callback");
_Static_assert((int)CUPTI_SYNCHRONIZATION_CONTEXT == (int)CUPTI_ACTIVITY_SYNCHRONIZATION_TYPE_CONTEXT_SYNCHRONIZE, "waits");
SAME(cupti_api, callback, CUpti_ActivityAPI, cbid);
SAME(cupti_api, start, CUpti_ActivityAPI, start);
SAME(cupti_api, thread, CUpti_ActivityAPI, threadId);
SAME(cupti_api, correlation, CUpti_ActivityAPI, correlationId);
SAME(cupti_api, result, CUpti_ActivityAPI, returnValue);
SAME(cupti_overhead, overhead, CUpti_ActivityOverhead3, overheadKind);
SAME(cupti_overhead, start, CUpti_ActivityOverhead3, start);
SAME(cupti_synchronization, type, CUpti_ActivitySynchronization2, type);
SAME(cupti_synchronization, start, CUpti_ActivitySynchronization2, start);
SAME(cupti_synchronization, correlation, CUpti_ActivitySynchronization2, correlationId);
SAME(cupti_synchronization, stream, CUpti_ActivitySynchronization2, streamId);
SAME(cupti_graph, correlation, CUpti_ActivityGraphTrace2, correlationId);
SAME(cupti_graph, start, CUpti_ActivityGraphTrace2, start);
SAME(cupti_graph, graph, CUpti_ActivityGraphTrace2, graphId);
SAME(cupti_graph, stream, CUpti_ActivityGraphTrace2, streamId);
#define MEMORY(theirs) \
    SAME(cupti_memory, operation, theirs, memoryOperationType); SAME(cupti_memory, memory_kind, theirs, memoryKind); \
    SAME(cupti_memory, correlation, theirs, correlationId); SAME(cupti_memory, address, theirs, address); \
    SAME(cupti_memory, bytes, theirs, bytes); SAME(cupti_memory, time, theirs, timestamp); \
    SAME(cupti_memory, device, theirs, deviceId); SAME(cupti_memory, pool, theirs, memoryPoolConfig.address)
#define POOL(theirs) \
    SAME(cupti_memory_pool, operation, theirs, memoryPoolOperationType); \
    SAME(cupti_memory_pool, device, theirs, deviceId); SAME(cupti_memory_pool, address, theirs, address); \
    SAME(cupti_memory_pool, bytes, theirs, size); SAME(cupti_memory_pool, time, theirs, timestamp)

MEMORY(CUpti_ActivityMemory2);
MEMORY(CUpti_ActivityMemory4);
POOL(CUpti_ActivityMemoryPool);
POOL(CUpti_ActivityMemoryPool3);
_Static_assert(CUPTI_KIND_MEMORY2 == (int)CUPTI_ACTIVITY_KIND_MEMORY2, "memory");
_Static_assert(CUPTI_KIND_MEMORY_POOL == (int)CUPTI_ACTIVITY_KIND_MEMORY_POOL, "memory pool");

_Static_assert(CUPTI_KIND_MEMCPY == (int)CUPTI_ACTIVITY_KIND_MEMCPY, "memcpy");
_Static_assert(CUPTI_KIND_MEMSET == (int)CUPTI_ACTIVITY_KIND_MEMSET, "memset");
_Static_assert(CUPTI_KIND_DRIVER == (int)CUPTI_ACTIVITY_KIND_DRIVER, "driver");
_Static_assert(CUPTI_KIND_RUNTIME == (int)CUPTI_ACTIVITY_KIND_RUNTIME, "runtime");
_Static_assert(CUPTI_KIND_CONCURRENT_KERNEL == (int)CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL, "kernel");
_Static_assert(CUPTI_KIND_OVERHEAD == (int)CUPTI_ACTIVITY_KIND_OVERHEAD, "overhead");
_Static_assert(CUPTI_KIND_SYNCHRONIZATION == (int)CUPTI_ACTIVITY_KIND_SYNCHRONIZATION, "synchronization");
_Static_assert(CUPTI_KIND_GRAPH_TRACE == (int)CUPTI_ACTIVITY_KIND_GRAPH_TRACE, "graph");
_Static_assert(CUPTI_MULTIPLE_SUBSCRIBERS == (int)CUPTI_ERROR_MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED, "subscribers");
_Static_assert(CUPTI_DRIVER_PROFILER_START == (int)CUPTI_DRIVER_TRACE_CBID_cuProfilerStart, "start");
_Static_assert(CUPTI_DRIVER_PROFILER_STOP == (int)CUPTI_DRIVER_TRACE_CBID_cuProfilerStop, "stop");
