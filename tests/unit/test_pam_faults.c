/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every call that can fail does so once, and then all from there on: no
 * phase may succeed on the way, or have itself ignored.
 */
#include "config.h"

#include "tests/unit/pam_case.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>

/* Injection counts the calls of this thread while it is on. */
static _Thread_local bool is_on;
static unsigned kinds;

enum kind {
	KIND_CALLOC = 1,
	KIND_FOPEN = 2,
	KIND_FGETPWENT = 4,
	KIND_OPEN = 8,
	KIND_READ = 16,
	KIND_SOCKET = 32,
	KIND_CONNECT = 64,
	KIND_GETSOCKOPT = 128,
	KIND_SEND = 256,
	KIND_RECVMSG = 512,
	KIND_ALL = 1023
};

static bool
fails(enum kind kind, int error)
{
	if (!is_on)
		return false;
	kinds |= kind;
	if (!fake_fails())
		return false;
	errno = error;
	return true;
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
int __real_fgetpwent_r(FILE *file, struct passwd *entry, char *line,
    size_t size, struct passwd **found);
int __wrap_fgetpwent_r(FILE *file, struct passwd *entry, char *line,
    size_t size, struct passwd **found);
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
ssize_t __real_read(int fd, void *data, size_t size);
ssize_t __wrap_read(int fd, void *data, size_t size);
int __real_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol);
int __real_connect(int fd, const struct sockaddr *address, socklen_t size);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size);
int __real_getsockopt(int fd, int level, int name, void *value,
    socklen_t *size);
int __wrap_getsockopt(int fd, int level, int name, void *value,
    socklen_t *size);
ssize_t __real_send(int fd, const void *data, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *data, size_t size, int flags);
ssize_t __real_recvmsg(int fd, struct msghdr *header, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *header, int flags);

void *
__wrap_calloc(size_t count, size_t size)
{
	return fails(KIND_CALLOC, ENOMEM) ? NULL : __real_calloc(count, size);
}

FILE *
__wrap_fopen(const char *path, const char *mode)
{
	return fails(KIND_FOPEN, EMFILE) ? NULL : __real_fopen(path, mode);
}

int
__wrap_fgetpwent_r(FILE *file, struct passwd *entry, char *line, size_t size,
    struct passwd **found)
{
	return fails(KIND_FGETPWENT, EIO)
	    ? EIO
	    : __real_fgetpwent_r(file, entry, line, size, found);
}

int
__wrap_open(const char *path, int flags, ...)
{
	return fails(KIND_OPEN, EMFILE) ? -1 : __real_open(path, flags, 0);
}

ssize_t
__wrap_read(int fd, void *data, size_t size)
{
	return fails(KIND_READ, EIO) ? -1 : __real_read(fd, data, size);
}

int
__wrap_socket(int domain, int type, int protocol)
{
	return fails(KIND_SOCKET, EMFILE)
	    ? -1
	    : __real_socket(domain, type, protocol);
}

int
__wrap_connect(int fd, const struct sockaddr *address, socklen_t size)
{
	return fails(KIND_CONNECT, ECONNREFUSED)
	    ? -1
	    : __real_connect(fd, address, size);
}

int
__wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *size)
{
	return fails(KIND_GETSOCKOPT, ENOBUFS)
	    ? -1
	    : __real_getsockopt(fd, level, name, value, size);
}

ssize_t
__wrap_send(int fd, const void *data, size_t size, int flags)
{
	return fails(KIND_SEND, ENOBUFS) ? -1
					 : __real_send(fd, data, size, flags);
}

ssize_t
__wrap_recvmsg(int fd, struct msghdr *header, int flags)
{
	return fails(KIND_RECVMSG, EIO) ? -1
					: __real_recvmsg(fd, header, flags);
}

static int
run_failing_at(struct pam_case *one, phase_function *phase, unsigned n)
{
	int code;

	fake_fail_at(n);
	is_on = true;
	code = case_run(one, phase);
	is_on = false;
	return code;
}

/* The agent may be left at any step; only what it was told matters here. */
static void
end_early(struct pam_case *one)
{
	agent_finish(one->agent);
	agent_free(one->agent);
	one->agent = NULL;
	fake_fail_at(0);
	case_end(one);
}

static void
prepare(struct pam_case *one, const struct agent_step *steps, size_t count)
{
	case_begin(one, steps, count);
	one->option = "try_first_pass";
	one->pamh.tty = "ssh";
	one->pamh.rhost = "192.0.2.1";
	for (size_t i = 0; i < FAKE_TURNS_MAX; i++)
		one->pamh.turns[i].answer = "123456";
}

#define HEAR_BEGIN \
	{ \
		.what = AGENT_HEAR, .number = WIRE_BEGIN \
	}
#define GRANT \
	{ \
		.what = AGENT_DONE, .number = PAM_SUCCESS, .text = AGENT_LOGIN \
	}

static const struct agent_step asking[] = { HEAR_BEGIN,
	{ .what = AGENT_SHOW, .number = WIRE_SHOW_INFO, .text = "Hello" },
	{ .what = AGENT_PROMPT, .number = WIRE_PROMPT_CODE, .text = "Code: " },
	{ .what = AGENT_HEAR, .number = WIRE_ANSWER }, GRANT };
