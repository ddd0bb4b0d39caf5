/* CUPTI's functions for PM sampling, found at run time. */
#ifndef TACHO_PM_LIBRARY_H
#define TACHO_PM_LIBRARY_H

#include "devices.h"
#include "pm_abi.h"

typedef struct tacho_pm_library {
    void *library;
    int (*text)(int, const char **);
    int (*initialize)(pm_initialize *);
    int (*chip)(pm_chip *);
    int (*availability)(pm_availability *);
    int (*host)(pm_host *);
    int (*host_end)(pm_host_end *);
    int (*add)(pm_add *);
    int (*config_size)(pm_config_size *);
    int (*config)(pm_config *);
    int (*passes)(pm_passes *);
    int (*evaluate)(pm_evaluate *);
    int (*enable)(pm_enable *);
    int (*disable)(pm_object *);
    int (*set)(pm_set *);
    int (*start)(pm_object *);
    int (*stop)(pm_object *);
    int (*decode)(pm_decode *);
    int (*data_size)(pm_data_size *);
    int (*data)(pm_data *);
    int (*information)(pm_information *);
    int (*sample)(pm_sample *);
} tacho_pm_library;

extern tacho_pm_library tacho_pm;

/* Opens the library and finds its functions; says what is missing. Returns whether all is there. */
int tacho_pm_library_open(tacho_devices *devices);

/* CUPTI's words for a result. */
const char *tacho_pm_text(int result);

#endif
