#include "cuda_calls.h"

#include <string.h>

#include "cuda_functions.h"
#include "cuda_records.h"
#include "cupti_abi.h"
#include "tacho_monotonic.h"

#define DOMAINS 3u /* 0 is none */

static tacho_cupti_callbacks cupti;
static void *subscriber;
/* What each function is, by its number in its domain: a tacho_cuda_function. */
static uint8_t functions[DOMAINS][TACHO_CUDA_CALLBACKS];

/* MARK: A call */

static void append_wait(
    tacho_thread *thread, tacho_cuda_function what, const cupti_call *call, const tacho_cuda_open_call *open, uint64_t end) {
    uint32_t stream = CUPTI_NO_STREAM;
    uint32_t type = what == TACHO_CUDA_WAITS_FOR_CONTEXT ? CUPTI_SYNCHRONIZATION_CONTEXT : CUPTI_SYNCHRONIZATION_EVENT;
    if (what == TACHO_CUDA_WAITS_FOR_STREAM || what == TACHO_CUDA_STREAM_WAITS_FOR_EVENT) {
        type = what == TACHO_CUDA_WAITS_FOR_STREAM ? CUPTI_SYNCHRONIZATION_STREAM : CUPTI_SYNCHRONIZATION_WAIT_EVENT;
        /* The stream is the first parameter of all of them. */
        void *handle = *(void *const *)call->parameters;
        size_t length = strlen(call->name);
        uint8_t is_of_thread = length > 5 && strcmp(call->name + length - 5, "_ptsz") == 0;
        if (cupti.stream_number == NULL || cupti.stream_number(call->context, handle, is_of_thread, &stream) != 0) {
            stream = CUPTI_NO_STREAM;
        }
    }
    tacho_cuda_append_wait(thread, type, call->context_number, stream, open->start, end, open->correlation);
}

/* What a call calls itself belongs to it and is not recorded: CUDA's runtime is made of calls of the driver. */
static void record_call(tacho_thread *thread, uint32_t domain, uint32_t function, const cupti_call *call) {
    tacho_cuda_open_call *open = &thread->call;
    if (call->site == CUPTI_CALL_ENTERED) {
        if (open->depth++ > 0) { return; }
        open->domain = domain;
        open->function = function;
        open->correlation = call->correlation;
        open->start = (uint64_t)tacho_monotonic_ns();
        return;
    }
    /* Collection may have been turned on, or off and on again, in the middle of a call. */
    if (open->depth == 0 || --open->depth > 0) { return; }
    if (open->domain != domain || open->function != function) { return; }
    uint64_t end = (uint64_t)tacho_monotonic_ns();
    uint32_t class = domain == CUPTI_DOMAIN_RUNTIME ? TACHO_CUDA_RUNTIME_CALL : TACHO_CUDA_DRIVER_CALL;
    int32_t result = call->result == NULL ? 0 : *call->result;
    tacho_cuda_append_call(thread, class, thread->id, call->name, result, open->start, end, open->correlation);
    tacho_cuda_function what = functions[domain][function];
    if (what > TACHO_CUDA_IS_RECORDED) { append_wait(thread, what, call, open, end); }
}

/* The program marks its capture range. Starting counts from the exit, stopping from the entry. */
static void follow_profiler(uint32_t function, uint32_t site) {
    tacho_control *control = tacho_state.control;
    if (control == NULL || control->settings.capture != TACHO_CAPTURE_PROFILER) { return; }
    const tacho_trace_settings *settings = &control->settings;
    if (function == CUPTI_DRIVER_PROFILER_START && site == CUPTI_CALL_LEFT && !tacho_control_is_collecting(control)) {
        if (settings->captures != 0 && atomic_load(&control->captures_begun) >= settings->captures) { return; }
        atomic_fetch_add(&control->captures_begun, 1);
        tacho_control_set_collecting(control, 1);
        tacho_cuda_follow();
    } else if (function == CUPTI_DRIVER_PROFILER_STOP && site == CUPTI_CALL_ENTERED && settings->keeps_running == 0) {
        tacho_control_set_collecting(control, 0);
        tacho_cuda_follow();
    }
}

static int is_of_profiler(uint32_t domain, uint32_t function) {
    return domain == CUPTI_DOMAIN_DRIVER
        && (function == CUPTI_DRIVER_PROFILER_START || function == CUPTI_DRIVER_PROFILER_STOP);
}

static void called(void *user, uint32_t domain, uint32_t function, const void *information) {
    (void)user;
    if (domain >= DOMAINS || function >= TACHO_CUDA_CALLBACKS) { return; }
    const cupti_call *call = information;
    if (is_of_profiler(domain, function)) { follow_profiler(function, call->site); }
    if (!tacho_is_collecting()) { return; }
    tacho_thread *thread = tacho_thread_begin(TACHO_RECORD_CUDA_CALL);
    if (thread == NULL) { return; }
    record_call(thread, domain, function, call);
    tacho_thread_end(thread);
}

/* MARK: The way in */

int tacho_cuda_calls_subscribe(const tacho_cupti_callbacks *functions_of_cupti) {
    cupti = *functions_of_cupti;
    int records_all = (tacho_state.control->settings.trace & TACHO_TRACE_ALL_APIS) != 0;
    for (uint32_t domain = CUPTI_DOMAIN_DRIVER; domain <= CUPTI_DOMAIN_RUNTIME; domain++) {
        for (uint32_t function = 1; function < TACHO_CUDA_CALLBACKS; function++) {
            const char *name = NULL;
            if (cupti.name(domain, function, &name) != 0 || name == NULL) { continue; }
            tacho_cuda_function what = tacho_cuda_function_of(name);
            functions[domain][function] = what == TACHO_CUDA_ASKS_THE_HOST && records_all ? TACHO_CUDA_IS_RECORDED : what;
        }
    }
    int result = cupti.subscribe(&subscriber, called, NULL);
    if (result != 0) { return result; }
    if (tacho_state.control->settings.capture == TACHO_CAPTURE_PROFILER) {
        cupti.enable(1, subscriber, CUPTI_DOMAIN_DRIVER, CUPTI_DRIVER_PROFILER_START);
        cupti.enable(1, subscriber, CUPTI_DOMAIN_DRIVER, CUPTI_DRIVER_PROFILER_STOP);
    }
    return 0;
}

void tacho_cuda_calls_follow(int is_collecting) {
    int hears_profiler = tacho_state.control->settings.capture == TACHO_CAPTURE_PROFILER;
    for (uint32_t domain = CUPTI_DOMAIN_DRIVER; domain <= CUPTI_DOMAIN_RUNTIME; domain++) {
        for (uint32_t function = 1; function < TACHO_CUDA_CALLBACKS; function++) {
            if (functions[domain][function] == TACHO_CUDA_ASKS_THE_HOST) { continue; }
            if (hears_profiler && is_of_profiler(domain, function)) { continue; }
            cupti.enable((uint32_t)is_collecting, subscriber, domain, function);
        }
    }
}
