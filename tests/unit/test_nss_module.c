/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "nss_stytch/map_file.h"
#include "nss_stytch/map_retire.h"
#include "tests/unit/nss_module_calls.h"
#include "tests/unit/nss_test.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

static const char limits_text[] = "uid 1879048192-2147352575\n"
				  "gid 1879048192-2147352575\n"
				  "grant 44 alice\n";
static const char passwd_text[] = "root:x:0:0:root:/root:/bin/bash\n"
				  "bob:x:1000:1000::/home/bob:/bin/sh\n";

/* Nobody here is root: the maps alone answer. */
uid_t __wrap_geteuid(void);
uid_t __real_geteuid(void);
static bool is_root;
uid_t
__wrap_geteuid(void)
{
	return is_root ? 0 : 1000;
}

struct answer {
	enum nss_status status;
	int error;
	struct passwd passwd;
	struct group group;
	char buffer[512];
};

static void
by_name(const char *name, struct answer *answer)
{
	answer->error = 0;
	answer->status = _nss_stytch_getpwnam_r(name, &answer->passwd,
	    answer->buffer, sizeof(answer->buffer), &answer->error);
}

static enum nss_status
status_of(const char *name)
{
	struct answer answer;

	by_name(name, &answer);
	return answer.status;
}

/* All maps and limits anew, seen at once. */
static void
publish_all(void)
{
	static const char *const newcomer[] = { "dora", "alice" };

	test_write_file(test_path("nss.limits"), limits_text,
	    sizeof(limits_text) - 1);
	test_write_file(test_path("passwd"), passwd_text,
	    sizeof(passwd_text) - 1);
	test_publish_names(test_path("accounts.new.map"), newcomer,
	    TEST_UID + 100, 2);
	test_publish(test_path("accounts.map"));
}

static void
write_limits(const char *text)
{
	test_write_file(test_path("nss.limits"), text, strlen(text));
	assert_int_equal(map_reread(test_path("accounts.map")), 0);
	assert_int_equal(map_reread(test_path("accounts.new.map")), 0);
}

static int
set_up(void **state)
{
	(void)state;
	publish_all();
	is_root = false;
	return 0;
}

static void
an_account_is_as_passwd_would_have_it(void **state)
{
	struct answer answer;

	(void)state;
	errno = 77;
	by_name("alice", &answer);
	assert_int_equal(errno, 77);
	assert_int_equal(answer.status, NSS_STATUS_SUCCESS);
	assert_string_equal(answer.passwd.pw_name, "alice");
	assert_string_equal(answer.passwd.pw_passwd, "*");
	assert_int_equal(answer.passwd.pw_uid, TEST_UID);
	assert_int_equal(answer.passwd.pw_gid, TEST_UID);
	assert_string_equal(answer.passwd.pw_gecos, "A Person");
	assert_string_equal(answer.passwd.pw_dir, "/home/alice");
	assert_string_equal(answer.passwd.pw_shell, "/bin/sh");
	memset(&answer, 0, sizeof(answer));
	assert_int_equal(_nss_stytch_getpwuid_r(TEST_UID, &answer.passwd,
			     answer.buffer, sizeof(answer.buffer),
			     &answer.error),
	    NSS_STATUS_SUCCESS);
	assert_string_equal(answer.passwd.pw_name, "alice");
	assert_int_equal(errno, 77);
}

static void
a_group_is_as_group_would_have_it(void **state)
{
	struct answer answer;

	(void)state;
	assert_int_equal(_nss_stytch_getgrnam_r("stytch-team", &answer.group,
			     answer.buffer, sizeof(answer.buffer),
			     &answer.error),
	    NSS_STATUS_SUCCESS);
	assert_string_equal(answer.group.gr_name, "stytch-team");
	assert_string_equal(answer.group.gr_passwd, "*");
	assert_int_equal(answer.group.gr_gid, TEST_GROUP);
	assert_string_equal(answer.group.gr_mem[0], "alice");
	assert_string_equal(answer.group.gr_mem[1], "carol");
	assert_null(answer.group.gr_mem[2]);
	assert_int_equal(_nss_stytch_getgrgid_r(TEST_GROUP + 1, &answer.group,
			     answer.buffer, sizeof(answer.buffer),
			     &answer.error),
	    NSS_STATUS_SUCCESS);
	assert_string_equal(answer.group.gr_name, "stytch-none");
	assert_null(answer.group.gr_mem[0]);
	assert_int_equal(_nss_stytch_getgrgid_r(TEST_UID + 2, &answer.group,
			     answer.buffer, sizeof(answer.buffer),
			     &answer.error),
	    NSS_STATUS_SUCCESS);
	assert_string_equal(answer.group.gr_name, "carol");
}

