#include "tacho_load.h"

#include <errno.h>
#include <sys/prctl.h>

int tacho_set_timer_slack(uint64_t nanoseconds) {
    return prctl(PR_SET_TIMERSLACK, (unsigned long)nanoseconds, 0ul, 0ul, 0ul) == 0 ? 0 : errno;
}
