/* What NVTX calls cost: cost CALLS. Prints the least of five rounds of each, in nanoseconds a call or a pair. */
#include <nvtx3/nvToolsExt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

int main(int argc, char **argv) {
    int calls = argc > 1 ? atoi(argv[1]) : 1000000;
    nvtxDomainHandle_t domain = nvtxDomainCreateA("domain");
    nvtxEventAttributes_t event;
    memset(&event, 0, sizeof event);
    event.version = NVTX_VERSION;
    event.size = NVTX_EVENT_ATTRIB_STRUCT_SIZE;
    event.messageType = NVTX_MESSAGE_TYPE_REGISTERED;
    event.message.registered = nvtxDomainRegisterStringA(domain, "registered");
    double least[3] = {1e9, 1e9, 1e9};
    for (int round = 0; round < 5; round++) {
        double start = now();
        for (int i = 0; i < calls; i++) {
            nvtxRangePushA("inference step");
            nvtxRangePop();
        }
        double pairs = now();
        for (int i = 0; i < calls; i++) {
            nvtxDomainRangePushEx(domain, &event);
            nvtxDomainRangePop(domain);
        }
        double registered = now();
        for (int i = 0; i < calls; i++) { nvtxMarkA("mark"); }
        double marks = now();
        double each[3] = {pairs - start, registered - pairs, marks - registered};
        for (int k = 0; k < 3; k++) {
            if (each[k] / calls < least[k]) { least[k] = each[k] / calls; }
        }
    }
    printf("%.1f %.1f %.1f\n", least[0], least[1], least[2]);
    return 0;
}
