/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "common/wire.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void
begin(struct wire_writer *writer)
{
	wire_start(writer, WIRE_BEGIN);
	wire_add_u32(writer, WIRE_OPERATION, WIRE_AUTHENTICATE);
	wire_add_text(writer, WIRE_SERVICE, "sshd");
	wire_add_text(writer, WIRE_USER, "alice");
}

static void
what_is_written_is_read(void **state)
{
	struct wire_writer writer;
	struct wire_message message;

	(void)state;
	begin(&writer);
	wire_add_text(&writer, WIRE_RHOST, "2001:db8::1");
	wire_add_u64(&writer, WIRE_PARENT_START, UINT64_C(0x0123456789abcdef));
	wire_add_u32(&writer, WIRE_PARENT_PID, 0xfffffffe);
	assert_int_equal(wire_finish(&writer), 0);
	assert_int_equal(wire_parse(writer.data, writer.len, &message), 0);
	assert_int_equal(message.type, WIRE_BEGIN);
	assert_string_equal(wire_text(&message, WIRE_USER), "alice");
	assert_string_equal(wire_text(&message, WIRE_RHOST), "2001:db8::1");
	assert_true(wire_u64(&message, WIRE_PARENT_START, 0) ==
	    UINT64_C(0x0123456789abcdef));
	assert_int_equal(wire_u32(&message, WIRE_PARENT_PID, 0), 0xfffffffe);
	assert_null(wire_text(&message, WIRE_TTY));
	assert_int_equal(wire_u32(&message, WIRE_FLAGS, 7), 7);
}

static void
an_empty_answer_is_an_answer(void **state)
{
	struct wire_writer writer;
	struct wire_message message;

	(void)state;
	wire_start(&writer, WIRE_ANSWER);
	wire_add_secret(&writer, WIRE_ANSWER_TEXT, "", 0);
	assert_int_equal(wire_finish(&writer), 0);
	assert_int_equal(wire_parse(writer.data, writer.len, &message), 0);
	assert_string_equal(wire_text(&message, WIRE_ANSWER_TEXT), "");
}

static void
lists_of_ids_keep_their_order(void **state)
{
	static const uint32_t gids[] = { 5, 1879048192, 7 };
	struct wire_writer writer;
	struct wire_message message;

	(void)state;
	wire_start(&writer, WIRE_RECORD);
	wire_add_u32(&writer, WIRE_RECORD_KIND, WIRE_RECORD_FOUND);
	wire_add_text(&writer, WIRE_NAME, "alice");
	wire_add_u32(&writer, WIRE_UID, 1879048192);
	wire_add_u32(&writer, WIRE_GID, 1879048192);
	wire_add_text(&writer, WIRE_HOME, "/home/alice");
	wire_add_text(&writer, WIRE_SHELL, "/bin/bash");
	wire_add_u32s(&writer, WIRE_GROUPS, gids, ARRAY_LEN(gids));
	assert_int_equal(wire_finish(&writer), 0);
	assert_int_equal(wire_parse(writer.data, writer.len, &message), 0);
	assert_int_equal(wire_u32s_count(&message, WIRE_GROUPS), 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(wire_u32s_at(&message, WIRE_GROUPS, i),
		    gids[i]);
}

static void
a_found_record_without_its_entry_is_malformed(void **state)
{
	struct wire_writer writer;

	(void)state;
	wire_start(&writer, WIRE_RECORD);
	wire_add_u32(&writer, WIRE_RECORD_KIND, WIRE_RECORD_FOUND);
	wire_add_text(&writer, WIRE_NAME, "alice");
	assert_int_equal(wire_finish(&writer), -EINVAL);
	wire_start(&writer, WIRE_RECORD);
	wire_add_u32(&writer, WIRE_RECORD_KIND, WIRE_RECORD_ABSENT);
	assert_int_equal(wire_finish(&writer), 0);
}

static void
writers_refuse_what_readers_would(void **state)
{
	static const char *const texts[] = {
		"esc \033[0m",
		"\xff",
		"bidi \xe2\x80\xae",
		"\x7f",
	};
	char name[300];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct wire_writer writer;

		wire_start(&writer, WIRE_LOOKUP);
		wire_add_text(&writer, WIRE_NAME, texts[i]);
		assert_int_equal(wire_finish(&writer), -EINVAL);
	}
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (size_t len = 254; len < 258; len++) {
		struct wire_writer writer;
		char cut[300];

		memcpy(cut, name, len);
		cut[len] = '\0';
		wire_start(&writer, WIRE_LOOKUP);
		wire_add_text(&writer, WIRE_NAME, cut);
		assert_int_equal(wire_finish(&writer), len <= 255 ? 0 : -E2BIG);
	}
}

static void
fields_of_other_messages_are_refused(void **state)
{
	struct wire_writer writer;

	(void)state;
	begin(&writer);
	wire_add_u32(&writer, WIRE_CODE, 0);
	assert_int_equal(wire_finish(&writer), -EINVAL);
	wire_start(&writer, WIRE_DONE);
	assert_int_equal(wire_finish(&writer), -EINVAL);
	wire_start(&writer, (enum wire_type)99);
	assert_int_equal(wire_finish(&writer), -EINVAL);
}

