/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stytchd/methods/magic_link.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TOKEN "DOYoip3rvIMMW5lgItikFK-Ak1CfMsgjuiCyI7uuU94="

/* What is typed, and what the API gets; NULL: refused unasked. */
struct typing {
	const char *typed;
	const char *answer;
};

static const struct typing codes[] = {
	{ "123456", "123456" },
	{ " 123 456 ", "123456" },
	{ "123-456", "123456" },
	{ "1234", "1234" },
	{ "123456789012", "123456789012" },
	{ "", NULL },
	{ "   ", NULL },
	{ "123", NULL },
	{ "1234567890123", NULL },
	{ "12345a", NULL },
	{ "12345\n6", NULL },
	{ "\xd9\xa1\xd9\xa2\xd9\xa3\xd9\xa4", NULL }, /* Arabic digits */
	{ "+123456", NULL },
};

static const struct typing passwords[] = {
	{ "a", "a" },
	{ " two words ", " two words " },
	{ "\xc3\xa4", "\xc3\xa4" },
	{ "", NULL },
};

static const struct typing recovery_codes[] = {
	{ "a1b2-c3d4-e5f6", "a1b2-c3d4-e5f6" },
	{ " A1B2-C3D4-E5F6 ", "a1b2-c3d4-e5f6" },
	{ "a1b2 c3d4 e5f6", "a1b2c3d4e5f6" },
	{ "", NULL },
	{ "a1b2", NULL },
	{ "a1b2-c3d4-e5f6!", NULL },
	{ "a1b2_c3d4", NULL },
};

static const struct typing links[] = {
	{ TOKEN, TOKEN },
	{ "  " TOKEN "\n", TOKEN },
	{ "https://x.example/a?stytch_token_type=magic_links&token=" TOKEN,
	    TOKEN },
	{ "https://x.example/a?token=DOYoip3rvIMMW5lgItikFK-Ak1CfMsgjuiCyI7uuU"
	  "94%3D&stytch_token_type=multi_tenant_magic_links#frag",
	    TOKEN },
	{ "http://localhost:3000/?token=" TOKEN "&a=b", TOKEN },
	{ "?token=" TOKEN, TOKEN },
	{ "", NULL },
	{ "short", NULL },
	{ "https://x.example/a", NULL },
	{ "https://x.example/a?code=" TOKEN, NULL },
	{ "https://x.example/a?token=", NULL },
	{ "https://x.example/a?mytoken=" TOKEN, NULL },
	{ "https://x.example/a?stytch_token_type=oauth&token=" TOKEN, NULL },
	{ "https://x.example/a?stytch_token_type=reset_password&token=" TOKEN,
	    NULL },
	{ "https://x.example/a?stytch_token_type=magic_links2&token=" TOKEN,
	    NULL },
	{ "https://x.example/#?token=" TOKEN, NULL },
	{ "DOYoip3rvIMMW5lg\"ItikFK", NULL },
	{ "?token=DOYoip3rvIMMW5lgI%", NULL },
	{ "?token=DOYoip3rvIMMW5lgI%3", NULL },
	{ "?token=DOYoip3rvIMMW5lgI%zz", NULL },
	{ "?token=DOYoip3rvIMMW5lgI%00aaaa", NULL },
	{ "?token=DOYoip3rvIMMW5lgI%0aaaaa", NULL },
};

static void
check(int (*read_answer)(const char *, struct secret *),
    const struct typing *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct secret answer = SECRET_INIT;
		int error = read_answer(rows[i].typed, &answer);

		if (error != (rows[i].answer == NULL ? -EINVAL : 0) ||
		    strcmp(secret_reveal(&answer),
			rows[i].answer == NULL ? "" : rows[i].answer) != 0)
			fail_msg("'%s' gives '%s'", rows[i].typed,
			    secret_reveal(&answer));
		secret_clear(&answer);
	}
}

static void
what_is_typed_is_read_as_the_api_wants_it(void **state)
{
	(void)state;
	check(method_totp.read_answer, codes, ARRAY_LEN(codes));
	check(method_otp_sms.read_answer, codes, ARRAY_LEN(codes));
	check(method_password.read_answer, passwords, ARRAY_LEN(passwords));
	check(method_recovery_code.read_answer, recovery_codes,
	    ARRAY_LEN(recovery_codes));
	check(magic_link_read, links, ARRAY_LEN(links));
}

