#define _GNU_SOURCE /* dladdr */
#include "tacho_onnxruntime.h"

#include <dlfcn.h>

const char *tacho_library_of(const void *symbol) {
    Dl_info information;
    return dladdr(symbol, &information) != 0 ? information.dli_fname : NULL;
}
