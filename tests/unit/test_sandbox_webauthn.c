/* SPDX-License-Identifier: BSD-2-Clause */
/* Passkeys: made, used, refused, named, deleted. */
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

static struct passkey ann, bob;

static int
setup(void **state)
{
	if (drive_setup(state) != 0)
		return -1;
	add_user(*state, "ann@example.com", "ann");
	add_user(*state, "bob@example.com", "bob");
	passkey_make(&ann, COSE_ES256);
	passkey_make(&bob, COSE_EDDSA);
	return 0;
}

static int
teardown(void **state)
{
	passkey_clear(&ann);
	passkey_clear(&bob);
	return drive_teardown(state);
}

static void
set(void **state, const char *settings)
{
	CLEANUP(json_free)
	cJSON *answer = drive_control(*state, "POST", "/sandbox/settings",
	    "{\"consumer\":%s}", settings);

	assert_int_equal(int_at(answer, "status_code"), 200);
}

static void
registers(void **state, struct passkey *passkey, const char *user_id,
    const struct twist *twist, enum api_error error)
{
	CLEANUP(json_free)
	cJSON *answer = passkey_register(*state, passkey, user_id, twist);

	assert_answer(answer, error);
}

static void
logs_in(void **state, struct passkey *passkey, const char *user_id,
    const struct twist *twist, enum api_error error)
{
	CLEANUP(json_free)
	cJSON *answer = passkey_login(*state, passkey, user_id, twist);

	assert_answer(answer, error);
}

/* ---- What starts answer. ---- */

static cJSON *
options_at(const cJSON *answer, const char *name)
{
	const char *text = text_at(answer, name);
	cJSON *options = json_parse(text, strlen(text));

	assert_non_null(options);
	return options;
}

static void
creation_options_are_what_browsers_take(void **state)
{
	CLEANUP(json_free)
	cJSON *answer = consumer(*state, "POST", REGISTER_START,
	    "{\"user_id\":\"ann\",\"domain\":\"Example.COM\","
	    "\"authenticator_type\":\"platform\","
	    "\"return_passkey_credential_options\":true,"
	    "\"use_base64_url_encoding\":true}");
	CLEANUP(json_free) cJSON *options = NULL;
	uint8_t bytes[128];
	size_t len;

	assert_answer(answer, API_OK);
	options = options_at(answer, "public_key_credential_creation_options");
	assert_string_equal(text_at(options, "rp.id"), "example.com");
	assert_string_equal(text_at(options, "attestation"), "direct");
	assert_int_equal(int_at(options, "timeout"), 300000);
	assert_int_equal(int_at(options, "pubKeyCredParams.0.alg"), -7);
	assert_int_equal(int_at(options, "pubKeyCredParams.2.alg"), -257);
	assert_string_equal(text_at(options,
				"authenticatorSelection.residentKey"),
	    "required");
	assert_string_equal(text_at(options,
				"authenticatorSelection.userVerification"),
	    "preferred");
	assert_string_equal(text_at(options, "user.name"), "ann@example.com");
	assert_int_equal(strlen(text_at(options, "challenge")), 43);
	assert_int_equal(base64_read(text_at(options, "user.id"), bytes,
			     sizeof(bytes), &len),
	    0);
	assert_memory_equal(bytes, text_at(answer, "user_id"), len);
	assert_int_equal(cJSON_GetArraySize(
			     json_at(options, "excludeCredentials")),
	    0);
}

static void
values_are_plain_base64_unless_asked_otherwise(void **state)
{
	CLEANUP(json_free)
	cJSON *answer = consumer(*state, "POST", REGISTER_START,
	    "{\"user_id\":\"ann\",\"domain\":\"example.com\","
	    "\"override_id\":\"the-id\",\"override_name\":\"n\","
	    "\"override_display_name\":\"d\"}");
	CLEANUP(json_free)
	cJSON *options =
	    options_at(answer, "public_key_credential_creation_options");

	assert_int_equal(strlen(text_at(options, "challenge")), 44);
	assert_int_equal(text_at(options, "challenge")[43], '=');
	assert_string_equal(text_at(options, "user.id"), "dGhlLWlk");
	assert_string_equal(text_at(options, "user.name"), "n");
	assert_string_equal(text_at(options, "user.displayName"), "d");
	assert_false(
	    bool_at(options, "authenticatorSelection.requireResidentKey"));
}

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

