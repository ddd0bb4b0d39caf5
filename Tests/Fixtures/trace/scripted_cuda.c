/* A program that uses a scripted device: it loads the library in CUDA_INJECTION64_PATH as the driver would.
 * scripted_cuda ROUNDS */
#include <dlfcn.h>
#include <nvtx3/nvToolsExt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
    void *injected = dlopen(getenv("CUDA_INJECTION64_PATH"), RTLD_NOW);
    int (*initialize)(void) = injected == NULL ? NULL : (int (*)(void))dlsym(injected, "InitializeInjection");
    if (initialize == NULL || initialize() != 1) { return 3; }
    void *device = dlopen(getenv("TACHO_CUPTI_LIBRARY"), RTLD_NOW);
    void (*launch)(int) = device == NULL ? NULL : (void (*)(int))dlsym(device, "scripted_launch");
    for (int round = 0; round < atoi(argv[1]); round++) {
        nvtxRangePushA("step");
        if (launch != NULL) { launch(round); }
        usleep(30);
        nvtxRangePop();
    }
    return 0;
}
