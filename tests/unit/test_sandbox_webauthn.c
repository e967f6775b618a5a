/* SPDX-License-Identifier: BSD-2-Clause */
/* Passkeys: made, used, named, deleted. */
#include "config.h"

#include "sandbox/authenticator.h"
#include "sandbox/cose.h"
#include "tests/unit/sandbox_passkey.h"

#include <string.h>

#define REGISTER_START "/v1/webauthn/register/start"
#define START "/v1/webauthn/authenticate/start"
#define AUTHENTICATE "/v1/webauthn/authenticate"
#define CREDENTIAL API_INVALID_PUBLIC_KEY_CREDENTIAL
#define UNABLE API_UNABLE_TO_AUTH_WEBAUTHN_REGISTRATION

/* ---- What starts answer. ---- */

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
	options =
	    passkey_options(answer, "public_key_credential_creation_options");
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
	    passkey_options(answer, "public_key_credential_creation_options");

	assert_int_equal(strlen(text_at(options, "challenge")), 44);
	assert_int_equal(text_at(options, "challenge")[43], '=');
	assert_string_equal(text_at(options, "user.id"), "dGhlLWlk");
	assert_string_equal(text_at(options, "user.name"), "n");
	assert_string_equal(text_at(options, "user.displayName"), "d");
	assert_false(
	    bool_at(options, "authenticatorSelection.requireResidentKey"));
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
	    passkey_options(started, "public_key_credential_request_options");

	assert_string_equal(text_at(started, "user_id"), "");
	assert_int_equal(cJSON_GetArraySize(
			     json_at(options, "allowCredentials")),
	    0);
	passkey_registers(state, &ann, "ann", NULL, API_OK);
	passkey_registers(state, &bob, "bob", NULL, API_OK);
	in = passkey_login(*state, &bob, NULL, NULL);
	assert_answer(in, API_OK);
	assert_string_equal(text_at(in, "user.emails.0.email"),
	    "bob@example.com");
	/* Without a handle, or with another's, it does not. */
	passkey_logs_in(state, &bob, NULL, &(struct twist){ .user_handle = "" },
	    UNABLE);
	passkey_logs_in(state, &bob, NULL,
	    &(struct twist){ .user_handle = ann.user_handle }, UNABLE);
	passkey_logs_in(state, &bob, "bob",
	    &(struct twist){ .user_handle = ann.user_handle }, UNABLE);
	passkey_logs_in(state, &bob, "bob",
	    &(struct twist){ .user_handle = "" }, API_OK);
}

static void
a_credential_known_is_excluded_and_allowed_by_name(void **state)
{
	CLEANUP(json_free) cJSON *started = NULL;
	CLEANUP(json_free) cJSON *creation = NULL;
	CLEANUP(json_free) cJSON *again = NULL;
	CLEANUP(json_free) cJSON *request = NULL;
	CLEANUP(buf_clear) struct buf id = BUF_INIT(64);

	passkey_registers(state, &ann, "ann", NULL, API_OK);
	base64url_add(&id, ann.id, sizeof(ann.id));
	again = consumer(*state, "POST", REGISTER_START,
	    "{\"user_id\":\"ann\",\"domain\":\"" PASSKEY_DOMAIN
	    "\",\"use_base64_url_encoding\":true}");
	creation =
	    passkey_options(again, "public_key_credential_creation_options");
	assert_string_equal(text_at(creation, "excludeCredentials.0.id"),
	    buf_text(&id));
	started = consumer(*state, "POST", START,
	    "{\"user_id\":\"ann\",\"domain\":\"" PASSKEY_DOMAIN
	    "\",\"use_base64_url_encoding\":true}");
	request =
	    passkey_options(started, "public_key_credential_request_options");
	assert_string_equal(text_at(request, "allowCredentials.0.id"),
	    buf_text(&id));
	assert_string_equal(text_at(request, "allowCredentials.0.transports.0"),
	    "internal");
	assert_string_equal(text_at(request, "rpId"), PASSKEY_DOMAIN);
	passkey_registers(state, &ann, "ann", NULL,
	    API_DUPLICATE_WEBAUTHN_REGISTRATION);
	passkey_registers(state, &ann, "bob", NULL,
	    API_DUPLICATE_WEBAUTHN_REGISTRATION);
	/* Of another domain there is none. */
	refused(API_NO_ACTIVE_WEBAUTHN_REGISTRATIONS, *state, "POST", START,
	    "{\"user_id\":\"ann\",\"domain\":\"example.org\"}");
}

static void
attestations_of_both_kinds_are_taken(void **state)
{
	passkey_registers(state, &ann, "ann",
	    &(struct twist){ .format = "x5c" }, API_OK);
	passkey_registers(state, &bob, "bob",
	    &(struct twist){ .format = "packed" }, API_OK);
}

static void
user_verification_can_be_required(void **state)
{
	const struct twist unverified = { .flags_off = FLAG_USER_VERIFIED };

	passkey_registers(state, &bob, "bob", &unverified, API_OK);
	passkey_logs_in(state, &bob, "bob", &unverified, API_OK);
	passkey_settings(state,
	    "{\"webauthn_user_verification\":\"required\"}");
	passkey_registers(state, &ann, "ann", &unverified, CREDENTIAL);
	passkey_registers(state, &ann, "ann", NULL, API_OK);
	passkey_logs_in(state, &ann, "ann", &unverified, UNABLE);
	passkey_logs_in(state, &bob, "bob", &unverified, UNABLE);
	passkey_logs_in(state, &ann, "ann", NULL, API_OK);
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

	passkey_registers(state, &ann, "ann", NULL, API_OK);
	passkey_registers(state, &bob, "bob", NULL, API_OK);
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
	passkey_logs_in(state, &ann, "ann", NULL, API_OK);
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

	passkey_registers(state, &bob, "bob", NULL, API_OK);
	buf_addf(&target, "/v1/users/webauthn_registrations/%s",
	    text_at(made, "webauthn_registration_id"));
	left = consumer(*state, "DELETE", buf_text(&target), NULL);
	assert_answer(left, API_OK);
	assert_null(json_at(left, "user.webauthn_registrations.0"));
	refused(API_WEBAUTHN_REGISTRATION_NOT_FOUND, *state, "DELETE",
	    buf_text(&target), NULL);
	passkey_logs_in(state, &ann, NULL, NULL,
	    API_WEBAUTHN_REGISTRATION_NOT_FOUND);
	/* Whoever is gone takes theirs along; it may be made anew. */
	refused(API_OK, *state, "DELETE", "/v1/users/bob", NULL);
	passkey_logs_in(state, &bob, NULL, NULL,
	    API_WEBAUTHN_REGISTRATION_NOT_FOUND);
	passkey_registers(state, &bob, "ann", NULL, API_OK);
	passkey_registers(state, &ann, "ann", NULL, API_OK);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, passkey_setup, passkey_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(creation_options_are_what_browsers_take),
		TEST(values_are_plain_base64_unless_asked_otherwise),
		TEST(every_algorithm_registers_and_logs_in),
		TEST(a_registration_is_the_users_and_a_factor),
		TEST(a_passkey_says_itself_whose_it_is),
		TEST(a_credential_known_is_excluded_and_allowed_by_name),
		TEST(attestations_of_both_kinds_are_taken),
		TEST(user_verification_can_be_required),
		TEST(a_login_is_a_second_factor_of_a_session),
		TEST(a_registration_has_a_name_of_ones_own),
		TEST(credentials_are_listed_by_user_and_domain),
		TEST(a_deleted_registration_logs_nobody_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
