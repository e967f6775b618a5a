/* SPDX-License-Identifier: BSD-2-Clause */
/* One case of a phase; see pam_case.h. */
#include "config.h"

#include "tests/unit/pam_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static char passwd_file[64];

static void
passwd_remove(void)
{
	(void)unlink(passwd_file);
}

/* One file for all cases of a program. */
static const char *
passwd_make(void)
{
	static const char text[] = "root:x:0:0:root:/root:/bin/bash\n"
				   "bob:x:1000:1000::/home/bob:/bin/sh\n";
	int fd;

	if (passwd_file[0] != '\0')
		return passwd_file;
	(void)snprintf(passwd_file, sizeof(passwd_file),
	    "/tmp/pam_case.XXXXXX");
	fd = mkstemp(passwd_file);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	assert_int_equal(fchmod(fd, 0644), 0);
	(void)close(fd);
	assert_int_equal(atexit(passwd_remove), 0);
	return passwd_file;
}

void
case_next(struct pam_case *one, const struct agent_step *steps, size_t count)
{
	if (one->agent != NULL)
		agent_end(one->agent);
	one->agent = NULL;
	(void)snprintf(one->runtime_dir, sizeof(one->runtime_dir),
	    "runtime_dir=/nonexistent");
	if (steps == NULL)
		return;
	one->agent = agent_start(steps, count);
	(void)snprintf(one->runtime_dir, sizeof(one->runtime_dir),
	    "runtime_dir=%s", one->agent->folder);
}

void
case_begin(struct pam_case *one, const struct agent_step *steps, size_t count)
{
	memset(one, 0, sizeof(*one));
	fake_init(&one->pamh);
	one->host = (struct host){ .passwd_file = passwd_make(),
		.proc_dir = "/proc",
		.reply_max_ms = 5000 };
	case_next(one, steps, count);
}

int
case_run(struct pam_case *one, phase_function *phase)
{
	const char *argv[] = { one->runtime_dir, one->option };
	const struct arguments given = { .pamh = &one->pamh,
		.flags = one->flags,
		.argc = one->option == NULL ? 1 : 2,
		.argv = argv };

	return phase(&one->host, &given);
}

const struct wire_message *
case_heard(struct pam_case *one, size_t i)
{
	agent_finish(one->agent);
	assert_true(i < one->agent->heard_count);
	return &one->agent->heard[i].message;
}

void
case_end(struct pam_case *one)
{
	case_next(one, NULL, 0);
	fake_end(&one->pamh);
}
