/* A scripted device: exports the entry points of CUPTI that tacho uses, and replays activity that a program asks for.
 *
 * Compiled with -DWITHOUT_CLOCK it is a version from before timestamps could be given. Compiled with -DWITH_CALLBACKS it tells a
 * subscriber of calls; otherwise calls are activities, with instants as exact as a scene says. SCRIPT=busy: another subscriber is
 * there. SCRIPT=drops: records were dropped. SCRIPT_LOG=PATH: a line for each time that a kind is turned on or off. The last buffer always comes late, when everything is flushed at the end.
 */
#include <cupti.h>
#include <pthread.h>
#include <stdio.h>
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
static uint64_t scene_start;

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

static void log_switch(const char *word, CUpti_ActivityKind kind) {
    const char *path = getenv("SCRIPT_LOG");
    FILE *file = path == NULL ? NULL : fopen(path, "a");
    if (file == NULL) { return; }
    fprintf(file, "%s %d %llu\n", word, (int)kind, (unsigned long long)clock_of_tool());
    fclose(file);
}

CUptiResult cuptiActivityEnable(CUpti_ActivityKind kind) {
    log_switch("on", kind);
    if (is_script("busy")) { return CUPTI_ERROR_MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED; }
    enabled[kind] = 1;
    return CUPTI_SUCCESS;
}

