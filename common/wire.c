/* SPDX-License-Identifier: BSD-2-Clause */
/* The packets of doc/PROTOCOL.md; see wire.h. */
#include "config.h"

#include "common/wire.h"

#include "common/buf.h"

#include <errno.h>
#include <string.h>

#define HEADER_SIZE 4
#define FIELD_HEADER_SIZE 4

enum kind {
	KIND_NONE,
	KIND_U32,
	KIND_U64,
	KIND_TEXT,
	KIND_SECRET,
	KIND_U32S
};

/* clang-format off */
static const struct {
	enum kind kind;
	size_t max_size;	/* bytes of the value, a text's NUL included */
} fields[] = {
	[WIRE_OPERATION]     = { KIND_U32, 4 },
	[WIRE_SERVICE]       = { KIND_TEXT, 65 },
	[WIRE_USER]          = { KIND_TEXT, 256 },
	[WIRE_RUNAS]         = { KIND_TEXT, 256 },
	[WIRE_TTY]           = { KIND_TEXT, 65 },
	[WIRE_RHOST]         = { KIND_TEXT, 256 },
	[WIRE_RUSER]         = { KIND_TEXT, 256 },
	[WIRE_LOCALE]        = { KIND_TEXT, 33 },
	[WIRE_AUDIT_SESSION] = { KIND_U32, 4 },
	[WIRE_PROCESS_START] = { KIND_U64, 8 },
	[WIRE_PARENT_PID]    = { KIND_U32, 4 },
	[WIRE_PARENT_START]  = { KIND_U64, 8 },
	[WIRE_FLAGS]         = { KIND_U32, 4 },
	[WIRE_LOGIN]         = { KIND_TEXT, WIRE_LOGIN_LEN + 1 },
	[WIRE_ANSWER_TEXT]   = { KIND_SECRET, WIRE_ANSWER_MAX + 1 },
	[WIRE_NAME]          = { KIND_TEXT, 256 },
	[WIRE_VERB]          = { KIND_TEXT, 33 },
	[WIRE_ARGUMENTS]     = { KIND_TEXT, 8192 },
	[WIRE_PROMPT_KIND]   = { KIND_U32, 4 },
	[WIRE_ECHO]          = { KIND_U32, 4 },
	[WIRE_TEXT]          = { KIND_TEXT, 4096 },
	[WIRE_SHOW_KIND]     = { KIND_U32, 4 },
	[WIRE_CODE]          = { KIND_U32, 4 },
	[WIRE_RECORD_KIND]   = { KIND_U32, 4 },
	[WIRE_UID]           = { KIND_U32, 4 },
	[WIRE_GID]           = { KIND_U32, 4 },
	[WIRE_GECOS]         = { KIND_TEXT, 256 },
	[WIRE_HOME]          = { KIND_TEXT, 256 },
	[WIRE_SHELL]         = { KIND_TEXT, 256 },
	[WIRE_GROUPS]        = { KIND_U32S, 4096 },
	[WIRE_ROW_JSON]      = { KIND_TEXT, 12288 },
	[WIRE_STATUS]        = { KIND_U32, 4 },
};
_Static_assert(ARRAY_LEN(fields) == WIRE_FIELD_COUNT, "one row a field");

#define F(field) (UINT64_C(1) << (field))