/* ---- The straight way. ---- */

static void
every_algorithm_registers_and_logs_in(void **state)
{
	static const int algorithms[] = { COSE_ES256, COSE_EDDSA, COSE_RS256 };

	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
		struct passkey passkey;
		CLEANUP(json_free) cJSON *made = NULL;
		CLEANUP(json_free) cJSON *in = NULL;

		passkey_make(&passkey, algorithms[i]);
		made = passkey_register(*state, &passkey, "ann",
		    &(struct twist){ .format = "packed" });
		assert_answer(made, API_OK);
		in = passkey_login(*state, &passkey, "ann", NULL);
		assert_answer(in, API_OK);
		assert_string_equal(text_at(in, "webauthn_registration_id"),
		    text_at(made, "webauthn_registration_id"));
		passkey_clear(&passkey);
	}
}

static void
a_registration_is_the_users_and_a_factor(void **state)
{
	CLEANUP(json_free)
	cJSON *made = passkey_register(*state, &ann, "ann", NULL);
	CLEANUP(json_free) cJSON *in = NULL;
	const char *id;

	assert_answer(made, API_OK);
	id = text_at(made, "webauthn_registration_id");
	assert_true(id_is_kind(id, "webauthn-registration"));
	assert_string_equal(text_at(made, "session_token"), "");
	assert_true(cJSON_IsNull(json_at(made, "session")));
	assert_user(json_at(made, "user"));
	assert_string_equal(
	    text_at(made,
		"user.webauthn_registrations.0.webauthn_registration_id"),
	    id);
	assert_string_equal(text_at(made,
				"user.webauthn_registrations.0.domain"),
	    PASSKEY_DOMAIN);
	assert_string_equal(
	    text_at(made, "user.webauthn_registrations.0.authenticator_type"),
	    "platform");
	assert_true(bool_at(made, "user.webauthn_registrations.0.verified"));
	assert_string_equal(text_at(made, "user.webauthn_registrations.0.name"),
	    "");
	assert_string_equal(text_at(made,
				"user.webauthn_registrations.0.user_agent"),
	    "");
	in = passkey_login(*state, &ann, "ann", NULL);
	assert_answer(in, API_OK);
	assert_string_equal(text_at(in,
				"session.authentication_factors.0.type"),
	    "webauthn");
	assert_string_equal(
	    text_at(in, "session.authentication_factors.0.delivery_method"),
	    "webauthn_registration");
	assert_string_equal(
	    text_at(in,
		"session.authentication_factors.0.webauthn_factor.domain"),
	    PASSKEY_DOMAIN);
	assert_null(json_at(in, "user.webauthn_registrations.1"));
}

static void
a_passkey_says_itself_whose_it_is(void **state)
{
	CLEANUP(json_free) cJSON *in = NULL;
	CLEANUP(json_free)
	cJSON *started = consumer(*state, "POST", START,
	    "{\"domain\":\"" PASSKEY_DOMAIN "\"}");
	CLEANUP(json_free)
	cJSON *options =
	    options_at(started, "public_key_credential_request_options");

	assert_string_equal(text_at(started, "user_id"), "");
	assert_int_equal(cJSON_GetArraySize(
			     json_at(options, "allowCredentials")),
	    0);
	registers(state, &ann, "ann", NULL, API_OK);
	registers(state, &bob, "bob", NULL, API_OK);
	in = passkey_login(*state, &bob, NULL, NULL);
	assert_answer(in, API_OK);
	assert_string_equal(text_at(in, "user.emails.0.email"),
	    "bob@example.com");
	/* Without a handle, or with another's, it does not. */
	logs_in(state, &bob, NULL, &(struct twist){ .user_handle = "" },
	    UNABLE);
	logs_in(state, &bob, NULL,
	    &(struct twist){ .user_handle = ann.user_handle }, UNABLE);
	logs_in(state, &bob, "bob",
	    &(struct twist){ .user_handle = ann.user_handle }, UNABLE);
	logs_in(state, &bob, "bob", &(struct twist){ .user_handle = "" },
	    API_OK);
}

