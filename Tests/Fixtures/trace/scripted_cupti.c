/* A scripted device: exports the entry points of CUPTI that tacho uses, and replays activity that a program asks for.
 *
 * Compiled with -DWITHOUT_CLOCK it is a version from before timestamps could be given. SCRIPT=busy: another subscriber is
 * there. SCRIPT=drops: records were dropped. The last buffer always comes late, when everything is flushed at the end.
 */
#include <cupti.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static CUpti_BuffersCallbackRequestFunc request;
static CUpti_BuffersCallbackCompleteFunc complete;
static uint64_t (*clock_of_tool)(void);
static int enabled[128];
static uint8_t *buffer;
static size_t size, used;
static uint32_t correlation;

static int is_script(const char *name) {
    const char *script = getenv("SCRIPT");
    return script != NULL && strcmp(script, name) == 0;
}

#ifndef WITHOUT_CLOCK
CUptiResult cuptiActivityRegisterTimestampCallback(CUpti_TimestampCallbackFunc function) {
    clock_of_tool = function;
    return CUPTI_SUCCESS;
}
#endif

CUptiResult cuptiActivityEnable(CUpti_ActivityKind kind) {
    if (is_script("busy")) { return CUPTI_ERROR_MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED; }
    enabled[kind] = 1;
    return CUPTI_SUCCESS;
}

CUptiResult cuptiActivityDisable(CUpti_ActivityKind kind) {
    enabled[kind] = 0;
    return CUPTI_SUCCESS;
}

CUptiResult cuptiActivityRegisterCallbacks(
    CUpti_BuffersCallbackRequestFunc requested, CUpti_BuffersCallbackCompleteFunc completed) {
    request = requested;
    complete = completed;
    return CUPTI_SUCCESS;
}

static size_t size_of(const CUpti_Activity *record) {
    switch (record->kind) {
        case CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL: return sizeof(CUpti_ActivityKernel9);
        case CUPTI_ACTIVITY_KIND_MEMCPY: return sizeof(CUpti_ActivityMemcpy5);
        case CUPTI_ACTIVITY_KIND_MEMSET: return sizeof(CUpti_ActivityMemset4);
        case CUPTI_ACTIVITY_KIND_RUNTIME:
        case CUPTI_ACTIVITY_KIND_DRIVER: return sizeof(CUpti_ActivityAPI);
        case CUPTI_ACTIVITY_KIND_SYNCHRONIZATION: return sizeof(CUpti_ActivitySynchronization2);
        case CUPTI_ACTIVITY_KIND_OVERHEAD: return sizeof(CUpti_ActivityOverhead3);
        default: return sizeof(CUpti_ActivityGraphTrace2);
    }
}

CUptiResult cuptiActivityGetNextRecord(uint8_t *bytes, size_t valid, CUpti_Activity **record) {
    uint8_t *next = *record == NULL ? bytes : (uint8_t *)*record + size_of(*record);
    if (next >= bytes + valid) { return CUPTI_ERROR_MAX_LIMIT_REACHED; }
    *record = (CUpti_Activity *)next;
    return CUPTI_SUCCESS;
}

CUptiResult cuptiActivityGetNumDroppedRecords(CUcontext context, uint32_t stream, size_t *dropped) {
    static int told;
    *dropped = is_script("drops") && !told ? 12 : 0;
    told = 1;
    return CUPTI_SUCCESS;
}

static void hand_over(void) {
    if (buffer != NULL) { complete(NULL, 0, buffer, size, used); }
    buffer = NULL;
    used = 0;
}

CUptiResult cuptiActivityFlushAll(uint32_t flag) {
    hand_over();
    return CUPTI_SUCCESS;
}

CUptiResult cuptiSetThreadIdType(CUpti_ActivityThreadIdType type) { return CUPTI_SUCCESS; }

CUptiResult cuptiGetCallbackName(CUpti_CallbackDomain domain, uint32_t callback, const char **name) {
    *name = callback == 211 ? "cudaLaunchKernel_v7000" : callback == 41 ? "cudaMemcpyAsync_v3020" : "cuLaunchKernel";
    return CUPTI_SUCCESS;
}

CUptiResult cuptiGetResultString(CUptiResult result, const char **text) {
    *text = "CUPTI_ERROR_MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED";
    return CUPTI_SUCCESS;
}

static void put(const void *record) {
    const CUpti_Activity *activity = record;
    size_t bytes = size_of(activity);
    if (!enabled[activity->kind]) { return; }
    if (buffer != NULL && used + bytes > size) { hand_over(); }
    if (buffer == NULL) {
        size_t most = 0;
        request(&buffer, &size, &most);
        if (buffer == NULL) { return; }
        if (size > 65536) { size = 65536; }
    }
    memcpy(buffer + used, record, bytes);
    used += bytes;
}

/* A runtime call with a driver call inside it, and 5 us after both a kernel of 20 us; every tenth time a copy and a set. */
void scripted_launch(int round) {
    uint64_t now = clock_of_tool();
    uint32_t thread = (uint32_t)syscall(SYS_gettid);
    uint32_t own = ++correlation;
    CUpti_ActivityKernel9 kernel;
    memset(&kernel, 0, sizeof kernel);
    kernel.kind = CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL;
    kernel.start = now + 15000;
    kernel.end = now + 35000;
    kernel.contextId = 1;
    kernel.streamId = 7 + round % 2;
    kernel.gridX = 4;
    kernel.gridY = kernel.gridZ = kernel.blockY = kernel.blockZ = 1;
    kernel.blockX = 256;
    kernel.registersPerThread = 32;
    kernel.staticSharedMemory = 1024;
    kernel.correlationId = own;
    kernel.name = round % 2 == 0 ? "_Z6squarePfi" : "gemm";
    put(&kernel);
    CUpti_ActivityAPI call;
    memset(&call, 0, sizeof call);
    call.kind = CUPTI_ACTIVITY_KIND_DRIVER;
    call.cbid = 307;
    call.start = now + 2000;
    call.end = now + 9000;
    call.threadId = thread;
    call.correlationId = own;
    put(&call);
    call.kind = CUPTI_ACTIVITY_KIND_RUNTIME;
    call.cbid = 211;
    call.start = now + 1000;
    call.end = now + 10000;
    put(&call);
    if (round % 10 != 0) { return; }
    CUpti_ActivityMemcpy5 copy;
    memset(&copy, 0, sizeof copy);
    copy.kind = CUPTI_ACTIVITY_KIND_MEMCPY;
    copy.copyKind = CUPTI_ACTIVITY_MEMCPY_KIND_HTOD;
    copy.srcKind = CUPTI_ACTIVITY_MEMORY_KIND_PAGEABLE;
    copy.dstKind = CUPTI_ACTIVITY_MEMORY_KIND_DEVICE;
    copy.flags = 1;
    copy.bytes = 4096;
    copy.start = now + 36000;
    copy.end = now + 38000;
    copy.contextId = 1;
    copy.streamId = 7;
    copy.correlationId = ++correlation;
    put(&copy);
    CUpti_ActivityMemset4 set;
    memset(&set, 0, sizeof set);
    set.kind = CUPTI_ACTIVITY_KIND_MEMSET;
    set.bytes = 512;
    set.start = now + 39000;
    set.end = now + 39500;
    set.contextId = 1;
    set.streamId = 7;
    set.correlationId = ++correlation;
    put(&set);
}
