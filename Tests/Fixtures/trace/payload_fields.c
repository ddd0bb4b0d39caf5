/* One event with each kind of field that a payload can have, through NVTX's extension. */
#include <nvtx3/nvToolsExtPayload.h>
#include <stdio.h>
#include <string.h>

enum phase { PREFILL = 1, DECODE = 2 };
typedef struct point { int16_t x; double y; } point;
typedef struct request {
    uint32_t tokens;
    int8_t priority;
    enum phase phase;
    uint32_t options;
    float scale[3];
    char model[12];
    point at;
    point corners[2];
    const char *text;
    uint32_t selected;
    union { uint32_t whole; float part; } value;
    uint64_t label;
} request;

static nvtxDomainHandle_t domain;

static uint64_t schema(const char *name, uint64_t type, const nvtxPayloadSchemaEntry_t *entries, size_t count, size_t size, uint64_t id) {
    nvtxPayloadSchemaAttr_t a;
    memset(&a, 0, sizeof a);
    a.fieldMask = NVTX_PAYLOAD_SCHEMA_ATTR_FIELD_NAME | NVTX_PAYLOAD_SCHEMA_ATTR_FIELD_TYPE | NVTX_PAYLOAD_SCHEMA_ATTR_FIELD_ENTRIES
        | NVTX_PAYLOAD_SCHEMA_ATTR_FIELD_NUM_ENTRIES | (size > 0 ? NVTX_PAYLOAD_SCHEMA_ATTR_FIELD_STATIC_SIZE : 0)
        | (id > 0 ? NVTX_PAYLOAD_SCHEMA_ATTR_FIELD_SCHEMA_ID : 0);
    a.name = name;
    a.type = type;
    a.entries = entries;
    a.numEntries = count;
    a.payloadStaticSize = size;
    a.schemaId = id;
    return nvtxPayloadSchemaRegister(domain, &a);
}

static uint64_t enumeration(const char *name, const nvtxPayloadEnum_t *entries, size_t count, size_t size) {
    nvtxPayloadEnumAttr_t a;
    memset(&a, 0, sizeof a);
    a.fieldMask = NVTX_PAYLOAD_ENUM_ATTR_FIELD_NAME | NVTX_PAYLOAD_ENUM_ATTR_FIELD_ENTRIES | NVTX_PAYLOAD_ENUM_ATTR_FIELD_NUM_ENTRIES
        | NVTX_PAYLOAD_ENUM_ATTR_FIELD_SIZE;
    a.name = name;
    a.entries = entries;
    a.numEntries = count;
    a.sizeOfEnum = size;
    return nvtxPayloadEnumRegister(domain, &a);
}

static void mark(const char *name, const nvtxPayloadData_t *data, size_t count) {
    nvtxEventAttributes_t event;
    memset(&event, 0, sizeof event);
    event.version = NVTX_VERSION;
    event.size = NVTX_EVENT_ATTRIB_STRUCT_SIZE;
    event.messageType = NVTX_MESSAGE_TYPE_ASCII;
    event.message.ascii = name;
    NVTX_PAYLOAD_EVTATTR_SET_MULTIPLE_N(event, data, count)
    nvtxDomainMarkEx(domain, &event);
}

