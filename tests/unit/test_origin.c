/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "libstytch/origin.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define LONG_PATH \
	"/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static void
good_urls_are_taken_apart(void **state)
{
	static const struct {
		const char *url, *prefix, *unix_path;
		bool allow_plain, is_plain;
	} cases[] = {
		{ "https://api.stytch.com", "https://api.stytch.com", NULL,
		    false, false },
		{ "https://api.stytch.com/", "https://api.stytch.com", NULL,
		    false, false },
		{ "https://gw.example:8443/stytch//",
		    "https://gw.example:8443/stytch", NULL, false, false },
		{ "https://127.0.0.1:8091", "https://127.0.0.1:8091", NULL,
		    false, false },
		{ "http://127.0.0.1:8091", "http://127.0.0.1:8091", NULL, true,
		    true },
		{ "http://127.1.2.3", "http://127.1.2.3", NULL, true, true },
		{ "http://[::1]:80", "http://[::1]:80", NULL, true, true },
		{ "unix:/run/s", "http://localhost", "/run/s", true, true },
		{ "https://api.stytch.com", "https://api.stytch.com", NULL,
		    true, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(origin_clear) struct origin origin = ORIGIN_INIT;

		assert_int_equal(origin_parse(cases[i].url,
				     cases[i].allow_plain, &origin),
		    0);
		assert_string_equal(origin.prefix, cases[i].prefix);
		if (cases[i].unix_path == NULL)
			assert_null(origin.unix_path);
		else
			assert_string_equal(origin.unix_path,
			    cases[i].unix_path);
		assert_int_equal(origin.is_plain, cases[i].is_plain);
	}
}

static void
bad_urls_are_refused(void **state)
{
	static const struct {
		const char *url;
		bool allow_plain;
	} cases[] = {
		{ "", true },
		{ "api.stytch.com", true },
		{ "/v1", true },
		{ "ftp://127.0.0.1", true },
		{ "file:///etc/passwd", true },
		{ "gopher://127.0.0.1", true },
		{ "https://", true },
		{ "https:///path", true },
		{ "https://a b", true },
		{ "https://user@api.stytch.com", true },
		{ "https://user:pw@api.stytch.com", true },
		{ "https://api.stytch.com/?x=1", true },
		{ "https://api.stytch.com/#f", true },
		{ "https://api.stytch.com:99999", true },
		{ "http://api.stytch.com", true },
		{ "http://localhost", true },
		{ "http://localhost.", true },
		{ "http://127.0.0.1.example.com", true },
		{ "http://128.0.0.1", true },
		{ "http://10.0.0.1", true },
		{ "http://0.0.0.0", true },
		{ "http://[::]", true },
		{ "http://[::ffff:127.0.0.1]", true },
		{ "http://[fe80::1]", true },
		{ "http://127.0.0.1@evil.example", true },
		{ "http://127.0.0.1", false },
		{ "http://[::1]", false },
		{ "unix:/run/s", false },
		{ "unix:run/s", true },
		{ "unix:", true },
		{ "unix:" LONG_PATH, true },
		{ "UNIX:/run/s", true },
		{ "http+unix:/run/s", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(origin_clear) struct origin origin = ORIGIN_INIT;
		int error =
		    origin_parse(cases[i].url, cases[i].allow_plain, &origin);

		if (error != -EINVAL)
			fail_msg("%s: %d %s", cases[i].url, error,
			    origin.prefix);
		assert_null(origin.prefix);
	}
}

static void
too_long_a_url_is_refused(void **state)
{
	CLEANUP(origin_clear) struct origin origin = ORIGIN_INIT;
	char url[3000] = "https://api.stytch.com/";

	(void)state;
	memset(url + strlen(url), 'a', sizeof(url) - strlen(url) - 1);
	url[sizeof(url) - 1] = '\0';
	assert_int_equal(origin_parse(url, false, &origin), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_urls_are_taken_apart),
		cmocka_unit_test(bad_urls_are_refused),
		cmocka_unit_test(too_long_a_url_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
