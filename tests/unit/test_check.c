/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "libstytch/call.h"

#include "libstytch/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SEND STYTCH_OTPS_SMS_SEND
#define TOTP STYTCH_TOTPS_AUTHENTICATE
#define SEARCH STYTCH_USERS_SEARCH
#define MEMBERS STYTCH_B2B_ORGANIZATIONS_MEMBERS_SEARCH
#define CREATE STYTCH_USERS_CREATE
#define OK STYTCH_OK
#define BAD STYTCH_MISCONFIGURED

struct check_case {
	enum stytch_endpoint endpoint;
	const char *params; /* a JSON object: names and values */
	enum stytch_class class_;
	const char *parameter; /* the one named, where refused */
};

/* Set each member of params by its name, and make the request. */
static enum stytch_class
check(const struct check_case *row, struct stytch_error *error)
{
	CLEANUP(stytch_call_free)
	struct stytch_call *call = stytch_call_new(NULL, row->endpoint);
	CLEANUP(request_clear) struct request request = REQUEST_INIT;
	CLEANUP(json_free) cJSON *params = cJSON_Parse(row->params);
	const cJSON *param;

	assert_non_null(params);
	cJSON_ArrayForEach (param, params) {
		CLEANUP(secret_clear) struct secret text = SECRET_INIT;

		assert_int_equal(json_print(param, 1 << 20, &text), 0);
		stytch_call_set_json(call, param->string, secret_reveal(&text));
	}
	return call_request(call, &request, error);
}

static void
run(const struct check_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct stytch_error error = { .parameter = "" };
		enum stytch_class class_ = check(&cases[i], &error);

		if (class_ != cases[i].class_ ||
		    (class_ != OK &&
			strcmp(error.parameter, cases[i].parameter) != 0))
			fail_msg("%s: %s %s %s", cases[i].params,
			    stytch_class_name(class_), error.parameter,
			    error.message);
		if (class_ != OK)
			assert_string_not_equal(error.message, "");
	}
}

static void
names_are_known_and_the_required_are_there(void **state)
{
	static const struct check_case cases[] = {
		{ SEND, "{\"phone_number\":\"+12025550162\"}", OK, "" },
		{ SEND, "{}", BAD, "phone_number" },
		{ SEND, "{\"phone_number\":\"\"}", BAD, "phone_number" },
		{ SEND, "{\"phone_number\":null}", BAD, "phone_number" },
		{ SEND, "{\"phone_number\":\"+12025550162\",\"sms\":1}", BAD,
		    "sms" },
		{ SEND, "{\"Phone_number\":\"+12025550162\"}", BAD,
		    "Phone_number" },
		{ SEND, "{\"\":1}", BAD, "" },
		{ SEND, "{\"phone_number.x\":1}", BAD, "phone_number.x" },
		{ SEND, "{\"attributes[].ip_address\":\"1\"}", BAD,
		    "attributes[].ip_address" },
		{ STYTCH_USERS_GET, "{}", BAD, "user_id" },
		{ STYTCH_USERS_GET, "{\"user_id\":\"\"}", BAD, "user_id" },
		{ STYTCH_USERS_GET, "{\"user_id\":\".\"}", BAD, "user_id" },
		{ STYTCH_USERS_GET, "{\"user_id\":\"..\"}", BAD, "user_id" },
		{ STYTCH_USERS_GET, "{\"user_id\":\"a/../..\"}", OK, "" },
		{ STYTCH_SESSIONS_GET, "{}", BAD, "user_id" },
		{ STYTCH_DEBUG_WHOAMI, "{}", OK, "" },
		{ STYTCH_DEBUG_WHOAMI, "{\"user_id\":\"u\"}", BAD, "user_id" },
		{ STYTCH_ENDPOINT_COUNT, "{}", BAD, "" },
	};

	(void)state;
	run(cases, ARRAY_LEN(cases));
}

