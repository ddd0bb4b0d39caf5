/* An execution provider of ONNX Runtime that claims no node and listens to all of them.
 *
 * ONNX Runtime tells the profiler of every registered provider when a node of any provider begins and ends, on the
 * thread that runs it, while its own profiling is on. This provider reads our clock at both and hands the times to the
 * sink that the profiling process offered; it keeps no events, so there is no cap on their number.
 * Entry points: CreateEpFactories and ReleaseEpFactory, as the C API's reference names them.
 */
#include "tacho_layer_hook.h"

#include "provider_interface.h"
#include "thread_log.h"

#include <stdlib.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default")))

static const tacho_ort_api *api;
static const tacho_ort_ep_api *ep_api;

static _Thread_local tacho_layer_sink *offered;

typedef struct profiler {
    tacho_ort_profiler interface;
    tacho_layer_sink *sink;
} profiler;

typedef struct provider {
    tacho_ort_ep interface;
    tacho_layer_sink *sink;
} provider;

EXPORTED uint32_t tacho_layer_hook_version(void) { return TACHO_LAYER_SINK_VERSION; }
EXPORTED void tacho_layer_hook_offer(tacho_layer_sink *sink) { offered = sink; }
EXPORTED void tacho_layer_hook_tell(tacho_layer_sink *sink) {
    tacho_thread_log *log = tacho_thread_log_of(sink);
    if (log != NULL) { tacho_thread_tell(log); }
}

/* MARK: The profiler */

static const char *argument(const void *event, const char *key) {
    const char *value = NULL;
    status problem = ep_api->ProfilingEvent_GetArgValue(event, key, &value);
    if (problem != NULL) { api->ReleaseStatus(problem); }
    return value;
}

static const char *text_argument(const void *event, const char *key) {
    const char *value = argument(event, key);
    return value == NULL ? "" : value;
}

static tacho_layer_origin origin_of(const void *event) {
    tacho_layer_origin origin = {text_argument(event, "op_name"), text_argument(event, "provider")};
    return origin;
}

/* The length of a layer's name in an event's; SIZE_MAX: it is no kernel's. Older libraries tell of fences as well. */
static size_t layer_name_length(const char *name) {
    static const char suffix[] = "_kernel_time";
    size_t length = strlen(name);
    if (length < sizeof suffix - 1) { return SIZE_MAX; }
    length -= sizeof suffix - 1;
    return memcmp(name + length, suffix, sizeof suffix) == 0 ? length : SIZE_MAX;
}

static void layer_ended(
    tacho_layer_sink *sink, tacho_thread_log *log, const tacho_ort_profiling_event *event, const char *name,
    size_t name_length, uint32_t depth, int64_t start_ns, int64_t end_ns) {
    tacho_layer_identity identity = {name, (uint32_t)name_length, text_argument(event, "node_index")};
    struct tacho_layer_entry *entry =
        tacho_layer_entry_for(sink, tacho_thread_guess(log), &identity, origin_of, event);
    if (entry == NULL) { return; }
    if (sink->wants_details) {
        tacho_layer_details details = {
            argument(event, "input_type_shape"), argument(event, "output_type_shape"),
            argument(event, "thread_scheduling_stats")};
        tacho_thread_keep(log, entry, depth, start_ns, end_ns, &details);
    } else {
        tacho_thread_keep(log, entry, depth, start_ns, end_ns, NULL);
    }
}

static status start_event(tacho_ort_profiler *self, uint64_t correlation) {
    tacho_layer_sink *sink = ((profiler *)self)->sink;
    tacho_thread_log *log = sink->listens ? tacho_thread_log_of(sink) : NULL;
    if (log != NULL) { tacho_thread_began(log, correlation); }
    return NULL;
}

/* Once a layer: few calls and few lines of memory, since a kernel has just swept all of them out of the cache. */
static status stop_event(tacho_ort_profiler *self, uint64_t correlation, const tacho_ort_profiling_event *event) {
    tacho_layer_sink *sink = ((profiler *)self)->sink;
    if (!sink->listens) { return NULL; }
    int64_t end_ns = tacho_now();
    int64_t start_ns;
    uint32_t depth;
    tacho_thread_log *log = tacho_thread_log_of(sink);
    if (log == NULL || !tacho_thread_ended(log, correlation, &start_ns, &depth)) { return NULL; }
    const char *name = NULL;
    status problem = ep_api->ProfilingEvent_GetName(event, &name);
    if (problem != NULL) { api->ReleaseStatus(problem); }
    if (name == NULL) { return NULL; }
    size_t length = layer_name_length(name);
    if (length != SIZE_MAX) {
        layer_ended(sink, log, event, name, length, depth, start_ns, end_ns);
    } else if (strcmp(name, "model_run") == 0) {
        tacho_thread_ran(log, start_ns, end_ns);
        return NULL;
    }
    /* Outermost, and not the engine's call: a thread of the engine's own, which nobody will ask to tell. */
    if (depth == 0) { tacho_thread_tell(log); }
    return NULL;
}

static status start_profiling(tacho_ort_profiler *self, int64_t offset_ns) {
    (void)self;
    (void)offset_ns;
    return NULL;
}

