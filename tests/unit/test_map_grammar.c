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

/* A block of texts is judged as its texts are, each one alone. */
static void
judge_alike(const char *name, const char *gecos, const char *home,
    const char *shell)
{
	const char *const texts[] = { name, gecos, home, shell };
	size_t len[4], at = 0;
	char block[256];
	bool good;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		len[i] = strlen(texts[i]);
		assert_true(at + len[i] < sizeof(block));
		memcpy(block + at, texts[i], len[i] + 1);
		at += len[i] + 1;
	}
	good = map_account_name_is_valid(name, len[0]) &&
	    map_gecos_is_valid(gecos, len[1]) &&
	    map_path_is_valid(home, len[2]) && map_path_is_valid(shell, len[3]);
	if (map_texts_are_valid(block, len) != good)
		fail_msg("\"%s\" \"%s\" \"%s\" \"%s\" should be %s", name,
		    gecos, home, shell, good ? "good" : "refused");
	/* A NUL within a text, wherever it is, and a text without its end. */
	for (size_t i = 0; good && i < at; i++) {
		char before = block[i];

		block[i] = before == '\0' ? 'x' : '\0';
		assert_false(map_texts_are_valid(block, len));
		block[i] = before;
	}
}

static void
each_byte_is_judged_at_each_place(void **state)
{
	(void)state;
	for (unsigned c = 1; c < 256; c++)
		for (size_t at = 0; at < 19; at++) {
			char text[20] = "/xxxxxxxxxxxxxxxxxx";

			text[at] = (char)c;
			judge_alike("alice", text + 1, "/home/alice",
			    "/bin/sh");
			judge_alike("alice", "", text, "/bin/sh");
			judge_alike("a", "A", "/home/alice", text);
		}
}

static void
each_length_of_a_text_is_judged(void **state)
{
	static const char text[] = "/xxxxxxxxxxxxxxxxxxxxxxxxxx";

	(void)state;
	for (size_t a = 0; a < sizeof(text); a++)
		for (size_t b = 0; b < sizeof(text); b++) {
			char home[sizeof(text)], shell[sizeof(text)];

			memcpy(home, text, sizeof(text));
			memcpy(shell, text, sizeof(text));
			home[a] = '\0';
			shell[b] = '\0';
			judge_alike("a", "", home, shell);
			judge_alike("alice", "Alice", shell, home);
		}
}

static void
odd_paths_are_judged_in_a_block_too(void **state)
{
	static const char *const paths[] = { "/", "//", "/.", "/..", "/...",
		"/.a", "/a/", "/a/.", "/a/..", "/a/.b", "/a//b", "/a/./b",
		"/a/../b", "/a/..b", "a", "/1234567/", "/12345678/",
		"/1234567/.x", "/12345678/..", "/\xc3\xa9", "/a:b", "/a b" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		for (size_t k = 0; k < ARRAY_LEN(paths); k++)
			judge_alike("bob", "x/.y/", paths[i], paths[k]);
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
		cmocka_unit_test(each_length_of_a_text_is_judged),
		cmocka_unit_test(odd_paths_are_judged_in_a_block_too),
		cmocka_unit_test(a_path_is_absolute_and_plain),
		cmocka_unit_test(zero_and_the_last_are_no_ids),
		cmocka_unit_test(every_field_of_an_account_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
