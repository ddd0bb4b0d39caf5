#define _GNU_SOURCE
#include "tacho_affinity.h"

#include <errno.h>
#include <sched.h>

uint32_t tacho_affinity_get(uint32_t *processors, uint32_t room) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) { return 0; }
    uint32_t count = 0;
    for (uint32_t number = 0; number < CPU_SETSIZE; number++) {
        if (!CPU_ISSET(number, &set)) { continue; }
        if (count < room) { processors[count] = number; }
        count++;
    }
    return count;
}

int tacho_affinity_set(uint32_t processor) {
    if (processor >= CPU_SETSIZE) { return EINVAL; }
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    return sched_setaffinity(0, sizeof set, &set) == 0 ? 0 : errno;
}
