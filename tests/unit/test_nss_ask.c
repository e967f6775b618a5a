/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/unit/nss_agent.h"
#include "tests/unit/nss_module_calls.h"
#include "tests/unit/nss_test.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static const char limits_text[] = "uid 1879048192-2147352575\n"
				  "gid 1879048192-2147352575\n"
				  "grant 44 dora\n";
static const char passwd_text[] = "root:x:0:0:root:/root:/bin/bash\n"
				  "local:x:1000:1000::/home/local:/bin/sh\n";

/* The caller: root, and as its own agent only where a test says so. */
static uid_t caller_uid;
static pid_t caller_pid;

uid_t __real_geteuid(void);
uid_t __wrap_geteuid(void);
uid_t
__wrap_geteuid(void)
{
	return caller_uid;
}

pid_t __real_getpid(void);
pid_t __wrap_getpid(void);
pid_t
__wrap_getpid(void)
{
	return caller_pid;
}

#define GOOD \
	.uid = TEST_UID, .gid = TEST_UID, .home = "/home/x", .shell = "/bin/sh"

static const struct nss_agent_row rows[] = {
	{ .name = "dora",
	    .answer_name = "dora",
	    GOOD,
	    .gecos = "Dora",
	    .groups = { TEST_GROUP, 44, 27, 0 },
	    .group_count = 4 },
	{ .name = "plain", .answer_name = "plain", GOOD },
	{ .name = "local", .answer_name = "local", GOOD },
	{ .name = "gone", .way = AGENT_ABSENT },
	{ .name = "later", .way = AGENT_UNAVAILABLE },
	{ .name = "silent", .way = AGENT_SILENT },
	{ .name = "hangup", .way = AGENT_HANGS_UP },
	{ .name = "garbage", .way = AGENT_GARBAGE },
	{ .name = "message", .way = AGENT_OTHER_MESSAGE },
	{ .name = "eve", .answer_name = "mallory", GOOD },
	{ .name = "eve2", .answer_name = "eve", GOOD },
	{ .name = "zero",
	    .answer_name = "zero",
	    .gid = TEST_UID,
	    .home = "/home/x",
	    .shell = "/bin/sh" },
	{ .name = "zerogid",
	    .answer_name = "zerogid",
	    .uid = TEST_UID,
	    .home = "/home/x",
	    .shell = "/bin/sh" },
	{ .name = "low",
	    .answer_name = "low",
	    .uid = 1000,
	    .gid = TEST_UID,
	    .home = "/home/x",
	    .shell = "/bin/sh" },
	{ .name = "lowgid",
	    .answer_name = "lowgid",
	    .uid = TEST_UID,
	    .gid = 27,
	    .home = "/home/x",
	    .shell = "/bin/sh" },
	{ .name = "colon", .answer_name = "colon", GOOD, .gecos = "a:b" },
	{ .name = "newline", .answer_name = "newline", GOOD, .gecos = "a\nb" },
	{ .name = "home",
	    .answer_name = "home",
	    .uid = TEST_UID,
	    .gid = TEST_UID,
	    .home = "home",
	    .shell = "/bin/sh" },
	{ .name = NULL },
};

struct answer {
	enum nss_status status;
	int error;
	struct passwd passwd;
	char buffer[512];
};

static void
ask(const char *name, struct answer *answer)
{
	answer->error = 0;
	answer->status = _nss_stytch_getpwnam_r(name, &answer->passwd,
	    answer->buffer, sizeof(answer->buffer), &answer->error);
}

static void
a_first_visit_is_answered_by_the_agent(void **state)
{
	struct answer answer;

	(void)state;
	errno = 77;
	ask("dora", &answer);
	assert_int_equal(errno, 77);
	assert_int_equal(answer.status, NSS_STATUS_SUCCESS);
	assert_string_equal(answer.passwd.pw_name, "dora");
	assert_string_equal(answer.passwd.pw_passwd, "*");
	assert_string_equal(answer.passwd.pw_gecos, "Dora");
	assert_string_equal(answer.passwd.pw_dir, "/home/x");
	assert_string_equal(answer.passwd.pw_shell, "/bin/sh");
	assert_int_equal(answer.passwd.pw_uid, TEST_UID);
	ask("plain", &answer);
	assert_int_equal(answer.status, NSS_STATUS_SUCCESS);
	assert_string_equal(answer.passwd.pw_gecos, "");
	assert_int_equal(nss_agent_questions(), 2);
}

