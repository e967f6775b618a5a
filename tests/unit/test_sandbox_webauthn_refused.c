/* SPDX-License-Identifier: BSD-2-Clause */
/* Passkeys refused: whatever does not fit, at either ceremony. */
#include "config.h"

#include "sandbox/authenticator.h"
#include "sandbox/cose.h"
#include "tests/unit/sandbox_passkey.h"

#include <string.h>

#define REGISTER_START "/v1/webauthn/register/start"
#define REGISTER "/v1/webauthn/register"
#define START "/v1/webauthn/authenticate/start"
#define AUTHENTICATE "/v1/webauthn/authenticate"
#define CREDENTIAL API_INVALID_PUBLIC_KEY_CREDENTIAL
#define BAD_DATA API_INVALID_PUBLIC_KEY_CREDENTIAL_INVALID_AUTHENTICATOR_DATA
#define BAD_OBJECT \
	API_INVALID_PUBLIC_KEY_CREDENTIAL_MALFORMED_ATTESTATION_OBJECT
#define BAD_ID API_INVALID_PUBLIC_KEY_CREDENTIAL_INVALID_ID
#define BAD_SIGNATURE API_INVALID_PUBLIC_KEY_CREDENTIAL_INVALID_SIGNATURE
#define BAD_CLIENT API_INVALID_PUBLIC_KEY_CREDENTIAL_MALFORMED_CLIENT_DATA_JSON
#define UNABLE API_UNABLE_TO_AUTH_WEBAUTHN_REGISTRATION

/* ---- Registration. ---- */

static void
a_start_with_what_cannot_be_is_refused(void **state)
{
	static const char *const domains[] = { "https://example.com",
		"example.com:443", "127.0.0.1", "-a.com", "a..b", ".", "a.",
		"ex ample.com", "[::1]", "a_b.com" };

	for (size_t i = 0; i < ARRAY_LEN(domains); i++) {
		refused(API_INVALID_WEBAUTHN_REGISTRATION_DOMAIN, *state,
		    "POST", REGISTER_START,
		    "{\"user_id\":\"ann\",\"domain\":\"%s\"}", domains[i]);
		refused(API_INVALID_WEBAUTHN_REGISTRATION_DOMAIN, *state,
		    "POST", START, "{\"domain\":\"%s\"}", domains[i]);
	}
	refused(API_USER_NOT_FOUND, *state, "POST", REGISTER_START,
	    "{\"user_id\":\"eve\",\"domain\":\"example.com\"}");
	refused(API_USER_NOT_FOUND, *state, "POST", START,
	    "{\"user_id\":\"eve\",\"domain\":\"example.com\"}");
	refused(API_NO_ACTIVE_WEBAUTHN_REGISTRATIONS, *state, "POST", START,
	    "{\"user_id\":\"ann\",\"domain\":\"example.com\"}");
	refused(API_INVALID_REQUEST_VALUE, *state, "POST", REGISTER_START,
	    "{\"user_id\":\"ann\",\"domain\":\"example.com\","
	    "\"authenticator_type\":\"toaster\"}");
	refused(API_INVALID_REQUEST_VALUE, *state, "POST", REGISTER_START,
	    "{\"user_id\":\"ann\",\"domain\":\"example.com\","
	    "\"override_id\":\"0123456789012345678901234567890123456789"
	    "0123456789012345678901234\"}");
}

