/* Where CUPTI is looked for: by the library inside a traced program and by the sampler of devices alike. */
#ifndef TACHO_CUPTI_LIBRARY_H
#define TACHO_CUPTI_LIBRARY_H

#define TACHO_CUPTI_VARIABLE "TACHO_CUPTI_LIBRARY"

/* What the variable names; NULL where it names nothing. */
const char *tacho_cupti_named(void);

/* Loads the library that the variable names, else the first that the loader or CUDA's usual folder has.
 * NULL where there is none: dlerror(3) says why. */
void *tacho_cupti_library_open(void);

#endif
