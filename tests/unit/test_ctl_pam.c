/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stytchctl/pam_stack.h"

#include "common/buf.h"
#include "stytchctl/check.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define SUCCESS 0
#define AUTH_ERR 7
#define UNAVAIL 9
#define UNKNOWN 10
#define NEW_AUTHTOK 12
#define IGNORE 25

#define AUTH \
	"auth [success=2 user_unknown=ignore authinfo_unavail=ignore " \
	"default=die] pam_stytch.so\n"
#define ACCOUNT \
	"account [success=ok user_unknown=ignore default=die] pam_stytch.so\n"
#define SESSION \
	"session [success=ok user_unknown=ignore default=die] pam_stytch.so\n"
#define REST ACCOUNT SESSION

static struct pam_stack stack;
static char said[65536];
static char etc[] = "/tmp/test_ctl_pam.XXXXXX";

static int
add(const char *text)
{
	memset(&stack, 0, sizeof(stack));
	return pam_stack_add(&stack, "file", text, NULL, NULL);
}

static void
controls_mean_what_libpam_says(void **state)
{
	static const struct {
		const char *control;
		int success, auth_err, new_authtok, ignore;
	} rows[] = {
		{ "required", PAM_DOES_OK, PAM_DOES_BAD, PAM_DOES_OK, 0 },
		{ "requisite", PAM_DOES_OK, PAM_DOES_DIE, PAM_DOES_OK, 0 },
		{ "sufficient", PAM_DOES_DONE, 0, PAM_DOES_DONE, 0 },
		{ "optional", PAM_DOES_OK, 0, PAM_DOES_OK, 0 },
		{ "REQUIRED", PAM_DOES_OK, PAM_DOES_BAD, PAM_DOES_OK, 0 },
		{ "[default=die]", PAM_DOES_DIE, PAM_DOES_DIE, PAM_DOES_DIE,
		    PAM_DOES_DIE },
		{ "[success=3 default=ignore]", 3, 0, 0, 0 },
		{ "[ success=ok  auth_err=reset ]", PAM_DOES_OK, PAM_DOES_RESET,
		    PAM_DOES_BAD, PAM_DOES_BAD },
		{ "[default=bad success=ok]", PAM_DOES_OK, PAM_DOES_BAD,
		    PAM_DOES_BAD, PAM_DOES_BAD },
		{ "[Success=OK ignore=0]", PAM_DOES_OK, PAM_DOES_BAD,
		    PAM_DOES_BAD, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char line[256];
		const struct pam_entry *entry = &stack.entries[0];

		(void)snprintf(line, sizeof(line),
		    "-AUTH\t%s  /lib/pam_x.so a b", rows[i].control);
		assert_int_equal(add(line), 0);
		assert_int_equal(stack.count, 1);
		assert_int_equal(entry->type, PAM_TYPE_AUTH);
		assert_string_equal(entry->module, "pam_x.so");
		assert_int_equal(entry->actions[SUCCESS], rows[i].success);
		assert_int_equal(entry->actions[AUTH_ERR], rows[i].auth_err);
		assert_int_equal(entry->actions[NEW_AUTHTOK],
		    rows[i].new_authtok);
		assert_int_equal(entry->actions[IGNORE], rows[i].ignore);
	}
}

static void
malformed_lines_are_faults_with_their_place(void **state)
{
	static const char *const rows[] = {
		"auth",
		"auth required",
		"auth requird pam_x.so",
		"auth [] pam_x.so",
		"auth [success] pam_x.so",
		"auth [success=nothing] pam_x.so",
		"auth [success=-1] pam_x.so",
		"auth [success=99999] pam_x.so",
		"auth [success=] pam_x.so",
		"auth [success=ok pam_x.so",
		"auth required /",
		"autho required pam_x.so",
		"- required pam_x.so",
		"@include",
		"@include other",
		"auth include other",
		"auth include",
		"auth required pam_"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.so",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[512];

		(void)snprintf(text, sizeof(text),
		    "# first\n\nauth required pam_a.so\n%s\n", rows[i]);
		if (add(text) == 0)
			fail_msg("taken: %s", rows[i]);
		if (strncmp(stack.fault, "file:4: ", 8) != 0)
			fail_msg("%s: %s", rows[i], stack.fault);
		assert_int_equal(stack.count, 1);
	}
}

static void
comments_and_continuations_are_libpams(void **state)
{
	(void)state;
	assert_int_equal(add("auth required \\\n  pam_a.so # no\\\n"
			     "# \\\naccount optional pam_b.so\\\n"),
	    0);
	assert_int_equal(stack.count, 1);
	assert_int_equal(stack.entries[0].line, 2);
	assert_int_equal(add("#auth required pam_a.so\n  \t\n"), 0);
	assert_int_equal(stack.count, 0);
	assert_int_equal(add(""), 0);
}

static void
too_much_is_refused(void **state)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(65536);

	(void)state;
	for (size_t i = 0; i <= PAM_ENTRIES_MAX; i++)
		buf_adds(&text, "auth optional pam_a.so\n");
	assert_int_equal(add(buf_text(&text)), -E2BIG);
	buf_reset(&text);
	for (size_t i = 0; i < 2000; i++)
		buf_adds(&text, " x");
	assert_int_equal(add(buf_text(&text)), -EINVAL);
}

