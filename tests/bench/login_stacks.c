/* SPDX-License-Identifier: BSD-2-Clause */
/* The stacks that are compared; see login_stacks.h. */
#include "config.h"

#include "tests/bench/login_stacks.h"

#include "common/attr.h"

#include <errno.h>
#include <fcntl.h>
#include <liboath/oath.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>

#define LOCAL_USER "stytch-bench"
#define LOCAL_PASSWORD "bench-password"
#define LOCAL_HASH \
	"$y$j9T$F5Jx5fExrKuPp53xLKQ..1$" \
	"rotP9QNLdahfHxfvTPFW6tezVl/jHH0QxweXpS6H7s6"
/* RFC 4226, appendix D */
#define HOTP_KEY "12345678901234567890"
#define HOTP_HEX "3132333435363738393031323334353637383930"
#define HOTP_BASE32 "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

enum counter {
	COUNTER_OATH,
	COUNTER_GOOGLE
};

static int
file_path(const struct setting *setting, const char *name, char path[128])
{
	int n = snprintf(path, 128, "%s/%s", setting->folder, name);

	return n > 0 && n < 128 ? 0 : -ENAMETOOLONG;
}

/* Write a file of the folder, behind a copy of another where one is named. */
static int
write_file(const struct setting *setting, const char *name, const char *copied,
    const char *text)
{
	CLEANUP(fd_close) int from = -1;
	CLEANUP(fd_close) int to = -1;
	char path[128], block[4096];
	ssize_t n = 0;

	if (file_path(setting, name, path) != 0)
		return -ENAMETOOLONG;
	to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (to < 0)
		return -errno;
	if (copied != NULL) {
		from = open(copied, O_RDONLY | O_CLOEXEC);
		if (from < 0)
			return -errno;
		while ((n = read(from, block, sizeof(block))) > 0)
			if (write(to, block, (size_t)n) != n)
				return -EIO;
	}
	if (n < 0 || write(to, text, strlen(text)) != (ssize_t)strlen(text))
		return -EIO;
	return 0;
}

static int
set_line(char *line, size_t size, const char *text)
{
	int n = snprintf(line, size, "auth required %s\n", text);

	return n > 0 && (size_t)n < size ? 0 : -ENAMETOOLONG;
}

static int
permit_prepare(struct setting *setting, char *line, size_t size)
{
	(void)setting;
	return set_line(line, size, "pam_permit.so");
}

static const char *
local_user(struct setting *setting)
{
	(void)setting;
	return LOCAL_USER;
}

static int
local_answer(struct setting *setting, char *answer, size_t size)
{
	(void)setting;
	(void)snprintf(answer, size, "%s", LOCAL_PASSWORD);
	return 0;
}

static int
unix_prepare(struct setting *setting, char *line, size_t size)
{
	(void)setting;
	return geteuid() == 0 ? set_line(line, size, "pam_unix.so nodelay")
			      : -EPERM;
}

/* The HOTP code after the last one of this counter. */
static int
hotp_answer(struct setting *setting, enum counter counter, char *answer,
    size_t size)
{
	char code[16];

	if (oath_hotp_generate(HOTP_KEY, sizeof(HOTP_KEY) - 1,
		setting->hotp_counter[counter]++, 6, false,
		OATH_HOTP_DYNAMIC_TRUNCATION, code) != OATH_OK)
		return -EIO;
	(void)snprintf(answer, size, "%s", code);
	return 0;
}

static int
oath_prepare(struct setting *setting, char *line, size_t size)
{
	char text[256];

	(void)snprintf(text, sizeof(text),
	    "pam_oath.so usersfile=%s/oath window=5 digits=6", setting->folder);
	if (geteuid() != 0)
		return -EPERM;
	if (write_file(setting, "oath", NULL,
		"HOTP " LOCAL_USER " - " HOTP_HEX "\n") != 0)
		return -EIO;
	return set_line(line, size, text);
}

static int
oath_answer(struct setting *setting, char *answer, size_t size)
{
	return hotp_answer(setting, COUNTER_OATH, answer, size);
}

static int
google_prepare(struct setting *setting, char *line, size_t size)
{
	char text[256];

	(void)snprintf(text, sizeof(text),
	    "pam_google_authenticator.so secret=%s/google user=root nullok",
	    setting->folder);
	if (geteuid() != 0)
		return -EPERM;
	if (write_file(setting, "google", NULL,
		HOTP_BASE32 "\n\" HOTP_COUNTER 1\n\" WINDOW_SIZE 17\n") != 0)
		return -EIO;
	setting->hotp_counter[COUNTER_GOOGLE] = 1;
	return set_line(line, size, text);
}

