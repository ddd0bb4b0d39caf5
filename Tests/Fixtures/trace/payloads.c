/* Events with payloads of a layout of their own, through NVTX's extension: payloads COUNT. */
#include <nvtx3/nvToolsExtPayload.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct shape {
    uint32_t batch;
    uint32_t tokens;
    double load;
} shape;

int main(int argc, char **argv) {
    nvtxDomainHandle_t domain = nvtxDomainCreateA("model");
    nvtxPayloadSchemaEntry_t entries[] = {
        {0, NVTX_PAYLOAD_ENTRY_TYPE_UINT32, "batch", NULL, 0, offsetof(shape, batch), NULL, NULL},
        {0, NVTX_PAYLOAD_ENTRY_TYPE_UINT32, "tokens", NULL, 0, offsetof(shape, tokens), NULL, NULL},
        {0, NVTX_PAYLOAD_ENTRY_TYPE_DOUBLE, "load", NULL, 0, offsetof(shape, load), NULL, NULL}};
    nvtxPayloadSchemaAttr_t attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.fieldMask = NVTX_PAYLOAD_SCHEMA_ATTR_FIELD_NAME | NVTX_PAYLOAD_SCHEMA_ATTR_FIELD_TYPE
        | NVTX_PAYLOAD_SCHEMA_ATTR_FIELD_ENTRIES | NVTX_PAYLOAD_SCHEMA_ATTR_FIELD_NUM_ENTRIES
        | NVTX_PAYLOAD_SCHEMA_ATTR_FIELD_STATIC_SIZE;
    attributes.name = "shape";
    attributes.type = NVTX_PAYLOAD_SCHEMA_TYPE_STATIC;
    attributes.entries = entries;
    attributes.numEntries = 3;
    attributes.payloadStaticSize = sizeof(shape);
    uint64_t schema = nvtxPayloadSchemaRegister(domain, &attributes);
    for (int i = 0; i < atoi(argv[1]); i++) {
        shape value = {(uint32_t)i, 128, 0.5};
        nvtxPayloadData_t data = {schema, sizeof value, &value};
        nvtxEventAttributes_t event;
        memset(&event, 0, sizeof event);
        event.version = NVTX_VERSION;
        event.size = NVTX_EVENT_ATTRIB_STRUCT_SIZE;
        event.messageType = NVTX_MESSAGE_TYPE_ASCII;
        event.message.ascii = "decode";
        NVTX_PAYLOAD_EVTATTR_SET_MULTIPLE_N(event, &data, 1)
        nvtxDomainRangePushEx(domain, &event);
        nvtxDomainRangePop(domain);
        nvtxRangePushPayload(domain, &data, 1);
        nvtxRangePopPayload(domain, NULL, 0);
        nvtxMarkPayload(domain, &data, 1);
    }
    printf("%d %llu\n", (int)nvtxDomainIsEnabled(domain), (unsigned long long)schema);
    return 0;
}