CUptiResult cuptiActivityDisable(CUpti_ActivityKind kind) {
    log_switch("off", kind);
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
        case CUPTI_ACTIVITY_KIND_MEMORY2: return sizeof(CUpti_ActivityMemory4);
        case CUPTI_ACTIVITY_KIND_MEMORY_POOL: return sizeof(CUpti_ActivityMemoryPool3);
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

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* tacho's own thread flushes too */

static void hand_over(void) {
    if (buffer != NULL) { complete(NULL, 0, buffer, size, used); }
    buffer = NULL;
    used = 0;
}

CUptiResult cuptiActivityFlushAll(uint32_t flag) {
    pthread_mutex_lock(&lock);
    hand_over();
    pthread_mutex_unlock(&lock);
    return CUPTI_SUCCESS;
}

CUptiResult cuptiSetThreadIdType(CUpti_ActivityThreadIdType type) { return CUPTI_SUCCESS; }

#ifdef WITH_CALLBACKS
static CUpti_CallbackFunc heard_by;
static void *user;
static uint8_t is_heard[3][2048];

CUptiResult cuptiSubscribe(CUpti_SubscriberHandle *subscriber, CUpti_CallbackFunc callback, void *data) {
    if (is_script("subscribed")) { return CUPTI_ERROR_MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED; }
    heard_by = callback;
    user = data;
    *subscriber = (CUpti_SubscriberHandle)&heard_by;
    return CUPTI_SUCCESS;
}

CUptiResult cuptiEnableCallback(
    uint32_t enable, CUpti_SubscriberHandle subscriber, CUpti_CallbackDomain domain, CUpti_CallbackId callback) {
    is_heard[domain][callback] = (uint8_t)enable;
    return CUPTI_SUCCESS;
}

CUptiResult cuptiGetStreamIdEx(CUcontext context, CUstream stream, uint8_t per_thread, uint32_t *number) {
    *number = (uint32_t)(uintptr_t)stream;
    return CUPTI_SUCCESS;
}

static const struct {
    CUpti_CallbackDomain domain;
    uint32_t callback;
    const char *name; /* with its version, as cuptiGetCallbackName gives it; callbacks get it without */
} called[] = {
    {CUPTI_CB_DOMAIN_RUNTIME_API, CUPTI_RUNTIME_TRACE_CBID_cudaGetDevice_v3020, "cudaGetDevice_v3020"},
    {CUPTI_CB_DOMAIN_RUNTIME_API, CUPTI_RUNTIME_TRACE_CBID_cudaLaunchKernel_v7000, "cudaLaunchKernel_v7000"},
    {CUPTI_CB_DOMAIN_RUNTIME_API, CUPTI_RUNTIME_TRACE_CBID_cudaStreamSynchronize_v3020, "cudaStreamSynchronize_v3020"},
    {CUPTI_CB_DOMAIN_RUNTIME_API, CUPTI_RUNTIME_TRACE_CBID_cudaDeviceSynchronize_v3020, "cudaDeviceSynchronize_v3020"},
    {CUPTI_CB_DOMAIN_RUNTIME_API, CUPTI_RUNTIME_TRACE_CBID_cudaMemcpy_v3020, "cudaMemcpy_v3020"},
    {CUPTI_CB_DOMAIN_DRIVER_API, CUPTI_DRIVER_TRACE_CBID_cuLaunchKernel, "cuLaunchKernel"},
    {CUPTI_CB_DOMAIN_DRIVER_API, CUPTI_DRIVER_TRACE_CBID_cuCtxPopCurrent_v2, "cuCtxPopCurrent_v2"},
    {CUPTI_CB_DOMAIN_DRIVER_API, CUPTI_DRIVER_TRACE_CBID_cuProfilerStart, "cuProfilerStart"},
    {CUPTI_CB_DOMAIN_DRIVER_API, CUPTI_DRIVER_TRACE_CBID_cuProfilerStop, "cuProfilerStop"}};

static void tell(CUpti_ApiCallbackSite site, int index, const char *name, void *parameters, int result, uint32_t own) {
    if (!is_heard[called[index].domain][called[index].callback]) { return; }
    uint64_t kept = 0;
    CUpti_CallbackData data = {
        .callbackSite = site,
        .functionName = name,
        .functionParams = parameters,
        .functionReturnValue = site == CUPTI_API_EXIT ? &result : NULL,
        .contextUid = 1,
        .correlationData = &kept,
        .correlationId = own};
    heard_by(user, called[index].domain, called[index].callback, &data);
}

static uint32_t next_correlation(void) { return __atomic_add_fetch(&correlation, 1, __ATOMIC_RELAXED); }

static void make_call(int index, const char *name, uintptr_t stream, int result) {
    void *parameters[1] = {(void *)stream};
    uint32_t own = next_correlation();
    tell(CUPTI_API_ENTER, index, name, parameters, 0, own);
    tell(CUPTI_API_EXIT, index, name, parameters, result, own);
}

static CUpti_ActivityKernel9 kernel_of(uint32_t stream, uint64_t from, uint64_t to, uint32_t own);
static void put(const void *record);

/* Launches through the runtime and by the driver alone, questions, waits, a call that fails. */
void scripted_calls(void) {
    if (scene_start == 0) { scene_start = clock_of_tool(); }
    for (int i = 0; i < 100; i++) {
        make_call(0, "cudaGetDevice", 0, 0);
        make_call(6, "cuCtxPopCurrent_v2", 0, 0);
        uint32_t own = next_correlation();
        tell(CUPTI_API_ENTER, 1, "cudaLaunchKernel", NULL, 0, own);
        tell(CUPTI_API_ENTER, 5, "cuLaunchKernel", NULL, 0, own);
        tell(CUPTI_API_EXIT, 5, "cuLaunchKernel", NULL, 0, own);
        tell(CUPTI_API_EXIT, 1, "cudaLaunchKernel", NULL, 0, own);
        CUpti_ActivityKernel9 kernel = kernel_of(7, 0, 20, own);
        kernel.start = clock_of_tool();
        kernel.end = kernel.start + 1000;
        put(&kernel);
    }
    make_call(5, "cuLaunchKernel", 0, 0);
    make_call(2, "cudaStreamSynchronize", 7, 0);
    make_call(3, "cudaDeviceSynchronize", 0, 0);
    make_call(4, "cudaMemcpy", 0, 1);
}

/* Ten launches, between cudaProfilerStart and cudaProfilerStop another ten, and ten behind. */
void scripted_profiler(void) {
    for (int part = 0; part < 3; part++) {
        for (int i = 0; i < 10; i++) { make_call(1, "cudaLaunchKernel", 0, 0); }
        if (part < 2) { make_call(part == 0 ? 7 : 8, part == 0 ? "cuProfilerStart" : "cuProfilerStop", 0, 0); }
    }
}
#endif

CUptiResult cuptiGetCallbackName(CUpti_CallbackDomain domain, uint32_t callback, const char **name) {
#ifdef WITH_CALLBACKS
    for (size_t i = 0; i < sizeof called / sizeof called[0]; i++) {
        if (called[i].domain == domain && called[i].callback == callback) {
            *name = called[i].name;
            return CUPTI_SUCCESS;
        }
    }
    return CUPTI_ERROR_INVALID_PARAMETER;
#endif
    *name = callback == 131 ? "cudaStreamSynchronize_v3020" : callback == 31 ? "cudaMemcpy_v3020" : callback == 211 ? "cudaLaunchKernel_v7000" : callback == 41 ? "cudaMemcpyAsync_v3020" : "cuLaunchKernel";
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
    pthread_mutex_lock(&lock);
    if (buffer != NULL && used + bytes > size) { hand_over(); }
    if (buffer == NULL) {
        size_t most = 0;
        request(&buffer, &size, &most);
        if (buffer == NULL) {
            pthread_mutex_unlock(&lock);
            return;
        }
        if (size > 65536) { size = 65536; }
    }
    memcpy(buffer + used, record, bytes);
    used += bytes;
    pthread_mutex_unlock(&lock);
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

/* How many kinds of activity are on. */
int scripted_enabled(void) {
    int count = 0;
    for (size_t i = 0; i < sizeof enabled / sizeof enabled[0]; i++) { count += enabled[i]; }
    return count;
}

static void call(uint32_t cbid, uint64_t from, uint64_t to, uint32_t own, uint32_t result) {
    CUpti_ActivityAPI call = {
        .kind = CUPTI_ACTIVITY_KIND_RUNTIME,
        .cbid = cbid,
        .start = scene_start + from * 1000,
        .end = scene_start + to * 1000,
        .threadId = (uint32_t)syscall(SYS_gettid),
        .correlationId = own,
        .returnValue = result};
    put(&call);
}

static CUpti_ActivityKernel9 kernel_of(uint32_t stream, uint64_t from, uint64_t to, uint32_t own) {
    CUpti_ActivityKernel9 kernel;
    memset(&kernel, 0, sizeof kernel);
    kernel.kind = CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL;
    kernel.start = scene_start + from * 1000;
    kernel.end = scene_start + to * 1000;
    kernel.contextId = 1;
    kernel.streamId = stream;
    kernel.gridX = kernel.gridY = kernel.gridZ = kernel.blockX = kernel.blockY = kernel.blockZ = 1;
    kernel.correlationId = own;
    kernel.name = "kernel";
    return kernel;
}

static void launch(uint64_t from, uint64_t to, uint32_t stream, uint64_t start, uint64_t end) {
    uint32_t own = ++correlation;
    CUpti_ActivityKernel9 kernel = kernel_of(stream, start, end, own);
    call(211, from, to, own, 0);
    put(&kernel);
}

/* A copying call that waits, and its copy from pinned memory on stream 9. */
static void pinned_copy(uint64_t bytes, uint64_t from, uint64_t to, uint64_t start, uint64_t end) {
    CUpti_ActivityMemcpy5 copy;
    memset(&copy, 0, sizeof copy);
    copy.kind = CUPTI_ACTIVITY_KIND_MEMCPY;
    copy.copyKind = CUPTI_ACTIVITY_MEMCPY_KIND_HTOD;
    copy.srcKind = CUPTI_ACTIVITY_MEMORY_KIND_PINNED;
    copy.dstKind = CUPTI_ACTIVITY_MEMORY_KIND_DEVICE;
    copy.bytes = bytes;
    copy.start = scene_start + start * 1000;
    copy.end = scene_start + end * 1000;
    copy.contextId = 1;
    copy.streamId = 9;
    copy.correlationId = ++correlation;
    call(31, from, to, correlation, 0);
    put(&copy);
}

/* One stream that waits for everything it can wait for; all times are microseconds from now. Returns when it is over. */
void scripted_gaps(void) {
    scene_start = clock_of_tool();
    launch(0, 10, 7, 15, 35);
    launch(60, 70, 7, 75, 95);
    call(131, 71, 105, ++correlation, 0);
    launch(110, 120, 7, 125, 145);
    pinned_copy(4096, 120, 200, 150, 190);
    launch(205, 215, 7, 220, 240);
    launch(216, 218, 7, 300, 320);
    launch(219, 222, 8, 245, 280);
    CUpti_ActivityKernel9 lost = kernel_of(7, 340, 350, ++correlation);
    put(&lost);
    while (clock_of_tool() < scene_start + 400000) { usleep(50); }
}

/* 300 kernels of 2 us that wait for their launches, 20 synchronising calls
 * that have nothing to wait for, and six copies. */
void scripted_launches(void) {
    scene_start = clock_of_tool();
    for (uint64_t i = 0; i < 300; i++) { launch(i * 10, i * 10 + 8, 7, i * 10 + 9, i * 10 + 11); }
    for (uint64_t i = 0; i < 20; i++) { call(131, 3100 + i * 10, 3102 + i * 10, ++correlation, 0); }
    for (uint64_t i = 0; i < 6; i++) { pinned_copy(8 << 20, 3300 + i * 10, 3306 + i * 10, 3301 + i * 10, 3305 + i * 10); }
}

/* A graph as a whole, a node of one, a synchronisation, an overhead, a call that failed. */
void scripted_others(void) {
    scene_start = clock_of_tool();
    uint32_t own = ++correlation;
    call(212, 0, 5, own, 0);
    CUpti_ActivityGraphTrace2 graph;
    memset(&graph, 0, sizeof graph);
    graph.kind = CUPTI_ACTIVITY_KIND_GRAPH_TRACE;
    graph.correlationId = own;
    graph.start = scene_start + 10000;
    graph.end = scene_start + 5010000;
    graph.contextId = 1;
    graph.streamId = 7;
    graph.graphId = 3;
    put(&graph);
    CUpti_ActivityKernel9 node = kernel_of(7, 6000, 6010, own);
    node.graphId = 3;
    node.graphNodeId = (uint64_t)7 << 32 | 42;
    put(&node);
    CUpti_ActivitySynchronization2 wait;
    memset(&wait, 0, sizeof wait);
    wait.kind = CUPTI_ACTIVITY_KIND_SYNCHRONIZATION;
    wait.type = CUPTI_ACTIVITY_SYNCHRONIZATION_TYPE_STREAM_SYNCHRONIZE;
    wait.start = scene_start + 20000;
    wait.end = scene_start + 6011000;
    wait.contextId = 1;
    wait.streamId = 7;
    wait.correlationId = ++correlation;
    put(&wait);
    call(131, 19, 6012, correlation, 0);
    CUpti_ActivityOverhead3 overhead;
    memset(&overhead, 0, sizeof overhead);
    overhead.kind = CUPTI_ACTIVITY_KIND_OVERHEAD;
    overhead.overheadKind = CUPTI_ACTIVITY_OVERHEAD_CUPTI_BUFFER_FLUSH;
    overhead.start = scene_start + 7000000;
    overhead.end = scene_start + 7001000;
    put(&overhead);
    call(31, 7002, 7003, ++correlation, 1);
}

static void memory(int operation, uint64_t address, uint64_t bytes, uint64_t time, uint64_t pool) {
    CUpti_ActivityMemory4 record;
    memset(&record, 0, sizeof record);
    record.kind = CUPTI_ACTIVITY_KIND_MEMORY2;
    record.memoryOperationType = operation;
    record.memoryKind = CUPTI_ACTIVITY_MEMORY_KIND_DEVICE;
    record.address = address;
    record.bytes = bytes;
    record.timestamp = scene_start + time * 1000;
    record.memoryPoolConfig.address = pool;
    put(&record);
}

/* Allocations and frees, one of them handed over before its allocation. */
void scripted_memory(void) {
    scene_start = clock_of_tool();
    CUpti_ActivityMemoryPool3 pool;
    memset(&pool, 0, sizeof pool);
    pool.kind = CUPTI_ACTIVITY_KIND_MEMORY_POOL;
    pool.memoryPoolOperationType = CUPTI_ACTIVITY_MEMORY_POOL_OPERATION_TYPE_CREATED;
    pool.address = 0x9000;
    pool.size = 1 << 25;
    pool.timestamp = scene_start;
    put(&pool);
    memory(CUPTI_ACTIVITY_MEMORY_OPERATION_TYPE_RELEASE, 0x1000, 1 << 20, 30, 0);
    memory(CUPTI_ACTIVITY_MEMORY_OPERATION_TYPE_ALLOCATION, 0x1000, 1 << 20, 10, 0);
    memory(CUPTI_ACTIVITY_MEMORY_OPERATION_TYPE_ALLOCATION, 0x2000, 2 << 20, 20, 0x9000);
    memory(CUPTI_ACTIVITY_MEMORY_OPERATION_TYPE_ALLOCATION, 0x1000, 4 << 20, 40, 0);
    memory(CUPTI_ACTIVITY_MEMORY_OPERATION_TYPE_RELEASE, 0x5000, 512, 50, 0);
}