static void
the_overlay_is_read_second(void **state)
{
	struct answer answer;

	(void)state;
	by_name("dora", &answer);
	assert_int_equal(answer.status, NSS_STATUS_SUCCESS);
	assert_int_equal(answer.passwd.pw_uid, TEST_UID + 100);
	by_name("alice", &answer);
	assert_int_equal(answer.passwd.pw_uid, TEST_UID);
}

static void
who_is_in_no_map_is_not_found(void **state)
{
	static const char *const names[] = { "zoe", "", "a:b", "root", "alice ",
		"alice\n", "-x", "..", "stytch-team", "\xff",
		"a_name_that_is_longer_than_the_32_allowed" };
	static const uint32_t ids[] = { 0, UINT32_MAX, 1000, TEST_UID + 50 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (status_of(names[i]) != NSS_STATUS_NOTFOUND)
			fail_msg("\"%s\"", names[i]);
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		struct answer answer;

		assert_int_equal(_nss_stytch_getpwuid_r(ids[i], &answer.passwd,
				     answer.buffer, sizeof(answer.buffer),
				     &answer.error),
		    NSS_STATUS_NOTFOUND);
		assert_int_equal(answer.error, ENOENT);
		assert_int_equal(_nss_stytch_getgrgid_r(ids[i], &answer.group,
				     answer.buffer, sizeof(answer.buffer),
				     &answer.error),
		    NSS_STATUS_NOTFOUND);
	}
}

static void
a_small_buffer_is_erange_until_it_is_large_enough(void **state)
{
	struct answer answer;
	size_t size, passwd_size = 0, group_size = 0;

	(void)state;
	for (size = 0; size < sizeof(answer.buffer); size++) {
		char *buffer = malloc(size + 1);
		enum nss_status one, two;

		assert_non_null(buffer);
		one = _nss_stytch_getpwnam_r("alice", &answer.passwd, buffer,
		    size, &answer.error);
		assert_true(one == NSS_STATUS_SUCCESS ||
		    (one == NSS_STATUS_TRYAGAIN && answer.error == ERANGE));
		passwd_size += one != NSS_STATUS_SUCCESS;
		two = _nss_stytch_getgrnam_r("stytch-team", &answer.group,
		    buffer, size, &answer.error);
		assert_true(two == NSS_STATUS_SUCCESS ||
		    (two == NSS_STATUS_TRYAGAIN && answer.error == ERANGE));
		group_size += two != NSS_STATUS_SUCCESS;
		free(buffer);
	}
	assert_int_equal(passwd_size,
	    sizeof("alice") + sizeof("A Person") + sizeof("/home/alice") +
		sizeof("/bin/sh") + sizeof("*"));
	assert_true(group_size > 0 && group_size < 80);
}

static void
members_are_aligned_wherever_the_buffer_begins(void **state)
{
	struct answer answer;

	(void)state;
	for (size_t skip = 0; skip < 9; skip++) {
		assert_int_equal(_nss_stytch_getgrnam_r("stytch-team",
				     &answer.group, answer.buffer + skip,
				     sizeof(answer.buffer) - skip,
				     &answer.error),
		    NSS_STATUS_SUCCESS);
		assert_int_equal((uintptr_t)answer.group.gr_mem %
			sizeof(char *),
		    0);
		assert_string_equal(answer.group.gr_mem[1], "carol");
	}
}

