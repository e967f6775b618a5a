/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The built module under the real libpam.  By itself the service files come
 * from pam_start_confdir(); where PAM_WRAPPER is set, from the wrapper.
 */
#include "config.h"

#include "tests/unit/pam_agent.h"

#include <dirent.h>
#include <fcntl.h>
#include <security/pam_appl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define MODULE TEST_BUILDDIR "/pam_stytch/.libs/pam_stytch.so"
#define USER "stytch-nobody-here"
#define OPENED "ffffffffffffffffffffffffffffffff"

#define HEAR_BEGIN \
	{ \
		.what = AGENT_HEAR, .number = WIRE_BEGIN \
	}
#define HEAR_ANSWER \
	{ \
		.what = AGENT_HEAR, .number = WIRE_ANSWER \
	}
#define HEAR_CANCEL \
	{ \
		.what = AGENT_HEAR, .number = WIRE_CANCEL \
	}
#define ASK \
	{ \
		.what = AGENT_PROMPT, .number = WIRE_PROMPT_CODE, \
		.text = "Code: " \
	}
#define DONE(code, login) \
	{ \
		.what = AGENT_DONE, .number = (code), .text = (login) \
	}
#define GRANT DONE(PAM_SUCCESS, AGENT_LOGIN)

static char services[64];
static char runtime_dir[96];
static bool is_wrapped;

/* The person: one answer to every question, or Ctrl-C where it is NULL. */
static int
converse(int count, const struct pam_message **messages,
    struct pam_response **out_replies, void *data)
{
	(void)messages;
	if (data == NULL || count != 1)
		return PAM_CONV_ERR;
	*out_replies = calloc(1, sizeof(**out_replies));
	if (*out_replies == NULL)
		return PAM_BUF_ERR;
	(*out_replies)->resp = strdup(data);
	return PAM_SUCCESS;
}

static pam_handle_t *
start(const char *service, const char *user, const char *answer)
{
	static char kept[64];
	struct pam_conv conv = { .conv = converse };
	pam_handle_t *pamh = NULL;

	if (answer != NULL) {
		(void)snprintf(kept, sizeof(kept), "%s", answer);
		conv.appdata_ptr = kept;
	}
	if (is_wrapped)
		assert_int_equal(pam_start(service, user, &conv, &pamh), 0);
	else
		assert_int_equal(pam_start_confdir(service, user, &conv,
				     services, &pamh),
		    0);
	return pamh;
}

static struct agent *
play(const struct agent_step *steps, size_t count)
{
	return agent_start_at(runtime_dir, steps, count);
}

