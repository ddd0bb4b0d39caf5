#define _GNU_SOURCE
#include <string.h>

#include "collector.h"

/* Cuts at a character of UTF-8: not within the bytes of one. */
static uint32_t cut(const char *bytes, size_t length) {
    if (length <= TACHO_TEXT_BYTES) { return (uint32_t)length; }
    uint32_t end = TACHO_TEXT_BYTES;
    while (end > 0 && ((unsigned char)bytes[end] & 0xC0) == 0x80) { end--; }
    return end;
}

tacho_text tacho_text_of(const char *text) {
    if (text == NULL) { return (tacho_text){"", 0}; }
    return (tacho_text){text, cut(text, strnlen(text, TACHO_TEXT_BYTES + 1))};
}

tacho_text tacho_text_of_wide(const wchar_t *text, char *buffer) {
    uint32_t used = 0;
    for (; text != NULL && *text != 0 && used + 4 <= TACHO_TEXT_BYTES; text++) {
        uint32_t c = (uint32_t)*text;
        if (c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) { c = 0xFFFD; }
        if (c < 0x80) {
            buffer[used++] = (char)c;
        } else if (c < 0x800) {
            buffer[used++] = (char)(0xC0 | c >> 6);
            buffer[used++] = (char)(0x80 | (c & 0x3F));
        } else if (c < 0x10000) {
            buffer[used++] = (char)(0xE0 | c >> 12);
            buffer[used++] = (char)(0x80 | (c >> 6 & 0x3F));
            buffer[used++] = (char)(0x80 | (c & 0x3F));
        } else {
            buffer[used++] = (char)(0xF0 | c >> 18);
            buffer[used++] = (char)(0x80 | (c >> 12 & 0x3F));
            buffer[used++] = (char)(0x80 | (c >> 6 & 0x3F));
            buffer[used++] = (char)(0x80 | (c & 0x3F));
        }
    }
    return (tacho_text){buffer, used};
}