/* ---- the check ---- */

static void
put(const char *name, const char *text)
{
	char path[256];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/pam.d/%s", etc, name);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
drop(const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/pam.d/%s", etc, name);
	(void)unlink(path);
}

/* What check_pam() says, in said; its failures. */
static unsigned
judge(unsigned *out_warnings)
{
	FILE *file = tmpfile();
	struct ctl ctl = { .out = file, .err = file };
	struct check check = { .ctl = &ctl,
		.etc = etc,
		.pam_module = "/dev/null" };
	size_t len;

	assert_non_null(file);
	check_pam(&check);
	rewind(file);
	len = fread(said, 1, sizeof(said) - 1, file);
	said[len] = '\0';
	(void)fclose(file);
	if (out_warnings != NULL)
		*out_warnings = check.warnings;
	return check.failures;
}

static void
good_stacks_pass(void **state)
{
	unsigned warnings;
	static const char *const rows[] = {
		AUTH
		"auth [success=1 default=ignore] pam_unix.so\n"
		"auth requisite pam_deny.so\nauth required pam_permit.so\n" REST,
		"account [success=1 new_authtok_reqd=done default=ignore] "
		"pam_unix.so\naccount requisite pam_deny.so\n"
		"account required pam_permit.so\n" REST AUTH,
		"account sufficient pam_localuser.so\n" REST AUTH,
		"auth sufficient pam_rootok.so\n" REST AUTH,
		"account required pam_stytch.so2\n" REST AUTH,
		"auth [success=done user_unknown=ignore default=bad] "
		"pam_stytch.so\n" REST,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		put("sshd", rows[i]);
		if (judge(&warnings) != 0 || warnings != 0)
			fail_msg("row %zu: %s", i, said);
		assert_non_null(strstr(said, "1 services use pam_stytch.so"));
	}
}

static void
dangerous_stacks_fail(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} rows[] = {
		{ "auth sufficient pam_stytch.so\n" REST,
		    "a refusal does not" },
		{ "auth optional pam_stytch.so\n" REST, "a refusal does not" },
		{ "auth required pam_stytch.so\n" REST, "local accounts" },
		{ "auth requisite pam_stytch.so\n" REST, "local accounts" },
		{ "auth [success=1 default=ignore] pam_stytch.so\n" REST,
		    "a refusal does not" },
		{ "auth [success=1 user_unknown=ignore authinfo_unavail=1 "
		  "default=die] pam_stytch.so\n" REST,
		    "a refusal does not" },
		{ "auth [success=1 user_unknown=ignore abort=ignore "
		  "default=die] pam_stytch.so\n" REST,
		    "auth on abort" },
		{ "auth [success=1 user_unknown=ok default=die] "
		  "pam_stytch.so\n" REST,
		    "whoever is no Stytch account" },
		{ "auth [user_unknown=ignore default=die] pam_stytch.so\n" REST,
		    "goes for nothing" },
		{ AUTH SESSION, "no account line" },
		{ AUTH SESSION "account sufficient pam_stytch.so\n",
		    "a refusal does not" },
		{ AUTH SESSION
		    "account [success=ok user_unknown=ignore "
		    "authinfo_unavail=ignore default=die] pam_stytch.so\n",
		    "account on authinfo_unavail" },
		{ AUTH "account sufficient pam_unix.so\n" REST,
		    "pam_unix.so of sshd:2 skips pam_stytch in account" },
		{ AUTH "account [success=2 default=ignore] pam_unix.so\n"
		       "account required pam_time.so\n" REST,
		    "skips pam_stytch in account" },
		{ AUTH "session [success=1 default=ignore] pam_x.so\n" REST,
		    "skips pam_stytch in session" },
		{ AUTH REST "rubbish\n", "sshd:4: no such type" },
		{ "auth required pam_unix.so\n", "no service in" },
		{ "", "pam-auth-update" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		put("sshd", rows[i].text);
		if (judge(NULL) == 0 || strstr(said, rows[i].says) == NULL)
			fail_msg("row %zu: %s%s", i, rows[i].text, said);
		assert_non_null(strstr(said, "change: "));
	}
}

static void
weak_stacks_are_warned_of(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} rows[] = {
		{ "auth sufficient pam_unix.so\n" AUTH REST,
		    "skips pam_stytch in auth" },
		{ AUTH ACCOUNT, "no session line" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		unsigned warnings;

		put("sshd", rows[i].text);
		assert_int_equal(judge(&warnings), 0);
		assert_int_equal(warnings, 1);
		assert_non_null(strstr(said, rows[i].says));
	}
}

static void
includes_are_followed_by_type(void **state)
{
	(void)state;
	put("common-auth", AUTH);
	put("common-account", "account sufficient pam_unix.so\n" ACCOUNT);
	put("sshd", "@include common-auth\naccount include common-account\n");
	assert_int_equal(judge(NULL), 1);
	assert_non_null(strstr(said, "pam_unix.so of common-account:1 skips"));
	put("common-account", ACCOUNT "auth sufficient pam_stytch.so\n");
	assert_int_equal(judge(NULL), 0);
	put("sshd", "@include common-auth\n@include common-account\n");
	assert_int_equal(judge(NULL), 1);
	put("sshd", "@include common-auth\n@include nothing\n" REST);
	assert_int_equal(judge(NULL), 2);
	assert_non_null(strstr(said, "nothing:0: No such file"));
	put("common-auth", AUTH "@include common-auth\n");
	put("sshd", "@include common-auth\n" REST);
	assert_int_not_equal(judge(NULL), 0);
	assert_non_null(strstr(said, "too deep"));
	drop("common-auth");
	drop("common-account");
}

static void
leftovers_are_not_services(void **state)
{
	(void)state;
	put("sshd", AUTH REST);
	put("sshd.dpkg-old", "auth optional pam_stytch.so\n");
	put("common-auth.pam-old", "auth optional pam_stytch.so\n");
	assert_int_equal(judge(NULL), 0);
	drop("sshd.dpkg-old");
	drop("common-auth.pam-old");
}

static void
the_shipped_samples_pass(void **state)
{
	static const char *const names[] = { "sshd", "sudo" };
	char from[512];
	char text[16384];

	(void)state;
	put("common-password", "password required pam_deny.so\n");
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		FILE *file;
		unsigned warnings;

		(void)snprintf(from, sizeof(from),
		    TEST_SRCDIR "/conf/pam.d/%s.sample", names[i]);
		file = fopen(from, "re");
		assert_non_null(file);
		text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
		(void)fclose(file);
		put("sshd", text);
		assert_int_equal(judge(&warnings), 0);
		assert_int_equal(warnings, 0);
	}
	drop("common-password");
}

static int
make_folder(void **state)
{
	char path[64];

	(void)state;
	if (mkdtemp(etc) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/pam.d", etc);
	return mkdir(path, 0755);
}

static int
remove_folder(void **state)
{
	char path[64];

	(void)state;
	drop("sshd");
	(void)snprintf(path, sizeof(path), "%s/pam.d", etc);
	return rmdir(path) + rmdir(etc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(controls_mean_what_libpam_says),
		cmocka_unit_test(malformed_lines_are_faults_with_their_place),
		cmocka_unit_test(comments_and_continuations_are_libpams),
		cmocka_unit_test(too_much_is_refused),
		cmocka_unit_test(good_stacks_pass),
		cmocka_unit_test(dangerous_stacks_fail),
		cmocka_unit_test(weak_stacks_are_warned_of),
		cmocka_unit_test(includes_are_followed_by_type),
		cmocka_unit_test(leftovers_are_not_services),
		cmocka_unit_test(the_shipped_samples_pass),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