static void
a_login_goes_through_all_phases(void **state)
{
	static const struct agent_step steps[] = { HEAR_BEGIN, ASK, HEAR_ANSWER,
		GRANT, HEAR_BEGIN, DONE(PAM_SUCCESS, NULL), HEAR_BEGIN,
		DONE(PAM_SUCCESS, OPENED), HEAR_BEGIN,
		DONE(PAM_SUCCESS, NULL) };
	struct agent *agent = play(steps, ARRAY_LEN(steps));
	pam_handle_t *pamh = start("module", USER, "123456");

	(void)state;
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_string_equal(pam_getenv(pamh, "STYTCH_LOGIN"), AGENT_LOGIN);
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_setcred(pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
	assert_int_equal(pam_open_session(pamh, 0), PAM_SUCCESS);
	assert_null(pam_getenv(pamh, "STYTCH_LOGIN"));
	assert_int_equal(pam_close_session(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_setcred(pamh, PAM_DELETE_CRED), PAM_SUCCESS);
	assert_int_equal(pam_end(pamh, PAM_SUCCESS), PAM_SUCCESS);
	agent_finish(agent);
	assert_string_equal(agent->heard[0].socket, agent_socket_name());
	assert_string_equal(wire_text(&agent->heard[0].message, WIRE_SERVICE),
	    "module");
	assert_string_equal(wire_text(&agent->heard[1].message,
				WIRE_ANSWER_TEXT),
	    "123456");
	assert_string_equal(wire_text(&agent->heard[3].message, WIRE_LOGIN),
	    AGENT_LOGIN);
	assert_string_equal(wire_text(&agent->heard[4].message, WIRE_LOGIN),
	    OPENED);
	agent_end(agent);
}

/* OpenSSH: authenticate in one handle, the rest in the monitor's. */
static void
the_login_reaches_another_handle_by_the_variable(void **state)
{
	static const struct agent_step steps[] = { HEAR_BEGIN, ASK, HEAR_ANSWER,
		GRANT, HEAR_BEGIN, DONE(PAM_SUCCESS, OPENED), HEAR_BEGIN,
		DONE(PAM_SUCCESS, NULL) };
	struct agent *agent = play(steps, ARRAY_LEN(steps));
	pam_handle_t *child = start("module", USER, "123456");
	pam_handle_t *monitor = start("module", USER, "123456");
	char entry[128];

	(void)state;
	assert_int_equal(pam_authenticate(child, 0), PAM_SUCCESS);
	(void)snprintf(entry, sizeof(entry), "STYTCH_LOGIN=%s",
	    pam_getenv(child, "STYTCH_LOGIN"));
	assert_int_equal(pam_end(child, PAM_SUCCESS), PAM_SUCCESS);
	assert_int_equal(pam_putenv(monitor, entry), PAM_SUCCESS);
	assert_int_equal(pam_open_session(monitor, 0), PAM_SUCCESS);
	assert_null(pam_getenv(monitor, "STYTCH_LOGIN"));
	assert_int_equal(pam_close_session(monitor, 0), PAM_SUCCESS);
	assert_int_equal(pam_end(monitor, PAM_SUCCESS), PAM_SUCCESS);
	agent_finish(agent);
	assert_string_equal(wire_text(&agent->heard[2].message, WIRE_LOGIN),
	    AGENT_LOGIN);
	assert_string_equal(wire_text(&agent->heard[3].message, WIRE_LOGIN),
	    OPENED);
	agent_end(agent);
}

/* sudo: the name becomes the target's before setcred and the session. */
static void
the_login_stays_the_persons_where_the_name_is_the_targets(void **state)
{
	static const struct agent_step steps[] = { HEAR_BEGIN, ASK, HEAR_ANSWER,
		GRANT, HEAR_BEGIN, DONE(PAM_SUCCESS, OPENED), HEAR_BEGIN,
		DONE(PAM_SUCCESS, NULL) };
	struct agent *agent = play(steps, ARRAY_LEN(steps));
	pam_handle_t *pamh = start("module", USER, "123456");

	(void)state;
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_set_item(pamh, PAM_USER, "root"), PAM_SUCCESS);
	assert_int_equal(pam_setcred(pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
	assert_int_equal(pam_open_session(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_close_session(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_end(pamh, PAM_SUCCESS), PAM_SUCCESS);
	agent_finish(agent);
	assert_string_equal(wire_text(&agent->heard[2].message, WIRE_USER),
	    USER);
	assert_string_equal(wire_text(&agent->heard[2].message, WIRE_RUNAS),
	    "root");
	agent_end(agent);
}

enum phase {
	AUTHENTICATE,
	SETCRED,
	ACCOUNT,
	OPEN,
	CLOSE,
	CHAUTHTOK,
	PHASE_COUNT
};

static int
run(pam_handle_t *pamh, enum phase phase)
{
	switch (phase) {
	case AUTHENTICATE:
		return pam_authenticate(pamh, 0);
	case SETCRED:
		return pam_setcred(pamh, PAM_ESTABLISH_CRED);
	case ACCOUNT:
		return pam_acct_mgmt(pamh, 0);
	case OPEN:
		return pam_open_session(pamh, 0);
	case CLOSE:
		return pam_close_session(pamh, 0);
	case CHAUTHTOK:
		return pam_chauthtok(pamh, 0);
	case PHASE_COUNT:
		break;
	}
	return -1;
}

/* One phase of one handle, with no agent there. */
static int
run_alone(const char *service, const char *user, enum phase phase)
{
	pam_handle_t *pamh = start(service, user, "123456");
	int code = run(pamh, phase);

	assert_int_equal(pam_end(pamh, code), PAM_SUCCESS);
	return code;
}

static void
root_is_a_local_name(void **state)
{
	(void)state;
	for (int phase = 0; phase < PHASE_COUNT; phase++)
		assert_int_equal(run_alone("module", "root", (enum phase)phase),
		    PAM_USER_UNKNOWN);
}

static void
nothing_passes_without_an_agent(void **state)
{
	(void)state;
	for (int phase = 0; phase < CHAUTHTOK; phase++)
		assert_int_equal(run_alone("module", USER, (enum phase)phase),
		    PAM_AUTHINFO_UNAVAIL);
	assert_int_equal(run_alone("module", USER, CHAUTHTOK),
	    PAM_USER_UNKNOWN);
}

static void
nothing_passes_with_a_bad_option(void **state)
{
	(void)state;
	for (int phase = 0; phase < PHASE_COUNT; phase++)
		assert_int_equal(run_alone("badoption", USER,
				     (enum phase)phase),
		    phase == OPEN || phase == CLOSE ? PAM_SESSION_ERR
						    : PAM_AUTHINFO_UNAVAIL);
}

/* Variables that look as if they might lead the module elsewhere. */
static void
the_environment_changes_nothing(void **state)
{
	static const char *const names[] = { "STYTCH_LOGIN", "STYTCH_RUNTIME",
		"RUNTIME_DIR", "RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR",
		"https_proxy", "SSL_CERT_FILE", "TMPDIR", "HOME", "USER",
		"LOCALDOMAIN" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_int_equal(setenv(names[i], AGENT_LOGIN, 1), 0);
	nothing_passes_without_an_agent(NULL);
	a_login_goes_through_all_phases(NULL);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_int_equal(unsetenv(names[i]), 0);
}

/*
 * The shipped controls, with pam_permit where pam_unix would let pass a local
 * account's every account phase, and pam_deny for its password.
 */
static void
a_stack_denies_whatever_is_not_granted(void **state)
{
	static const struct agent_step cancelled[] = { HEAR_BEGIN, ASK,
		HEAR_CANCEL, DONE(PAM_ABORT, NULL) };
	static const struct agent_step refused[] = { HEAR_BEGIN, ASK,
		HEAR_ANSWER, DONE(PAM_AUTH_ERR, NULL) };
	static const struct agent_step dropped[] = { HEAR_BEGIN, ASK,
		HEAR_ANSWER, { .what = AGENT_CLOSE } };
	static const struct agent_step ignored[] = { HEAR_BEGIN, ASK,
		HEAR_ANSWER, DONE(PAM_IGNORE, AGENT_LOGIN) };
	static const struct agent_step granted[] = { HEAR_BEGIN, ASK,
		HEAR_ANSWER, GRANT };
	static const struct {
		const struct agent_step *steps;
		size_t count;
		const char *answer;
		int code;
	} rows[] = {
		{ cancelled, ARRAY_LEN(cancelled), NULL, PAM_ABORT },
		{ refused, ARRAY_LEN(refused), "000000", PAM_AUTH_ERR },
		{ dropped, ARRAY_LEN(dropped), "123456", PAM_AUTH_ERR },
		{ ignored, ARRAY_LEN(ignored), "123456", PAM_AUTH_ERR },
		{ granted, ARRAY_LEN(granted), "123456", PAM_SUCCESS },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct agent *agent = play(rows[i].steps, rows[i].count);
		pam_handle_t *pamh = start("profile", USER, rows[i].answer);

		assert_int_equal(pam_authenticate(pamh, 0), rows[i].code);
		assert_int_equal(pam_end(pamh, rows[i].code), PAM_SUCCESS);
		agent_end(agent);
	}
	assert_int_equal(run_alone("profile", USER, AUTHENTICATE),
	    PAM_AUTH_ERR);
	assert_int_equal(run_alone("profile", USER, ACCOUNT),
	    PAM_AUTHINFO_UNAVAIL);
	assert_int_equal(run_alone("profile", USER, OPEN),
	    PAM_AUTHINFO_UNAVAIL);
	assert_int_equal(run_alone("profile", "root", ACCOUNT), PAM_SUCCESS);
}

static unsigned
count_entries(const char *path)
{
	DIR *folder = opendir(path);
	unsigned count = 0;

	assert_non_null(folder);
	while (readdir(folder) != NULL)
		count++;
	assert_int_equal(closedir(folder), 0);
	return count;
}

static bool
is_mapped(const char *name)
{
	FILE *file = fopen("/proc/self/maps", "re");
	char line[1024];
	bool found = false;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL)
		found = found || strstr(line, name) != NULL;
	assert_int_equal(fclose(file), 0);
	return found;
}

static void
nothing_stays_behind_after_pam_end(void **state)
{
	unsigned descriptors, threads;

	(void)state;
	if (is_wrapped)
		skip(); /* the wrapper keeps what it opened */
	a_login_goes_through_all_phases(
	    NULL); /* syslog's socket and the like */
	descriptors = count_entries("/proc/self/fd");
	threads = count_entries("/proc/self/task");
	for (int i = 0; i < 8; i++) {
		pam_handle_t *pamh = start("module", USER, "123456");

		assert_int_equal(pam_authenticate(pamh, 0),
		    PAM_AUTHINFO_UNAVAIL);
		assert_true(is_mapped("/pam_stytch.so"));
		assert_int_equal(pam_end(pamh, PAM_SUCCESS), PAM_SUCCESS);
		a_login_goes_through_all_phases(NULL);
	}
	assert_false(is_mapped("/pam_stytch.so"));
	assert_int_equal(count_entries("/proc/self/fd"), descriptors);
	assert_int_equal(count_entries("/proc/self/task"), threads);
}

static const char *const service_names[] = { "module", "profile", "badoption",
	"other" };

static void
service_path(const char *name, char *path, size_t size)
{
	int n = snprintf(path, size, "%s/%s", services, name);

	assert_true(n > 0 && (size_t)n < size);
}

static void
write_service(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	service_path(name, path, sizeof(path));
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
write_services(void)
{
	static const char *const types[] = { "auth", "account", "session",
		"password" };
	char plain[4096] = "", bad[4096] = "", profile[4096];
	size_t at = 0, bad_at = 0;

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		at += (size_t)snprintf(plain + at, sizeof(plain) - at,
		    "%s required " MODULE " runtime_dir=%s\n", types[i],
		    runtime_dir);
		bad_at += (size_t)snprintf(bad + bad_at, sizeof(bad) - bad_at,
		    "%s required " MODULE " runtime_dir=%s nullok\n", types[i],
		    runtime_dir);
		assert_true(bad_at < sizeof(bad));
	}
	(void)snprintf(profile, sizeof(profile),
	    "auth [success=1 user_unknown=ignore authinfo_unavail=ignore "
	    "default=die] " MODULE " runtime_dir=%s\n"
	    "auth requisite pam_deny.so\n"
	    "auth required pam_permit.so\n"
	    "account [success=ok user_unknown=ignore default=die] " MODULE
	    " runtime_dir=%s\n"
	    "account required pam_permit.so\n"
	    "session [success=ok user_unknown=ignore default=die] " MODULE
	    " runtime_dir=%s\n"
	    "session required pam_permit.so\n",
	    runtime_dir, runtime_dir, runtime_dir);
	write_service("module", plain);
	write_service("badoption", bad);
	write_service("profile", profile);
	write_service("other", "auth required pam_deny.so\n");
}

static void
set_folder(const char *folder)
{
	int n = snprintf(services, sizeof(services), "%s", folder);

	assert_true(n > 0 && (size_t)n < sizeof(services));
	(void)snprintf(runtime_dir, sizeof(runtime_dir), "%s/run", services);
}

static int
make_services(void **state)
{
	const char *wrapped = getenv("PAM_WRAPPER_SERVICE_DIR");
	char folder[] = "/tmp/test_pam_module.XXXXXX";

	(void)state;
	is_wrapped = wrapped != NULL;
	if (is_wrapped) {
		set_folder(wrapped);
		return 0;
	}
	if (mkdtemp(folder) == NULL)
		return -1;
	set_folder(folder);
	write_services();
	return 0;
}

static int
remove_services(void **state)
{
	(void)state;
	for (size_t i = 0; !is_wrapped && i < ARRAY_LEN(service_names); i++) {
		char path[128];

		service_path(service_names[i], path, sizeof(path));
		assert_int_equal(unlink(path), 0);
	}
	return is_wrapped ? 0 : rmdir(services);
}

/* With a folder: only write the service files there, for the wrapper. */
int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_login_goes_through_all_phases),
		cmocka_unit_test(
		    the_login_reaches_another_handle_by_the_variable),
		cmocka_unit_test(
		    the_login_stays_the_persons_where_the_name_is_the_targets),
		cmocka_unit_test(root_is_a_local_name),
		cmocka_unit_test(nothing_passes_without_an_agent),
		cmocka_unit_test(nothing_passes_with_a_bad_option),
		cmocka_unit_test(the_environment_changes_nothing),
		cmocka_unit_test(a_stack_denies_whatever_is_not_granted),
		cmocka_unit_test(nothing_stays_behind_after_pam_end),
	};

	if (argc > 1) {
		set_folder(argv[1]);
		write_services();
		return 0;
	}
	return cmocka_run_group_tests(tests, make_services, remove_services);
}