static void
a_credential_known_is_excluded_and_allowed_by_name(void **state)
{
	CLEANUP(json_free) cJSON *started = NULL;
	CLEANUP(json_free) cJSON *creation = NULL;
	CLEANUP(json_free) cJSON *again = NULL;
	CLEANUP(json_free) cJSON *request = NULL;
	CLEANUP(buf_clear) struct buf id = BUF_INIT(64);

	registers(state, &ann, "ann", NULL, API_OK);
	base64url_add(&id, ann.id, sizeof(ann.id));
	again = consumer(*state, "POST", REGISTER_START,
	    "{\"user_id\":\"ann\",\"domain\":\"" PASSKEY_DOMAIN
	    "\",\"use_base64_url_encoding\":true}");
	creation = options_at(again, "public_key_credential_creation_options");
	assert_string_equal(text_at(creation, "excludeCredentials.0.id"),
	    buf_text(&id));
	started = consumer(*state, "POST", START,
	    "{\"user_id\":\"ann\",\"domain\":\"" PASSKEY_DOMAIN
	    "\",\"use_base64_url_encoding\":true}");
	request = options_at(started, "public_key_credential_request_options");
	assert_string_equal(text_at(request, "allowCredentials.0.id"),
	    buf_text(&id));
	assert_string_equal(text_at(request, "allowCredentials.0.transports.0"),
	    "internal");
	assert_string_equal(text_at(request, "rpId"), PASSKEY_DOMAIN);
	registers(state, &ann, "ann", NULL,
	    API_DUPLICATE_WEBAUTHN_REGISTRATION);
	registers(state, &ann, "bob", NULL,
	    API_DUPLICATE_WEBAUTHN_REGISTRATION);
	/* Of another domain there is none. */
	refused(API_NO_ACTIVE_WEBAUTHN_REGISTRATIONS, *state, "POST", START,
	    "{\"user_id\":\"ann\",\"domain\":\"example.org\"}");
}

/* ---- Refused at registration. ---- */

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
	registers(state, &ann, "ann", NULL, API_OK);
}

static void
an_attestation_cut_short_anywhere_is_refused(void **state)
{
	for (size_t cut = 1; cut <= 224; cut++)
		registers(state, &bob, "bob",
		    &(struct twist){ .format = "packed", .cut = cut },
		    BAD_OBJECT);
}

static void
attestations_of_both_kinds_are_taken(void **state)
{
	registers(state, &ann, "ann", &(struct twist){ .format = "x5c" },
	    API_OK);
	registers(state, &bob, "bob", &(struct twist){ .format = "packed" },
	    API_OK);
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

/* ---- Refused at login. ---- */

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

	set(state, "{\"lock_threshold\":100}");
	registers(state, &ann, "ann", NULL, API_OK);
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
	logs_in(state, &ann, "ann", NULL, API_OK);
	logs_in(state, &ann, "ann",
	    &(struct twist){ .flags_on = FLAG_EXTENSIONS, .append = "\xa0" },
	    API_OK);
}

static void
a_counter_never_goes_back(void **state)
{
	registers(state, &ann, "ann", NULL, API_OK);
	logs_in(state, &ann, "ann", &(struct twist){ .counter = 10 }, API_OK);
	logs_in(state, &ann, "ann", &(struct twist){ .counter = 10 }, UNABLE);
	logs_in(state, &ann, "ann", &(struct twist){ .counter = 9 }, UNABLE);
	logs_in(state, &ann, "ann", &(struct twist){ .counter = 11 }, API_OK);
	logs_in(state, &ann, "ann", &(struct twist){ .counter = 0x80000000 },
	    API_OK);
}

static void
an_authenticator_that_does_not_count_may_stay_at_zero(void **state)
{
	ann.counter = UINT32_MAX; /* the next one is 0 */
	registers(state, &ann, "ann", NULL, API_OK);
	ann.counter = UINT32_MAX;
	logs_in(state, &ann, "ann", NULL, API_OK);
	ann.counter = UINT32_MAX;
	logs_in(state, &ann, "ann", NULL, API_OK);
	/* Once it counted, it must go on. */
	logs_in(state, &ann, "ann", &(struct twist){ .counter = 5 }, API_OK);
	ann.counter = UINT32_MAX;
	logs_in(state, &ann, "ann", NULL, UNABLE);
}