static const struct {
	enum wire_type type;
	uint64_t required;
	uint64_t optional;
} messages[] = {
	{ WIRE_BEGIN, F(WIRE_OPERATION) | F(WIRE_SERVICE) | F(WIRE_USER),
	    F(WIRE_RUNAS) | F(WIRE_TTY) | F(WIRE_RHOST) | F(WIRE_RUSER) |
	    F(WIRE_LOCALE) | F(WIRE_AUDIT_SESSION) | F(WIRE_PROCESS_START) |
	    F(WIRE_PARENT_PID) | F(WIRE_PARENT_START) | F(WIRE_FLAGS) |
	    F(WIRE_LOGIN) },
	{ WIRE_ANSWER, F(WIRE_ANSWER_TEXT), 0 },
	{ WIRE_CANCEL, 0, 0 },
	{ WIRE_LOOKUP, F(WIRE_NAME), 0 },
	{ WIRE_ADMIN, F(WIRE_VERB), F(WIRE_ARGUMENTS) },
	{ WIRE_PROMPT, F(WIRE_PROMPT_KIND) | F(WIRE_ECHO) | F(WIRE_TEXT), 0 },
	{ WIRE_SHOW, F(WIRE_SHOW_KIND) | F(WIRE_TEXT), 0 },
	{ WIRE_DONE, F(WIRE_CODE), F(WIRE_LOGIN) },
	{ WIRE_RECORD, F(WIRE_RECORD_KIND),
	    F(WIRE_NAME) | F(WIRE_UID) | F(WIRE_GID) | F(WIRE_GECOS) |
	    F(WIRE_HOME) | F(WIRE_SHELL) | F(WIRE_GROUPS) },
	{ WIRE_ROW, F(WIRE_ROW_JSON), 0 },
	{ WIRE_END, F(WIRE_STATUS), F(WIRE_TEXT) },
};
/* clang-format on */

static const uint64_t found_needs =
    F(WIRE_NAME) | F(WIRE_UID) | F(WIRE_GID) | F(WIRE_HOME) | F(WIRE_SHELL);

static uint32_t
get_be(const uint8_t *bytes, size_t count)
{
	uint32_t value = 0;

	for (size_t i = 0; i < count; i++)
		value = value << 8 | bytes[i];
	return value;
}

static void
put_be(uint8_t *bytes, uint64_t value, size_t count)
{
	for (size_t i = count; i > 0; i--) {
		bytes[i - 1] = (uint8_t)(value & 0xff);
		value >>= 8;
	}
}

/* UTF-8, one NUL at the end, nothing that would move a cursor. */
static bool
text_is_valid(const uint8_t *value, size_t size)
{
	const char *text = (const char *)value;
	size_t len;

	if (size < 2 || value[size - 1] != '\0')
		return false;
	for (len = size - 1; len > 0;) {
		unsigned point = 0;
		size_t step = utf8_character(text, len, &point);

		if (step == 0 ||
		    (!utf8_is_clean(point) && point != '\n' && point != '\t'))
			return false;
		text += step;
		len -= step;
	}
	return true;
}

static bool
value_is_valid(enum wire_field field, const uint8_t *value, size_t size)
{
	if (size > fields[field].max_size)
		return false;
	switch (fields[field].kind) {
	case KIND_U32:
		return size == 4;
	case KIND_U64:
		return size == 8;
	case KIND_TEXT:
		return text_is_valid(value, size);
	case KIND_SECRET:
		return size >= 1 &&
		    memchr(value, '\0', size) == value + size - 1;
	case KIND_U32S:
		return size % 4 == 0;
	case KIND_NONE:
		return false;
	}
	return false;
}

void
wire_start(struct wire_writer *writer, enum wire_type type)
{
	writer->data[0] = WIRE_VERSION;
	writer->data[1] = (uint8_t)type;
	writer->data[2] = 0;
	writer->data[3] = 0;
	writer->len = HEADER_SIZE;
	writer->error = 0;
}

/* Room for a field of size bytes, its header written; NULL if it has none. */
static uint8_t *
add_field(struct wire_writer *writer, enum wire_field field, size_t size)
{
	uint8_t *value;

	if (writer->error != 0)
		return NULL;
	if (size > fields[field].max_size ||
	    size + FIELD_HEADER_SIZE > sizeof(writer->data) - writer->len) {
		writer->error = -E2BIG;
		return NULL;
	}
	value = writer->data + writer->len;
	put_be(value, field, 2);
	put_be(value + 2, size, 2);
	writer->len += FIELD_HEADER_SIZE + size;
	return value + FIELD_HEADER_SIZE;
}

void
wire_add_text(struct wire_writer *writer, enum wire_field field,
    const char *text)
{
	size_t size;
	uint8_t *value;

	if (text == NULL || text[0] == '\0')
		return;
	size = strlen(text) + 1;
	value = add_field(writer, field, size);
	if (value != NULL)
		memcpy(value, text, size);
}

void
wire_add_u32(struct wire_writer *writer, enum wire_field field, uint32_t number)
{
	uint8_t *value = add_field(writer, field, 4);

	if (value != NULL)
		put_be(value, number, 4);
}

