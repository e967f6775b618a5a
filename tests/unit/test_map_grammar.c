/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "nss_stytch/map_grammar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct row {
	const char *text;
	bool good;
};

static void
walk(const struct row *rows, size_t count,
    bool (*is_valid)(const char *text, size_t len))
{
	for (size_t i = 0; i < count; i++) {
		if (is_valid(rows[i].text, strlen(rows[i].text)) !=
		    rows[i].good)
			fail_msg("\"%s\" should be %s", rows[i].text,
			    rows[i].good ? "good" : "refused");
	}
}

static void
names_are_letters_digits_and_three_signs(void **state)
{
	static const struct row rows[] = {
		{ "alice", true },
		{ "_a", true },
		{ "a", true },
		{ "Alice.B-c_9", true },
		{ "a1234567890123456789012345678901", true },
		{ "a12345678901234567890123456789012", false },
		{ "", false },
		{ "1a", false },
		{ "0", false },
		{ "-rf", false },
		{ ".", false },
		{ "..", false },
		{ ".ssh", false },
		{ "a/b", false },
		{ "a:b", false },
		{ "a b", false },
		{ " a", false },
		{ "a\n", false },
		{ "a\tb", false },
		{ "a\x7f", false },
		{ "a@b", false },
		{ "a$", false },
		{ "+a", false },
		{ "a\\b", false },
		{ "a%b", false },
		{ "a,b", false },
		{ "\xc3\xa9mile", false },
		{ "a\xff", false },
	};

	(void)state;
	walk(rows, ARRAY_LEN(rows), map_account_name_is_valid);
	assert_false(map_account_name_is_valid("a\0b", 3));
}

static void
a_group_name_may_be_longer(void **state)
{
	char name[MAP_GROUP_NAME_MAX + 2];

	(void)state;
	memset(name, 'g', sizeof(name));
	assert_true(map_group_name_is_valid(name, MAP_GROUP_NAME_MAX));
	assert_false(map_group_name_is_valid(name, MAP_GROUP_NAME_MAX + 1));
	assert_false(map_account_name_is_valid(name, MAP_GROUP_NAME_MAX));
}

static void
gecos_is_clean_text_without_colons(void **state)
{
	static const struct row rows[] = {
		{ "", true },
		{ "Alice", true },
		{ "Alice Liddell, Christ Church, 1, 2", true },
		{ "\xc3\x89mile Zola", true },
		{ "\xe5\xb1\xb1\xe7\x94\xb0", true },
		{ "tilde ~", true },
		{ "a:b", false },
		{ ":", false },
		{ "12345678:", false },
		{ "1234567:", false },
		{ "12345678\n", false },
		{ "two\nlines", false },
		{ "tab\t", false },
		{ "\x1f", false },
		{ "\x7f", false },
		{ "1234567\x7f", false },
		{ "12345678\x7f", false },
		{ "\xc2\x80", false },
		{ "\xff", false },
		{ "\xc3", false },
		{ "\xc3\x89:", false },
		{ "\xc3\x89\n", false },
		{ "\xe2\x80\xae right to left", false },
		{ "\xe2\x80\x8b zero width", false },
		{ "\xed\xa0\x80 surrogate", false },
		{ "\xc0\xba overlong colon", false },
	};
	char longest[MAP_FIELD_MAX + 1];

	(void)state;
	walk(rows, ARRAY_LEN(rows), map_gecos_is_valid);
	memset(longest, 'x', sizeof(longest));
	assert_true(map_gecos_is_valid(longest, MAP_FIELD_MAX));
	assert_false(map_gecos_is_valid(longest, MAP_FIELD_MAX + 1));
	assert_false(map_gecos_is_valid("a\0b", 3));
}

/* The fast check of eight bytes at once against the rule, byte by byte. */
static void
each_byte_is_judged_at_each_place(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 128; c++)
		for (size_t at = 0; at < 19; at++) {
			char text[19];
			bool good = c >= ' ' && c != ':' && c != 0x7f;

			memset(text, 'x', sizeof(text));
			text[at] = (char)c;
			if (map_gecos_is_valid(text, sizeof(text)) != good)
				fail_msg("byte %u at %zu", c, at);
		}
}

static void
a_path_is_absolute_and_plain(void **state)
{
	static const struct row rows[] = {
		{ "/home/alice", true },
		{ "/bin/bash", true },
		{ "/a", true },
		{ "/home/.alice", true },
		{ "/home/a..b", true },
		{ "/home/...", true },
		{ "/home/a.", true },
		{ "/home/\xc3\xa9mile", true },
		{ "", false },
		{ "/", false },
		{ "//", false },
		{ "home", false },
		{ "./home", false },
		{ "~alice", false },
		{ "/home/", false },
		{ "/home//alice", false },
		{ "//home", false },
		{ "/.", false },
		{ "/..", false },
		{ "/home/..", false },
		{ "/home/../root", false },
		{ "/./home", false },
		{ "/home/.", false },
		{ "/home:/root", false },
		{ "/home\n/root", false },
		{ "/home/\xff", false },
	};

	(void)state;
	walk(rows, ARRAY_LEN(rows), map_path_is_valid);
}

static void
zero_and_the_last_are_no_ids(void **state)
{
	(void)state;
	assert_false(map_id_is_valid(0));
	assert_false(map_id_is_valid(UINT32_MAX));
	assert_true(map_id_is_valid(1));
	assert_true(map_id_is_valid(UINT32_MAX - 1));
}

static void
every_field_of_an_account_counts(void **state)
{
	const struct map_account good = { .name = "alice",
		.uid = 70000,
		.gid = 70000,
		.gecos = NULL,
		.home = "/home/alice",
		.shell = "/bin/sh" };
	struct map_account bad[9];

	(void)state;
	assert_true(map_account_is_valid(&good));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		bad[i] = good;
	bad[0].name = "";
	bad[1].name = NULL;
	bad[2].uid = 0;
	bad[3].gid = 0;
	bad[4].home = NULL;
	bad[5].home = "";
	bad[6].shell = NULL;
	bad[7].shell = "sh";
	bad[8].gecos = "x:0:0";
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (map_account_is_valid(&bad[i]))
			fail_msg("row %zu is not refused", i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_letters_digits_and_three_signs),
		cmocka_unit_test(a_group_name_may_be_longer),
		cmocka_unit_test(gecos_is_clean_text_without_colons),
		cmocka_unit_test(each_byte_is_judged_at_each_place),
		cmocka_unit_test(a_path_is_absolute_and_plain),
		cmocka_unit_test(zero_and_the_last_are_no_ids),
		cmocka_unit_test(every_field_of_an_account_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
