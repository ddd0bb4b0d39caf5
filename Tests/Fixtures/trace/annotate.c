/* Makes a known set of NVTX calls from several threads: annotate THREADS ROUNDS.
 *
 * Each round of thread t: an outer range, inside it one of a domain with all attributes, inside that a mark and a
 * range with a wide text; then a start/end range, ended by the thread itself or, in odd rounds, by the main thread.
 */
#include <assert.h>
#include <nvtx3/nvToolsExt.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int rounds;
static nvtxDomainHandle_t domains[3];
static nvtxStringHandle_t registered[3];
static nvtxRangeId_t *left_open;

static nvtxEventAttributes_t attributes(void) {
    nvtxEventAttributes_t a;
    memset(&a, 0, sizeof a);
    a.version = NVTX_VERSION;
    a.size = NVTX_EVENT_ATTRIB_STRUCT_SIZE;
    return a;
}

static void *work(void *argument) {
    int t = (int)(intptr_t)argument;
    char name[64];
    snprintf(name, sizeof name, "worker %d", t);
    nvtxNameOsThreadA((uint32_t)syscall(SYS_gettid), name);
    nvtxDomainHandle_t domain = domains[t % 3];
    for (int i = 0; i < rounds; i++) {
        char text[64]; /* the same buffer with another text each time */
        snprintf(text, sizeof text, "outer %d", i % 7);
        nvtxRangePushA(text);
        nvtxEventAttributes_t a = attributes();
        a.messageType = NVTX_MESSAGE_TYPE_REGISTERED;
        a.message.registered = registered[t % 3];
        a.category = 5;
        a.colorType = NVTX_COLOR_ARGB;
        a.color = 0xFF336699;
        a.payloadType = NVTX_PAYLOAD_TYPE_INT64;
        a.payload.llValue = -((int64_t)t * 1000000 + i);
        nvtxDomainRangePushEx(domain, &a);
        nvtxEventAttributes_t m = attributes();
        m.messageType = NVTX_MESSAGE_TYPE_ASCII;
        m.message.ascii = "mark";
        m.payloadType = NVTX_PAYLOAD_TYPE_DOUBLE;
        m.payload.dValue = i + 0.5;
        nvtxDomainMarkEx(domain, &m);
        nvtxRangePushW(L"wide \u00e9 \u4e16");
        nvtxRangePop();
        nvtxDomainRangePop(domain);
        nvtxRangePop();
        nvtxEventAttributes_t s = attributes();
        s.messageType = NVTX_MESSAGE_TYPE_ASCII;
        s.message.ascii = "request";
        s.payloadType = NVTX_PAYLOAD_TYPE_UNSIGNED_INT64;
        s.payload.ullValue = UINT64_MAX - (uint64_t)i;
        nvtxRangeId_t id = nvtxDomainRangeStartEx(domain, &s);
        if (i % 2 == 0) {
            nvtxDomainRangeEnd(domain, id);
        } else {
            left_open[(size_t)t * (size_t)rounds + (size_t)i] = id;
        }
    }
    return NULL;
}

int main(int count, char **values) {
    int threads = count > 1 ? atoi(values[1]) : 1;
    rounds = count > 2 ? atoi(values[2]) : 100;
    left_open = calloc((size_t)threads * (size_t)rounds, sizeof *left_open);
    for (int d = 0; d < 3; d++) {
        char name[32];
        snprintf(name, sizeof name, "domain %d", d);
        domains[d] = nvtxDomainCreateA(name);
        registered[d] = nvtxDomainRegisterStringA(domains[d], "registered");
        nvtxDomainNameCategoryA(domains[d], 5, "fifth");
    }
    pthread_t *handles = calloc((size_t)threads, sizeof *handles);
    for (int t = 1; t < threads; t++) { pthread_create(&handles[t], NULL, work, (void *)(intptr_t)t); }
    work((void *)0);
    for (int t = 1; t < threads; t++) { pthread_join(handles[t], NULL); }
    for (int i = 0; i < threads * rounds; i++) {
        if (left_open[i] != 0) { nvtxDomainRangeEnd(domains[(i / rounds) % 3], left_open[i]); }
    }
    return count > 3 ? atoi(values[3]) : 0;
}
