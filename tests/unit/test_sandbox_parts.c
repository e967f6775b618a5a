/* SPDX-License-Identifier: BSD-2-Clause */
/* The sandbox's small parts: times, ids, encodings, targets, addresses. */
#include "config.h"

#include "tests/unit/sandbox_drive.h"

#include "sandbox/listen.h"
#include "sandbox/metadata.h"
#include "sandbox/validate.h"

#include <errno.h>
#include <string.h>

static void
times_are_read_back_as_they_were_written(void **state)
{
	static const int64_t times[] = { 0, 1, 999999, 951782400000000,
		1709164800123456, 253402300799999999 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		struct time_text text;
		int64_t back = -1;

		time_format(times[i], &text);
		assert_int_equal(time_parse(text.text, &back), 0);
		assert_true(back == times[i]);
	}
}

static void
what_is_no_time_is_refused(void **state)
{
	static const char *const texts[] = { "", "2024", "2024-01-02",
		"2024-01-02T03:04:05", "2024-13-02T03:04:05Z",
		"2024-00-02T03:04:05Z", "2024-01-32T03:04:05Z",
		"2024-01-02T24:04:05Z", "2024-01-02T03:60:05Z",
		"2024-01-02T03:04:05.Z", "2024-01-02T03:04:05+1:00",
		"2024-01-02T03:04:05+01:60", "2024-01-02T03:04:05Zx",
		"24-01-02T03:04:05Z", "2024/01/02T03:04:05Z" };
	int64_t zoned, utc, ignored = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_int_equal(time_parse(texts[i], &ignored), -EINVAL);
	assert_true(ignored == 7);
	assert_int_equal(time_parse("2024-01-02T03:04:05.5+01:30", &zoned), 0);
	assert_int_equal(time_parse("2024-01-02T01:34:05.500000Z", &utc), 0);
	assert_true(zoned == utc);
}

static void
ids_have_a_kind_an_environment_and_a_uuid(void **state)
{
	static const char *const others[] = { "", "user", "user-test-",
		"user-test-00000000-0000-4000-8000-00000000000",
		"user-test-00000000-0000-4000-8000-0000000000000",
		"user-test-00000000_0000-4000-8000-000000000000",
		"user-test-g0000000-0000-4000-8000-000000000000",
		"user-prod-00000000-0000-4000-8000-000000000000",
		"xuser-test-00000000-0000-4000-8000-000000000000" };
	struct id a, b;

	(void)state;
	id_make("user", "test", &a);
	id_make("user", "test", &b);
	assert_true(id_is_kind(a.text, "user"));
	assert_string_not_equal(a.text, b.text);
	assert_false(id_is_kind(a.text, "member"));
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_false(id_is_kind(others[i], "user"));
}

static void
tokens_are_told_by_length_and_alphabet(void **state)
{
	struct token token;

	(void)state;
	token_make(TOKEN_LEN, &token);
	assert_true(token_is_wellformed(token.text, TOKEN_LEN));
	assert_false(token_is_wellformed(token.text, TOKEN_INTERMEDIATE_LEN));
	token.text[3] = '/';
	assert_false(token_is_wellformed(token.text, TOKEN_LEN));
	assert_true(
	    token_is_wellformed("DOYoip3rvIMMW5lgItikFK-Ak1CfMsgjuiCyI7uuU94=",
		44));
	assert_false(
	    token_is_wellformed("DOYoip3rvIMMW5lgItikFK=Ak1CfMsgjuiCyI7uuU94=",
		44));
}

/* RFC 4648, section 10. */
static void
base64_is_written_and_read(void **state)
{
	static const struct {
		const char *text, *code;
	} cases[] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" } };
	static const char *const broken[] = { "Z", "Zg=x", "Z g=", "Zg===", "=",
		"====", "Zm9v\n" };
	uint8_t bytes[16];
	size_t len;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(buf_clear) struct buf out = BUF_INIT(64);

		base64_add(&out, cases[i].text, strlen(cases[i].text));
		assert_string_equal(buf_text(&out), cases[i].code);
		assert_int_equal(base64_read(cases[i].code, bytes,
				     sizeof(bytes), &len),
		    0);
		assert_int_equal(len, strlen(cases[i].text));
		assert_memory_equal(bytes, cases[i].text, len);
	}
	for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
		assert_int_equal(base64_read(broken[i], bytes, sizeof(bytes),
				     &len),
		    -EINVAL);
	}
	assert_int_equal(base64_read("Zm9vYmFy", bytes, 5, &len), -EINVAL);
	assert_int_equal(base64_read("-_-_", bytes, sizeof(bytes), &len), 0);
}

