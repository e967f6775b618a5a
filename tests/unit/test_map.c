/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "nss_stytch/map.h"

#include "nss_stytch/map_bytes.h"
#include "nss_stytch/map_image.h"
#include "tests/unit/nss_test.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
	struct map_image image;
	struct map map;
};

static void
build(struct map_writer *writer, struct fixture *fixture)
{
	const char *why = "";

	assert_int_equal(map_image_build(writer, &fixture->image), 0);
	assert_int_equal(map_attach(fixture->image.data, fixture->image.size,
			     &fixture->map),
	    0);
	if (map_verify(&fixture->map, &why) != 0)
		fail_msg("%s", why);
}

static int
set_up(void **state)
{
	CLEANUP(map_writer_free) struct map_writer *writer = NULL;
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	assert_int_equal(map_writer_new(&writer), 0);
	test_fill(writer);
	build(writer, fixture);
	*state = fixture;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fixture = *state;

	map_image_clear(&fixture->image);
	free(fixture);
	return 0;
}

static void
an_account_is_found_by_name_and_by_id(void **state)
{
	const struct fixture *fixture = *state;
	char texts[MAP_ACCOUNT_TEXT_MAX];
	struct map_account account;
	uint32_t ref, other;

	assert_int_equal(map_find_name(&fixture->map, MAP_ACCOUNT, "alice", 5,
			     &ref),
	    0);
	assert_int_equal(map_find_id(&fixture->map, MAP_ACCOUNT, TEST_UID,
			     &other),
	    0);
	assert_int_equal(ref, other);
	assert_int_equal(map_read_account(&fixture->map, ref, texts,
			     sizeof(texts), &account),
	    0);
	assert_string_equal(account.name, "alice");
	assert_string_equal(account.gecos, "A Person");
	assert_string_equal(account.home, "/home/alice");
	assert_string_equal(account.shell, "/bin/sh");
	assert_int_equal(account.uid, TEST_UID);
	assert_int_equal(account.gid, TEST_UID);
	assert_true(fixture->map.built > 1700000000);
}

static void
what_is_not_there_is_not_found(void **state)
{
	const struct fixture *fixture = *state;
	static const char *const names[] = { "", "a", "alic", "alicee", "ALICE",
		"stytch-team", "root" };
	static const uint32_t ids[] = { 0, 1, TEST_UID - 1, TEST_UID + 3,
		TEST_GROUP, UINT32_MAX };
	uint32_t ref = 7;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_int_equal(map_find_name(&fixture->map, MAP_ACCOUNT,
				     names[i], strlen(names[i]), &ref),
		    -ENOENT);
	for (size_t i = 0; i < ARRAY_LEN(ids); i++)
		assert_int_equal(map_find_id(&fixture->map, MAP_ACCOUNT, ids[i],
				     &ref),
		    -ENOENT);
	assert_int_equal(map_find_name(&fixture->map, MAP_ACCOUNT, "alice\0x",
			     7, &ref),
	    -ENOENT);
	assert_int_equal(ref, 7);
}

static void
memberships_are_there_in_both_directions(void **state)
{
	const struct fixture *fixture = *state;
	static const char *const members[] = { "alice", "carol" };
	char text[256];
	struct map_account account;
	struct map_group group;
	struct map_list gids;
	uint32_t ref;

	assert_int_equal(map_find_id(&fixture->map, MAP_GROUP, TEST_GROUP,
			     &ref),
	    0);
	assert_int_equal(map_read_group(&fixture->map, ref, text, sizeof(text),
			     &group),
	    0);
	assert_string_equal(group.name, "stytch-team");
	assert_int_equal(group.members.count, 2);
	assert_int_equal(group.member_size, 12);
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(map_read_member(&fixture->map,
				     map_list_at(&group.members, i), text,
				     sizeof(text), &account),
		    0);
		assert_string_equal(account.name, members[i]);
	}
	assert_int_equal(map_find_name(&fixture->map, MAP_ACCOUNT, "alice", 5,
			     &ref),
	    0);
	assert_int_equal(map_read_gids(&fixture->map, ref, &gids), 0);
	assert_int_equal(gids.count, 2);
	assert_int_equal(map_list_at(&gids, 0), TEST_LOCAL_GID);
	assert_int_equal(map_list_at(&gids, 1), TEST_GROUP);
	assert_int_equal(map_find_name(&fixture->map, MAP_ACCOUNT, "bob", 3,
			     &ref),
	    0);
	assert_int_equal(map_read_gids(&fixture->map, ref, &gids), 0);
	assert_int_equal(gids.count, 0);
}

