/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "common/buf.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#include <cmocka.h>

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

static int malloc_fails_at; /* 0: never; n: the n-th call from now */

void *
__wrap_malloc(size_t size)
{
	if (malloc_fails_at > 0 && --malloc_fails_at == 0)
		return NULL;
	return __real_malloc(size);
}

ssize_t __wrap_read(int fd, void *block, size_t size);

/* What read() says, call by call: bytes, or a negative errno. */
static const int *reads;

ssize_t
__wrap_read(int fd, void *block, size_t size)
{
	int said = *reads++;

	assert_int_equal(fd, 7);
	if (said < 0) {
		errno = -said;
		return -1;
	}
	assert_true((size_t)said <= size);
	memset(block, 'x', (size_t)said);
	return said;
}

static void
text_grows_over_many_adds(void **state)
{
	CLEANUP(buf_clear) struct buf buf = BUF_INIT(10000);
	CLEANUP(string_free) char *text = NULL;

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		buf_addf(&buf, "%u,", i % 10);
	assert_int_equal(buf_take(&buf, &text), 0);
	assert_int_equal(strlen(text), 2000);
	assert_memory_equal(text + 1998, "9,", 2);
	assert_null(buf.data);
}

static void
empty_buffer_gives_an_empty_text(void **state)
{
	CLEANUP(buf_clear) struct buf buf = BUF_INIT(1);
	CLEANUP(string_free) char *text = NULL;

	(void)state;
	assert_int_equal(buf_take(&buf, &text), 0);
	assert_string_equal(text, "");
}

static void
ceiling_sticks_and_nothing_more_is_added(void **state)
{
	CLEANUP(buf_clear) struct buf buf = BUF_INIT(5);
	char *text = NULL;

	(void)state;
	buf_adds(&buf, "12345");
	assert_int_equal(buf_error(&buf), 0);
	buf_addc(&buf, '6');
	buf_adds(&buf, "");
	assert_int_equal(buf_error(&buf), -E2BIG);
	assert_int_equal(buf_take(&buf, &text), -E2BIG);
	assert_null(text);
	assert_null(buf.data);
}

static void
formatted_text_respects_the_ceiling(void **state)
{
	CLEANUP(buf_clear) struct buf buf = BUF_INIT(4);

	(void)state;
	buf_addf(&buf, "%05d", 1);
	assert_int_equal(buf_error(&buf), -E2BIG);
}

static void
segments_are_encoded_and_dots_refused(void **state)
{
	static const struct {
		const char *value, *encoded;
		int error;
	} rows[] = {
		{ "alice", "alice", 0 },
		{ "a/b", "a%2Fb", 0 },
		{ "a b?c#d%", "a%20b%3Fc%23d%25", 0 },
		{ "...", "...", 0 },
		{ "\xc3\xa9", "%C3%A9", 0 },
		{ "..", NULL, -EINVAL },
		{ ".", NULL, -EINVAL },
		{ "", NULL, -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(buf_clear) struct buf buf = BUF_INIT(100);

		buf_add_segment(&buf, rows[i].value);
		assert_int_equal(buf_error(&buf), rows[i].error);
		if (rows[i].error == 0)
			assert_string_equal(buf_text(&buf), rows[i].encoded);
	}
}

static void
clean_text_has_no_controls_and_no_bidi(void **state)
{
	static const struct {
		const char *text, *clean;
	} rows[] = {
		{ "plain \xc3\xa9 \xe2\x82\xac",
		    "plain \xc3\xa9 \xe2\x82\xac" },
		{ "\033[31mred\a", "?[31mred?" },
		{ "a\nb\tc", "a?b?c" },
		{ "x\xe2\x80\xae"
		  "evil",
		    "x?evil" }, /* RLO */
		{ "x\xe2\x81\xa6"
		  "iso",
		    "x?iso" }, /* LRI */
		{ "c1 \xc2\x9b"
		  "31m",
		    "c1 ?31m" }, /* CSI */
		{ "bad \xff\xfe", "bad ??" },
		{ "cut \xe2\x82", "cut ??" },
		{ "overlong \xc0\xaf", "overlong ??" },
		{ "surrogate \xed\xa0\x80", "surrogate ???" },
		{ "big \xf4\x90\x80\x80", "big ????" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(buf_clear) struct buf buf = BUF_INIT(200);

		buf_add_clean(&buf, rows[i].text, 100);
		assert_string_equal(buf_text(&buf), rows[i].clean);
	}
}

static void
clean_text_is_cut_at_its_limit(void **state)
{
	CLEANUP(buf_clear) struct buf buf = BUF_INIT(200);

	(void)state;
	buf_add_clean(&buf, "abc\xc3\xa9", 4);
	assert_string_equal(buf_text(&buf), "abc?");
}

static void
file_is_read_until_its_end(void **state)
{
	static const struct {
		int reads[5];
		int error;
		size_t len, used; /* used: calls of read() */
	} rows[] = {
		{ { 0 }, 0, 0, 1 },
		{ { 5, 0 }, 0, 5, 2 },
		{ { 5, 1, 4, 0 }, 0, 10, 4 },
		{ { -EINTR, 5, -EINTR, 0 }, 0, 5, 4 },
		{ { -EIO }, -EIO, 0, 1 },
		{ { 5, -EISDIR, 5 }, -EISDIR, 5, 2 },
		{ { 8, 3, 5 }, -E2BIG, 8, 2 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(buf_clear) struct buf buf = BUF_INIT(10);

		reads = rows[i].reads;
		buf_add_file(&buf, 7);
		assert_int_equal(buf_error(&buf), rows[i].error);
		assert_int_equal(strlen(buf_text(&buf)), rows[i].len);
		assert_int_equal(reads - rows[i].reads, rows[i].used);
	}
}

static void
every_failed_allocation_is_reported(void **state)
{
	(void)state;
	for (int n = 1;; n++) {
		CLEANUP(buf_clear) struct buf buf = BUF_INIT(4096);
		CLEANUP(string_free) char *text = NULL;
		int error;

		malloc_fails_at = n;
		for (unsigned i = 0; i < 40; i++)
			buf_addf(&buf, "%s", "0123456789");
		error = buf_take(&buf, &text);
		if (malloc_fails_at > 0) {
			malloc_fails_at = 0;
			assert_int_equal(error, 0);
			assert_int_equal(strlen(text), 400);
			assert_true(n > 2);
			break;
		}
		assert_int_equal(error, -ENOMEM);
		assert_null(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_grows_over_many_adds),
		cmocka_unit_test(empty_buffer_gives_an_empty_text),
		cmocka_unit_test(ceiling_sticks_and_nothing_more_is_added),
		cmocka_unit_test(formatted_text_respects_the_ceiling),
		cmocka_unit_test(segments_are_encoded_and_dots_refused),
		cmocka_unit_test(clean_text_has_no_controls_and_no_bidi),
		cmocka_unit_test(clean_text_is_cut_at_its_limit),
		cmocka_unit_test(file_is_read_until_its_end),
		cmocka_unit_test(every_failed_allocation_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