static void
what_lies_outside_the_limits_does_not_exist(void **state)
{
	struct answer answer;
	char text[128];

	(void)state;
	assert_true(snprintf(text, sizeof(text), "uid %u-%u\ngid %u-%u\n",
			TEST_UID, TEST_UID, TEST_UID, TEST_GROUP) > 0);
	write_limits(text);
	assert_int_equal(status_of("alice"), NSS_STATUS_SUCCESS);
	assert_int_equal(status_of("carol"), NSS_STATUS_NOTFOUND);
	assert_int_equal(status_of("dora"), NSS_STATUS_NOTFOUND);
	assert_int_equal(_nss_stytch_getpwuid_r(TEST_UID + 2, &answer.passwd,
			     answer.buffer, sizeof(answer.buffer),
			     &answer.error),
	    NSS_STATUS_NOTFOUND);
	assert_int_equal(_nss_stytch_getgrgid_r(TEST_GROUP + 1, &answer.group,
			     answer.buffer, sizeof(answer.buffer),
			     &answer.error),
	    NSS_STATUS_NOTFOUND);
	assert_int_equal(_nss_stytch_getgrgid_r(TEST_GROUP, &answer.group,
			     answer.buffer, sizeof(answer.buffer),
			     &answer.error),
	    NSS_STATUS_SUCCESS);
	assert_string_equal(answer.group.gr_mem[0], "alice");
	assert_null(answer.group.gr_mem[1]);
	assert_true(snprintf(text, sizeof(text), "uid %u-%u\n", TEST_UID,
			TEST_UID) > 0);
	publish_all();
	write_limits(text);
	assert_int_equal(status_of("alice"), NSS_STATUS_NOTFOUND);
}

static void
without_limits_or_maps_the_service_is_unavailable(void **state)
{
	struct answer answer;

	(void)state;
	assert_int_equal(status_of("alice"), NSS_STATUS_SUCCESS);
	write_limits("uid 0-4294967295\n");
	by_name("alice", &answer);
	assert_int_equal(answer.status, NSS_STATUS_UNAVAIL);
	assert_int_equal(_nss_stytch_getpwuid_r(TEST_UID, &answer.passwd,
			     answer.buffer, sizeof(answer.buffer),
			     &answer.error),
	    NSS_STATUS_UNAVAIL);
	assert_int_equal(_nss_stytch_getgrnam_r("stytch-team", &answer.group,
			     answer.buffer, sizeof(answer.buffer),
			     &answer.error),
	    NSS_STATUS_UNAVAIL);
	assert_int_equal(_nss_stytch_setpwent(0), NSS_STATUS_SUCCESS);
	assert_int_equal(_nss_stytch_getpwent_r(&answer.passwd, answer.buffer,
			     sizeof(answer.buffer), &answer.error),
	    NSS_STATUS_UNAVAIL);
}

static size_t
walk_accounts(char *names, size_t size)
{
	struct answer answer;
	size_t count = 0;

	names[0] = '\0';
	while (
	    _nss_stytch_getpwent_r(&answer.passwd, answer.buffer,
		sizeof(answer.buffer), &answer.error) == NSS_STATUS_SUCCESS) {
		size_t len = strlen(names);

		count++;
		assert_true(snprintf(names + len, size - len, "%s ",
				answer.passwd.pw_name) > 0);
	}
	assert_int_equal(answer.error, ENOENT);
	return count;
}

static void
a_walk_names_everyone_once(void **state)
{
	char names[256];

	(void)state;
	assert_int_equal(_nss_stytch_setpwent(0), NSS_STATUS_SUCCESS);
	assert_int_equal(walk_accounts(names, sizeof(names)), 4);
	assert_string_equal(names, "alice bob carol dora ");
	assert_int_equal(walk_accounts(names, sizeof(names)), 0);
	assert_int_equal(_nss_stytch_setpwent(1), NSS_STATUS_SUCCESS);
	assert_int_equal(walk_accounts(names, sizeof(names)), 4);
	assert_int_equal(_nss_stytch_endpwent(), NSS_STATUS_SUCCESS);
	assert_int_equal(walk_accounts(names, sizeof(names)), 4);
	assert_int_equal(_nss_stytch_endpwent(), NSS_STATUS_SUCCESS);
}

static void
a_walk_goes_through_the_maps_it_began_with(void **state)
{
	static const char *const others[] = { "xena", "yves" };
	struct answer answer;
	char names[256];

	(void)state;
	assert_int_equal(_nss_stytch_setpwent(0), NSS_STATUS_SUCCESS);
	assert_int_equal(_nss_stytch_getpwent_r(&answer.passwd, answer.buffer,
			     sizeof(answer.buffer), &answer.error),
	    NSS_STATUS_SUCCESS);
	test_publish_names(test_path("accounts.map"), others, TEST_UID, 2);
	assert_int_equal(status_of("xena"), NSS_STATUS_SUCCESS);
	assert_int_equal(walk_accounts(names, sizeof(names)), 3);
	assert_string_equal(names, "bob carol dora ");
	assert_int_equal(_nss_stytch_setpwent(0), NSS_STATUS_SUCCESS);
	assert_int_equal(walk_accounts(names, sizeof(names)), 4);
	assert_string_equal(names, "xena yves dora alice ");
	assert_int_equal(_nss_stytch_endpwent(), NSS_STATUS_SUCCESS);
}