static const struct agent_step granting[] = { HEAR_BEGIN, GRANT };
static const struct agent_step refusing[] = { HEAR_BEGIN,
	{ .what = AGENT_DONE, .number = PAM_AUTH_ERR } };
static const struct agent_step finding[] = {
	{ .what = AGENT_HEAR, .number = WIRE_LOOKUP },
	{ .what = AGENT_RECORD, .number = WIRE_RECORD_FOUND, .text = "alice" }
};

struct row {
	phase_function *phase;
	const struct agent_step *steps;
	size_t count;
	bool is_roots;
};

static const struct row rows[] = {
	{ phase_authenticate, asking, ARRAY_LEN(asking), false },
	{ phase_account, granting, ARRAY_LEN(granting), false },
	{ phase_open_session, granting, ARRAY_LEN(granting), false },
	{ phase_close_session, granting, ARRAY_LEN(granting), false },
	{ phase_setcred, finding, ARRAY_LEN(finding), true },
};

/*
 * Some calls may fail without a refusal, for nothing hangs on them: what
 * /proc tells, PAM_AUTHTOK at hand, a record that is not there anyway.  Then
 * the agent must have granted all the same.
 */
static void
check(const struct row *row, struct pam_case *one, int code, unsigned n)
{
	bool was_granted;

	assert_int_not_equal(code, PAM_IGNORE);
	agent_finish(one->agent);
	was_granted = one->agent->step == row->count;
	if (code == PAM_SUCCESS && !was_granted)
		fail_msg("call %u failed, and the phase passed unasked", n);
	if (code == PAM_SUCCESS && row->phase != phase_setcred)
		assert_non_null(one->pamh.data);
	if (code == PAM_SUCCESS && row->phase == phase_authenticate)
		assert_string_equal(one->pamh.variable,
		    "STYTCH_LOGIN=" AGENT_LOGIN);
	if (row->phase == phase_authenticate && code != PAM_SUCCESS) {
		assert_null(one->pamh.data);
		if (code != PAM_ABORT)
			assert_int_equal(code, PAM_AUTHINFO_UNAVAIL);
	}
}

static void
no_single_failure_lets_anybody_in(void **state)
{
	unsigned seen_failing = 0;

	(void)state;
	kinds = 0;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];
		unsigned n = 0;
		bool all_worked;

		if (row->is_roots && geteuid() != 0)
			continue;
		do {
			struct pam_case one;
			int code;

			prepare(&one, row->steps, row->count);
			code = run_failing_at(&one, row->phase, ++n);
			all_worked = fake_calls() < n;
			check(row, &one, code, n);
			if (all_worked)
				assert_int_equal(code, PAM_SUCCESS);
			else if (code != PAM_SUCCESS)
				seen_failing++;
			end_early(&one);
		} while (!all_worked);
		assert_true(n > 10);
	}
	assert_int_equal(kinds, KIND_ALL);
	assert_true(seen_failing > 40);
}

static void
no_failure_turns_a_refusal_into_anything_else(void **state)
{
	bool all_worked;
	unsigned n = 0;

	(void)state;
	do {
		struct pam_case one;
		int code;

		prepare(&one, refusing, ARRAY_LEN(refusing));
		code = run_failing_at(&one, phase_authenticate, ++n);
		all_worked = fake_calls() < n;
		assert_int_not_equal(code, PAM_SUCCESS);
		assert_int_not_equal(code, PAM_IGNORE);
		if (all_worked)
			assert_int_equal(code, PAM_AUTH_ERR);
		end_early(&one);
	} while (!all_worked);
}

/* A name is local even if the agent would have granted it. */
static void
no_failure_makes_a_local_name_the_agents(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool all_worked;
		unsigned n = 0;

		do {
			struct pam_case one;
			int code;

			prepare(&one, rows[i].steps, rows[i].count);
			one.pamh.user = "bob";
			code = run_failing_at(&one, rows[i].phase, ++n);
			all_worked = fake_calls() < n;
			if (all_worked)
				assert_int_equal(code, PAM_USER_UNKNOWN);
			else if (code != PAM_USER_UNKNOWN)
				assert_int_equal(code, PAM_AUTHINFO_UNAVAIL);
			agent_finish(one.agent);
			assert_int_equal(one.agent->heard_count, 0);
			end_early(&one);
		} while (!all_worked);
	}
}

static unsigned
count_descriptors(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < 256; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			count++;
	return count;
}

static void
no_failure_leaves_a_descriptor_open(void **state)
{
	bool all_worked;
	unsigned n = 0;

	(void)state;
	do {
		struct pam_case one;
		unsigned before;

		prepare(&one, asking, ARRAY_LEN(asking));
		agent_finish(one.agent); /* nobody takes the connection */
		before = count_descriptors();
		one.host.reply_max_ms = 1;
		(void)run_failing_at(&one, phase_authenticate, ++n);
		all_worked = fake_calls() < n;
		assert_int_equal(count_descriptors(), before);
		end_early(&one);
	} while (!all_worked);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_single_failure_lets_anybody_in),
		cmocka_unit_test(no_failure_turns_a_refusal_into_anything_else),
		cmocka_unit_test(no_failure_makes_a_local_name_the_agents),
		cmocka_unit_test(no_failure_leaves_a_descriptor_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
