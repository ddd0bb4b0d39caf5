#include <errno.h>
#include <string.h>

#include "collector.h"

/* Whether the options let a domain be recorded. The default domain is named by an empty text. */
static int passes_filter(const char *name) {
    const tacho_trace_settings *settings = &tacho_state.control->settings;
    if (settings->domain_filter == TACHO_DOMAINS_ALL) { return 1; }
    int is_named = 0;
    for (const char *each = settings->domains; *each != 0; each += strlen(each) + 1) {
        if (strcmp(each, name[0] == 0 ? "default" : name) == 0) { is_named = 1; }
    }
    return settings->domain_filter == TACHO_DOMAINS_INCLUDE ? is_named : !is_named;
}

void tacho_process_filter_default(void) {
    tacho_state.domains[0].is_recorded = (uint32_t)passes_filter("");
}

/* A domain of the same name is the same domain, also when another copy of NVTX in the process makes it. */
void *tacho_process_domain(tacho_text name) {
    int kept = errno;
    char text[sizeof tacho_state.domains[0].name];
    uint32_t length = name.length < sizeof text ? name.length : (uint32_t)sizeof text - 1;
    memcpy(text, name.bytes, length);
    text[length] = 0;
    pthread_mutex_lock(&tacho_state.lock);
    uint32_t count = atomic_load(&tacho_state.domain_count);
    tacho_domain *found = NULL;
    for (uint32_t i = 1; i < count && found == NULL; i++) {
        if (strcmp(tacho_state.domains[i].name, text) == 0) { found = &tacho_state.domains[i]; }
    }
    if (found == NULL) {
        /* Past the last place all further domains are one, so that their events are kept. */
        uint32_t number = count < TACHO_DOMAINS ? count : TACHO_DOMAINS - 1;
        found = &tacho_state.domains[number];
        if (count == TACHO_DOMAINS - 1) { strcpy(text, "(further domains)"); }
        if (count < TACHO_DOMAINS) {
            found->number = number;
            memcpy(found->name, text, sizeof text);
            found->is_recorded = tacho_state.control == NULL ? 0 : (uint32_t)passes_filter(text);
            atomic_store(&tacho_state.domain_count, count + 1);
            tacho_process_append_text(
                TACHO_RECORD_DOMAIN, number, 0, (tacho_text){text, (uint32_t)strlen(text)});
        }
    }
    pthread_mutex_unlock(&tacho_state.lock);
    errno = kept;
    return found;
}

void *tacho_process_resource(
    uint32_t domain, uint32_t type, uint64_t identifier, uint32_t registered, tacho_text text) {
    int kept = errno;
    pthread_mutex_lock(&tacho_state.lock);
    uint32_t size = (uint32_t)((sizeof(tacho_resource_record) + text.length + 7) & ~(size_t)7);
    tacho_resource_record *record = tacho_process_reserve(size);
    if (record != NULL) {
        record->header = (tacho_record_header){TACHO_RECORD_RESOURCE, (uint16_t)size, domain};
        record->identifier = identifier;
        record->type = type;
        record->registered = registered;
        record->length = text.length;
        record->reserved = 0;
        memcpy(record + 1, text.bytes, text.length);
        tacho_segment_commit(&tacho_state.writer, size);
    }
    pthread_mutex_unlock(&tacho_state.lock);
    errno = kept;
    /* Programs only hand it back: any address that is not NULL does. */
    return &tacho_state.domains[domain];
}
