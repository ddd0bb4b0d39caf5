/* The layer hook: see provider.c. Its interface to the process that profiles is tacho_layer_sink.h. */
#ifndef TACHO_LAYER_HOOK_H
#define TACHO_LAYER_HOOK_H

#include "tacho_layer_sink.h"

uint32_t tacho_layer_hook_version(void);
void tacho_layer_hook_offer(tacho_layer_sink *sink);
void tacho_layer_hook_tell(tacho_layer_sink *sink);
void tacho_layer_hook_forget(tacho_layer_sink *sink);

#endif