static void
an_assertion_is_good_once(void **state)
{
	CLEANUP(json_free) cJSON *started = NULL;
	CLEANUP(json_free) cJSON *late = NULL;
	CLEANUP(string_free) char *credential = NULL;
	CLEANUP(string_free) char *old = NULL;
	const enum api_error errors[] = { API_OK, UNABLE };

	registers(state, &ann, "ann", NULL, API_OK);
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

	registers(state, &ann, "ann", NULL, API_OK);
	started = consumer(*state, "POST", REGISTER_START,
	    "{\"user_id\":\"ann\",\"domain\":\"" PASSKEY_DOMAIN "\"}");
	options = options_at(started, "public_key_credential_creation_options");
	assert_int_equal(base64_read(text_at(options, "challenge"), bytes,
			     sizeof(bytes), &len),
	    0);
	base64url_add(&challenge, bytes, len);
	logs_in(state, &ann, "ann",
	    &(struct twist){ .challenge = buf_text(&challenge) }, UNABLE);
}

static void
a_foreign_credential_does_not_log_in(void **state)
{
	struct passkey eve;

	passkey_make(&eve, COSE_ES256);
	registers(state, &ann, "ann", NULL, API_OK);
	registers(state, &bob, "bob", NULL, API_OK);
	/* Bob's for Ann's start; nobody's; Ann's id by another key. */
	logs_in(state, &bob, "ann", NULL, UNABLE);
	logs_in(state, &eve, "ann", NULL, API_WEBAUTHN_REGISTRATION_NOT_FOUND);
	memcpy(eve.id, ann.id, sizeof(eve.id));
	memcpy(eve.user_handle, ann.user_handle, sizeof(eve.user_handle));
	eve.counter = 100;
	logs_in(state, &eve, "ann", NULL, UNABLE);
	logs_in(state, &eve, NULL, NULL, UNABLE);
	logs_in(state, &ann, "ann", NULL, API_OK);
	passkey_clear(&eve);
}

static void
a_credential_of_another_domain_does_not_log_in(void **state)
{
	CLEANUP(json_free) cJSON *started = NULL;
	CLEANUP(string_free) char *credential = NULL;
	CLEANUP(json_free) cJSON *answer = NULL;

	registers(state, &ann, "ann", NULL, API_OK);
	started = consumer(*state, "POST", START,
	    "{\"domain\":\"login.example.com\"}");
	credential = passkey_get(&ann,
	    text_at(started, "public_key_credential_request_options"),
	    &(struct twist){ .domain = "login.example.com" });
	answer = passkey_send(*state, AUTHENTICATE, "{}", credential);
	assert_answer(answer, UNABLE);
}

static void
user_verification_can_be_required(void **state)
{
	const struct twist unverified = { .flags_off = FLAG_USER_VERIFIED };

	registers(state, &bob, "bob", &unverified, API_OK);
	logs_in(state, &bob, "bob", &unverified, API_OK);
	set(state, "{\"webauthn_user_verification\":\"required\"}");
	registers(state, &ann, "ann", &unverified, CREDENTIAL);
	registers(state, &ann, "ann", NULL, API_OK);
	logs_in(state, &ann, "ann", &unverified, UNABLE);
	logs_in(state, &bob, "bob", &unverified, UNABLE);
	logs_in(state, &ann, "ann", NULL, API_OK);
}

static void
wrong_signatures_lock_the_user(void **state)
{
	CLEANUP(json_free) cJSON *user = NULL;

	registers(state, &ann, "ann", NULL, API_OK);
	for (int i = 0; i < 10; i++)
		logs_in(state, &ann, "ann",
		    &(struct twist){ .bad_signature = true }, UNABLE);
	logs_in(state, &ann, "ann", NULL, API_USER_LOCK_LIMIT_REACHED);
	registers(state, &bob, "ann", NULL, API_USER_LOCK_LIMIT_REACHED);
	user = consumer(*state, "GET", "/v1/users/ann", NULL);
	assert_true(bool_at(user, "is_locked"));
}