static void
types_are_those_of_the_table(void **state)
{
	static const struct check_case cases[] = {
		{ SEND, "{\"phone_number\":12025550162}", BAD, "phone_number" },
		{ SEND, "{\"phone_number\":true}", BAD, "phone_number" },
		{ SEND, "{\"phone_number\":[\"+12025550162\"]}", BAD,
		    "phone_number" },
		{ SEND,
		    "{\"phone_number\":\"+12025550162\","
		    "\"expiration_minutes\":\"5\"}",
		    BAD, "expiration_minutes" },
		{ SEND,
		    "{\"phone_number\":\"+12025550162\","
		    "\"expiration_minutes\":2.5}",
		    BAD, "expiration_minutes" },
		{ SEND, "{\"phone_number\":\"+12025550162\",\"attributes\":1}",
		    BAD, "attributes" },
		{ SEND, "{\"phone_number\":\"+12025550162\",\"attributes\":[]}",
		    BAD, "attributes" },
		{ SEND,
		    "{\"phone_number\":\"+12025550162\","
		    "\"attributes\":{\"ip_address\":1}}",
		    BAD, "attributes.ip_address" },
		{ SEND,
		    "{\"phone_number\":\"+12025550162\","
		    "\"attributes\":{\"ip\":\"1\"}}",
		    BAD, "ip" },
		{ SEND,
		    "{\"phone_number\":\"+12025550162\","
		    "\"attributes.ip_address\":\"192.0.2.1\"}",
		    OK, "" },
		{ SEND,
		    "{\"attributes\":\"x\",\"attributes.ip_address\":\"y\"}",
		    BAD, "attributes.ip_address" },
		{ CREATE, "{\"email\":\"a@b.c\",\"create_user_as_pending\":1}",
		    BAD, "create_user_as_pending" },
		{ CREATE, "{\"email\":\"a@b.c\",\"trusted_metadata\":[]}", BAD,
		    "trusted_metadata" },
		{ CREATE, "{\"email\":\"a@b.c\",\"roles\":[\"a\",1]}", BAD,
		    "roles[]" },
		{ CREATE, "{\"email\":\"a@b.c\",\"roles\":\"a\"}", BAD,
		    "roles" },
		{ CREATE, "{\"email\":\"a@b.c\",\"roles\":[\"a\",\"b\"]}", OK,
		    "" },
	};

	(void)state;
	run(cases, ARRAY_LEN(cases));
}

static void
values_keep_their_limits(void **state)
{
	static const struct check_case cases[] = {
		{ SEND,
		    "{\"phone_number\":\"+12025550162\","
		    "\"expiration_minutes\":1}",
		    OK, "" },
		{ SEND,
		    "{\"phone_number\":\"+12025550162\","
		    "\"expiration_minutes\":0}",
		    BAD, "expiration_minutes" },
		{ SEND,
		    "{\"phone_number\":\"+12025550162\","
		    "\"expiration_minutes\":11}",
		    BAD, "expiration_minutes" },
		{ SEND,
		    "{\"phone_number\":\"+12025550162\","
		    "\"expiration_minutes\":1e300}",
		    BAD, "expiration_minutes" },
		{ SEARCH, "{\"limit\":1000}", OK, "" },
		{ SEARCH, "{\"limit\":1001}", BAD, "limit" },
		{ SEARCH, "{\"limit\":-1}", BAD, "limit" },
		{ SEND, "{\"phone_number\":\"12025550162\"}", BAD,
		    "phone_number" },
		{ SEND, "{\"phone_number\":\"+1202555016a\"}", BAD,
		    "phone_number" },
		{ SEND, "{\"phone_number\":\"+1 202 555 0162\"}", BAD,
		    "phone_number" },
		{ SEND, "{\"phone_number\":\"+0202555016\"}", BAD,
		    "phone_number" },
		{ SEND, "{\"phone_number\":\"+1202555016212345678\"}", BAD,
		    "phone_number" },
		{ CREATE, "{\"email\":\"alice@example.com\"}", OK, "" },
		{ CREATE, "{\"email\":\"alice\"}", BAD, "email" },
		{ CREATE, "{\"email\":\"@example.com\"}", BAD, "email" },
		{ CREATE, "{\"email\":\"alice@\"}", BAD, "email" },
		{ CREATE, "{\"email\":\"al ice@example.com\"}", BAD, "email" },
		{ CREATE, "{\"email\":\"a@b.c\\nBcc: x@y.z\"}", BAD, "email" },
		{ CREATE, "{\"email\":\"a@b.c\",\"external_id\":\"alice.1\"}",
		    OK, "" },
		{ CREATE, "{\"email\":\"a@b.c\",\"external_id\":\"al/ice\"}",
		    BAD, "external_id" },
		{ CREATE, "{\"email\":\"a@b.c\",\"external_id\":\"a\\n\"}", BAD,
		    "external_id" },
		{ STYTCH_B2B_ORGANIZATIONS_CREATE,
		    "{\"organization_name\":\"A\"}", OK, "" },
		{ STYTCH_B2B_ORGANIZATIONS_CREATE,
		    "{\"organization_name\":\"A\",\"organization_slug\":\"a\"}",
		    BAD, "organization_slug" },
		{ STYTCH_B2B_ORGANIZATIONS_CREATE,
		    "{\"organization_name\":\"A\",\"auth_methods\":"
		    "\"SOMETHING_NEW\"}",
		    OK, "" },
		{ STYTCH_B2B_ORGANIZATIONS_CREATE,
		    "{\"organization_name\":\"A\",\"allowed_oauth_tenants\":"
		    "{\"slack\":[\"T1\"]}}",
		    OK, "" },
		{ STYTCH_B2B_ORGANIZATIONS_CREATE,
		    "{\"organization_name\":\"A\",\"allowed_oauth_tenants\":"
		    "{\"gitea\":[\"T1\"]}}",
		    BAD, "allowed_oauth_tenants" },
	};

	(void)state;
	run(cases, ARRAY_LEN(cases));
}