int main(void) {
    domain = nvtxDomainCreateA("fields");
    const nvtxPayloadEnum_t phases[] = {{"prefill", PREFILL, 0}, {"decode", DECODE, 0}};
    const nvtxPayloadEnum_t options[] = {{"greedy", 1, 1}, {"cached", 4, 1}};
    uint64_t phase_id = enumeration("phase", phases, 2, sizeof(enum phase));
    uint64_t options_id = enumeration("options", options, 2, 4);
    /* A number of the program's own, and places that follow from alignment. */
    const nvtxPayloadSchemaEntry_t point_fields[] = {
        {.type = NVTX_PAYLOAD_ENTRY_TYPE_INT16, .name = "x"}, {.type = NVTX_PAYLOAD_ENTRY_TYPE_DOUBLE, .name = "y"}};
    uint64_t point_id = schema("point", NVTX_PAYLOAD_SCHEMA_TYPE_STATIC, point_fields, 2, 0, NVTX_PAYLOAD_SCHEMA_ID_STATIC_START + 5);
    const nvtxPayloadSchemaEntry_t value_fields[] = {
        {.type = NVTX_PAYLOAD_ENTRY_TYPE_UINT32, .name = "whole"}, {.type = NVTX_PAYLOAD_ENTRY_TYPE_FLOAT, .name = "part"}};
    uint64_t value_id = schema("value", NVTX_PAYLOAD_SCHEMA_TYPE_UNION, value_fields, 2, 4, 0);
#define AT(member) .offset = offsetof(request, member), .name = #member
    const nvtxPayloadSchemaEntry_t fields[] = {
        {.type = NVTX_PAYLOAD_ENTRY_TYPE_UINT32, AT(tokens)},
        {.type = NVTX_PAYLOAD_ENTRY_TYPE_INT8, AT(priority)},
        {.type = phase_id, AT(phase)},
        {.type = options_id, AT(options)},
        {.type = NVTX_PAYLOAD_ENTRY_TYPE_FLOAT, .flags = NVTX_PAYLOAD_ENTRY_FLAG_ARRAY_FIXED_SIZE, .arrayOrUnionDetail = 3, AT(scale)},
        {.type = NVTX_PAYLOAD_ENTRY_TYPE_CSTRING, .arrayOrUnionDetail = 12, AT(model)},
        {.type = point_id, AT(at)},
        {.type = point_id, .flags = NVTX_PAYLOAD_ENTRY_FLAG_ARRAY_FIXED_SIZE, .arrayOrUnionDetail = 2, AT(corners)},
        {.type = NVTX_PAYLOAD_ENTRY_TYPE_CSTRING, AT(text)},
        {.type = NVTX_PAYLOAD_ENTRY_TYPE_UINT32, .flags = NVTX_PAYLOAD_ENTRY_FLAG_HIDE, AT(selected)},
        {.type = value_id, .arrayOrUnionDetail = 9, AT(value)},
        {.type = NVTX_PAYLOAD_ENTRY_TYPE_UINT64, AT(label)}};
    uint64_t id = schema("request", NVTX_PAYLOAD_SCHEMA_TYPE_STATIC, fields, sizeof fields / sizeof fields[0], sizeof(request), 0);
    const char text[] = "what is it?";
    request value = {640, -3, DECODE, 5, {0.5f, 1, 2}, "llama", {-7, 2.25}, {{1, 1}, {2, 2}}, text, 1, {.part = 0.125f}, UINT64_MAX};
    const nvtxPayloadData_t both[] = {{id, sizeof value, &value}, {NVTX_TYPE_PAYLOAD_SCHEMA_REFERENCED, sizeof text, text}};
    mark("request", both, 2);

    /* Lengths that are in the data. */
    const nvtxPayloadSchemaEntry_t lengths[] = {
        {.type = NVTX_PAYLOAD_ENTRY_TYPE_UINT8, .name = "count"},
        {.type = NVTX_PAYLOAD_ENTRY_TYPE_UINT16, .flags = NVTX_PAYLOAD_ENTRY_FLAG_ARRAY_LENGTH_INDEX, .arrayOrUnionDetail = 0, .name = "sizes"},
        {.type = NVTX_PAYLOAD_ENTRY_TYPE_CSTRING_UTF8, .flags = NVTX_PAYLOAD_ENTRY_FLAG_ARRAY_ZERO_TERMINATED, .name = "word"},
        {.type = NVTX_PAYLOAD_ENTRY_TYPE_UINT32, .name = "last"}};
    uint64_t list_id = schema("list", NVTX_PAYLOAD_SCHEMA_TYPE_DYNAMIC, lengths, 4, 0, 0);
    const unsigned char list[] = {3, 0, 10, 0, 20, 0, 30, 0, 'a', 'b', 0, 0, 9, 0, 0, 0};
    mark("list", &(nvtxPayloadData_t){list_id, sizeof list, list}, 1);

    /* Without a schema: numbers, and a text whose size the tool finds out. */
    const int32_t numbers[] = {4, -5};
    mark("numbers", &(nvtxPayloadData_t){NVTX_PAYLOAD_ENTRY_TYPE_INT32, sizeof numbers, numbers}, 1);
    mark("text", &(nvtxPayloadData_t){NVTX_PAYLOAD_ENTRY_TYPE_CSTRING, SIZE_MAX, "as long as it is"}, 1);
    printf("%d\n", (int)(point_id == NVTX_PAYLOAD_SCHEMA_ID_STATIC_START + 5));
    return 0;
}