void
wire_add_u64(struct wire_writer *writer, enum wire_field field, uint64_t number)
{
	uint8_t *value = add_field(writer, field, 8);

	if (value != NULL)
		put_be(value, number, 8);
}

void
wire_add_secret(struct wire_writer *writer, enum wire_field field,
    const char *bytes, size_t len)
{
	uint8_t *value = add_field(writer, field, len + 1);

	if (value == NULL)
		return;
	if (len > 0)
		memcpy(value, bytes, len);
	value[len] = '\0';
}

void
wire_add_u32s(struct wire_writer *writer, enum wire_field field,
    const uint32_t *values, size_t count)
{
	uint8_t *value = add_field(writer, field, count * 4);

	for (size_t i = 0; value != NULL && i < count; i++)
		put_be(value + 4 * i, values[i], 4);
}

int
wire_finish(const struct wire_writer *writer)
{
	struct wire_message message;

	if (writer->error != 0)
		return writer->error;
	return wire_parse(writer->data, writer->len, &message) == 0 ? 0
								    : -EINVAL;
}

void
wire_writer_clear(struct wire_writer *writer)
{
	explicit_bzero(writer, sizeof(*writer));
}

/* Whether the fields present are those the message lists. */
static bool
message_is_whole(const struct wire_message *message)
{
	uint64_t present = 0;

	for (size_t i = 1; i < WIRE_FIELD_COUNT; i++)
		if (message->field[i].value != NULL)
			present |= F(i);
	for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
		uint64_t required = messages[i].required;

		if (messages[i].type != message->type)
			continue;
		if (message->type == WIRE_RECORD &&
		    wire_u32(message, WIRE_RECORD_KIND, 0) == WIRE_RECORD_FOUND)
			required |= found_needs;
		return (present & required) == required &&
		    (present & ~(required | messages[i].optional)) == 0;
	}
	return false;
}

int
wire_parse(const void *packet, size_t len, struct wire_message *out_message)
{
	struct wire_message message = { 0 };
	const uint8_t *data = packet;
	size_t at = HEADER_SIZE;

	if (len < HEADER_SIZE || len > WIRE_PACKET_MAX)
		return -EPROTO;
	if (data[0] != WIRE_VERSION)
		return -EPROTONOSUPPORT;
	if (data[2] != 0 || data[3] != 0)
		return -EPROTO;
	message.type = (enum wire_type)data[1];
	while (at < len) {
		size_t field, size;

		if (len - at < FIELD_HEADER_SIZE)
			return -EPROTO;
		field = get_be(data + at, 2);
		size = get_be(data + at + 2, 2);
		at += FIELD_HEADER_SIZE;
		if (field == 0 || field >= WIRE_FIELD_COUNT ||
		    size > len - at || message.field[field].value != NULL ||
		    !value_is_valid((enum wire_field)field, data + at, size))
			return -EPROTO;
		message.field[field].value = data + at;
		message.field[field].len = size;
		at += size;
	}
	if (!message_is_whole(&message))
		return -EPROTO;
	*out_message = message;
	return 0;
}

const char *
wire_text(const struct wire_message *message, enum wire_field field)
{
	return (const char *)message->field[field].value;
}

bool
wire_has(const struct wire_message *message, enum wire_field field)
{
	return message->field[field].value != NULL;
}

uint32_t
wire_u32(const struct wire_message *message, enum wire_field field,
    uint32_t fallback)
{
	if (!wire_has(message, field))
		return fallback;
	return get_be(message->field[field].value, 4);
}

uint64_t
wire_u64(const struct wire_message *message, enum wire_field field,
    uint64_t fallback)
{
	const uint8_t *value = message->field[field].value;

	if (value == NULL)
		return fallback;
	return (uint64_t)get_be(value, 4) << 32 | get_be(value + 4, 4);
}

size_t
wire_u32s_count(const struct wire_message *message, enum wire_field field)
{
	return message->field[field].len / 4;
}

uint32_t
wire_u32s_at(const struct wire_message *message, enum wire_field field,
    size_t i)
{
	return get_be(message->field[field].value + 4 * i, 4);
}
