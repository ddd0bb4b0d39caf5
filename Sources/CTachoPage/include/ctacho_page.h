#ifndef CTACHO_PAGE_H
#define CTACHO_PAGE_H

#include <stddef.h>

// The files of the page in the browser, kept inside the program: a copied binary has its page with it.
typedef struct {
    // Relative to Sources/CTachoPage/page, for example "timeline/view.js".
    const char *path;
    const unsigned char *bytes;
    size_t size;
} tacho_page_file;

extern const tacho_page_file tacho_page_files[];
// As a call: Swift does not see an array of no given length.
const tacho_page_file *tacho_page_file_at(size_t index);
extern const size_t tacho_page_file_count;

#endif