static void
a_walk_repeats_the_entry_that_did_not_fit(void **state)
{
	struct answer answer;
	unsigned count = 0, small = 0;

	(void)state;
	assert_int_equal(_nss_stytch_setgrent(0), NSS_STATUS_SUCCESS);
	for (;;) {
		enum nss_status status = _nss_stytch_getgrent_r(&answer.group,
		    answer.buffer, 8, &answer.error);

		if (status == NSS_STATUS_NOTFOUND)
			break;
		assert_int_equal(status, NSS_STATUS_TRYAGAIN);
		assert_int_equal(answer.error, ERANGE);
		small++;
		assert_int_equal(_nss_stytch_getgrent_r(&answer.group,
				     answer.buffer, sizeof(answer.buffer),
				     &answer.error),
		    NSS_STATUS_SUCCESS);
		count++;
	}
	assert_int_equal(count, 6);
	assert_int_equal(small, 6);
	assert_int_equal(_nss_stytch_endgrent(), NSS_STATUS_SUCCESS);
}

struct gids {
	long start;
	long size;
	gid_t *items;
	int error;
};

static enum nss_status
groups_of(const char *name, gid_t primary, long limit, struct gids *gids)
{
	gids->start = 1;
	gids->size = 1;
	gids->items = malloc(sizeof(gid_t));
	assert_non_null(gids->items);
	gids->items[0] = primary;
	return _nss_stytch_initgroups_dyn(name, primary, &gids->start,
	    &gids->size, &gids->items, limit, &gids->error);
}

static void
supplementary_groups_are_those_the_limits_allow(void **state)
{
	struct gids gids;

	(void)state;
	assert_int_equal(groups_of("alice", TEST_UID, -1, &gids),
	    NSS_STATUS_SUCCESS);
	assert_int_equal(gids.start, 3);
	assert_int_equal(gids.items[1], TEST_LOCAL_GID);
	assert_int_equal(gids.items[2], TEST_GROUP);
	free(gids.items);
	write_limits("uid 1879048192-2147352575\ngid 1879048192-2147352575\n"
		     "grant 44 carol\ngrant 45 *\n");
	assert_int_equal(groups_of("alice", TEST_UID, -1, &gids),
	    NSS_STATUS_SUCCESS);
	assert_int_equal(gids.start, 2);
	assert_int_equal(gids.items[1], TEST_GROUP);
	free(gids.items);
	assert_int_equal(groups_of("alice", TEST_GROUP, -1, &gids),
	    NSS_STATUS_SUCCESS);
	assert_int_equal(gids.start, 1);
	free(gids.items);
}

static void
a_local_name_gets_no_groups_from_us(void **state)
{
	struct gids gids;

	(void)state;
	assert_int_equal(groups_of("bob", 1000, -1, &gids),
	    NSS_STATUS_NOTFOUND);
	assert_int_equal(gids.start, 1);
	free(gids.items);
	assert_int_equal(unlink(test_path("passwd")), 0);
	assert_int_equal(groups_of("alice", TEST_UID, -1, &gids),
	    NSS_STATUS_UNAVAIL);
	assert_int_equal(gids.start, 1);
	free(gids.items);
}

static void
the_list_of_groups_keeps_its_limit(void **state)
{
	struct gids gids;

	(void)state;
	assert_int_equal(groups_of("alice", TEST_UID, 2, &gids),
	    NSS_STATUS_SUCCESS);
	assert_int_equal(gids.start, 2);
	assert_int_equal(gids.size, 2);
	free(gids.items);
	assert_int_equal(groups_of("zoe", TEST_UID, 2, &gids),
	    NSS_STATUS_NOTFOUND);
	free(gids.items);
}

static void
who_is_not_root_never_asks_the_agent(void **state)
{
	(void)state;
	test_write_file(test_path("ready"), "", 0);
	assert_int_equal(status_of("zoe"), NSS_STATUS_NOTFOUND);
	is_root = true;
	/* Positive control: root would, and nobody listens. */
	assert_int_equal(status_of("zoe"), NSS_STATUS_UNAVAIL);
	assert_int_equal(unlink(test_path("ready")), 0);
	assert_int_equal(status_of("zoe"), NSS_STATUS_UNAVAIL);
	assert_int_equal(status_of("alice"), NSS_STATUS_SUCCESS);
	assert_int_equal(status_of("a:b"), NSS_STATUS_NOTFOUND);
}