static void
a_registration_that_does_not_fit_is_refused(void **state)
{
	static const uint8_t other[20] = "another credential!";
	static const struct {
		struct twist twist;
		enum api_error error;
	} cases[] = {
		{ { .type = "webauthn.get" }, CREDENTIAL },
		{ { .challenge = "AAAA" },
		    API_NO_PENDING_WEBAUTHN_REGISTRATION },
		{ { .challenge = "" }, API_NO_PENDING_WEBAUTHN_REGISTRATION },
		{ { .origin = "https://example.org" }, CREDENTIAL },
		{ { .origin = "https://evilexample.com" }, CREDENTIAL },
		{ { .origin = "https://example.com.evil.org" }, CREDENTIAL },
		{ { .origin = "http://login.example.com" }, CREDENTIAL },
		{ { .origin = "https://example.com/path" }, CREDENTIAL },
		{ { .origin = "https://example.com:" }, CREDENTIAL },
		{ { .origin = "https://a@example.com" }, CREDENTIAL },
		{ { .origin = "" }, CREDENTIAL },
		{ { .with_client = ",\"crossOrigin\":true" }, CREDENTIAL },
		{ { .domain = "example.org" }, CREDENTIAL },
		{ { .flags_off = FLAG_USER_PRESENT }, CREDENTIAL },
		{ { .flags_on = FLAG_BACKED_UP }, BAD_OBJECT },
		{ { .flags_off = FLAG_ATTESTED }, BAD_OBJECT },
		{ { .flags_on = FLAG_EXTENSIONS }, BAD_OBJECT },
		{ { .algorithm = -8 }, BAD_DATA },
		{ { .algorithm = -257 }, BAD_DATA },
		{ { .algorithm = -36 }, CREDENTIAL },
		{ { .other_id = other }, BAD_ID },
		{ { .format = "fido-u2f" }, CREDENTIAL },
		{ { .format = "" }, CREDENTIAL },
		{ { .format = "packed", .bad_signature = true },
		    BAD_SIGNATURE },
		{ { .format = "packed", .statement_alg = -8 }, BAD_SIGNATURE },
		{ { .format = "packed", .statement_alg = -36 }, BAD_SIGNATURE },
		{ { .format = "x5c", .bad_signature = true }, BAD_SIGNATURE },
		{ { .format = "x5c", .statement_alg = -257 }, BAD_SIGNATURE },
		{ { .format = "x5c", .statement_alg = -36 }, CREDENTIAL },
		{ { .format = "x5c", .other_aaguid = true }, BAD_SIGNATURE },
		{ { .format = "x5c", .plain_name = true }, BAD_SIGNATURE },
		{ { .append = "x" }, BAD_OBJECT },
		{ { .append_data = "x" }, BAD_OBJECT },
		{ { .drop = "id" },
		    API_INVALID_PUBLIC_KEY_CREDENTIAL_MISSING_ID_FIELD },
		{ { .drop = "rawId" },
		    API_INVALID_PUBLIC_KEY_CREDENTIAL_MISSING_ID_FIELD },
		{ { .drop = "type" }, CREDENTIAL },
		{ { .replace = "type", .value = "password" }, CREDENTIAL },
		{ { .drop = "response" },
		    API_INVALID_PUBLIC_KEY_CREDENTIAL_MISSING_RESPONSE_FIELD },
		{ { .drop = "clientDataJSON" },
		    API_INVALID_PUBLIC_KEY_CREDENTIAL_MISSING_CLIENT_DATA_JSON_FIELD },
		{ { .drop = "attestationObject" },
		    API_INVALID_PUBLIC_KEY_CREDENTIAL_MISSING_ATTESTATION_OBJECT_FIELD },
		{ { .replace = "id", .value = "AAAA" }, BAD_ID },
		{ { .replace = "rawId", .value = "!" }, BAD_ID },
		{ { .replace = "clientDataJSON", .value = "!" }, BAD_CLIENT },
		{ { .replace = "clientDataJSON", .value = "e30" }, BAD_CLIENT },
		{ { .replace = "clientDataJSON", .value = "bm8" }, BAD_CLIENT },
		{ { .replace = "attestationObject", .value = "!" },
		    BAD_OBJECT },
		{ { .replace = "attestationObject", .value = "" }, BAD_OBJECT },
		{ { .replace = "attestationObject", .value = "oA" },
		    BAD_OBJECT },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(json_free)
		cJSON *answer =
		    passkey_register(*state, &ann, "ann", &cases[i].twist);

		if (strcmp(text_at(answer, "error_type"),
			error_row(cases[i].error)->type) != 0)
			fail_msg("case %zu: %s, not %s", i,
			    text_at(answer, "error_type"),
			    error_row(cases[i].error)->type);
	}
	/* None of it left anything behind. */
	refused(API_NO_ACTIVE_WEBAUTHN_REGISTRATIONS, *state, "POST", START,
	    "{\"user_id\":\"ann\",\"domain\":\"" PASSKEY_DOMAIN "\"}");
	passkey_registers(state, &ann, "ann", NULL, API_OK);
}