static void
a_walk_meets_each_record_once(void **state)
{
	const struct fixture *fixture = *state;
	static const uint32_t expected[] = { 3, 5 };

	for (unsigned kind = 0; kind < MAP_KIND_COUNT; kind++) {
		uint32_t cursor = 0, ref, count = 0;

		while (map_next(&fixture->map, (enum map_kind)kind, &cursor,
			   &ref) == 0)
			count++;
		assert_int_equal(count, expected[kind]);
		assert_int_equal(count, fixture->map.count[kind]);
	}
}

static void
a_small_buffer_is_told_and_never_overrun(void **state)
{
	const struct fixture *fixture = *state;
	const size_t needed = sizeof("alice") + sizeof("A Person") +
	    sizeof("/home/alice") + sizeof("/bin/sh");
	struct map_account account;
	struct map_group group;
	char texts[64];
	uint32_t ref, team;

	assert_int_equal(map_find_name(&fixture->map, MAP_ACCOUNT, "alice", 5,
			     &ref),
	    0);
	assert_int_equal(map_find_id(&fixture->map, MAP_GROUP, TEST_GROUP,
			     &team),
	    0);
	for (size_t size = 0; size <= needed; size++) {
		memset(texts, '#', sizeof(texts));
		assert_int_equal(map_read_account(&fixture->map, ref, texts,
				     size, &account),
		    size < needed ? -ERANGE : 0);
		assert_int_equal(texts[size], '#');
		assert_int_equal(map_read_member(&fixture->map, ref, texts,
				     size, &account),
		    size < sizeof("alice") ? -ERANGE : 0);
		assert_int_equal(map_read_group(&fixture->map, team, texts,
				     size, &group),
		    size < sizeof("stytch-team") ? -ERANGE : 0);
	}
}

static void
an_empty_map_has_nothing(void **state)
{
	CLEANUP(map_writer_free) struct map_writer *writer = NULL;
	struct fixture fixture = { .image = MAP_IMAGE_INIT };
	uint32_t ref, cursor = 0;

	(void)state;
	assert_int_equal(map_writer_new(&writer), 0);
	build(writer, &fixture);
	assert_int_equal(map_find_name(&fixture.map, MAP_ACCOUNT, "alice", 5,
			     &ref),
	    -ENOENT);
	assert_int_equal(map_find_id(&fixture.map, MAP_GROUP, 1, &ref),
	    -ENOENT);
	assert_int_equal(map_next(&fixture.map, MAP_ACCOUNT, &cursor, &ref),
	    -ENOENT);
	map_image_clear(&fixture.image);
}

static void
a_name_of(char *name, size_t size, uint32_t i)
{
	assert_true(snprintf(name, size, "user%u", i) > 0);
}

/* Several times as many as a table's first line, and long lists. */
static void
twenty_thousand_accounts_are_all_found(void **state)
{
	CLEANUP(map_writer_free) struct map_writer *writer = NULL;
	struct fixture fixture = { .image = MAP_IMAGE_INIT };
	uint32_t group = 0;

	(void)state;
	assert_int_equal(map_writer_new(&writer), 0);
	assert_int_equal(map_writer_add_group(writer, "everyone", TEST_GROUP,
			     &group),
	    0);
	for (uint32_t i = 0; i < 20000; i++) {
		char name[32];
		const struct map_account account = { name, TEST_UID + i,
			TEST_UID + i, "", "/home/x", "/bin/sh" };
		uint32_t index = 0;

		a_name_of(name, sizeof(name), i);
		assert_int_equal(map_writer_add_account(writer, &account,
				     &index),
		    0);
		assert_int_equal(map_writer_add_member(writer, group, index),
		    0);
		assert_int_equal(map_writer_add_group(writer, name,
				     TEST_UID + i, NULL),
		    0);
	}
	build(writer, &fixture);
	for (uint32_t i = 0; i < 20000; i++) {
		char name[32];
		uint32_t ref;

		a_name_of(name, sizeof(name), 20000 + i);
		assert_int_equal(map_find_name(&fixture.map, MAP_ACCOUNT, name,
				     strlen(name), &ref),
		    -ENOENT);
	}
	map_image_clear(&fixture.image);
}