static void
a_field_stands_once(void **state)
{
	struct wire_writer writer;

	(void)state;
	begin(&writer);
	wire_add_text(&writer, WIRE_USER, "root");
	assert_int_equal(wire_finish(&writer), -EINVAL);
}

static void
malformed_packets_are_refused(void **state)
{
	static const struct {
		const char *label;
		const char *bytes;
		size_t len;
		int error;
	} rows[] = {
#define ROW(label, bytes, error) { label, bytes, sizeof(bytes) - 1, error }
		ROW("empty", "", -EPROTO),
		ROW("short header", "\1\3\0", -EPROTO),
		ROW("cancel", "\1\3\0\0", 0),
		ROW("version 0", "\0\3\0\0", -EPROTONOSUPPORT),
		ROW("version 2", "\2\3\0\0", -EPROTONOSUPPORT),
		ROW("reserved byte", "\1\3\1\0", -EPROTO),
		ROW("unknown type", "\1\6\0\0", -EPROTO),
		ROW("half a field header", "\1\3\0\0\0\1\0", -EPROTO),
		ROW("field 0", "\1\4\0\0\0\0\0\0", -EPROTO),
		ROW("field past the last", "\1\4\0\0\0\x40\0\0", -EPROTO),
		ROW("length past the end", "\1\4\0\0\0\x10\0\5bob\0", -EPROTO),
		ROW("name", "\1\4\0\0\0\x10\0\4bob\0", 0),
		ROW("name without NUL", "\1\4\0\0\0\x10\0\3bob", -EPROTO),
		ROW("NUL inside", "\1\4\0\0\0\x10\0\4b\0b\0", -EPROTO),
		ROW("empty text", "\1\4\0\0\0\x10\0\1\0", -EPROTO),
		ROW("no text at all", "\1\4\0\0\0\x10\0\0", -EPROTO),
		ROW("answer without NUL", "\1\2\0\0\0\x0f\0\1x", -EPROTO),
		ROW("answer with two NULs", "\1\2\0\0\0\x0f\0\3x\0\0", -EPROTO),
		ROW("short number", "\1\x43\0\0\0\x17\0\3\0\0\0", -EPROTO),
		ROW("long number", "\1\x43\0\0\0\x17\0\5\0\0\0\0\0", -EPROTO),
		ROW("done", "\1\x43\0\0\0\x17\0\4\0\0\0\x07", 0),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct wire_message message = { 0 };

		if (wire_parse(rows[i].bytes, rows[i].len, &message) !=
		    rows[i].error)
			fail_msg("%s", rows[i].label);
		if (rows[i].error != 0)
			assert_int_equal(message.type, 0);
	}
}

static void
a_packet_over_the_limit_is_refused(void **state)
{
	static uint8_t packet[WIRE_PACKET_MAX + 1] = { 1, 3, 0, 0 };
	struct wire_message message;

	(void)state;
	assert_int_equal(wire_parse(packet, sizeof(packet), &message), -EPROTO);
}

/* The page and the code: every field number, name, kind, limit. */
static void
protocol_page_and_table_agree(void **state)
{
	FILE *page = fopen(TEST_SRCDIR "/doc/PROTOCOL.md", "re");
	char line[1024];
	unsigned last = 0;

	(void)state;
	assert_non_null(page);
	while (fgets(line, sizeof(line), page) != NULL) {
		unsigned number;
		char *end;

		if (strstr(line, "| u32") == NULL &&
		    strstr(line, "| u64") == NULL &&
		    strstr(line, "| text |") == NULL &&
		    strstr(line, "| secret |") == NULL)
			continue;
		if (strncmp(line, "| ", 2) != 0 || strchr(line, '`') == NULL)
			continue;
		number = (unsigned)strtoul(line + 2, &end, 10);
		if (end == line + 2)
			continue;
		assert_int_equal(number, last + 1);
		last = number;
		if (strstr(line, "| text |") != NULL) {
			const char *limit = strstr(line, "| text |") + 9;
			unsigned long size = strtoul(limit, NULL, 10);
			struct wire_writer writer;
			char text[16000];

			memset(text, 'a', size);
			text[size] = '\0'; /* one too long */
			wire_start(&writer, WIRE_BEGIN);
			wire_add_text(&writer, (enum wire_field)number, text);
			assert_int_equal(writer.error, -E2BIG);
			text[size - 1] = '\0';
			wire_start(&writer, WIRE_BEGIN);
			wire_add_text(&writer, (enum wire_field)number, text);
			assert_int_equal(writer.error, 0);
		}
	}
	(void)fclose(page);
	assert_int_equal(last, WIRE_FIELD_COUNT - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(an_empty_answer_is_an_answer),
		cmocka_unit_test(lists_of_ids_keep_their_order),
		cmocka_unit_test(a_found_record_without_its_entry_is_malformed),
		cmocka_unit_test(writers_refuse_what_readers_would),
		cmocka_unit_test(fields_of_other_messages_are_refused),
		cmocka_unit_test(a_field_stands_once),
		cmocka_unit_test(malformed_packets_are_refused),
		cmocka_unit_test(a_packet_over_the_limit_is_refused),
		cmocka_unit_test(protocol_page_and_table_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