static void
an_attestation_cut_short_anywhere_is_refused(void **state)
{
	for (size_t cut = 1; cut <= 224; cut++)
		passkey_registers(state, &bob, "bob",
		    &(struct twist){ .format = "packed", .cut = cut },
		    BAD_OBJECT);
}

static void
a_challenge_to_register_is_good_once_for_its_user_for_five_minutes(void **state)
{
	CLEANUP(json_free)
	cJSON *started = consumer(*state, "POST", REGISTER_START,
	    "{\"user_id\":\"ann\",\"domain\":\"" PASSKEY_DOMAIN "\"}");
	const char *options =
	    text_at(started, "public_key_credential_creation_options");
	static const struct {
		const char *body;
		int64_t later;
		bool other;
		enum api_error error;
	} cases[] = {
		{ "{\"user_id\":\"bob\"}", 0, false,
		    API_NO_PENDING_WEBAUTHN_REGISTRATION },
		{ "{\"user_id\":\"eve\"}", 0, false, API_USER_NOT_FOUND },
		{ "{\"user_id\":\"ann\"}", 0, false, API_OK },
		{ "{\"user_id\":\"ann\"}", 0, true,
		    API_NO_PENDING_WEBAUTHN_REGISTRATION },
	};
	CLEANUP(json_free) cJSON *late = NULL;
	CLEANUP(json_free) cJSON *answer = NULL;
	CLEANUP(string_free) char *text = NULL;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(string_free)
		char *credential =
		    passkey_create(cases[i].other ? &bob : &ann, options, NULL);
		CLEANUP(json_free)
		cJSON *done =
		    passkey_send(*state, REGISTER, cases[i].body, credential);

		assert_answer(done, cases[i].error);
	}
	late = consumer(*state, "POST", REGISTER_START,
	    "{\"user_id\":\"bob\",\"domain\":\"" PASSKEY_DOMAIN "\"}");
	text = passkey_create(&bob,
	    text_at(late, "public_key_credential_creation_options"), NULL);
	advance(*state, 301);
	answer = passkey_send(*state, REGISTER, "{\"user_id\":\"bob\"}", text);
	assert_answer(answer, API_NO_PENDING_WEBAUTHN_REGISTRATION);
}

static void
what_is_no_credential_at_all_is_refused(void **state)
{
	static const char *const texts[] = { "x", "[]", "null", "{}", "\"\"",
		"{\"id\":\"AA\"", "{\"id\":1,\"rawId\":1}" };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		CLEANUP(json_free)
		cJSON *made = passkey_send(*state, REGISTER,
		    "{\"user_id\":\"ann\"}", texts[i]);
		CLEANUP(json_free)
		cJSON *in = passkey_send(*state, AUTHENTICATE, "{}", texts[i]);

		assert_int_equal(int_at(made, "status_code"), 400);
		assert_int_equal(int_at(in, "status_code"), 400);
	}
}

/* ---- Login. ---- */

static void
an_assertion_that_does_not_fit_is_refused(void **state)
{
	static const struct {
		struct twist twist;
		enum api_error error;
	} cases[] = {
		{ { .type = "webauthn.create" }, UNABLE },
		{ { .challenge = "AAAA" }, UNABLE },
		{ { .origin = "https://example.org" }, UNABLE },
		{ { .origin = "http://example.com" }, UNABLE },
		{ { .with_client = ",\"crossOrigin\":true" }, UNABLE },
		{ { .domain = "login.example.com" }, UNABLE },
		{ { .flags_off = FLAG_USER_PRESENT }, UNABLE },
		{ { .bad_signature = true }, UNABLE },
		{ { .counter = 1 }, UNABLE },
		{ { .cut = 1 }, BAD_DATA },
		{ { .cut = 37 }, BAD_DATA },
		{ { .append = "x" }, BAD_DATA },
		{ { .flags_on = FLAG_EXTENSIONS }, BAD_DATA },
		{ { .flags_on = FLAG_EXTENSIONS, .append = "\xa1" }, BAD_DATA },
		{ { .flags_on = FLAG_EXTENSIONS, .append = "\x01" }, BAD_DATA },
		{ { .flags_on = FLAG_ATTESTED }, BAD_DATA },
		{ { .flags_on = FLAG_BACKED_UP }, BAD_DATA },
		{ { .replace = "id", .value = "AAAA" }, BAD_ID },
		{ { .drop = "signature" },
		    API_INVALID_PUBLIC_KEY_CREDENTIAL_MISSING_SIGNATURE_FIELD },
		{ { .drop = "authenticatorData" },
		    API_INVALID_PUBLIC_KEY_CREDENTIAL_MISSING_AUTHENTICATOR_DATA_FIELD },
		{ { .replace = "signature", .value = "!" }, BAD_SIGNATURE },
		{ { .replace = "signature", .value = "AAAA" }, UNABLE },
		{ { .replace = "authenticatorData", .value = "!" }, BAD_DATA },
		{ { .replace = "userHandle", .value = "!" }, CREDENTIAL },
		{ { .replace = "userHandle", .value = "AAAA" }, UNABLE },
	};

	passkey_settings(state, "{\"lock_threshold\":100}");
	passkey_registers(state, &ann, "ann", NULL, API_OK);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(json_free)
		cJSON *answer =
		    passkey_login(*state, &ann, "ann", &cases[i].twist);

		if (strcmp(text_at(answer, "error_type"),
			error_row(cases[i].error)->type) != 0)
			fail_msg("case %zu: %s, not %s", i,
			    text_at(answer, "error_type"),
			    error_row(cases[i].error)->type);
	}
	passkey_logs_in(state, &ann, "ann", NULL, API_OK);
	passkey_logs_in(state, &ann, "ann",
	    &(struct twist){ .flags_on = FLAG_EXTENSIONS, .append = "\xa0" },
	    API_OK);
}