static status end_profiling(tacho_ort_profiler *self, void *events) {
    (void)self;
    (void)events;
    return NULL;
}

static void release_profiler(tacho_ort_profiler *self) { free(self); }

/* MARK: The provider */

static const char *provider_name(const tacho_ort_ep *self) {
    (void)self;
    return TACHO_LAYER_HOOK_PROVIDER;
}

static status claim_nothing(tacho_ort_ep *self, const void *graph, void *support) {
    (void)self;
    (void)graph;
    (void)support;
    return NULL;
}

/* Without memory there is no profiler, and the session runs all the same. */
static status create_profiler(tacho_ort_ep *self, tacho_ort_profiler **out) {
    *out = NULL;
    tacho_layer_sink *sink = ((provider *)self)->sink;
    profiler *made = sink == NULL ? NULL : calloc(1, sizeof *made);
    if (made == NULL) { return NULL; }
    made->sink = sink;
    made->interface.version = TACHO_PROVIDER_API_VERSION;
    made->interface.Release = release_profiler;
    made->interface.StartProfiling = start_profiling;
    made->interface.StartEvent = start_event;
    made->interface.StopEvent = stop_event;
    made->interface.EndProfiling = end_profiling;
    *out = &made->interface;
    return NULL;
}

/* MARK: The factory */

static const char *factory_name(const tacho_ort_ep_factory *self) {
    (void)self;
    return TACHO_LAYER_HOOK_PROVIDER;
}

static const char *vendor_name(const tacho_ort_ep_factory *self) {
    (void)self;
    return "Tachograph";
}

static uint32_t vendor_number(const tacho_ort_ep_factory *self) {
    (void)self;
    return 0;
}

static const char *provider_version(const tacho_ort_ep_factory *self) {
    (void)self;
    return "1.0.0";
}

/* The first processor stands for this provider: it must name some device to be appended at all. */
static status supported_devices(
    tacho_ort_ep_factory *self, const tacho_ort_hardware_device *const *devices, size_t count,
    tacho_ort_ep_device **out, size_t capacity, size_t *out_count) {
    *out_count = 0;
    for (size_t index = 0; index < count && capacity > 0; index++) {
        if (api->HardwareDevice_Type(devices[index]) == TACHO_DEVICE_CPU) {
            status problem = ep_api->CreateEpDevice(self, devices[index], NULL, NULL, &out[0]);
            if (problem == NULL) { *out_count = 1; }
            return problem;
        }
    }
    return NULL;
}

static status create_provider(
    tacho_ort_ep_factory *self, const tacho_ort_hardware_device *const *devices, const void *const *metadata,
    size_t count, const tacho_ort_session_options *options, const void *logger, tacho_ort_ep **out) {
    (void)self;
    (void)devices;
    (void)metadata;
    (void)count;
    (void)options;
    (void)logger;
    *out = NULL;
    provider *made = calloc(1, sizeof *made);
    if (made == NULL) { return NULL; }
    made->sink = offered;
    made->interface.version = TACHO_PROVIDER_API_VERSION;
    made->interface.GetName = provider_name;
    made->interface.GetCapability = claim_nothing;
    made->interface.CreateProfiler = create_profiler;
    *out = &made->interface;
    return NULL;
}

static void release_provider(tacho_ort_ep_factory *self, tacho_ort_ep *ep) {
    (void)self;
    free(ep);
}

static status no_allocator(tacho_ort_ep_factory *self, const void *memory, const void *options, void **out) {
    (void)self;
    (void)memory;
    (void)options;
    *out = NULL;
    return NULL;
}

static void release_nothing(tacho_ort_ep_factory *self, void *allocator) {
    (void)self;
    (void)allocator;
}

static status no_data_transfer(tacho_ort_ep_factory *self, void **out) {
    (void)self;
    *out = NULL;
    return NULL;
}

static bool has_no_streams(const tacho_ort_ep_factory *self) {
    (void)self;
    return false;
}

static tacho_ort_ep_factory factory = {
    .version = TACHO_PROVIDER_API_VERSION,
    .GetName = factory_name,
    .GetVendor = vendor_name,
    .GetSupportedDevices = supported_devices,
    .CreateEp = create_provider,
    .ReleaseEp = release_provider,
    .GetVendorId = vendor_number,
    .GetVersion = provider_version,
    .CreateAllocator = no_allocator,
    .ReleaseAllocator = release_nothing,
    .CreateDataTransfer = no_data_transfer,
    .IsStreamAware = has_no_streams,
    .CreateSyncStreamForDevice = no_allocator,
};

EXPORTED status CreateEpFactories(
    const char *name, const tacho_ort_api_base *base, const void *logger, tacho_ort_ep_factory **out, size_t capacity,
    size_t *out_count) {
    (void)name;
    (void)logger;
    *out_count = 0;
    api = base->GetApi(TACHO_PROVIDER_API_VERSION);
    if (api == NULL || capacity == 0) { return NULL; }
    ep_api = api->GetEpApi();
    if (ep_api == NULL) { return NULL; }
    out[0] = &factory;
    *out_count = 1;
    return NULL;
}

EXPORTED status ReleaseEpFactory(tacho_ort_ep_factory *released) {
    (void)released;
    return NULL;
}