static void
a_query_is_decoded_pair_by_pair(void **state)
{
	CLEANUP(buf_clear) struct buf out = BUF_INIT(64);

	(void)state;
	assert_true(http_query_get("/x?a=1&b=%41+c&b=2", "b", &out));
	assert_string_equal(buf_text(&out), "A c");
	buf_reset(&out);
	assert_true(http_query_get("/x?a&&b", "b", &out));
	assert_string_equal(buf_text(&out), "");
	assert_false(http_query_get("/x", "b", &out));
	assert_false(http_query_get("/x?b=%4", "b", &out));
	assert_false(http_query_get("/x?b=%00", "b", &out));
	assert_false(http_query_get("/x?b=%ff", "b", &out));
	assert_false(http_query_get("/x?a=1#b=2", "b", &out));
}

static void
basic_credentials_are_user_and_password(void **state)
{
	static const char *const broken[] = { "", "Basic", "Basic ", "Bearer x",
		"Basic !!!", "Basic Zm9v", /* no colon */
		"Basic AGE6Yg==" /* a NUL */ };
	char user[16], password[16];

	(void)state;
	assert_int_equal(http_basic("basic YTpiOmM=", user, password,
			     sizeof(user)),
	    0);
	assert_string_equal(user, "a");
	assert_string_equal(password, "b:c");
	assert_int_equal(http_basic(NULL, user, password, sizeof(user)),
	    -EINVAL);
	for (size_t i = 0; i < ARRAY_LEN(broken); i++)
		assert_int_equal(http_basic(broken[i], user, password,
				     sizeof(user)),
		    -EINVAL);
	assert_int_equal(http_basic("Basic YWFhYWFhYWFhYWFhYWFhYWFhOmI=", user,
			     password, sizeof(user)),
	    -EINVAL);
}

static void
addresses_and_numbers_are_told_from_what_is_none(void **state)
{
	static const char *const good[] = { "a@b.co", "a.b+c@x-y.example",
		"\xc3\xa4@example.com" };
	static const char *const bad[] = { "", "@", "a@", "@b.co", "a@b",
		"a@b.", "a@.b", "a@-b.co", "a@b-.co", "a b@c.de", "a@b..co",
		".a@b.co", "a.@b.co", "a..b@c.de", "a@b.co ", "<a@b.co>",
		"a,b@c.de" };
	static const char *const numbers[] = { "", "+", "+1", "12025550162",
		"+02025550162", "+1202555016x", "+1 2025550162",
		"+1234567890123456" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_true(is_email(good[i]));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(is_email(bad[i]));
	assert_true(is_phone_number("+12025550162"));
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		assert_false(is_phone_number(numbers[i]));
	assert_true(is_external_id("a.B_c-9|x"));
	assert_false(is_external_id(""));
	assert_false(is_external_id("a b"));
}

static void
json_is_one_value_in_utf8(void **state)
{
	static const char *const bad[] = { "", "{", "{}x", "{} {}", "\xff",
		"\"\xc3\"", "nul" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_null(json_parse(bad[i], strlen(bad[i])));
	assert_null(json_parse("{}\0", 3));
	{
		CLEANUP(json_free) cJSON *value = json_parse("{} \n", 4);

		assert_non_null(value);
	}
}

static void
addresses_to_listen_at_are_checked(void **state)
{
	static const char *const bad[] = { "", "localhost", ":80",
		"host:", "127.0.0.1:x", "127.0.0.1:80x", "::1:80", "[::1",
		"unix:", "unix:relative", "127.0.0.1:99999999" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CLEANUP(buf_clear) struct buf authority = BUF_INIT(256);
		int fd = -1;

		assert_int_not_equal(listen_at(bad[i], &fd, &authority), 0);
		assert_int_equal(fd, -1);
	}
	{
		CLEANUP(buf_clear) struct buf authority = BUF_INIT(256);
		CLEANUP(fd_close) int fd = -1;

		assert_int_equal(listen_at("127.0.0.1:0", &fd, &authority), 0);
		assert_memory_equal(buf_text(&authority), "127.0.0.1:", 10);
		assert_string_not_equal(buf_text(&authority), "127.0.0.1:0");
	}
}

static void
pkce_is_that_of_the_rfc(void **state)
{
	struct token challenge;

	(void)state;
	pkce_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
	    &challenge);
	assert_string_equal(challenge.text,
	    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_read_back_as_they_were_written),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(ids_have_a_kind_an_environment_and_a_uuid),
		cmocka_unit_test(tokens_are_told_by_length_and_alphabet),
		cmocka_unit_test(base64_is_written_and_read),
		cmocka_unit_test(a_query_is_decoded_pair_by_pair),
		cmocka_unit_test(basic_credentials_are_user_and_password),
		cmocka_unit_test(
		    addresses_and_numbers_are_told_from_what_is_none),
		cmocka_unit_test(json_is_one_value_in_utf8),
		cmocka_unit_test(addresses_to_listen_at_are_checked),
		cmocka_unit_test(pkce_is_that_of_the_rfc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
