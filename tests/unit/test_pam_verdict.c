/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "pam_stytch/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define LOGIN "0123456789abcdef0123456789abcdef"

/* doc/PROTOCOL.md, "A conversation", once more and by hand. */
static const struct {
	enum wire_operation operation;
	int codes[8]; /* -1 ends */
} protocol[] = {
	{ WIRE_AUTHENTICATE,
	    { PAM_SUCCESS, PAM_AUTH_ERR, PAM_MAXTRIES, PAM_USER_UNKNOWN,
		PAM_AUTHINFO_UNAVAIL, PAM_ABORT, -1 } },
	{ WIRE_ACCOUNT,
	    { PAM_SUCCESS, PAM_PERM_DENIED, PAM_ACCT_EXPIRED, PAM_USER_UNKNOWN,
		PAM_AUTHINFO_UNAVAIL, -1 } },
	{ WIRE_OPEN,
	    { PAM_SUCCESS, PAM_SESSION_ERR, PAM_USER_UNKNOWN,
		PAM_AUTHINFO_UNAVAIL, -1 } },
	{ WIRE_CLOSE,
	    { PAM_SUCCESS, PAM_SESSION_ERR, PAM_USER_UNKNOWN,
		PAM_AUTHINFO_UNAVAIL, -1 } },
	{ WIRE_CHAUTHTOK, { PAM_USER_UNKNOWN, -1 } },
};

static int
is_in_protocol(size_t row, uint32_t code)
{
	for (size_t i = 0; protocol[row].codes[i] >= 0; i++)
		if (code == (uint32_t)protocol[row].codes[i])
			return 1;
	return 0;
}

static struct verdict
read_done(enum wire_operation operation, uint32_t code, const char *login)
{
	struct verdict verdict = VERDICT_INIT;
	struct wire_message message;
	struct wire_writer writer;

	wire_start(&writer, WIRE_DONE);
	wire_add_u32(&writer, WIRE_CODE, code);
	wire_add_text(&writer, WIRE_LOGIN, login);
	assert_int_equal(wire_parse(writer.data, writer.len, &message), 0);
	verdict_read(operation, &message, &verdict);
	return verdict;
}

static void
each_code_means_what_the_protocol_says(void **state)
{
	static const uint32_t odd[] = { 32, 33, 64, 255, 256, 65536, 0x80000000,
		0xfffffffe, 0xffffffff };

	(void)state;
	for (size_t row = 0; row < ARRAY_LEN(protocol); row++) {
		for (uint32_t i = 0; i < 32 + ARRAY_LEN(odd); i++) {
			uint32_t code = i < 32 ? i : odd[i - 32];
			struct verdict verdict =
			    read_done(protocol[row].operation, code, LOGIN);

			assert_int_equal(verdict.is_granted,
			    code == PAM_SUCCESS &&
				protocol[row].operation != WIRE_CHAUTHTOK);
			if (code == PAM_SUCCESS)
				continue;
			assert_int_equal(verdict.refusal,
			    is_in_protocol(row, code) ? (int)code
						      : PAM_AUTHINFO_UNAVAIL);
			assert_string_equal(verdict.login, "");
		}
	}
}

static void
success_and_ignore_are_never_refusals(void **state)
{
	(void)state;
	for (size_t row = 0; row < ARRAY_LEN(protocol); row++) {
		for (uint32_t code = 0; code < 64; code++) {
			struct verdict verdict =
			    read_done(protocol[row].operation, code, NULL);

			assert_int_not_equal(verdict.refusal, PAM_SUCCESS);
			assert_int_not_equal(verdict.refusal, PAM_IGNORE);
		}
	}
}

static void
authenticate_is_granted_with_a_login_id_alone(void **state)
{
	static const char *const bad[] = {
		NULL,
		"0",
		"0123456789abcdef0123456789abcde",
		"0123456789ABCDEF0123456789ABCDEF",
		"0123456789abcdef0123456789abcdeg",
		"0123456789abcdef0123456789abcde ",
		"0123456789abcdef 123456789abcdef",
		"0123456789abcdef\n123456789abcdef",
	};
	struct verdict verdict = read_done(WIRE_AUTHENTICATE, 0, LOGIN);

	(void)state;
	assert_true(verdict.is_granted);
	assert_string_equal(verdict.login, LOGIN);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		verdict = read_done(WIRE_AUTHENTICATE, 0, bad[i]);
		assert_false(verdict.is_granted);
		assert_int_equal(verdict.refusal, PAM_AUTHINFO_UNAVAIL);
		assert_string_equal(verdict.login, "");
	}
}

static void
a_malformed_login_is_refused_in_every_phase(void **state)
{
	(void)state;
	for (size_t row = 0; row < ARRAY_LEN(protocol); row++) {
		struct verdict verdict =
		    read_done(protocol[row].operation, PAM_SUCCESS, "xyz");

		assert_false(verdict.is_granted);
		assert_int_equal(verdict.refusal, PAM_AUTHINFO_UNAVAIL);
	}
}

static void
open_and_close_are_granted_without_a_login(void **state)
{
	(void)state;
	assert_true(read_done(WIRE_OPEN, 0, NULL).is_granted);
	assert_true(read_done(WIRE_CLOSE, 0, NULL).is_granted);
	assert_true(read_done(WIRE_ACCOUNT, 0, NULL).is_granted);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_code_means_what_the_protocol_says),
		cmocka_unit_test(success_and_ignore_are_never_refusals),
		cmocka_unit_test(authenticate_is_granted_with_a_login_id_alone),
		cmocka_unit_test(a_malformed_login_is_refused_in_every_phase),
		cmocka_unit_test(open_and_close_are_granted_without_a_login),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