static void
every_other_answer_is_its_own_status(void **state)
{
	static const struct {
		const char *name;
		enum nss_status status;
		int error;
	} expected[] = {
		{ "gone", NSS_STATUS_NOTFOUND, ENOENT },
		{ "nobodyhere", NSS_STATUS_NOTFOUND, ENOENT },
		{ "later", NSS_STATUS_TRYAGAIN, EAGAIN },
		{ "hangup", NSS_STATUS_UNAVAIL, ENOENT },
		{ "garbage", NSS_STATUS_UNAVAIL, ENOENT },
		{ "message", NSS_STATUS_UNAVAIL, ENOENT },
		{ "eve", NSS_STATUS_UNAVAIL, ENOENT },
		{ "eve2", NSS_STATUS_UNAVAIL, ENOENT },
		{ "zero", NSS_STATUS_UNAVAIL, ENOENT },
		{ "zerogid", NSS_STATUS_UNAVAIL, ENOENT },
		{ "low", NSS_STATUS_NOTFOUND, ENOENT },
		{ "lowgid", NSS_STATUS_NOTFOUND, ENOENT },
		{ "colon", NSS_STATUS_UNAVAIL, ENOENT },
		{ "newline", NSS_STATUS_UNAVAIL, ENOENT },
		{ "home", NSS_STATUS_UNAVAIL, ENOENT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
		struct answer answer;

		ask(expected[i].name, &answer);
		if (answer.status != expected[i].status ||
		    answer.error != expected[i].error)
			fail_msg("%s: %d %d", expected[i].name,
			    (int)answer.status, answer.error);
		assert_int_equal(nss_agent_questions(), i + 1);
	}
}

static void
names_out_of_the_grammar_are_not_asked_about(void **state)
{
	static const char *const names[] = { "", "a:b", "-x", "a b", "a/b",
		"\xff", "1a", "a_name_that_is_longer_than_the_32_allowed" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct answer answer;

		ask(names[i], &answer);
		assert_int_equal(answer.status, NSS_STATUS_NOTFOUND);
	}
	assert_int_equal(nss_agent_questions(), 0);
}

static void
only_root_but_not_pid_1_nor_the_agent_asks(void **state)
{
	struct answer answer;

	(void)state;
	caller_uid = 1000;
	ask("dora", &answer);
	assert_int_not_equal(answer.status, NSS_STATUS_SUCCESS);
	caller_uid = 0;
	caller_pid = 1;
	ask("dora", &answer);
	assert_int_not_equal(answer.status, NSS_STATUS_SUCCESS);
	caller_pid = __real_getpid();
	ask("dora", &answer);
	assert_int_equal(answer.status, NSS_STATUS_NOTFOUND);
	assert_int_equal(nss_agent_questions(), 0);
	caller_pid = 4242;
	ask("dora", &answer);
	assert_int_equal(answer.status, NSS_STATUS_SUCCESS);
}

static void
an_agent_that_is_not_ready_is_unavailable(void **state)
{
	struct answer answer;

	(void)state;
	assert_int_equal(unlink(test_path("ready")), 0);
	ask("dora", &answer);
	assert_int_equal(answer.status, NSS_STATUS_UNAVAIL);
	ask("gone", &answer);
	assert_int_equal(answer.status, NSS_STATUS_UNAVAIL);
	assert_int_equal(nss_agent_questions(), 0);
}

static void
without_limits_nobody_is_asked(void **state)
{
	struct answer answer;

	(void)state;
	test_write_file(test_path("nss.limits"), "bad\n", 4);
	ask("dora", &answer);
	assert_int_equal(answer.status, NSS_STATUS_UNAVAIL);
	assert_int_equal(nss_agent_questions(), 0);
}

/* The wait of the test build is 150 ms, the pause after it 100. */
static void
a_silent_agent_is_waited_for_once(void **state)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	struct answer answer;

	(void)state;
	ask("silent", &answer);
	assert_int_equal(answer.status, NSS_STATUS_TRYAGAIN);
	assert_int_equal(answer.error, EAGAIN);
	ask("dora", &answer);
	assert_int_equal(answer.status, NSS_STATUS_TRYAGAIN);
	assert_int_equal(nss_agent_questions(), 1);
	for (unsigned i = 0; answer.status != NSS_STATUS_SUCCESS; i++) {
		assert_true(i < 5000);
		(void)nanosleep(&pause, NULL);
		ask("dora", &answer);
	}
}

static void
a_small_buffer_is_erange_also_for_an_answer(void **state)
{
	char buffer[512];
	struct passwd entry;
	size_t needed = sizeof("dora") + sizeof("Dora") + sizeof("/home/x") +
	    sizeof("/bin/sh") + sizeof("*");

	(void)state;
	for (size_t size = 0; size <= needed; size++) {
		int error = 0;
		enum nss_status status = _nss_stytch_getpwnam_r("dora", &entry,
		    buffer, size, &error);

		assert_int_equal(status,
		    size < needed ? NSS_STATUS_TRYAGAIN : NSS_STATUS_SUCCESS);
		assert_int_equal(error, size < needed ? ERANGE : 0);
	}
}