/*
 * Once the maps are mapped, whoever is in one is found without a syscall, a
 * futex's included: strict seccomp kills for anything but read, write, exit.
 */
static void
a_hit_makes_no_syscall(void **state)
{
	int status = 0;
	pid_t child;

	(void)state;
#ifdef __SANITIZE_THREAD__
	skip(); /* its runtime makes syscalls of its own */
#endif
	child = fork();
	if (child == 0) {
		struct answer answer;
		unsigned wrong = 0;

		by_name("alice", &answer);
		by_name("dora", &answer);
		if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
			(void)syscall(SYS_exit, 77);
		for (unsigned i = 0; i < 10000; i++) {
			by_name(i % 2 == 0 ? "alice" : "dora", &answer);
			wrong += answer.status != NSS_STATUS_SUCCESS;
			wrong +=
			    _nss_stytch_getpwuid_r(TEST_UID + 1, &answer.passwd,
				answer.buffer, sizeof(answer.buffer),
				&answer.error) != NSS_STATUS_SUCCESS;
			wrong +=
			    _nss_stytch_getgrgid_r(TEST_GROUP, &answer.group,
				answer.buffer, sizeof(answer.buffer),
				&answer.error) != NSS_STATUS_SUCCESS;
			wrong += status_of("nosuch") != NSS_STATUS_NOTFOUND;
		}
		(void)syscall(SYS_exit, wrong == 0 ? 0 : 1);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* A person goes from the overlay to the map between our two looks. */
static bool move_now;
int __real_map_find_name(const struct map *map, enum map_kind kind,
    const char *name, size_t len, uint32_t *out_ref);
int __wrap_map_find_name(const struct map *map, enum map_kind kind,
    const char *name, size_t len, uint32_t *out_ref);
int
__wrap_map_find_name(const struct map *map, enum map_kind kind,
    const char *name, size_t len, uint32_t *out_ref)
{
	int error = __real_map_find_name(map, kind, name, len, out_ref);

	if (move_now) {
		static const char *const now[] = { "dora" };

		move_now = false;
		test_publish_names(test_path("accounts.map"), now, TEST_UID, 1);
		test_publish_names(test_path("accounts.new.map"), now, 0, 0);
	}
	return error;
}

static void
who_moves_between_the_maps_is_not_missed(void **state)
{
	(void)state;
	assert_int_equal(status_of("dora"), NSS_STATUS_SUCCESS);
	move_now = true;
	assert_int_equal(status_of("dora"), NSS_STATUS_SUCCESS);
	assert_false(move_now);
	assert_int_equal(status_of("alice"), NSS_STATUS_NOTFOUND);
}

static int
set_up_all(void **state)
{
	(void)state;
	nss_test_set_paths(test_folder(), __real_geteuid());
	return 0;
}

static int
tear_down_all(void **state)
{
	(void)state;
	test_folder_remove();
	return 0;
}

int
main(void)
{
#define ROW(test) cmocka_unit_test_setup(test, set_up)
	const struct CMUnitTest tests[] = {
		ROW(an_account_is_as_passwd_would_have_it),
		ROW(a_group_is_as_group_would_have_it),
		ROW(the_overlay_is_read_second),
		ROW(who_is_in_no_map_is_not_found),
		ROW(a_small_buffer_is_erange_until_it_is_large_enough),
		ROW(members_are_aligned_wherever_the_buffer_begins),
		ROW(what_lies_outside_the_limits_does_not_exist),
		ROW(a_walk_names_everyone_once),
		ROW(a_walk_goes_through_the_maps_it_began_with),
		ROW(a_walk_repeats_the_entry_that_did_not_fit),
		ROW(supplementary_groups_are_those_the_limits_allow),
		ROW(a_local_name_gets_no_groups_from_us),
		ROW(the_list_of_groups_keeps_its_limit),
		ROW(who_is_not_root_never_asks_the_agent),
		ROW(a_hit_makes_no_syscall),
		ROW(who_moves_between_the_maps_is_not_missed),
		ROW(without_limits_or_maps_the_service_is_unavailable),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