static void
a_token_of_any_length_is_bounded(void **state)
{
	static char text[4096];
	struct secret token = SECRET_INIT;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	assert_int_equal(magic_link_read(text, &token), -EINVAL);
	text[512] = '\0';
	assert_int_equal(magic_link_read(text, &token), 0);
	secret_clear(&token);
}

/* The rows hold together: names, calls, evidence. */
static void
every_row_is_whole(void **state)
{
	(void)state;
	for (unsigned id = 0; id < METHOD_COUNT; id++) {
		const struct method *method = method_get((enum method_id)id);

		assert_int_equal(method_find(method->name), id);
		assert_non_null(method->menu);
		assert_non_null(method->prompt);
		assert_non_null(method->is_usable);
		assert_non_null(method->read_answer);
		assert_non_null(method->evidence_types[0]);
		for (unsigned kind = 0; kind < PROJECT_KINDS; kind++) {
			const struct method_call *verify =
			    &method->verify[kind];
			const struct method_call *send = &method->send[kind];

			if (verify->fill == NULL) {
				assert_null(send->fill);
				continue;
			}
			assert_non_null(verify->answer);
			/* A challenge and a verifier, or neither. */
			assert_true(
			    (send->pkce == NULL) == (verify->pkce == NULL));
			/* Where a code goes is shown. */
			assert_true((send->fill == NULL) ||
			    strstr(method->prompt, "%s") != NULL);
		}
		/* A member's method is a first or a second step, not both. */
		if (method->verify[PROJECT_B2B].fill != NULL)
			assert_true(
			    method->b2b_primary != method->b2b_secondary);
		else
			assert_false(
			    method->b2b_primary || method->b2b_secondary);
		assert_true(
		    (method->b2b_auth_method != NULL) == method->b2b_primary);
	}
	assert_int_equal(method_find("sso"), METHOD_COUNT);
	assert_int_equal(method_find(""), METHOD_COUNT);
}

/* No row makes a user of a name that somebody types. */
static void
no_consumer_row_creates_users(void **state)
{
	static const enum stytch_endpoint forbidden[] = {
		STYTCH_OTPS_EMAIL_LOGIN_OR_CREATE,
		STYTCH_OTPS_SMS_LOGIN_OR_CREATE,
		STYTCH_OTPS_WHATSAPP_LOGIN_OR_CREATE,
		STYTCH_MAGIC_LINKS_EMAIL_LOGIN_OR_CREATE,
		STYTCH_USERS_CREATE,
		STYTCH_PASSWORDS_CREATE,
	};

	(void)state;
	for (unsigned id = 0; id < METHOD_COUNT; id++)
		for (size_t i = 0; i < ARRAY_LEN(forbidden); i++) {
			const struct method *method =
			    method_get((enum method_id)id);

			assert_true(
			    method->send[PROJECT_CONSUMER].fill == NULL ||
			    method->send[PROJECT_CONSUMER].endpoint !=
				forbidden[i]);
		}
}

static void
a_verified_address_is_preferred(void **state)
{
	struct contact contacts[] = { { NULL, NULL, false },
		{ NULL, NULL, true }, { NULL, NULL, true } };

	(void)state;
	assert_ptr_equal(contact_choose(contacts, 3), &contacts[1]);
	assert_ptr_equal(contact_choose(contacts, 1), &contacts[0]);
	assert_null(contact_choose(contacts, 0));
}

static void
a_person_without_anything_can_use_nothing(void **state)
{
	const struct person user = { .kind = PROJECT_CONSUMER };
	const struct person member = { .kind = PROJECT_B2B,
		.has_password = true };

	(void)state;
	assert_int_equal(method_usable(&user), 0);
	assert_int_equal(method_usable(&member), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_typed_is_read_as_the_api_wants_it),
		cmocka_unit_test(a_token_of_any_length_is_bounded),
		cmocka_unit_test(every_row_is_whole),
		cmocka_unit_test(no_consumer_row_creates_users),
		cmocka_unit_test(a_verified_address_is_preferred),
		cmocka_unit_test(a_person_without_anything_can_use_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
