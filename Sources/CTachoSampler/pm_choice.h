/* What a device's hardware can sample together. */
#ifndef TACHO_PM_CHOICE_H
#define TACHO_PM_CHOICE_H

#include "pm_library.h"

#define TACHO_QUANTITIES 8u

typedef struct tacho_quantity {
    const char *name;
    const char *unit;
    int is_bus;            /* in NVML's place */
    const char *names[4];  /* CUPTI's, the best first; chips know it by one or the other */
} tacho_quantity;

extern const tacho_quantity tacho_quantities[TACHO_QUANTITIES];

typedef struct tacho_pm_choice {
    void *host;
    uint8_t *config;
    size_t config_bytes;
    const char *names[TACHO_QUANTITIES];
    size_t which[TACHO_QUANTITIES]; /* of the quantities each name is */
    size_t count;
} tacho_pm_choice;

/* Takes every quantity where all go together, else as many as fit, the most telling first; the others are named in notes.
 * Returns CUPTI's result, or -1 where memory is short. */
int tacho_pm_choose(
    tacho_devices *devices, const tacho_device *device, tacho_pm_choice *choice, const char *chip, const uint8_t *availability);

void tacho_pm_choice_release(tacho_pm_choice *choice);

#endif