static void
one_seed_is_not_like_the_next(void **state)
{
	CLEANUP(map_writer_free) struct map_writer *writer = NULL;
	struct fixture one = { .image = MAP_IMAGE_INIT };
	struct fixture two = { .image = MAP_IMAGE_INIT };

	(void)state;
	assert_int_equal(map_writer_new(&writer), 0);
	test_fill(writer);
	build(writer, &one);
	build(writer, &two);
	assert_true(one.map.seed != two.map.seed);
	assert_int_equal(one.image.size, two.image.size);
	map_image_clear(&one.image);
	map_image_clear(&two.image);
}

/* Change the header at offset and, as a liar would, its checksum. */
static int
attach_changed(const struct fixture *fixture, size_t offset, const void *value,
    size_t size)
{
	uint8_t *copy = malloc(fixture->image.size);
	struct map map;
	uint64_t checksum;
	int error;

	assert_non_null(copy);
	memcpy(copy, fixture->image.data, fixture->image.size);
	memcpy(copy + offset, value, size);
	checksum =
	    htole64(XXH3_64bits(copy, offsetof(struct map_header, checksum)));
	memcpy(copy + offsetof(struct map_header, checksum), &checksum, 8);
	error = map_attach(copy, fixture->image.size, &map);
	free(copy);
	return error;
}

#define AT(field) offsetof(struct map_header, field)

static void
a_header_that_reaches_out_of_the_file_is_refused(void **state)
{
	const struct fixture *fixture = *state;
	const uint64_t size = fixture->image.size;
	const struct {
		const char *label;
		size_t offset;
		uint64_t value;
		int error;
	} rows[] = {
		{ "as it is", AT(file_size), size, 0 },
		{ "longer file", AT(file_size), size + 64, -EBADMSG },
		{ "shorter file", AT(file_size), size - 64, -EBADMSG },
		{ "no file", AT(file_size), 0, -EBADMSG },
		{ "table behind the end", AT(section[0].offset), size + 64,
		    -EBADMSG },
		{ "table in the header", AT(section[0].offset), 64, -EBADMSG },
		{ "table at an odd place", AT(section[1].offset), 194,
		    -EBADMSG },
		{ "table too long", AT(section[2].size), size, -EBADMSG },
		{ "table of an odd size", AT(section[2].size), 7, -EBADMSG },
		{ "sum wraps", AT(section[3].size), UINT64_MAX - 3, -EBADMSG },
		{ "heap behind the end", AT(section[4].offset), UINT64_MAX - 63,
		    -EBADMSG },
		{ "heap too long", AT(section[4].size), size, -EBADMSG },
		{ "heap too large for refs", AT(section[5].size),
		    UINT64_C(4) << 28, -EBADMSG },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t value = htole64(rows[i].value);

		if (attach_changed(fixture, rows[i].offset, &value, 8) !=
		    rows[i].error)
			fail_msg("%s", rows[i].label);
	}
}

static void
another_major_is_refused_another_minor_is_read(void **state)
{
	const struct fixture *fixture = *state;
	uint16_t major = htole16(MAP_MAJOR + 1), minor = htole16(9);
	uint32_t small = htole32(sizeof(struct map_header) - 4);

	assert_int_equal(attach_changed(fixture, AT(major), &major, 2),
	    -EPROTONOSUPPORT);
	assert_int_equal(attach_changed(fixture, AT(minor), &minor, 2), 0);
	assert_int_equal(attach_changed(fixture, AT(magic), "NOTAMAP!", 8),
	    -EBADMSG);
	assert_int_equal(attach_changed(fixture, AT(header_size), &small, 4),
	    -EBADMSG);
}