static void
a_counter_never_goes_back(void **state)
{
	passkey_registers(state, &ann, "ann", NULL, API_OK);
	passkey_logs_in(state, &ann, "ann", &(struct twist){ .counter = 10 },
	    API_OK);
	passkey_logs_in(state, &ann, "ann", &(struct twist){ .counter = 10 },
	    UNABLE);
	passkey_logs_in(state, &ann, "ann", &(struct twist){ .counter = 9 },
	    UNABLE);
	passkey_logs_in(state, &ann, "ann", &(struct twist){ .counter = 11 },
	    API_OK);
	passkey_logs_in(state, &ann, "ann",
	    &(struct twist){ .counter = 0x80000000 }, API_OK);
}

static void
an_authenticator_that_does_not_count_may_stay_at_zero(void **state)
{
	ann.counter = UINT32_MAX; /* the next one is 0 */
	passkey_registers(state, &ann, "ann", NULL, API_OK);
	ann.counter = UINT32_MAX;
	passkey_logs_in(state, &ann, "ann", NULL, API_OK);
	ann.counter = UINT32_MAX;
	passkey_logs_in(state, &ann, "ann", NULL, API_OK);
	/* Once it counted, it must go on. */
	passkey_logs_in(state, &ann, "ann", &(struct twist){ .counter = 5 },
	    API_OK);
	ann.counter = UINT32_MAX;
	passkey_logs_in(state, &ann, "ann", NULL, UNABLE);
}

static void
an_assertion_is_good_once(void **state)
{
	CLEANUP(json_free) cJSON *started = NULL;
	CLEANUP(json_free) cJSON *late = NULL;
	CLEANUP(string_free) char *credential = NULL;
	CLEANUP(string_free) char *old = NULL;
	const enum api_error errors[] = { API_OK, UNABLE };

	passkey_registers(state, &ann, "ann", NULL, API_OK);
	started = consumer(*state, "POST", START,
	    "{\"user_id\":\"ann\",\"domain\":\"" PASSKEY_DOMAIN "\"}");
	credential = passkey_get(&ann,
	    text_at(started, "public_key_credential_request_options"), NULL);
	for (size_t i = 0; i < 2; i++) {
		CLEANUP(json_free)
		cJSON *answer =
		    passkey_send(*state, AUTHENTICATE, "{}", credential);

		assert_answer(answer, errors[i]);
	}
	late = consumer(*state, "POST", START,
	    "{\"user_id\":\"ann\",\"domain\":\"" PASSKEY_DOMAIN "\"}");
	old = passkey_get(&ann,
	    text_at(late, "public_key_credential_request_options"), NULL);
	advance(*state, 301);
	CLEANUP(json_free)
	cJSON *answer = passkey_send(*state, AUTHENTICATE, "{}", old);
	assert_answer(answer, UNABLE);
}

