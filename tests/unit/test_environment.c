/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "libstytch/environment.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/failing.h"

extern char **environ;

static void
what_steers_libcurl_and_openssl_is_gone(void **state)
{
	static const char *const names[] = { "http_proxy", "https_proxy",
		"HTTPS_PROXY", "ALL_PROXY", "no_proxy", "SSL_CERT_FILE",
		"SSL_CERT_DIR", "CURL_CA_BUNDLE", "SSLKEYLOGFILE",
		"OPENSSL_CONF", "OPENSSL_MODULES", "OPENSSL_ENGINES",
		"LD_PRELOAD", "LD_LIBRARY_PATH", "HOME", "PATH", "NETRC",
		"RES_OPTIONS", "HOSTALIASES", "LOCALDOMAIN", "GCONV_PATH",
		"LOCPATH", "NLSPATH", "TZ", "LISTEN_", "LISTEN_EVIL",
		"WATCHDOG_EVIL", "XTERM", "TERMINFO", "LANGUAGE", "lc_all",
		"LC_", "MALLOC_CHECK_", "STYTCH_SECRET" };

	(void)state;
	(void)clearenv();
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_int_equal(setenv(names[i], "x", 1), 0);
	assert_int_equal(environment_clear(), 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_null(getenv(names[i]));
	assert_true(environ == NULL || environ[0] == NULL);
}

static void
what_systemd_and_terminals_need_stays(void **state)
{
	static const struct {
		const char *name, *value;
	} cases[] = {
		{ "LISTEN_PID", "12" },
		{ "LISTEN_FDS", "2" },
		{ "LISTEN_FDNAMES", "root:public" },
		{ "NOTIFY_SOCKET", "/run/systemd/notify" },
		{ "WATCHDOG_PID", "12" },
		{ "WATCHDOG_USEC", "30000000" },
		{ "CREDENTIALS_DIRECTORY", "/run/credentials/stytchd.service" },
		{ "JOURNAL_STREAM", "8:123" },
		{ "INVOCATION_ID", "0123456789abcdef" },
		{ "TERM", "xterm-256color" },
		{ "LANG", "de_AT.UTF-8@euro" },
		{ "LC_ALL", "C.UTF-8" },
		{ "LC_MESSAGES", "fr_FR" },
	};

	(void)state;
	(void)clearenv();
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		(void)setenv(cases[i].name, cases[i].value, 1);
	assert_int_equal(environment_clear(), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_non_null(getenv(cases[i].name));
		assert_string_equal(getenv(cases[i].name), cases[i].value);
	}
}

static void
terminal_words_are_plain_or_gone(void **state)
{
	static const char *const values[] = {
		"../../tmp/evil", "/tmp/evil", "x y", "%s%n", "\033[2J", "a\nb",
		"\xc3\xa4",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		(void)clearenv();
		(void)setenv("TERM", values[i], 1);
		(void)setenv("LC_ALL", values[i], 1);
		assert_int_equal(environment_clear(), 0);
		assert_null(getenv("TERM"));
		assert_null(getenv("LC_ALL"));
	}
}

static void
entry_without_an_equals_sign_is_dropped(void **state)
{
	static char odd[] = "TERM", good[] = "LANG=C";
	static char *list[] = { odd, good, NULL };
	char **before = environ;

	(void)state;
	environ = list;
	assert_int_equal(environment_clear(), 0);
	assert_null(getenv("TERM"));
	assert_string_equal(getenv("LANG"), "C");
	environ = before;
}

static void
out_of_memory_leaves_nothing(void **state)
{
	int error = -ENOMEM;

	(void)state;
	for (unsigned n = 1; error != 0; n++) {
		(void)clearenv();
		(void)setenv("https_proxy", "x", 1);
		(void)setenv("TERM", "xterm", 1);
		failing_at = n;
		error = environment_clear();
		failing_at = 0;
		assert_null(getenv("https_proxy"));
		if (error != 0) {
			assert_int_equal(error, -ENOMEM);
			assert_null(getenv("TERM"));
		}
		assert_in_range(n, 1, 20);
	}
	assert_string_equal(getenv("TERM"), "xterm");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_steers_libcurl_and_openssl_is_gone),
		cmocka_unit_test(what_systemd_and_terminals_need_stays),
		cmocka_unit_test(terminal_words_are_plain_or_gone),
		cmocka_unit_test(entry_without_an_equals_sign_is_dropped),
		cmocka_unit_test(out_of_memory_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