static int
google_answer(struct setting *setting, char *answer, size_t size)
{
	return hotp_answer(setting, COUNTER_GOOGLE, answer, size);
}

static int
stytch_prepare(struct setting *setting, char *line, size_t size)
{
	char text[1024];
	int n = snprintf(text, sizeof(text), "%s runtime_dir=%s",
	    setting->module, setting->runtime_dir);

	return n > 0 && (size_t)n < sizeof(text) ? set_line(line, size, text)
						 : -ENAMETOOLONG;
}

static const char *
stytch_user(struct setting *setting)
{
	if (setting->person_count == 0)
		return setting->user;
	setting->next_person =
	    (setting->next_person + 1) % setting->person_count;
	return setting->persons[setting->next_person].user;
}

/* The TOTP code of now, of the person whose turn it is. */
static int
stytch_answer(struct setting *setting, char *answer, size_t size)
{
	const struct person *person;
	char *key = NULL;
	size_t key_len = 0;
	char code[16];
	int error;

	if (setting->person_count == 0) {
		(void)snprintf(answer, size, "%s", setting->answer);
		return 0;
	}
	person = &setting->persons[setting->next_person];
	if (oath_base32_decode(person->secret, strlen(person->secret), &key,
		&key_len) != OATH_OK)
		return -EINVAL;
	error = oath_totp_generate(key, key_len, time(NULL),
	    OATH_TOTP_DEFAULT_TIME_STEP_SIZE, OATH_TOTP_DEFAULT_START_TIME, 6,
	    code);
	free(key);
	if (error != OATH_OK)
		return -EIO;
	(void)snprintf(answer, size, "%s", code);
	return 0;
}

const struct stack stacks[] = {
	{ "pam_permit", "nothing", permit_prepare, local_user, local_answer },
	{ "pam_unix", "a yescrypt password", unix_prepare, local_user,
	    local_answer },
	{ "pam_oath", "an HOTP code, file rewritten", oath_prepare, local_user,
	    oath_answer },
	{ "pam_google_authenticator", "an HOTP code, file rewritten",
	    google_prepare, local_user, google_answer },
	{ "pam_stytch", "a code, by the agent", stytch_prepare, stytch_user,
	    stytch_answer },
};
const size_t stacks_count = ARRAY_LEN(stacks);

const struct stack *
stack_find(const char *name)
{
	for (size_t i = 0; i < stacks_count; i++)
		if (strcmp(stacks[i].name, name) == 0)
			return &stacks[i];
	return NULL;
}

int
stack_prepare(const struct stack *stack, struct setting *setting)
{
	char line[2048];
	int error = stack->prepare(setting, line, sizeof(line));

	if (error == 0)
		error = write_file(setting, "other", NULL,
		    "auth required pam_deny.so\n");
	return error != 0 ? error
			  : write_file(setting, stack->name, NULL, line);
}

static int
cover(const struct setting *setting, const char *name, const char *target,
    mode_t mode)
{
	char path[128];

	if (file_path(setting, name, path) != 0 || chmod(path, mode) != 0 ||
	    mount(path, target, NULL, MS_BIND, NULL) != 0)
		return -EIO;
	return 0;
}

int
stacks_add_local_person(const struct setting *setting)
{
	if (geteuid() != 0)
		return -EPERM;
	if (write_file(setting, "passwd", "/etc/passwd",
		LOCAL_USER ":x:64999:64999::/nonexistent:/bin/sh\n") != 0 ||
	    write_file(setting, "shadow", "/etc/shadow",
		LOCAL_USER ":" LOCAL_HASH ":19000:0:99999:7:::\n") != 0)
		return -EIO;
	if (unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return -errno;
	if (cover(setting, "passwd", "/etc/passwd", 0644) != 0)
		return -EIO;
	return cover(setting, "shadow", "/etc/shadow", 0600);
}

void
stacks_clean(const struct setting *setting)
{
	static const char *const names[] = { "other", "oath", "oath.lock",
		"google", "passwd", "shadow" };
	char path[128];

	for (size_t i = 0; i < ARRAY_LEN(names) + stacks_count; i++) {
		const char *name = i < ARRAY_LEN(names)
		    ? names[i]
		    : stacks[i - ARRAY_LEN(names)].name;

		if (file_path(setting, name, path) == 0)
			(void)unlink(path);
	}
	(void)rmdir(setting->folder);
}