static void
a_challenge_of_one_ceremony_is_none_of_the_other(void **state)
{
	CLEANUP(json_free) cJSON *started = NULL;
	CLEANUP(json_free) cJSON *options = NULL;
	CLEANUP(buf_clear) struct buf challenge = BUF_INIT(64);
	uint8_t bytes[64];
	size_t len;

	passkey_registers(state, &ann, "ann", NULL, API_OK);
	started = consumer(*state, "POST", REGISTER_START,
	    "{\"user_id\":\"ann\",\"domain\":\"" PASSKEY_DOMAIN "\"}");
	options =
	    passkey_options(started, "public_key_credential_creation_options");
	assert_int_equal(base64_read(text_at(options, "challenge"), bytes,
			     sizeof(bytes), &len),
	    0);
	base64url_add(&challenge, bytes, len);
	passkey_logs_in(state, &ann, "ann",
	    &(struct twist){ .challenge = buf_text(&challenge) }, UNABLE);
}

static void
a_foreign_credential_does_not_log_in(void **state)
{
	struct passkey eve;

	passkey_make(&eve, COSE_ES256);
	passkey_registers(state, &ann, "ann", NULL, API_OK);
	passkey_registers(state, &bob, "bob", NULL, API_OK);
	/* Bob's for Ann's start; nobody's; Ann's id by another key. */
	passkey_logs_in(state, &bob, "ann", NULL, UNABLE);
	passkey_logs_in(state, &eve, "ann", NULL,
	    API_WEBAUTHN_REGISTRATION_NOT_FOUND);
	memcpy(eve.id, ann.id, sizeof(eve.id));
	memcpy(eve.user_handle, ann.user_handle, sizeof(eve.user_handle));
	eve.counter = 100;
	passkey_logs_in(state, &eve, "ann", NULL, UNABLE);
	passkey_logs_in(state, &eve, NULL, NULL, UNABLE);
	passkey_logs_in(state, &ann, "ann", NULL, API_OK);
	passkey_clear(&eve);
}

static void
a_credential_of_another_domain_does_not_log_in(void **state)
{
	CLEANUP(json_free) cJSON *started = NULL;
	CLEANUP(string_free) char *credential = NULL;
	CLEANUP(json_free) cJSON *answer = NULL;

	passkey_registers(state, &ann, "ann", NULL, API_OK);
	started = consumer(*state, "POST", START,
	    "{\"domain\":\"login.example.com\"}");
	credential = passkey_get(&ann,
	    text_at(started, "public_key_credential_request_options"),
	    &(struct twist){ .domain = "login.example.com" });
	answer = passkey_send(*state, AUTHENTICATE, "{}", credential);
	assert_answer(answer, UNABLE);
}

static void
wrong_signatures_lock_the_user(void **state)
{
	CLEANUP(json_free) cJSON *user = NULL;

	passkey_registers(state, &ann, "ann", NULL, API_OK);
	for (int i = 0; i < 10; i++)
		passkey_logs_in(state, &ann, "ann",
		    &(struct twist){ .bad_signature = true }, UNABLE);
	passkey_logs_in(state, &ann, "ann", NULL, API_USER_LOCK_LIMIT_REACHED);
	passkey_registers(state, &bob, "ann", NULL,
	    API_USER_LOCK_LIMIT_REACHED);
	user = consumer(*state, "GET", "/v1/users/ann", NULL);
	assert_true(bool_at(user, "is_locked"));
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, passkey_setup, passkey_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_start_with_what_cannot_be_is_refused),
		TEST(a_registration_that_does_not_fit_is_refused),
		TEST(an_attestation_cut_short_anywhere_is_refused),
		TEST(
		    a_challenge_to_register_is_good_once_for_its_user_for_five_minutes),
		TEST(what_is_no_credential_at_all_is_refused),
		TEST(an_assertion_that_does_not_fit_is_refused),
		TEST(a_counter_never_goes_back),
		TEST(an_authenticator_that_does_not_count_may_stay_at_zero),
		TEST(an_assertion_is_good_once),
		TEST(a_challenge_of_one_ceremony_is_none_of_the_other),
		TEST(a_foreign_credential_does_not_log_in),
		TEST(a_credential_of_another_domain_does_not_log_in),
		TEST(wrong_signatures_lock_the_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
