/* The part of ONNX Runtime's plugin interface that the layer hook implements and calls, each member in its slot.
 *
 * Member names and parameters are those of ONNX Runtime's reference of the C API (OrtEpFactory, OrtEp,
 * OrtEpProfilerImpl, OrtEpApi: onnxruntime.ai/docs/api/c). The library reads members of an implemented struct only up
 * to the version that the struct names; the slots after the declared ones stay NULL all the same.
 */
#ifndef TACHO_PROVIDER_INTERFACE_H
#define TACHO_PROVIDER_INTERFACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tacho_onnxruntime.h"

/* OrtEp.CreateProfiler and the profiler's interface came with this version of the C API. */
#define TACHO_PROVIDER_API_VERSION 25u

typedef struct tacho_ort_profiling_event tacho_ort_profiling_event;
typedef tacho_ort_status *status;

/* OrtHardwareDeviceType. */
enum { TACHO_DEVICE_CPU = 0 };

/* OrtEpApi, from GetEpApi. */
typedef struct tacho_ort_ep_api {
    status (*CreateEpDevice)(
        void *factory, const tacho_ort_hardware_device *device, const void *metadata, const void *options,
        tacho_ort_ep_device **out);
    void *slots_1_to_66[66];
    status (*ProfilingEvent_GetCategory)(const tacho_ort_profiling_event *event, int *out);
    status (*ProfilingEvent_GetName)(const tacho_ort_profiling_event *event, const char **out);
    void *slots_69_to_70[2];
    status (*ProfilingEvent_GetArgValue)(
        const tacho_ort_profiling_event *event, const char *key, const char **out);
} tacho_ort_ep_api;

/* OrtEpProfilerImpl. */
typedef struct tacho_ort_profiler {
    uint32_t version;
    void (*Release)(struct tacho_ort_profiler *self);
    status (*StartProfiling)(struct tacho_ort_profiler *self, int64_t start_offset_ns);
    status (*StartEvent)(struct tacho_ort_profiler *self, uint64_t correlation);
    status (*StopEvent)(
        struct tacho_ort_profiler *self, uint64_t correlation, const tacho_ort_profiling_event *event);
    status (*EndProfiling)(struct tacho_ort_profiler *self, void *events);
    void *later_slots[16];
} tacho_ort_profiler;

/* OrtEp. */
typedef struct tacho_ort_ep {
    uint32_t version;
    const char *(*GetName)(const struct tacho_ort_ep *self);
    status (*GetCapability)(struct tacho_ort_ep *self, const void *graph, void *support);
    void *slots_3_to_15[13];
    status (*CreateProfiler)(struct tacho_ort_ep *self, tacho_ort_profiler **out);
    void *later_slots[32];
} tacho_ort_ep;

/* OrtEpFactory. */
typedef struct tacho_ort_ep_factory {
    uint32_t version;
    const char *(*GetName)(const struct tacho_ort_ep_factory *self);
    const char *(*GetVendor)(const struct tacho_ort_ep_factory *self);
    status (*GetSupportedDevices)(
        struct tacho_ort_ep_factory *self, const tacho_ort_hardware_device *const *devices, size_t count,
        tacho_ort_ep_device **out, size_t capacity, size_t *out_count);
    status (*CreateEp)(
        struct tacho_ort_ep_factory *self, const tacho_ort_hardware_device *const *devices,
        const void *const *metadata, size_t count, const tacho_ort_session_options *options, const void *logger,
        tacho_ort_ep **out);
    void (*ReleaseEp)(struct tacho_ort_ep_factory *self, tacho_ort_ep *ep);
    uint32_t (*GetVendorId)(const struct tacho_ort_ep_factory *self);
    const char *(*GetVersion)(const struct tacho_ort_ep_factory *self);
    void *slot_8;
    status (*CreateAllocator)(
        struct tacho_ort_ep_factory *self, const void *memory, const void *options, void **out);
    void (*ReleaseAllocator)(struct tacho_ort_ep_factory *self, void *allocator);
    status (*CreateDataTransfer)(struct tacho_ort_ep_factory *self, void **out);
    bool (*IsStreamAware)(const struct tacho_ort_ep_factory *self);
    status (*CreateSyncStreamForDevice)(
        struct tacho_ort_ep_factory *self, const void *device, const void *options, void **out);
    void *later_slots[32];
} tacho_ort_ep_factory;

#define TACHO_MEMBER(type, member, slot)                                                                            \
    _Static_assert(offsetof(type, member) == (slot) * sizeof(void *), #type "." #member " is not in slot " #slot)

TACHO_MEMBER(tacho_ort_ep_api, ProfilingEvent_GetCategory, 67);
TACHO_MEMBER(tacho_ort_ep_api, ProfilingEvent_GetName, 68);
TACHO_MEMBER(tacho_ort_ep_api, ProfilingEvent_GetArgValue, 71);
TACHO_MEMBER(tacho_ort_profiler, Release, 1);
TACHO_MEMBER(tacho_ort_profiler, EndProfiling, 5);
TACHO_MEMBER(tacho_ort_ep, GetCapability, 2);
TACHO_MEMBER(tacho_ort_ep, CreateProfiler, 16);
TACHO_MEMBER(tacho_ort_ep_factory, CreateEp, 4);
TACHO_MEMBER(tacho_ort_ep_factory, GetVersion, 7);
TACHO_MEMBER(tacho_ort_ep_factory, CreateSyncStreamForDevice, 13);

#endif