static void
lengths_count_characters_not_bytes(void **state)
{
	char params[600];
	struct check_case row = { STYTCH_B2B_ORGANIZATIONS_CREATE, params, OK,
		"organization_name" };

	(void)state;
	for (int count = 127; count <= 130; count++) {
		struct stytch_error error;
		size_t len = 0;

		len += (size_t)snprintf(params, sizeof(params),
		    "{\"organization_name\":\"");
		for (int i = 0; i < count; i++) {
			memcpy(params + len, "\xc3\xa4", 2);
			len += 2;
		}
		(void)snprintf(params + len, sizeof(params) - len, "\"}");
		assert_int_equal(check(&row, &error), count <= 128 ? OK : BAD);
	}
}

static void
texts_are_utf8(void **state)
{
	static const struct check_case cases[] = {
		{ CREATE,
		    "{\"email\":\"a@b.c\",\"name\":{\"first_name\":\"\xff\"}}",
		    BAD, "name.first_name" },
		{ CREATE, "{\"email\":\"a@b.c\",\"external_id\":\"\xc3\"}", BAD,
		    "external_id" },
		{ CREATE,
		    "{\"email\":\"a@b.c\",\"trusted_metadata\":"
		    "{\"a\":[{\"b\":\"\xc0\x80\"}]}}",
		    BAD, "trusted_metadata" },
		{ CREATE,
		    "{\"email\":\"a@b.c\",\"trusted_metadata\":{\"\xff\":1}}",
		    BAD, "trusted_metadata" },
		{ SEARCH,
		    "{\"query\":{\"operator\":\"AND\",\"operands\":["
		    "{\"filter_name\":\"new\",\"filter_value\":[\"\xff\"]}]}}",
		    BAD, "query.operands[].filter_value" },
	};

	(void)state;
	run(cases, ARRAY_LEN(cases));
}

static void
a_salt_on_one_side_is_empty_on_the_other(void **state)
{
#define MIGRATE(more) "{\"email\":\"a@b.c\",\"hash\":\"00\"," more "}"
	static const struct check_case cases[] = {
		{ STYTCH_PASSWORDS_MIGRATE,
		    MIGRATE("\"hash_type\":\"sha_1\",\"sha_1_config\":{"
			    "\"prepend_salt\":\"\",\"append_salt\":\"x\"}"),
		    OK, "" },
		{ STYTCH_PASSWORDS_MIGRATE,
		    MIGRATE("\"hash_type\":\"md_5\",\"md_5_config\":{"
			    "\"prepend_salt\":\"\",\"append_salt\":\"\"}"),
		    OK, "" },
		{ STYTCH_PASSWORDS_MIGRATE,
		    MIGRATE("\"hash_type\":\"sha_1\",\"sha_1_config\":{"
			    "\"append_salt\":\"x\"}"),
		    BAD, "sha_1_config.prepend_salt" },
		{ STYTCH_PASSWORDS_MIGRATE,
		    MIGRATE("\"hash_type\":\"sha_1\",\"sha_1_config\":{"
			    "\"prepend_salt\":null,\"append_salt\":\"x\"}"),
		    BAD, "sha_1_config.prepend_salt" },
		{ STYTCH_PASSWORDS_MIGRATE,
		    MIGRATE("\"hash_type\":\"pbkdf_2\",\"pbkdf_2_config\":{"
			    "\"salt\":\"\",\"iteration_amount\":1000,"
			    "\"key_length\":32,\"algorithm\":\"sha256\"}"),
		    BAD, "pbkdf_2_config.salt" },
		{ STYTCH_PASSWORDS_MIGRATE,
		    "{\"email\":\"a@b.c\",\"hash\":\"\",\"hash_type\":"
		    "\"md_5\"}",
		    BAD, "hash" },
	};

	(void)state;
	run(cases, ARRAY_LEN(cases));
}

