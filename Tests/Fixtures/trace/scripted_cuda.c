/* A program that uses a scripted device: it loads the library in CUDA_INJECTION64_PATH as the driver would.
 * scripted_cuda ROUNDS: launches. scripted_cuda gaps|others|memory: a scene of the device. scripted_cuda fast EVENTS: launches
 * without pauses. scripted_cuda calls THREADS: the scene in so many threads.
 * scripted_cuda fastcalls LAUNCHES: the scene again and again. scripted_cuda switched MILLISECONDS: prints how many kinds of activity are on before, inside and behind a
 * range, and after a pause. */
#include <dlfcn.h>
#include <nvtx3/nvToolsExt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *device;

static void *entry(const char *name) {
    void *function = device == NULL ? NULL : dlsym(device, name);
    if (function == NULL) { exit(4); }
    return function;
}

static void switched(int milliseconds) {
    int (*enabled)(void) = (int (*)(void))entry("scripted_enabled");
    void (*launch)(int) = (void (*)(int))entry("scripted_launch");
    launch(0);
    int before = enabled();
    nvtxRangePushA("step");
    int inside = enabled();
    launch(1);
    usleep(50);
    nvtxRangePop();
    int behind = enabled();
    launch(2);
    usleep((unsigned)milliseconds * 1000);
    printf("%d %d %d %d\n", before, inside, behind, enabled());
    launch(3);
}

static void *calls(void *unused) {
    (void)unused;
    ((void (*)(void))entry("scripted_calls"))();
    return NULL;
}

int main(int argc, char **argv) {
    void *injected = dlopen(getenv("CUDA_INJECTION64_PATH"), RTLD_NOW);
    int (*initialize)(void) = injected == NULL ? NULL : (int (*)(void))dlsym(injected, "InitializeInjection");
    if (initialize == NULL || initialize() != 1) { return 3; }
    device = dlopen(getenv("TACHO_CUPTI_LIBRARY"), RTLD_NOW);
    const char *mode = argv[1];
    if (strcmp(mode, "switched") == 0) {
        switched(atoi(argv[2]));
        return 0;
    }
    if (strcmp(mode, "fastcalls") == 0) {
        for (int i = 0; i < atoi(argv[2]) / 100; i++) { calls(NULL); }
        return 0;
    }
    if (strcmp(mode, "calls") == 0) {
        pthread_t threads[16];
        int count = atoi(argv[2]);
        for (int i = 0; i < count; i++) { pthread_create(&threads[i], NULL, calls, NULL); }
        for (int i = 0; i < count; i++) { pthread_join(threads[i], NULL); }
        return 0;
    }
    if (mode[0] < '0' || mode[0] > '9') {
        int is_fast = strcmp(mode, "fast") == 0;
        char name[64];
        snprintf(name, sizeof name, "scripted_%s", mode);
        void (*scene)(void) = is_fast ? NULL : (void (*)(void))entry(name);
        void (*launch)(int) = is_fast ? (void (*)(int))entry("scripted_launch") : NULL;
        nvtxRangePushA("scene");
        if (is_fast) {
            for (int round = 0; round < atoi(argv[2]) / 3; round++) { launch(round * 2 + 1); }
        } else {
            scene();
        }
        nvtxRangePop();
        return 0;
    }
    void (*launch)(int) = device == NULL ? NULL : (void (*)(int))dlsym(device, "scripted_launch");
    for (int round = 0; round < atoi(mode); round++) {
        nvtxRangePushA("step");
        if (launch != NULL) { launch(round); }
        usleep(30);
        nvtxRangePop();
    }
    return 0;
}
