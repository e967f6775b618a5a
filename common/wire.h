/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets of the agent's sockets, as doc/PROTOCOL.md has them: one table of
 * fields, one of messages, one writer and one reader for both ends.  Pure
 * functions over a buffer; wire_socket.h moves the packets.
 */
#ifndef COMMON_WIRE_H
#define COMMON_WIRE_H

#include "common/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_VERSION 1
#define WIRE_PACKET_MAX 16384
#define WIRE_LOGIN_LEN 32         /* hexadecimal digits of a login id */
#define WIRE_ANSWER_MAX 1024      /* bytes a person may type */
#define WIRE_PROMPT_MAX_MS 110000 /* the agent's longest wait for an answer */
#define WIRE_REPLY_MAX_MS 120000  /* a client's longest wait for a packet */

enum wire_type {
	WIRE_BEGIN = 1,
	WIRE_ANSWER = 2,
	WIRE_CANCEL = 3,
	WIRE_LOOKUP = 4,
	WIRE_ADMIN = 5,
	WIRE_PROMPT = 65,
	WIRE_SHOW = 66,
	WIRE_DONE = 67,
	WIRE_RECORD = 68,
	WIRE_ROW = 69,
	WIRE_END = 70,
};

enum wire_field {
	WIRE_OPERATION = 1,
	WIRE_SERVICE,
	WIRE_USER,
	WIRE_RUNAS,
	WIRE_TTY,
	WIRE_RHOST,
	WIRE_RUSER,
	WIRE_LOCALE,
	WIRE_AUDIT_SESSION,
	WIRE_PROCESS_START,
	WIRE_PARENT_PID,
	WIRE_PARENT_START,
	WIRE_FLAGS,
	WIRE_LOGIN,
	WIRE_ANSWER_TEXT,
	WIRE_NAME,
	WIRE_VERB,
	WIRE_ARGUMENTS,
	WIRE_PROMPT_KIND,
	WIRE_ECHO,
	WIRE_TEXT,
	WIRE_SHOW_KIND,
	WIRE_CODE,
	WIRE_RECORD_KIND,
	WIRE_UID,
	WIRE_GID,
	WIRE_GECOS,
	WIRE_HOME,
	WIRE_SHELL,
	WIRE_GROUPS,
	WIRE_ROW_JSON,
	WIRE_STATUS,
	WIRE_FIELD_COUNT
};

enum wire_operation {
	WIRE_AUTHENTICATE = 1,
	WIRE_ACCOUNT,
	WIRE_OPEN,
	WIRE_CLOSE,
	WIRE_CHAUTHTOK,
};

enum wire_prompt_kind {
	WIRE_PROMPT_PASSWORD = 1,
	WIRE_PROMPT_CODE,
	WIRE_PROMPT_MENU,
	WIRE_PROMPT_WAIT,
	WIRE_PROMPT_NEW_PASSWORD,
};

enum wire_show_kind {
	WIRE_SHOW_INFO = 1,
	WIRE_SHOW_ERROR
};

enum wire_record_kind {
	WIRE_RECORD_FOUND = 1,
	WIRE_RECORD_ABSENT,
	WIRE_RECORD_UNAVAILABLE,
};

enum wire_status {
	WIRE_STATUS_OK,
	WIRE_STATUS_REFUSED,
	WIRE_STATUS_USAGE,
	WIRE_STATUS_UNREACHABLE,
};

enum wire_flags {
	WIRE_FLAG_SILENT = 1,
	WIRE_FLAG_NO_EMPTY = 2,
	WIRE_FLAG_HAS_PASSWORD = 4,
};

/*
 * A packet being written.  Declare it, wire_start() it, add fields, and send
 * data[0..len).  The first failure sticks in error.  Wipe one that carried
 * an answer with wire_writer_clear().
 */
struct wire_writer {
	uint8_t data[WIRE_PACKET_MAX];
	size_t len;
	int error; /* 0, or a negative errno */
};

void wire_start(struct wire_writer *writer, enum wire_type type);
/* A NULL or empty text adds nothing.  Text is checked as the reader checks it. */
void wire_add_text(struct wire_writer *writer, enum wire_field field,
    const char *text);
void wire_add_u32(struct wire_writer *writer, enum wire_field field,
    uint32_t value);
void wire_add_u64(struct wire_writer *writer, enum wire_field field,
    uint64_t value);
/* len bytes without a NUL, at most WIRE_ANSWER_MAX. */
void wire_add_secret(struct wire_writer *writer, enum wire_field field,
    const char *bytes, size_t len);
void wire_add_u32s(struct wire_writer *writer, enum wire_field field,
    const uint32_t *values, size_t count);
/*
 * 0 if the packet is whole: every add succeeded and the reader would take it.
 * Else the first failure: -EINVAL (kind, text, missing field), -E2BIG.
 */
int wire_finish(const struct wire_writer *writer) MUST_CHECK;
void wire_writer_clear(struct wire_writer *writer);

/*
 * A packet read.  Values point into the caller's packet, which must stay.
 */
struct wire_message {
	enum wire_type type;
	struct {
		const uint8_t *value; /* NULL: absent */
		size_t len;
	} field[WIRE_FIELD_COUNT];
};

/*
 * Check a whole packet against the tables of fields and messages.  Returns 0
 * or -EPROTO (malformed) or -EPROTONOSUPPORT (another version); out_message
 * is written on success only.
 */
int wire_parse(const void *packet, size_t len, struct wire_message *out_message)
    MUST_CHECK;

/* A text or secret with its NUL, or NULL where the field is absent. */
const char *wire_text(const struct wire_message *message,
    enum wire_field field);
/* The value, or fallback where the field is absent. */
uint32_t wire_u32(const struct wire_message *message, enum wire_field field,
    uint32_t fallback);
uint64_t wire_u64(const struct wire_message *message, enum wire_field field,
    uint64_t fallback);
bool wire_has(const struct wire_message *message, enum wire_field field);
/* How many u32 a list has; the i-th of them. */
size_t wire_u32s_count(const struct wire_message *message,
    enum wire_field field);
uint32_t wire_u32s_at(const struct wire_message *message, enum wire_field field,
    size_t i);

#endif