static enum nss_status
groups_of(const char *name, gid_t primary, gid_t *out, long *out_count)
{
	gid_t *items = malloc(sizeof(gid_t));
	long start = 0, size = 1;
	int error = 0;
	enum nss_status status;

	assert_non_null(items);
	status = _nss_stytch_initgroups_dyn(name, primary, &start, &size,
	    &items, 16, &error);
	memcpy(out, items, (size_t)start * sizeof(gid_t));
	*out_count = start;
	free(items);
	return status;
}

static void
the_groups_of_a_first_visit_are_asked_for_too(void **state)
{
	gid_t gids[16];
	long count;

	(void)state;
	assert_int_equal(groups_of("dora", TEST_UID, gids, &count),
	    NSS_STATUS_SUCCESS);
	assert_int_equal(count, 2);
	assert_int_equal(gids[0], TEST_GROUP);
	assert_int_equal(gids[1], 44);
	assert_int_equal(groups_of("plain", TEST_UID, gids, &count),
	    NSS_STATUS_SUCCESS);
	assert_int_equal(count, 0);
	assert_int_equal(groups_of("later", TEST_UID, gids, &count),
	    NSS_STATUS_TRYAGAIN);
}

static void
the_groups_of_others_are_not_asked_for(void **state)
{
	gid_t gids[16];
	long count;

	(void)state;
	(void)groups_of("root", 0, gids, &count);
	(void)groups_of("dynamic", 61184, gids, &count);
	(void)groups_of("local", 1000, gids, &count);
	(void)groups_of("local", TEST_UID, gids, &count);
	assert_int_equal(count, 0);
	assert_int_equal(nss_agent_questions(), 0);
}

/* A thread whose cancellation waits for the first cancellation point. */
static void *
ask_while_cancelled(void *context)
{
	struct answer *answers = context;
	gid_t gids[16];
	long count;

	(void)pthread_cancel(pthread_self());
	ask("dora", &answers[0]);
	ask("gone", &answers[1]);
	answers[1].error =
	    (int)groups_of("dora", TEST_UID, gids, &count) == NSS_STATUS_SUCCESS
	    ? (int)count
	    : -1;
	pthread_testcancel();
	return NULL;
}

static void
a_thread_is_not_cancelled_inside(void **state)
{
	struct answer answers[2];
	pthread_t thread;
	void *result = NULL;

	(void)state;
	answers[0].status = NSS_STATUS_UNAVAIL;
	assert_int_equal(pthread_create(&thread, NULL, ask_while_cancelled,
			     answers),
	    0);
	assert_int_equal(pthread_join(thread, &result), 0);
	assert_true(result == PTHREAD_CANCELED);
	assert_int_equal(answers[0].status, NSS_STATUS_SUCCESS);
	assert_int_equal(answers[1].status, NSS_STATUS_NOTFOUND);
	assert_int_equal(answers[1].error, 2);
}

/* The n-th allocation fails; 0: none. */
static unsigned fail_at;

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *
__wrap_calloc(size_t count, size_t size)
{
	if (fail_at > 0 && --fail_at == 0)
		return NULL;
	return __real_calloc(count, size);
}

static void
without_memory_the_answer_is_try_again(void **state)
{
	struct answer answer;

	(void)state;
	fail_at = 1;
	ask("dora", &answer);
	fail_at = 0;
	assert_int_equal(answer.status, NSS_STATUS_TRYAGAIN);
	assert_int_equal(answer.error, EAGAIN);
}

static int
set_up(void **state)
{
	(void)state;
	caller_uid = 0;
	caller_pid = 4242;
	test_write_file(test_path("nss.limits"), limits_text,
	    sizeof(limits_text) - 1);
	test_write_file(test_path("passwd"), passwd_text,
	    sizeof(passwd_text) - 1);
	test_write_file(test_path("ready"), "", 0);
	nss_agent_start(nss_test_runtime, rows);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	nss_agent_stop();
	return 0;
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
#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		ROW(a_first_visit_is_answered_by_the_agent),
		ROW(every_other_answer_is_its_own_status),
		ROW(names_out_of_the_grammar_are_not_asked_about),
		ROW(only_root_but_not_pid_1_nor_the_agent_asks),
		ROW(an_agent_that_is_not_ready_is_unavailable),
		ROW(without_limits_nobody_is_asked),
		ROW(a_silent_agent_is_waited_for_once),
		ROW(a_small_buffer_is_erange_also_for_an_answer),
		ROW(the_groups_of_a_first_visit_are_asked_for_too),
		ROW(the_groups_of_others_are_not_asked_for),
		ROW(a_thread_is_not_cancelled_inside),
		ROW(without_memory_the_answer_is_try_again),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