/* ---- Sessions. ---- */

static void
a_login_is_a_second_factor_of_a_session(void **state)
{
	CLEANUP(json_free) cJSON *first = NULL;
	CLEANUP(json_free) cJSON *message = NULL;
	CLEANUP(json_free) cJSON *sent = NULL;
	CLEANUP(json_free) cJSON *started = NULL;
	CLEANUP(json_free) cJSON *second = NULL;
	CLEANUP(json_free) cJSON *foreign = NULL;
	CLEANUP(json_free) cJSON *body = json_object();
	CLEANUP(string_free) char *credential = NULL;
	CLEANUP(string_free) char *text = NULL;

	registers(state, &ann, "ann", NULL, API_OK);
	registers(state, &bob, "bob", NULL, API_OK);
	sent = consumer(*state, "POST", "/v1/otps/email/send",
	    "{\"email\":\"ann@example.com\"}");
	message = last_message(*state, "ann@example.com");
	first = consumer(*state, "POST", "/v1/otps/authenticate",
	    "{\"method_id\":\"%s\",\"code\":\"%s\","
	    "\"session_duration_minutes\":60}",
	    text_at(sent, "email_id"), text_at(message, "code"));
	assert_answer(first, API_OK);
	json_set_string(body, "session_token", text_at(first, "session_token"));
	text = json_text(body);
	/* Not of somebody else's session. */
	started = consumer(*state, "POST", START,
	    "{\"domain\":\"" PASSKEY_DOMAIN "\"}");
	credential = passkey_get(&bob,
	    text_at(started, "public_key_credential_request_options"), NULL);
	foreign = passkey_send(*state, AUTHENTICATE, text, credential);
	assert_answer(foreign, API_USER_ID_MISMATCH);
	string_free(&credential);
	credential = passkey_get(&ann,
	    text_at(started, "public_key_credential_request_options"), NULL);
	second = passkey_send(*state, AUTHENTICATE, text, credential);
	assert_answer(second, API_OK);
	assert_string_equal(text_at(second, "session.session_id"),
	    text_at(first, "session.session_id"));
	assert_string_equal(text_at(second,
				"session.authentication_factors.0.type"),
	    "otp");
	assert_string_equal(text_at(second,
				"session.authentication_factors.1.type"),
	    "webauthn");
}

/* ---- Seeing, naming, deleting. ---- */

static void
a_registration_has_a_name_of_ones_own(void **state)
{
	CLEANUP(json_free)
	cJSON *made = passkey_register(*state, &ann, "ann", NULL);
	CLEANUP(json_free) cJSON *named = NULL;
	CLEANUP(json_free) cJSON *user = NULL;
	CLEANUP(buf_clear) struct buf target = BUF_INIT(256);

	buf_addf(&target, "/v1/webauthn/%s",
	    text_at(made, "webauthn_registration_id"));
	named = consumer(*state, "PUT", buf_text(&target),
	    "{\"name\":\"Ann's key\"}");
	assert_answer(named, API_OK);
	assert_string_equal(text_at(named, "webauthn_registration.name"),
	    "Ann's key");
	assert_string_equal(text_at(named, "webauthn_registration.domain"),
	    PASSKEY_DOMAIN);
	user = consumer(*state, "GET", "/v1/users/ann", NULL);
	assert_string_equal(text_at(user, "webauthn_registrations.0.name"),
	    "Ann's key");
	logs_in(state, &ann, "ann", NULL, API_OK);
	refused(API_BAD_REQUEST, *state, "PUT", buf_text(&target), "{}");
	refused(API_INVALID_WEBAUTHN_REGISTRATION_ID, *state, "PUT",
	    "/v1/webauthn/x", "{\"name\":\"n\"}");
	refused(API_WEBAUTHN_REGISTRATION_NOT_FOUND, *state, "PUT",
	    "/v1/webauthn/webauthn-registration-test-"
	    "11111111-1111-4111-8111-111111111111",
	    "{\"name\":\"n\"}");
}

static cJSON *
list_credentials(void **state, const char *user_id, const char *domain)
{
	CLEANUP(buf_clear) struct buf target = BUF_INIT(512);

	buf_addf(&target, "/v1/webauthn/credentials/%s/%s", user_id, domain);
	return consumer(*state, "GET", buf_text(&target), NULL);
}

