#include "tacho_cupti_library.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>

const char *tacho_cupti_named(void) {
    const char *named = getenv(TACHO_CUPTI_VARIABLE);
    return named != NULL && named[0] != 0 ? named : NULL;
}

void *tacho_cupti_library_open(void) {
    static const char *const names[] = {
        "libcupti.so",    "libcupti.so.13", "libcupti.so.12", "/usr/local/cuda/extras/CUPTI/lib64/libcupti.so",
        "/usr/local/cuda/lib64/libcupti.so"};
    const char *named = tacho_cupti_named();
    if (named != NULL) { return dlopen(named, RTLD_NOW | RTLD_LOCAL); }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
        if (library != NULL) { return library; }
    }
    return NULL;
}
