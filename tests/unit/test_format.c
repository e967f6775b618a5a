/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "libstytch/format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SHA "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

static void
texts_have_their_formats(void **state)
{
	static const struct {
		enum endpoint_format format;
		const char *text;
		bool fits;
	} cases[] = {
		{ ENDPOINT_FORMAT_NONE, "anything", true },
		{ ENDPOINT_FORMAT_INT32, "numbers are not texts", true },
		{ ENDPOINT_FORMAT_DATE_TIME, "2024-02-29T12:00:00Z", true },
		{ ENDPOINT_FORMAT_DATE_TIME, "2024-02-29T12:00:60.123456Z",
		    true },
		{ ENDPOINT_FORMAT_DATE_TIME, "2024-02-29T12:00:00+02:00",
		    true },
		{ ENDPOINT_FORMAT_DATE_TIME, "2024-02-29T12:00:00-02:00",
		    true },
		{ ENDPOINT_FORMAT_DATE_TIME, "", false },
		{ ENDPOINT_FORMAT_DATE_TIME, "2024-02-29", false },
		{ ENDPOINT_FORMAT_DATE_TIME, "2024-02-29 12:00:00Z", false },
		{ ENDPOINT_FORMAT_DATE_TIME, "2024-02-29T12:00:00", false },
		{ ENDPOINT_FORMAT_DATE_TIME, "2024-02-29T12:00:00.Z", false },
		{ ENDPOINT_FORMAT_DATE_TIME, "2024-02-29T12:00:00Zx", false },
		{ ENDPOINT_FORMAT_DATE_TIME, "2024-02-29T12:00:00+0200",
		    false },
		{ ENDPOINT_FORMAT_DATE_TIME, "2024-02-29T12:00:00+02:00x",
		    false },
		{ ENDPOINT_FORMAT_DATE_TIME, "2024-00-29T12:00:00Z", false },
		{ ENDPOINT_FORMAT_DATE_TIME, "2024-13-29T12:00:00Z", false },
		{ ENDPOINT_FORMAT_DATE_TIME, "2024-02-00T12:00:00Z", false },
		{ ENDPOINT_FORMAT_DATE_TIME, "2024-02-32T12:00:00Z", false },
		{ ENDPOINT_FORMAT_DATE_TIME, "2024-02-29T24:00:00Z", false },
		{ ENDPOINT_FORMAT_DATE_TIME, "2024-02-29T12:60:00Z", false },
		{ ENDPOINT_FORMAT_DATE_TIME, "2024-02-29T12:00:61Z", false },
		{ ENDPOINT_FORMAT_E164, "+12025550162", true },
		{ ENDPOINT_FORMAT_E164, "+10000000000", true },
		{ ENDPOINT_FORMAT_E164, "", false },
		{ ENDPOINT_FORMAT_E164, "+", false },
		{ ENDPOINT_FORMAT_E164, "+123456", false },
		{ ENDPOINT_FORMAT_E164, "+1234567890123456", false },
		{ ENDPOINT_FORMAT_E164, "++2025550162", false },
		{ ENDPOINT_FORMAT_EMAIL, "a@b", true },
		{ ENDPOINT_FORMAT_EMAIL, "\"a@b\"@c.example", true },
		{ ENDPOINT_FORMAT_EMAIL, "j\xc3\xb6rg@b\xc3\xbc.example",
		    true },
		{ ENDPOINT_FORMAT_EMAIL, "", false },
		{ ENDPOINT_FORMAT_EMAIL, "@", false },
		{ ENDPOINT_FORMAT_EMAIL, "a@.b", false },
		{ ENDPOINT_FORMAT_EMAIL, "a@b.", false },
		{ ENDPOINT_FORMAT_EMAIL, "a\x7f@b", false },
		{ ENDPOINT_FORMAT_EMAIL, "a\t@b", false },
		{ ENDPOINT_FORMAT_BASE64URL, "aZ09-_", true },
		{ ENDPOINT_FORMAT_BASE64URL, "aZ09-._~", true },
		{ ENDPOINT_FORMAT_BASE64URL, "aZ0=", true },
		{ ENDPOINT_FORMAT_BASE64URL, "", false },
		{ ENDPOINT_FORMAT_BASE64URL, "=", false },
		{ ENDPOINT_FORMAT_BASE64URL, "a=b", false },
		{ ENDPOINT_FORMAT_BASE64URL, "a+b", false },
		{ ENDPOINT_FORMAT_BASE64URL, "a/b", false },
		{ ENDPOINT_FORMAT_BASE64URL_SHA256, SHA, true },
		{ ENDPOINT_FORMAT_BASE64URL_SHA256, SHA "=", false },
		{ ENDPOINT_FORMAT_BASE64URL_SHA256, SHA "a", false },
		{ ENDPOINT_FORMAT_BASE64URL_SHA256, "", false },
		{ ENDPOINT_FORMAT_BASE64URL_SHA256,
		    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM", false },
		{ ENDPOINT_FORMAT_ISO3166_1_ALPHA_2, "AT", true },
		{ ENDPOINT_FORMAT_ISO3166_1_ALPHA_2, "at", false },
		{ ENDPOINT_FORMAT_ISO3166_1_ALPHA_2, "A", false },
		{ ENDPOINT_FORMAT_ISO3166_1_ALPHA_2, "AUT", false },
		{ ENDPOINT_FORMAT_PEM_X509, "\n-----BEGIN CERTIFICATE-----",
		    true },
		{ ENDPOINT_FORMAT_PEM_X509, "MIIB", false },
		{ ENDPOINT_FORMAT_PEM_X509, "", false },
		{ ENDPOINT_FORMAT_PEM_PKCS1_RSA,
		    "-----BEGIN RSA PRIVATE KEY-----", true },
		{ ENDPOINT_FORMAT_PEM_PKCS1_RSA, "----BEGIN", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (format_fits_text(cases[i].format, cases[i].text) !=
		    cases[i].fits)
			fail_msg("%s: %s", format_wants(cases[i].format),
			    cases[i].text);
}

static void
too_long_an_address_is_none(void **state)
{
	char text[400];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[1] = '@';
	text[320] = '\0';
	assert_true(format_fits_text(ENDPOINT_FORMAT_EMAIL, text));
	text[320] = 'a';
	text[321] = '\0';
	assert_false(format_fits_text(ENDPOINT_FORMAT_EMAIL, text));
}

static void
numbers_have_their_widths(void **state)
{
	(void)state;
	assert_true(format_fits_integer(ENDPOINT_FORMAT_INT32, INT32_MAX));
	assert_true(format_fits_integer(ENDPOINT_FORMAT_INT32, INT32_MIN));
	assert_false(
	    format_fits_integer(ENDPOINT_FORMAT_INT32, INT64_C(2147483648)));
	assert_false(
	    format_fits_integer(ENDPOINT_FORMAT_INT32, INT64_C(-2147483649)));
	assert_true(format_fits_integer(ENDPOINT_FORMAT_UINT32, UINT32_MAX));
	assert_false(format_fits_integer(ENDPOINT_FORMAT_UINT32, -1));
	assert_false(
	    format_fits_integer(ENDPOINT_FORMAT_UINT32, INT64_C(4294967296)));
	assert_true(format_fits_integer(ENDPOINT_FORMAT_NONE, INT64_MIN));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_have_their_formats),
		cmocka_unit_test(too_long_an_address_is_none),
		cmocka_unit_test(numbers_have_their_widths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
