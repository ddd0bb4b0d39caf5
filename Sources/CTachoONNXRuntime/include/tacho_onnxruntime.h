/* The members of ONNX Runtime's C API that Tachograph calls, each in its slot of the library's function table.
 *
 * The table is append-only: a member keeps its slot for ever, and GetApi(version) answers with a table that holds
 * at least the members of that version. So members of newer versions may be read only where the library is new enough.
 * Member names and parameters are those of ONNX Runtime's C API reference; tests prove the slots.
 * Reference: onnxruntime.ai/docs/api/c. On Linux the API uses the platform's C calling convention.
 */
#ifndef TACHO_ONNXRUNTIME_H
#define TACHO_ONNXRUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef __clang__
#define _Nullable
#define _Nonnull
#endif

/* Objects that only the library looks into. A status is NULL for success. */
typedef struct tacho_ort_status tacho_ort_status;
typedef struct tacho_ort_env tacho_ort_env;
typedef struct tacho_ort_session tacho_ort_session;
typedef struct tacho_ort_session_options tacho_ort_session_options;
typedef struct tacho_ort_run_options tacho_ort_run_options;
typedef struct tacho_ort_value tacho_ort_value;
typedef struct tacho_ort_memory_info tacho_ort_memory_info;
typedef struct tacho_ort_allocator tacho_ort_allocator;
typedef struct tacho_ort_type_info tacho_ort_type_info;
typedef struct tacho_ort_tensor_info tacho_ort_tensor_info;
typedef struct tacho_ort_io_binding tacho_ort_io_binding;
typedef struct tacho_ort_cuda_options tacho_ort_cuda_options;
typedef struct tacho_ort_ep_device tacho_ort_ep_device;
typedef struct tacho_ort_ep_subgraph tacho_ort_ep_subgraph;
typedef struct tacho_ort_ep_node tacho_ort_ep_node;
typedef struct tacho_ort_hardware_device tacho_ort_hardware_device;