static void
credentials_are_listed_by_user_and_domain(void **state)
{
	CLEANUP(json_free) cJSON *made = NULL;
	CLEANUP(json_free) cJSON *list = NULL;
	CLEANUP(json_free) cJSON *nobody = NULL;
	CLEANUP(json_free) cJSON *nowhere = NULL;
	CLEANUP(json_free) cJSON *none = NULL;
	uint8_t key[2048];
	size_t len;
	struct cose_key read = COSE_KEY_INIT;

	made = passkey_register(*state, &ann, "ann", NULL);
	list =
	    list_credentials(state, text_at(made, "user_id"), PASSKEY_DOMAIN);
	assert_answer(list, API_OK);
	assert_string_equal(text_at(list, "credentials.0.type"), "public-key");
	assert_true(
	    id_is_kind(text_at(list, "credentials.0.webauthn_registration_id"),
		"webauthn-registration"));
	assert_int_equal(base64_read(text_at(list, "credentials.0.public_key"),
			     key, sizeof(key), &len),
	    0);
	assert_int_equal(cose_key_read((struct bytes){ key, len }, &read), 0);
	assert_int_equal(EVP_PKEY_eq(read.key, ann.key), 1);
	cose_key_clear(&read);
	none = list_credentials(state, text_at(made, "user_id"), "example.org");
	assert_int_equal(cJSON_GetArraySize(json_at(none, "credentials")), 0);
	nobody = list_credentials(state,
	    "user-test-11111111-1111-4111-8111-111111111111", PASSKEY_DOMAIN);
	assert_answer(nobody, API_USER_NOT_FOUND);
	nowhere = list_credentials(state, text_at(made, "user_id"), "a..b");
	assert_answer(nowhere, API_INVALID_WEBAUTHN_REGISTRATION_DOMAIN);
}

static void
a_deleted_registration_logs_nobody_in(void **state)
{
	CLEANUP(json_free)
	cJSON *made = passkey_register(*state, &ann, "ann", NULL);
	CLEANUP(json_free) cJSON *left = NULL;
	CLEANUP(buf_clear) struct buf target = BUF_INIT(256);

	registers(state, &bob, "bob", NULL, API_OK);
	buf_addf(&target, "/v1/users/webauthn_registrations/%s",
	    text_at(made, "webauthn_registration_id"));
	left = consumer(*state, "DELETE", buf_text(&target), NULL);
	assert_answer(left, API_OK);
	assert_null(json_at(left, "user.webauthn_registrations.0"));
	refused(API_WEBAUTHN_REGISTRATION_NOT_FOUND, *state, "DELETE",
	    buf_text(&target), NULL);
	logs_in(state, &ann, NULL, NULL, API_WEBAUTHN_REGISTRATION_NOT_FOUND);
	/* Whoever is gone takes theirs along; it may be made anew. */
	refused(API_OK, *state, "DELETE", "/v1/users/bob", NULL);
	logs_in(state, &bob, NULL, NULL, API_WEBAUTHN_REGISTRATION_NOT_FOUND);
	registers(state, &bob, "ann", NULL, API_OK);
	registers(state, &ann, "ann", NULL, API_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(creation_options_are_what_browsers_take),
		TEST(values_are_plain_base64_unless_asked_otherwise),
		TEST(a_start_with_what_cannot_be_is_refused),
		TEST(every_algorithm_registers_and_logs_in),
		TEST(a_registration_is_the_users_and_a_factor),
		TEST(a_passkey_says_itself_whose_it_is),
		TEST(a_credential_known_is_excluded_and_allowed_by_name),
		TEST(a_registration_that_does_not_fit_is_refused),
		TEST(an_attestation_cut_short_anywhere_is_refused),
		TEST(attestations_of_both_kinds_are_taken),
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
		TEST(user_verification_can_be_required),
		TEST(wrong_signatures_lock_the_user),
		TEST(a_login_is_a_second_factor_of_a_session),
		TEST(a_registration_has_a_name_of_ones_own),
		TEST(credentials_are_listed_by_user_and_domain),
		TEST(a_deleted_registration_logs_nobody_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
