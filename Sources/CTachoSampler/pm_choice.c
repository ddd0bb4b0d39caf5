#include "pm_choice.h"

#include <stdlib.h>
#include <string.h>

const tacho_quantity tacho_quantities[TACHO_QUANTITIES] = {
    {"sm.active", "percent", 0,
     {"sm__cycles_active.avg.pct_of_peak_sustained_elapsed",
      "TPC.TriageCompute.sm__cycles_active.avg.pct_of_peak_sustained_elapsed"}},
    {"tensor.active", "percent", 0,
     {"sm__pipe_tensor_cycles_active.avg.pct_of_peak_sustained_elapsed",
      "TPC.TriageCompute.sm__pipe_tensor_cycles_active_realtime.avg.pct_of_peak_sustained_elapsed",
      "sm__pipe_tensor_cycles_active_realtime.avg.pct_of_peak_sustained_elapsed",
      "sm__inst_executed_pipe_tensor.avg.pct_of_peak_sustained_elapsed"}},
    /* Not dramc__*: on an H100 those say an eightieth of what is copied. */
    {"dram.read", "percent", 0,
     {"dram__read_throughput.avg.pct_of_peak_sustained_elapsed",
      "dram__cycles_active_read.avg.pct_of_peak_sustained_elapsed"}},
    {"dram.write", "percent", 0,
     {"dram__write_throughput.avg.pct_of_peak_sustained_elapsed",
      "dram__cycles_active_write.avg.pct_of_peak_sustained_elapsed"}},
    {"pcie.in", "bytes/s", 1, {"pcie__read_bytes.sum.per_second"}},
    {"pcie.out", "bytes/s", 1, {"pcie__write_bytes.sum.per_second"}},
    {"nvlink.in", "bytes/s", 0, {"nvlrx__bytes.sum.per_second"}},
    {"nvlink.out", "bytes/s", 0, {"nvltx__bytes.sum.per_second"}}};

/* Makes the host object and the config image for these names. Returns CUPTI's result; `passes` is how many it would take. */
static int configure(tacho_pm_choice *choice, const char *chip, const uint8_t *availability, size_t count, size_t *passes) {
    if (choice->host != NULL) {
        pm_host_end end = {PM_SIZE(pm_host_end, object), NULL, choice->host};
        tacho_pm.host_end(&end);
        choice->host = NULL;
    }
    /* Without its last field, which CUPTI of CUDA 13.0 refuses to see: sizes that ended earlier stay valid. */
    pm_host host = {PM_SIZE(pm_host, object), NULL, PM_KIND, chip, availability, NULL, NULL};
    int result = tacho_pm.host(&host);
    if (result != PM_OK) { return result; }
    choice->host = host.object;
    pm_add add = {PM_SIZE(pm_add, count), NULL, choice->host, choice->names, count};
    if ((result = tacho_pm.add(&add)) != PM_OK) { return result; }
    pm_config_size size = {PM_SIZE(pm_config_size, bytes), NULL, choice->host, 0};
    if ((result = tacho_pm.config_size(&size)) != PM_OK) { return result; }
    uint8_t *image = realloc(choice->config, size.bytes);
    if (image == NULL) { return -1; }
    choice->config = image;
    choice->config_bytes = size.bytes;
    pm_config config = {PM_SIZE(pm_config, image), NULL, choice->host, size.bytes, image};
    if ((result = tacho_pm.config(&config)) != PM_OK) { return result; }
    pm_passes of = {PM_SIZE(pm_passes, passes), NULL, size.bytes, image, 0};
    result = tacho_pm.passes(&of);
    *passes = of.passes;
    return result;
}

int tacho_pm_choose(
    tacho_devices *devices, const tacho_device *device, tacho_pm_choice *choice, const char *chip,
    const uint8_t *availability) {
    size_t passes = 0, which[TACHO_QUANTITIES];
    for (size_t i = 0; i < TACHO_QUANTITIES; i++) {
        choice->names[i] = tacho_quantities[i].names[0];
        which[i] = i;
    }
    choice->count = TACHO_QUANTITIES;
    int result = configure(choice, chip, availability, TACHO_QUANTITIES, &passes);
    if (result != PM_OK || passes != 1) {
        size_t count = 0, configured = 0;
        for (size_t i = 0; i < TACHO_QUANTITIES; i++) {
            int is_taken = 0, is_known = 0;
            for (size_t j = 0; j < sizeof tacho_quantities[i].names / sizeof tacho_quantities[i].names[0] && !is_taken && tacho_quantities[i].names[j] != NULL; j++) {
                choice->names[count] = tacho_quantities[i].names[j];
                int tried = configure(choice, chip, availability, count + 1, &passes);
                if (tried != PM_OK) { result = tried; }
                is_known |= tried == PM_OK;
                is_taken = tried == PM_OK && passes == 1;
            }
            configured = count + 1;
            if (is_taken) {
                which[count++] = i;
            } else {
                tacho_devices_note(
                    devices, "device metrics: %s of device %u is not sampled: %s", tacho_quantities[i].name,
                    device->number,
                    is_known ? "it does not fit in one pass with the others"
                             : "this device or this version of CUPTI does not know it");
            }
        }
        if (count == 0) { return result == PM_OK ? PM_NOT_SUPPORTED : result; }
        choice->count = count;
        result = configured == count ? PM_OK : configure(choice, chip, availability, count, &passes);
    }
    if (result != PM_OK) { return result; }
    memcpy(choice->which, which, sizeof which);
    return PM_OK;
}

void tacho_pm_choice_release(tacho_pm_choice *choice) {
    if (choice->host != NULL) {
        pm_host_end end = {PM_SIZE(pm_host_end, object), NULL, choice->host};
        tacho_pm.host_end(&end);
    }
    free(choice->config);
    memset(choice, 0, sizeof *choice);
}