static void
maps_have_limits_and_null_removes_a_key(void **state)
{
	static const char few[] = "{\"email\":\"a@b.c\",\"trusted_metadata\":{"
				  "\"unix\":{\"uid\":1},\"gone\":null}}";
	struct check_case row = { CREATE, few, OK, "trusted_metadata" };
	char params[6000] =
	    "{\"email\":\"a@b.c\",\"trusted_metadata\":{\"k0\":0";
	struct stytch_error error;
	size_t len = strlen(params);

	(void)state;
	run(&row, 1);
	for (int i = 1; i <= 20; i++)
		len += (size_t)snprintf(params + len, sizeof(params) - len,
		    ",\"k%d\":%d", i, i);
	(void)snprintf(params + len, sizeof(params) - len, "}}");
	row.params = params;
	row.class_ = BAD;
	run(&row, 1);
	for (int size = 4086; size <= 4095; size++) {
		/* {"k":"..."} has 8 bytes beside the value. */
		(void)snprintf(params, sizeof(params),
		    "{\"email\":\"a@b.c\",\"trusted_metadata\":{\"k\":\"%0*d\"}}",
		    size, 0);
		assert_int_equal(check(&row, &error), size <= 4088 ? OK : BAD);
	}
}

static void
rules_over_several_parameters_hold(void **state)
{
	static const struct check_case cases[] = {
		{ CREATE, "{}", BAD, "email,phone_number" },
		{ CREATE, "{\"email\":\"\"}", BAD, "email,phone_number" },
		{ CREATE,
		    "{\"email\":\"a@b.c\",\"phone_number\":\"+12025550162\"}",
		    OK, "" },
		{ STYTCH_SESSIONS_AUTHENTICATE, "{}", BAD,
		    "session_token,session_jwt" },
		{ STYTCH_SESSIONS_AUTHENTICATE, "{\"session_token\":\"t\"}", OK,
		    "" },
		{ STYTCH_SESSIONS_AUTHENTICATE,
		    "{\"session_token\":\"t\",\"session_jwt\":\"j\"}", BAD,
		    "session_token,session_jwt" },
		{ STYTCH_SESSIONS_AUTHENTICATE,
		    "{\"session_token\":\"t\",\"session_jwt\":\"\"}", OK, "" },
		{ STYTCH_OAUTH_AUTHENTICATE, "{\"token\":\"t\"}", OK, "" },
		{ STYTCH_OAUTH_AUTHENTICATE,
		    "{\"token\":\"t\",\"session_token\":\"t\","
		    "\"session_jwt\":\"j\"}",
		    BAD, "session_token,session_jwt" },
		{ STYTCH_B2B_IDP_OAUTH_AUTHORIZE_START,
		    "{\"client_id\":\"c\",\"redirect_uri\":\"r\","
		    "\"response_type\":\"code\",\"scopes\":[],"
		    "\"organization_id\":\"o\"}",
		    BAD, "member_id" },
		{ STYTCH_B2B_IDP_OAUTH_AUTHORIZE_START,
		    "{\"client_id\":\"c\",\"redirect_uri\":\"r\","
		    "\"response_type\":\"code\",\"scopes\":[],"
		    "\"organization_id\":\"o\",\"member_id\":\"m\"}",
		    OK, "" },
		{ MEMBERS, "{\"organization_ids\":[]}", BAD,
		    "organization_ids" },
		{ MEMBERS, "{\"organization_ids\":[\"o\"]}", OK, "" },
	};

	(void)state;
	run(cases, ARRAY_LEN(cases));
}

#define QUERY(operands) \
	"{\"query\":{\"operator\":\"AND\",\"operands\":[" operands "]}}"
#define OPERAND(name, value) \
	"{\"filter_name\":\"" name "\",\"filter_value\":" value "}"

