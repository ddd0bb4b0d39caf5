// The files in page/, embedded by the compiler. A test checks that none is missing from the list.
#include "ctacho_page.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char index_html[] = {
#embed "page/index.html"
};
static const unsigned char style_css[] = {
#embed "page/style.css"
};
static const unsigned char main_js[] = {
#embed "page/main.js"
};

const tacho_page_file tacho_page_files[] = {
    {"index.html", index_html, sizeof index_html},
    {"main.js", main_js, sizeof main_js},
    {"style.css", style_css, sizeof style_css},
};
const size_t tacho_page_file_count = sizeof tacho_page_files / sizeof tacho_page_files[0];

const tacho_page_file *tacho_page_file_at(size_t index) { return &tacho_page_files[index]; }