static void
each_bit_of_the_header_counts(void **state)
{
	struct fixture *fixture = *state;

	for (size_t bit = 0; bit < 8 * AT(retired); bit++) {
		uint8_t *byte = fixture->image.data + bit / 8;
		struct map map;

		*byte ^= (uint8_t)(1U << bit % 8);
		if (map_attach(fixture->image.data, fixture->image.size,
			&map) == 0)
			fail_msg("bit %zu", bit);
		*byte ^= (uint8_t)(1U << bit % 8);
	}
}

static void
each_bit_of_the_body_is_seen_by_verify(void **state)
{
	struct fixture *fixture = *state;

	for (size_t at = sizeof(struct map_header); at < fixture->image.size;
	     at += 7) {
		const char *why = NULL;

		fixture->image.data[at] ^= 4;
		assert_int_equal(map_verify(&fixture->map, &why), -EBADMSG);
		assert_non_null(why);
		fixture->image.data[at] ^= 4;
	}
}

static void
retiring_needs_no_new_checksum(void **state)
{
	struct fixture *fixture = *state;
	struct map map;

	assert_int_equal(map_retired_word(&fixture->map), MAP_CURRENT);
	map_put_u32(fixture->image.data + AT(retired), MAP_RETIRED);
	assert_int_equal(map_retired_word(&fixture->map), MAP_RETIRED);
	assert_int_equal(map_attach(fixture->image.data, fixture->image.size,
			     &map),
	    0);
}

static void
a_file_cut_short_is_no_map(void **state)
{
	const struct fixture *fixture = *state;
	struct map map;

	for (size_t size = 0; size < fixture->image.size; size += 3)
		assert_int_equal(map_attach(fixture->image.data, size, &map),
		    -EBADMSG);
}

/* What a hostile agent may write into a record while it is being read. */
static void
a_record_that_breaks_the_grammar_is_not_read(void **state)
{
	struct fixture *fixture = *state;
	static const struct {
		const char *label;
		size_t offset;
		uint8_t value;
	} rows[] = {
		{ "name longer", MAP_ACCOUNT_LENGTHS, 6 },
		{ "name shorter", MAP_ACCOUNT_LENGTHS, 4 },
		{ "name empty", MAP_ACCOUNT_LENGTHS, 0 },
		{ "name to the end", MAP_ACCOUNT_LENGTHS, 255 },
		{ "home empty", MAP_ACCOUNT_LENGTHS + 2, 0 },
		{ "shell longer", MAP_ACCOUNT_LENGTHS + 3, 8 },
		{ "65280 gids", MAP_ACCOUNT_GID_COUNT + 1, 255 },
		{ "name with a colon", MAP_ACCOUNT_TEXT + 1, ':' },
		{ "name with a NUL", MAP_ACCOUNT_TEXT + 1, 0 },
		{ "gecos with a newline", MAP_ACCOUNT_TEXT + 8, '\n' },
		{ "gecos not UTF-8", MAP_ACCOUNT_TEXT + 8, 0xff },
		{ "home relative", MAP_ACCOUNT_TEXT + 15, 'h' },
		{ "home with an empty part", MAP_ACCOUNT_TEXT + 16, '/' },
		{ "name without end", MAP_ACCOUNT_TEXT + 5, 'x' },
		{ "shell without end", MAP_ACCOUNT_TEXT + 34, 'x' },
	};
	char texts[MAP_ACCOUNT_TEXT_MAX];
	struct map_account account;
	uint8_t *record;
	uint32_t ref;

	assert_int_equal(map_find_id(&fixture->map, MAP_ACCOUNT, TEST_UID,
			     &ref),
	    0);
	record = fixture->image.data +
	    (fixture->map.section[MAP_ACCOUNTS].data -
		(const uint8_t *)fixture->image.data) +
	    4 * (size_t)ref;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t *byte = record + rows[i].offset;
		uint8_t before = *byte;

		*byte = rows[i].value;
		if (map_read_account(&fixture->map, ref, texts, sizeof(texts),
			&account) != -EBADMSG)
			fail_msg("%s", rows[i].label);
		*byte = before;
	}
	assert_int_equal(map_read_account(&fixture->map, ref, texts,
			     sizeof(texts), &account),
	    0);
	memset(record + MAP_ACCOUNT_UID, 0, 4);
	assert_int_equal(map_read_account(&fixture->map, ref, texts,
			     sizeof(texts), &account),
	    -EBADMSG);
	assert_int_equal(map_read_member(&fixture->map, ref, texts,
			     sizeof(texts), &account),
	    -EBADMSG);
}