static void
search_filters_are_checked_by_name(void **state)
{
	static const struct check_case cases[] = {
		{ SEARCH, QUERY(""), OK, "" },
		{ SEARCH, QUERY(OPERAND("user_id", "[\"u\"]")), OK, "" },
		{ SEARCH, QUERY(OPERAND("user_id", "\"u\"")), BAD, "user_id" },
		{ SEARCH, QUERY(OPERAND("user_id", "[1]")), BAD, "user_id[]" },
		{ SEARCH, QUERY(OPERAND("phone_verified", "true")), OK, "" },
		{ SEARCH, QUERY(OPERAND("phone_verified", "\"true\"")), BAD,
		    "phone_verified" },
		{ SEARCH, QUERY(OPERAND("status", "\"deleted\"")), BAD,
		    "status" },
		{ SEARCH,
		    QUERY(OPERAND("created_at_less_than", "\"yesterday\"")),
		    BAD, "created_at_less_than" },
		{ SEARCH,
		    QUERY(OPERAND("created_at_less_than",
			"\"2024-02-29T12:00:00.5Z\"")),
		    OK, "" },
		{ SEARCH,
		    QUERY(OPERAND("created_at_between",
			"{\"greater_than\":\"2024-02-29T12:00:00Z\"}")),
		    BAD, "created_at_between.less_than" },
		{ SEARCH,
		    QUERY(OPERAND("created_at_between",
			"{\"greater_than\":\"2024-02-29T12:00:00Z\","
			"\"less_than\":\"2024-13-29T12:00:00Z\"}")),
		    BAD, "created_at_between.less_than" },
		{ SEARCH, QUERY(OPERAND("brand_new", "7")), OK, "" },
		{ SEARCH, QUERY("{\"filter_name\":\"user_id\"}"), BAD,
		    "query.operands[].filter_value" },
		{ SEARCH, QUERY("{\"filter_value\":1}"), BAD,
		    "query.operands[].filter_name" },
		{ SEARCH, QUERY("7"), BAD, "query.operands[]" },
		{ SEARCH, "{\"query\":{\"operator\":\"AND\"}}", BAD,
		    "query.operands" },
		{ SEARCH, "{\"query\":{\"operands\":[]}}", BAD,
		    "query.operator" },
	};

	(void)state;
	run(cases, ARRAY_LEN(cases));
}

static void
code_that_cannot_be_right_is_rejected(void **state)
{
	static const struct check_case cases[] = {
		{ TOTP, "{\"user_id\":\"u\",\"totp_code\":\"123456\"}", OK,
		    "" },
		{ TOTP, "{\"user_id\":\"u\",\"totp_code\":\"12345\"}",
		    STYTCH_REJECTED, "totp_code" },
		{ TOTP, "{\"user_id\":\"u\",\"totp_code\":\"1234567\"}",
		    STYTCH_REJECTED, "totp_code" },
		{ TOTP, "{\"user_id\":\"u\",\"totp_code\":\"12345a\"}",
		    STYTCH_REJECTED, "totp_code" },
		{ TOTP, "{\"user_id\":\"u\",\"totp_code\":\"123456\\n\"}",
		    STYTCH_REJECTED, "totp_code" },
		{ TOTP, "{\"user_id\":\"u\",\"totp_code\":\"\"}",
		    STYTCH_REJECTED, "totp_code" },
		{ TOTP, "{\"user_id\":\"u\",\"totp_code\":\"\xff\"}",
		    STYTCH_REJECTED, "totp_code" },
		/* That it is not there at all is the caller's mistake. */
		{ TOTP, "{\"user_id\":\"u\"}", BAD, "totp_code" },
		{ TOTP, "{\"user_id\":\"u\",\"totp_code\":123456}", BAD,
		    "totp_code" },
		{ STYTCH_PASSWORDS_AUTHENTICATE,
		    "{\"email\":\"a@b.c\",\"password\":\"\xff\"}",
		    STYTCH_REJECTED, "password" },
		{ STYTCH_PASSWORDS_CREATE,
		    "{\"email\":\"a@b.c\",\"password\":\"\xff\"}", BAD,
		    "password" },
	};

	(void)state;
	run(cases, ARRAY_LEN(cases));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_known_and_the_required_are_there),
		cmocka_unit_test(types_are_those_of_the_table),
		cmocka_unit_test(values_keep_their_limits),
		cmocka_unit_test(lengths_count_characters_not_bytes),
		cmocka_unit_test(texts_are_utf8),
		cmocka_unit_test(a_salt_on_one_side_is_empty_on_the_other),
		cmocka_unit_test(maps_have_limits_and_null_removes_a_key),
		cmocka_unit_test(rules_over_several_parameters_hold),
		cmocka_unit_test(search_filters_are_checked_by_name),
		cmocka_unit_test(code_that_cannot_be_right_is_rejected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
