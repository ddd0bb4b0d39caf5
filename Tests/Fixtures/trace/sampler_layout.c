/* Holds our words for NVML and for CUPTI's PM sampling against their own headers: it compiles, or a layout has changed. */
#include <cupti_pmsampling.h>
#include <cupti_profiler_host.h>
#include <cupti_profiler_target.h>
#include <cupti_result.h>
#include <cupti_target.h>
#define NVML_NO_UNVERSIONED_FUNC_DEFS
#include <nvml.h>

#include "nvml_abi.h"
#include "pm_abi.h"

#define SAME(ours, field, theirs, name) \
    _Static_assert(offsetof(ours, field) == offsetof(theirs, name), #theirs "." #name)
#define WHOLE(ours, last, theirs) _Static_assert(PM_SIZE(ours, last) == theirs##_STRUCT_SIZE, #theirs)
#define NUMBER(ours, theirs) _Static_assert((int)(ours) == (int)(theirs), #theirs)

_Static_assert(sizeof(nvml_pci) == sizeof(nvmlPciInfo_t), "nvmlPciInfo_t");
SAME(nvml_pci, domain, nvmlPciInfo_t, domain); SAME(nvml_pci, bus, nvmlPciInfo_t, bus);
SAME(nvml_pci, device, nvmlPciInfo_t, device); SAME(nvml_pci, text, nvmlPciInfo_t, busId);
SAME(nvml_utilization, memory, nvmlUtilization_t, memory);
_Static_assert(sizeof(nvml_utilization) == sizeof(nvmlUtilization_t), "nvmlUtilization_t");
SAME(nvml_memory, used, nvmlMemory_t, used);
_Static_assert(sizeof(nvml_memory) == sizeof(nvmlMemory_t), "nvmlMemory_t");
NUMBER(NVML_OK, NVML_SUCCESS); NUMBER(NVML_NOT_SUPPORTED, NVML_ERROR_NOT_SUPPORTED);
NUMBER(NVML_NO_PERMISSION, NVML_ERROR_NO_PERMISSION); NUMBER(NVML_SM_CLOCK, NVML_CLOCK_SM);
NUMBER(NVML_MEMORY_CLOCK, NVML_CLOCK_MEM); NUMBER(NVML_DIE_TEMPERATURE, NVML_TEMPERATURE_GPU);
NUMBER(NVML_PCIE_OUT, NVML_PCIE_UTIL_TX_BYTES); NUMBER(NVML_PCIE_IN, NVML_PCIE_UTIL_RX_BYTES);

WHOLE(pm_initialize, reserved, CUpti_Profiler_Initialize_Params);
WHOLE(pm_chip, name, CUpti_Device_GetChipName_Params);
SAME(pm_chip, device, CUpti_Device_GetChipName_Params, deviceIndex);
SAME(pm_chip, name, CUpti_Device_GetChipName_Params, pChipName);
WHOLE(pm_availability, image, CUpti_PmSampling_GetCounterAvailability_Params);
SAME(pm_availability, bytes, CUpti_PmSampling_GetCounterAvailability_Params, counterAvailabilityImageSize);
WHOLE(pm_host, set, CUpti_Profiler_Host_Initialize_Params);
SAME(pm_host, kind, CUpti_Profiler_Host_Initialize_Params, profilerType);
SAME(pm_host, chip, CUpti_Profiler_Host_Initialize_Params, pChipName);
SAME(pm_host, availability, CUpti_Profiler_Host_Initialize_Params, pCounterAvailabilityImage);
SAME(pm_host, object, CUpti_Profiler_Host_Initialize_Params, pHostObject);
WHOLE(pm_host_end, object, CUpti_Profiler_Host_Deinitialize_Params);
WHOLE(pm_add, count, CUpti_Profiler_Host_ConfigAddMetrics_Params);
SAME(pm_add, names, CUpti_Profiler_Host_ConfigAddMetrics_Params, ppMetricNames);
WHOLE(pm_config_size, bytes, CUpti_Profiler_Host_GetConfigImageSize_Params);
WHOLE(pm_config, image, CUpti_Profiler_Host_GetConfigImage_Params);
WHOLE(pm_passes, passes, CUpti_Profiler_Host_GetNumOfPasses_Params);
SAME(pm_passes, image, CUpti_Profiler_Host_GetNumOfPasses_Params, pConfigImage);
WHOLE(pm_evaluate, values, CUpti_Profiler_Host_EvaluateToGpuValues_Params);
SAME(pm_evaluate, index, CUpti_Profiler_Host_EvaluateToGpuValues_Params, rangeIndex);
SAME(pm_evaluate, names, CUpti_Profiler_Host_EvaluateToGpuValues_Params, ppMetricNames);
WHOLE(pm_enable, object, CUpti_PmSampling_Enable_Params);
WHOLE(pm_object, object, CUpti_PmSampling_Start_Params);
WHOLE(pm_object, object, CUpti_PmSampling_Stop_Params);
WHOLE(pm_object, object, CUpti_PmSampling_Disable_Params);
WHOLE(pm_set, append, CUpti_PmSampling_SetConfig_Params);
SAME(pm_set, config, CUpti_PmSampling_SetConfig_Params, pConfig);
SAME(pm_set, buffer, CUpti_PmSampling_SetConfig_Params, hardwareBufferSize);
SAME(pm_set, interval, CUpti_PmSampling_SetConfig_Params, samplingInterval);
SAME(pm_set, trigger, CUpti_PmSampling_SetConfig_Params, triggerMode);
WHOLE(pm_data_size, bytes, CUpti_PmSampling_GetCounterDataSize_Params);
SAME(pm_data_size, samples, CUpti_PmSampling_GetCounterDataSize_Params, maxSamples);
WHOLE(pm_data, image, CUpti_PmSampling_CounterDataImage_Initialize_Params);
WHOLE(pm_decode, overflow, CUpti_PmSampling_DecodeData_Params);
SAME(pm_decode, stopped, CUpti_PmSampling_DecodeData_Params, decodeStopReason);
WHOLE(pm_information, completed, CUpti_PmSampling_GetCounterDataInfo_Params);
WHOLE(pm_sample, end, CUpti_PmSampling_CounterData_GetSampleInfo_Params);
SAME(pm_sample, start, CUpti_PmSampling_CounterData_GetSampleInfo_Params, startTimestamp);
NUMBER(PM_NOT_SUPPORTED, CUPTI_ERROR_NOT_SUPPORTED);
NUMBER(PM_INVALID_CONTEXT, CUPTI_ERROR_INVALID_CONTEXT);
NUMBER(PM_OVERFLOW, CUPTI_ERROR_OUT_OF_MEMORY);
NUMBER(PM_INSUFFICIENT_PRIVILEGES, CUPTI_ERROR_INSUFFICIENT_PRIVILEGES);
NUMBER(PM_VIRTUALIZED_INSUFFICIENT_PRIVILEGES, CUPTI_ERROR_VIRTUALIZED_DEVICE_INSUFFICIENT_PRIVILEGES);
NUMBER(PM_KIND, CUPTI_PROFILER_TYPE_PM_SAMPLING);
NUMBER(PM_BY_CYCLES, CUPTI_PM_SAMPLING_TRIGGER_MODE_GPU_SYSCLK_INTERVAL);
NUMBER(PM_BY_TIME, CUPTI_PM_SAMPLING_TRIGGER_MODE_GPU_TIME_INTERVAL);
NUMBER(PM_KEEP_OLDEST, CUPTI_PM_SAMPLING_HARDWARE_BUFFER_APPEND_MODE_KEEP_OLDEST);
NUMBER(PM_STOP_FULL, CUPTI_PM_SAMPLING_DECODE_STOP_REASON_COUNTER_DATA_FULL);