typedef struct tacho_ort_api {
    void *_Nullable slot_0;
    int (*_Nonnull GetErrorCode)(const tacho_ort_status *_Nonnull status);
    const char *_Nonnull (*_Nonnull GetErrorMessage)(const tacho_ort_status *_Nonnull status);
    tacho_ort_status *_Nullable (*_Nonnull CreateEnv)(
        int severity, const char *_Nonnull log_id, tacho_ort_env *_Nullable *_Nonnull out);
    void *_Nullable slots_4_to_6[3];
    tacho_ort_status *_Nullable (*_Nonnull CreateSession)(
        const tacho_ort_env *_Nonnull env, const char *_Nonnull path, const
        tacho_ort_session_options *_Nonnull options, tacho_ort_session *_Nullable *_Nonnull out);
    void *_Nullable slots_8_to_9[2];
    tacho_ort_status *_Nullable (*_Nonnull CreateSessionOptions)(
        tacho_ort_session_options *_Nullable *_Nonnull out);
    tacho_ort_status *_Nullable (*_Nonnull SetOptimizedModelFilePath)(
        tacho_ort_session_options *_Nonnull options, const char *_Nonnull path);
    void *_Nullable slot_12;
    tacho_ort_status *_Nullable (*_Nonnull SetSessionExecutionMode)(
        tacho_ort_session_options *_Nonnull options, int mode);
    tacho_ort_status *_Nullable (*_Nonnull EnableProfiling)(
        tacho_ort_session_options *_Nonnull options, const char *_Nonnull file_prefix);
    void *_Nullable slots_15_to_16[2];
    tacho_ort_status *_Nullable (*_Nonnull DisableMemPattern)(tacho_ort_session_options *_Nonnull options);
    void *_Nullable slot_18;
    tacho_ort_status *_Nullable (*_Nonnull DisableCpuMemArena)(tacho_ort_session_options *_Nonnull options);
    void *_Nullable slots_20_to_21[2];
    tacho_ort_status *_Nullable (*_Nonnull SetSessionLogSeverityLevel)(
        tacho_ort_session_options *_Nonnull options, int severity);
    tacho_ort_status *_Nullable (*_Nonnull SetSessionGraphOptimizationLevel)(
        tacho_ort_session_options *_Nonnull options, int level);
    tacho_ort_status *_Nullable (*_Nonnull SetIntraOpNumThreads)(
        tacho_ort_session_options *_Nonnull options, int threads);
    tacho_ort_status *_Nullable (*_Nonnull SetInterOpNumThreads)(
        tacho_ort_session_options *_Nonnull options, int threads);
    void *_Nullable slots_26_to_29[4];
    tacho_ort_status *_Nullable (*_Nonnull SessionGetInputCount)(
        const tacho_ort_session *_Nonnull session, size_t *_Nonnull out);
    tacho_ort_status *_Nullable (*_Nonnull SessionGetOutputCount)(
        const tacho_ort_session *_Nonnull session, size_t *_Nonnull out);
    void *_Nullable slot_32;
    tacho_ort_status *_Nullable (*_Nonnull SessionGetInputTypeInfo)(
        const tacho_ort_session *_Nonnull session, size_t index, tacho_ort_type_info *_Nullable
        *_Nonnull out);
    tacho_ort_status *_Nullable (*_Nonnull SessionGetOutputTypeInfo)(
        const tacho_ort_session *_Nonnull session, size_t index, tacho_ort_type_info *_Nullable
        *_Nonnull out);
    void *_Nullable slot_35;
    tacho_ort_status *_Nullable (*_Nonnull SessionGetInputName)(
        const tacho_ort_session *_Nonnull session, size_t index, tacho_ort_allocator *_Nonnull
        allocator, char *_Nullable *_Nonnull out);
    tacho_ort_status *_Nullable (*_Nonnull SessionGetOutputName)(
        const tacho_ort_session *_Nonnull session, size_t index, tacho_ort_allocator *_Nonnull
        allocator, char *_Nullable *_Nonnull out);
    void *_Nullable slot_38;
    tacho_ort_status *_Nullable (*_Nonnull CreateRunOptions)(tacho_ort_run_options *_Nullable *_Nonnull out);
    void *_Nullable slots_40_to_47[8];
    tacho_ort_status *_Nullable (*_Nonnull CreateTensorAsOrtValue)(
        tacho_ort_allocator *_Nonnull allocator, const int64_t *_Nullable shape, size_t rank, int
        element_type, tacho_ort_value *_Nullable *_Nonnull out);
    tacho_ort_status *_Nullable (*_Nonnull CreateTensorWithDataAsOrtValue)(
        const tacho_ort_memory_info *_Nonnull info, void *_Nonnull data, size_t bytes, const int64_t
        *_Nullable shape, size_t rank, int element_type, tacho_ort_value *_Nullable *_Nonnull out);
    tacho_ort_status *_Nullable (*_Nonnull IsTensor)(
        const tacho_ort_value *_Nonnull value, int *_Nonnull out);
    tacho_ort_status *_Nullable (*_Nonnull GetTensorMutableData)(
        tacho_ort_value *_Nonnull value, void *_Nullable *_Nonnull out);
    tacho_ort_status *_Nullable (*_Nonnull FillStringTensor)(
        tacho_ort_value *_Nonnull value, const char *_Nullable const *_Nonnull strings, size_t
        count);
    tacho_ort_status *_Nullable (*_Nonnull GetStringTensorDataLength)(
        const tacho_ort_value *_Nonnull value, size_t *_Nonnull out);
    tacho_ort_status *_Nullable (*_Nonnull GetStringTensorContent)(
        const tacho_ort_value *_Nonnull value, void *_Nonnull bytes, size_t length, size_t *_Nonnull
        offsets, size_t count);
    tacho_ort_status *_Nullable (*_Nonnull CastTypeInfoToTensorInfo)(
        const tacho_ort_type_info *_Nonnull type, const tacho_ort_tensor_info *_Nullable *_Nonnull
        out);
    tacho_ort_status *_Nullable (*_Nonnull GetOnnxTypeFromTypeInfo)(
        const tacho_ort_type_info *_Nonnull type, int *_Nonnull out);
    void *_Nullable slots_57_to_59[3];
    tacho_ort_status *_Nullable (*_Nonnull GetTensorElementType)(
        const tacho_ort_tensor_info *_Nonnull info, int *_Nonnull out);
    tacho_ort_status *_Nullable (*_Nonnull GetDimensionsCount)(
        const tacho_ort_tensor_info *_Nonnull info, size_t *_Nonnull out);
    tacho_ort_status *_Nullable (*_Nonnull GetDimensions)(
        const tacho_ort_tensor_info *_Nonnull info, int64_t *_Nonnull sizes, size_t count);
    tacho_ort_status *_Nullable (*_Nonnull GetSymbolicDimensions)(
        const tacho_ort_tensor_info *_Nonnull info, const char *_Nullable *_Nonnull symbols, size_t
        count);
    void *_Nullable slot_64;
    tacho_ort_status *_Nullable (*_Nonnull GetTensorTypeAndShape)(
        const tacho_ort_value *_Nonnull value, tacho_ort_tensor_info *_Nullable *_Nonnull out);
    void *_Nullable slots_66_to_68[3];
    tacho_ort_status *_Nullable (*_Nonnull CreateCpuMemoryInfo)(
        int allocator_type, int memory_type, tacho_ort_memory_info *_Nullable *_Nonnull out);
    void *_Nullable slots_70_to_75[6];
    tacho_ort_status *_Nullable (*_Nonnull AllocatorFree)(
        tacho_ort_allocator *_Nonnull allocator, void *_Nullable memory);
    void *_Nullable slot_77;
    tacho_ort_status *_Nullable (*_Nonnull GetAllocatorWithDefaultOptions)(
        tacho_ort_allocator *_Nullable *_Nonnull out);
    void *_Nullable slots_79_to_91[13];
    void (*_Nonnull ReleaseEnv)(tacho_ort_env *_Nullable object);
    void (*_Nonnull ReleaseStatus)(tacho_ort_status *_Nullable object);
    void (*_Nonnull ReleaseMemoryInfo)(tacho_ort_memory_info *_Nullable object);
    void (*_Nonnull ReleaseSession)(tacho_ort_session *_Nullable object);
    void (*_Nonnull ReleaseValue)(tacho_ort_value *_Nullable object);
    void (*_Nonnull ReleaseRunOptions)(tacho_ort_run_options *_Nullable object);
    void (*_Nonnull ReleaseTypeInfo)(tacho_ort_type_info *_Nullable object);
    void (*_Nonnull ReleaseTensorTypeAndShapeInfo)(tacho_ort_tensor_info *_Nullable object);
    void (*_Nonnull ReleaseSessionOptions)(tacho_ort_session_options *_Nullable object);
    void *_Nullable slots_101_to_109[9];
    tacho_ort_status *_Nullable (*_Nonnull SessionEndProfiling)(
        tacho_ort_session *_Nonnull session, tacho_ort_allocator *_Nonnull allocator, char *_Nullable
        *_Nonnull out);
    void *_Nullable slots_111_to_124[14];
    tacho_ort_status *_Nullable (*_Nonnull GetAvailableProviders)(
        char *_Nullable *_Nullable *_Nonnull out, int *_Nonnull count);
    tacho_ort_status *_Nullable (*_Nonnull ReleaseAvailableProviders)(
        char *_Nullable *_Nonnull names, int count);
    void *_Nullable slots_127_to_129[3];
    tacho_ort_status *_Nullable (*_Nonnull AddSessionConfigEntry)(
        tacho_ort_session_options *_Nonnull options, const char *_Nonnull key, const char *_Nonnull
        value);
    void *_Nullable slots_131_to_132[2];
    tacho_ort_status *_Nullable (*_Nonnull RunWithBinding)(
        tacho_ort_session *_Nonnull session, const tacho_ort_run_options *_Nullable options, const
        tacho_ort_io_binding *_Nonnull binding);
    tacho_ort_status *_Nullable (*_Nonnull CreateIoBinding)(
        tacho_ort_session *_Nonnull session, tacho_ort_io_binding *_Nullable *_Nonnull out);
    void (*_Nonnull ReleaseIoBinding)(tacho_ort_io_binding *_Nullable object);
    tacho_ort_status *_Nullable (*_Nonnull BindInput)(
        tacho_ort_io_binding *_Nonnull binding, const char *_Nonnull name, const tacho_ort_value
        *_Nonnull value);
    tacho_ort_status *_Nullable (*_Nonnull BindOutput)(
        tacho_ort_io_binding *_Nonnull binding, const char *_Nonnull name, const tacho_ort_value
        *_Nonnull value);
    tacho_ort_status *_Nullable (*_Nonnull BindOutputToDevice)(
        tacho_ort_io_binding *_Nonnull binding, const char *_Nonnull name, const
        tacho_ort_memory_info *_Nonnull info);
    void *_Nullable slot_139;
    tacho_ort_status *_Nullable (*_Nonnull GetBoundOutputValues)(
        const tacho_ort_io_binding *_Nonnull binding, tacho_ort_allocator *_Nonnull allocator,
        tacho_ort_value *_Nullable *_Nullable *_Nonnull out, size_t *_Nonnull count);
    void *_Nullable slot_141;
    void (*_Nonnull ClearBoundOutputs)(tacho_ort_io_binding *_Nonnull binding);
    void *_Nullable slots_143_to_145[3];
    tacho_ort_status *_Nullable (*_Nonnull SessionGetProfilingStartTimeNs)(
        const tacho_ort_session *_Nonnull session, uint64_t *_Nonnull out);
    void *_Nullable slots_147_to_203[57];
    tacho_ort_status *_Nullable (*_Nonnull SessionOptionsAppendExecutionProvider_CUDA_V2)(
        tacho_ort_session_options *_Nonnull options, const tacho_ort_cuda_options *_Nonnull cuda);
    tacho_ort_status *_Nullable (*_Nonnull CreateCUDAProviderOptions)(
        tacho_ort_cuda_options *_Nullable *_Nonnull out);
    tacho_ort_status *_Nullable (*_Nonnull UpdateCUDAProviderOptions)(
        tacho_ort_cuda_options *_Nonnull cuda, const char *_Nullable const *_Nonnull keys, const
        char *_Nullable const *_Nonnull values, size_t count);
    void *_Nullable slot_207;
    void (*_Nonnull ReleaseCUDAProviderOptions)(tacho_ort_cuda_options *_Nullable object);
    void *_Nullable slots_209_to_215[7];
    tacho_ort_status *_Nullable (*_Nonnull SessionOptionsAppendExecutionProvider)(
        tacho_ort_session_options *_Nonnull options, const char *_Nonnull provider, const char
        *_Nullable const *_Nonnull keys, const char *_Nullable const *_Nonnull values, size_t
        count);

    /* From API version 15. */
    void *_Nullable slots_217_to_253[37];
    const char *_Nullable (*_Nonnull GetBuildInfoString)(void);

    /* From API version 22. */
    void *_Nullable slots_255_to_300[46];
    tacho_ort_status *_Nullable (*_Nonnull RegisterExecutionProviderLibrary)(
        tacho_ort_env *_Nonnull env, const char *_Nonnull name, const char *_Nonnull path);
    void *_Nullable slot_302;
    tacho_ort_status *_Nullable (*_Nonnull GetEpDevices)(
        const tacho_ort_env *_Nonnull env, const tacho_ort_ep_device *_Nullable const *_Nullable
        *_Nonnull out, size_t *_Nonnull count);
    tacho_ort_status *_Nullable (*_Nonnull SessionOptionsAppendExecutionProvider_V2)(
        tacho_ort_session_options *_Nonnull options, tacho_ort_env *_Nonnull env, const
        tacho_ort_ep_device *_Nullable const *_Nonnull devices, size_t device_count, const char
        *_Nullable const *_Nonnull keys, const char *_Nullable const *_Nonnull values, size_t
        count);
    void *_Nullable slots_305_to_306[2];
    int (*_Nonnull HardwareDevice_Type)(const tacho_ort_hardware_device *_Nonnull device);
    void *_Nullable slots_308_to_311[4];
    const char *_Nullable (*_Nonnull EpDevice_EpName)(const tacho_ort_ep_device *_Nonnull device);

    /* From API version 24; asked for from 28 on, the oldest whose order was checked. */
    void *_Nullable slots_313_to_316[4];
    const void *_Nullable (*_Nonnull GetEpApi)(void);
    void *_Nullable slots_318_to_389[72];
    bool (*_Nonnull TensorTypeAndShape_HasShape)(const tacho_ort_tensor_info *_Nonnull info);
    void *_Nullable slots_391_to_406[16];
    tacho_ort_status *_Nullable (*_Nonnull Session_GetEpGraphAssignmentInfo)(
        const tacho_ort_session *_Nonnull session, const tacho_ort_ep_subgraph *_Nullable const
        *_Nullable *_Nonnull out, size_t *_Nonnull count);
    tacho_ort_status *_Nullable (*_Nonnull EpAssignedSubgraph_GetEpName)(
        const tacho_ort_ep_subgraph *_Nonnull subgraph, const char *_Nullable *_Nonnull out);
    tacho_ort_status *_Nullable (*_Nonnull EpAssignedSubgraph_GetNodes)(
        const tacho_ort_ep_subgraph *_Nonnull subgraph, const tacho_ort_ep_node *_Nullable const
        *_Nullable *_Nonnull out, size_t *_Nonnull count);

    /* From API version 27; likewise asked for from 28 on. */
    void *_Nullable slots_410_to_414[5];
    tacho_ort_status *_Nullable (*_Nonnull RunOptionsEnableProfiling)(
        tacho_ort_run_options *_Nonnull options, const char *_Nonnull file_prefix);
    void *_Nullable slots_416_to_418[3];
    tacho_ort_status *_Nullable (*_Nonnull GetMemPatternEnabled)(
        const tacho_ort_session_options *_Nonnull options, int *_Nonnull out);
    tacho_ort_status *_Nullable (*_Nonnull GetSessionExecutionMode)(
        const tacho_ort_session_options *_Nonnull options, int *_Nonnull out);
} tacho_ort_api;

/* What the exported symbol OrtGetApiBase returns. */
typedef struct tacho_ort_api_base {
    const tacho_ort_api *_Nullable (*_Nonnull GetApi)(uint32_t version);
    const char *_Nonnull (*_Nonnull GetVersionString)(void);
} tacho_ort_api_base;

typedef const tacho_ort_api_base *_Nullable (*tacho_ort_get_api_base)(void);

/* Path of the shared library that a symbol was loaded from, as the loader knows it; NULL where it does not. */
const char *_Nullable tacho_library_of(const void *_Nonnull symbol);

#endif