static void
refs_beyond_the_heap_are_not_followed(void **state)
{
	const struct fixture *fixture = *state;
	uint32_t units = fixture->map.section[MAP_ACCOUNTS].units;
	const uint32_t refs[] = { units - 3, units - 1, units, units + 1,
		UINT32_MAX - 3, UINT32_MAX };
	char texts[MAP_ACCOUNT_TEXT_MAX];
	struct map_account account;
	struct map_group group;
	struct map_list gids;

	for (size_t i = 0; i < ARRAY_LEN(refs); i++) {
		assert_int_equal(map_read_account(&fixture->map, refs[i], texts,
				     sizeof(texts), &account),
		    -EBADMSG);
		assert_int_equal(map_read_member(&fixture->map, refs[i], texts,
				     sizeof(texts), &account),
		    -EBADMSG);
		assert_int_equal(map_read_gids(&fixture->map, refs[i], &gids),
		    -EBADMSG);
		assert_int_equal(map_read_group(&fixture->map, refs[i] + 100000,
				     texts, sizeof(texts), &group),
		    -EBADMSG);
	}
}

/* A table without an empty slot must not be searched for ever, nor at length. */
static void
a_full_table_ends_the_search(void **state)
{
	struct fixture *fixture = *state;
	uint8_t *table = fixture->image.data +
	    (fixture->map.section[MAP_ACCOUNT_NAMES].data -
		(const uint8_t *)fixture->image.data);
	uint32_t ref;
	int error;

	memset(table, 0xff,
	    4 * (size_t)fixture->map.section[MAP_ACCOUNT_NAMES].units);
	error = map_find_name(&fixture->map, MAP_ACCOUNT, "nobody", 6, &ref);
	assert_true(error == -ENOENT || error == -EBADMSG);
}

static void
too_many_groups_for_one_account_are_refused(void **state)
{
	CLEANUP(map_writer_free) struct map_writer *writer = NULL;
	CLEANUP(map_image_clear) struct map_image image = MAP_IMAGE_INIT;
	const struct map_account account = { "alice", TEST_UID, TEST_UID, "",
		"/home/x", "/bin/sh" };

	(void)state;
	assert_int_equal(map_writer_new(&writer), 0);
	assert_int_equal(map_writer_add_account(writer, &account, NULL), 0);
	for (uint32_t gid = 1; gid <= MAP_GIDS_MAX; gid++)
		assert_int_equal(map_writer_add_local_gid(writer, 0, gid), 0);
	assert_int_equal(map_writer_add_local_gid(writer, 0, 1), 0);
	assert_int_equal(map_image_build(writer, &image), 0);
	map_image_clear(&image);
	assert_int_equal(map_writer_add_local_gid(writer, 0, MAP_GIDS_MAX + 1),
	    0);
	assert_int_equal(map_image_build(writer, &image), -E2BIG);
}

int
main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		ROW(an_account_is_found_by_name_and_by_id),
		ROW(what_is_not_there_is_not_found),
		ROW(memberships_are_there_in_both_directions),
		ROW(a_walk_meets_each_record_once),
		ROW(a_small_buffer_is_told_and_never_overrun),
		cmocka_unit_test(an_empty_map_has_nothing),
		cmocka_unit_test(twenty_thousand_accounts_are_all_found),
		cmocka_unit_test(one_seed_is_not_like_the_next),
		ROW(a_header_that_reaches_out_of_the_file_is_refused),
		ROW(another_major_is_refused_another_minor_is_read),
		ROW(each_bit_of_the_header_counts),
		ROW(each_bit_of_the_body_is_seen_by_verify),
		ROW(retiring_needs_no_new_checksum),
		ROW(a_file_cut_short_is_no_map),
		ROW(a_record_that_breaks_the_grammar_is_not_read),
		ROW(refs_beyond_the_heap_are_not_followed),
		ROW(a_full_table_ends_the_search),
		cmocka_unit_test(too_many_groups_for_one_account_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
