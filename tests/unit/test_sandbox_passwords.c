/* SPDX-License-Identifier: BSD-2-Clause */
/* passwords.*, and the hashes that migrate brings. */
#include "config.h"

#include "tests/unit/sandbox_drive.h"

#include <stdio.h>
#include <string.h>

#define AUTHENTICATE "/v1/passwords/authenticate"
#define EMAIL "a@example.com"
#define STRONG "correct-Zebra-47-lantern"
#define OTHER "quiet-Walnut-93-harbour"

static enum api_error
authenticate(struct sandbox *sandbox, const char *email, const char *password)
{
	CLEANUP(json_free)
	cJSON *answer = consumer(sandbox, "POST", AUTHENTICATE,
	    "{\"email\":\"%s\",\"password\":\"%s\"}", email, password);
	const char *type = json_string(answer, "error_type");

	return type != NULL ? error_by_type(type) : API_OK;
}

static int
setup(void **state)
{
	int rc = drive_setup(state);

	if (rc == 0)
		assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
		    "/v1/passwords",
		    "{\"email\":\"" EMAIL "\",\"password\":\"" STRONG "\"}");
	return rc;
}

static void
a_password_logs_in(void **state)
{
	CLEANUP(json_free)
	cJSON *answer = consumer(*state, "POST", AUTHENTICATE,
	    "{\"email\":\"" EMAIL "\",\"password\":\"" STRONG
	    "\",\"session_duration_minutes\":60}");

	assert_answer(answer, API_OK);
	assert_string_equal(text_at(answer,
				"session.authentication_factors.0.type"),
	    "password");
	assert_false(bool_at(answer, "user.password.requires_reset"));
	assert_false(bool_at(answer, "user.emails.0.verified"));
}

static void
a_wrong_password_is_not_an_unknown_address(void **state)
{
	add_user(*state, "b@example.com", "b");

	assert_int_equal(authenticate(*state, EMAIL, OTHER),
	    API_UNAUTHORIZED_CREDENTIALS);
	assert_int_equal(authenticate(*state, "nobody@example.com", STRONG),
	    API_EMAIL_NOT_FOUND);
	assert_int_equal(authenticate(*state, "b@example.com", STRONG),
	    API_NO_USER_PASSWORD);
	refused(API_BAD_REQUEST, *state, "POST", AUTHENTICATE,
	    "{\"email\":\"" EMAIL "\"}");
}

static void
wrong_passwords_lock(void **state)
{
	for (int i = 0; i < 10; i++)
		assert_int_equal(authenticate(*state, EMAIL, OTHER),
		    API_UNAUTHORIZED_CREDENTIALS);
	assert_int_equal(authenticate(*state, EMAIL, STRONG),
	    API_USER_LOCK_LIMIT_REACHED);
}

static void
weak_and_breached_passwords_are_refused(void **state)
{
	CLEANUP(json_free) cJSON *settings = NULL;

	refused(API_WEAK_PASSWORD, *state, "POST", "/v1/passwords",
	    "{\"email\":\"b@example.com\",\"password\":\"p@ssword1\"}");
	refused(API_WEAK_PASSWORD, *state, "POST", "/v1/passwords",
	    "{\"email\":\"b@example.com\",\"password\":\"Password123!\"}");
	refused(API_DUPLICATE_EMAIL, *state, "POST", "/v1/passwords",
	    "{\"email\":\"" EMAIL "\",\"password\":\"" STRONG "\"}");
	refused(API_BREACHED_PASSWORD, *state, "POST", "/v1/passwords",
	    "{\"email\":\"b@example.com\",\"password\":"
	    "\"correcthorsebatterystaple\"}");
	settings = drive_control(*state, "POST", "/sandbox/settings",
	    "{\"consumer\":{\"breach_detection_on_create\":false}}");
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST", "/v1/passwords",
	    "{\"email\":\"b@example.com\",\"password\":"
	    "\"correcthorsebatterystaple\"}");
	assert_int_equal(authenticate(*state, "b@example.com",
			     "correcthorsebatterystaple"),
	    API_RESET_PASSWORD);
}

static void
luds_counts_kinds_and_characters(void **state)
{
	static const struct {
		const char *password;
		bool valid;
		int complexity, characters;
	} cases[] = {
		{ "abc", false, 2, 7 },
		{ "abcdefghij", false, 2, 0 },
		{ "Abcdefghi1", true, 0, 0 },
		{ "Abcdefgh1", false, 0, 1 },
		{ "\xc3\xa4"
		  "bcdefghI1",
		    true, 0, 0 },
	};
	CLEANUP(json_free)
	cJSON *settings = drive_control(*state, "POST", "/sandbox/settings",
	    "{\"consumer\":{\"password_policy\":\"luds\",\"luds_min_length\":"
	    "10,\"luds_min_kinds\":3}}");

	assert_int_equal(int_at(settings, "status_code"), 200);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(json_free)
		cJSON *answer =
		    consumer(*state, "POST", "/v1/passwords/strength_check",
			"{\"password\":\"%s\"}", cases[i].password);

		assert_string_equal(text_at(answer, "strength_policy"), "luds");
		assert_int_equal(bool_at(answer, "valid_password"),
		    cases[i].valid);
		assert_int_equal(
		    int_at(answer,
			"feedback.luds_requirements.missing_complexity"),
		    cases[i].complexity);
		assert_int_equal(
		    int_at(answer,
			"feedback.luds_requirements.missing_characters"),
		    cases[i].characters);
	}
}

static void
strength_tells_why(void **state)
{
	CLEANUP(json_free)
	cJSON *weak = consumer(*state, "POST", "/v1/passwords/strength_check",
	    "{\"password\":\"password1\",\"email\":\"b@example.com\"}");
	CLEANUP(json_free)
	cJSON *strong = consumer(*state, "POST", "/v1/passwords/strength_check",
	    "{\"password\":\"" STRONG "\"}");

	assert_false(bool_at(weak, "valid_password"));
	assert_true(bool_at(weak, "breached_password"));
	assert_true(int_at(weak, "score") < 3);
	assert_true(strlen(text_at(weak, "feedback.warning")) > 0);
	assert_true(bool_at(strong, "valid_password"));
	assert_int_equal(int_at(strong, "score"), 4);
}

static void
a_password_set_before_the_address_was_proven_must_be_reset(void **state)
{
	CLEANUP(json_free)
	cJSON *sent = consumer(*state, "POST", "/v1/otps/email/send",
	    "{\"email\":\"" EMAIL "\"}");
	CLEANUP(json_free) cJSON *mail = last_message(*state, EMAIL);

	assert_int_equal(authenticate(*state, EMAIL, STRONG), API_OK);
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
	    "/v1/otps/authenticate", "{\"method_id\":\"%s\",\"code\":\"%s\"}",
	    text_at(sent, "email_id"), text_at(mail, "code"));
	assert_int_equal(authenticate(*state, EMAIL, STRONG),
	    API_RESET_PASSWORD);
	assert_int_equal(authenticate(*state, EMAIL, OTHER),
	    API_UNAUTHORIZED_CREDENTIALS);
}

/* A session by password; its token. */
static void
open_session(struct sandbox *sandbox, char token[64])
{
	CLEANUP(json_free)
	cJSON *answer = consumer(sandbox, "POST", AUTHENTICATE,
	    "{\"email\":\"" EMAIL "\",\"password\":\"" STRONG
	    "\",\"session_duration_minutes\":60}");

	assert_answer(answer, API_OK);
	(void)snprintf(token, 64, "%s", text_at(answer, "session_token"));
}

static enum api_error
session_state(struct sandbox *sandbox, const char *token)
{
	CLEANUP(json_free)
	cJSON *answer = consumer(sandbox, "POST", "/v1/sessions/authenticate",
	    "{\"session_token\":\"%s\"}", token);
	const char *type = json_string(answer, "error_type");

	return type != NULL ? error_by_type(type) : API_OK;
}

static void
a_reset_by_mail_ends_every_session(void **state)
{
	CLEANUP(json_free) cJSON *sent = NULL;
	CLEANUP(json_free) cJSON *mail = NULL;
	char token[64];

	open_session(*state, token);
	sent = consumer(*state, "POST", "/v1/passwords/email/reset/start",
	    "{\"email\":\"" EMAIL "\"}");
	assert_answer(sent, API_OK);
	mail = last_message(*state, EMAIL);
	assert_string_equal(text_at(mail, "kind"), "password_reset");
	assert_non_null(
	    strstr(text_at(mail, "link"), "stytch_token_type=reset_password"));
	assert_non_null(
	    strstr(text_at(mail, "text"), "stytch_token_type=login"));
	refused(API_WEAK_PASSWORD, *state, "POST", "/v1/passwords/email/reset",
	    "{\"token\":\"%s\",\"password\":\"abc\"}", text_at(mail, "token"));
	refused(API_MAGIC_LINK_NOT_FOUND, *state, "POST",
	    "/v1/magic_links/authenticate", "{\"token\":\"%s\"}",
	    text_at(mail, "token"));
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
	    "/v1/passwords/email/reset",
	    "{\"token\":\"%s\",\"password\":\"" OTHER "\"}",
	    text_at(mail, "token"));
	assert_int_equal(session_state(*state, token), API_SESSION_NOT_FOUND);
	assert_int_equal(authenticate(*state, EMAIL, OTHER), API_OK);
	assert_int_equal(authenticate(*state, EMAIL, STRONG),
	    API_UNAUTHORIZED_CREDENTIALS);
	refused(API_UNABLE_TO_AUTH_PASSWORD_RESET_TOKEN, *state, "POST",
	    "/v1/passwords/email/reset",
	    "{\"token\":\"%s\",\"password\":\"" STRONG "\"}",
	    text_at(mail, "token"));
	refused(API_EMAIL_NOT_FOUND, *state, "POST",
	    "/v1/passwords/email/reset/start",
	    "{\"email\":\"nobody@example.com\"}");
}

static void
the_reset_mail_also_logs_in_without_a_password(void **state)
{
	CLEANUP(json_free) cJSON *mail = NULL;
	const char *at;
	char token[45];

	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
	    "/v1/passwords/email/reset/start", "{\"email\":\"" EMAIL "\"}");
	mail = last_message(*state, EMAIL);
	at = strstr(text_at(mail, "text"), "stytch_token_type=login&token=");
	assert_non_null(at);
	(void)snprintf(token, sizeof(token), "%s", at + 30);
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
	    "/v1/magic_links/authenticate", "{\"token\":\"%s\"}", token);
}

static void
a_reset_by_the_old_password_ends_every_session(void **state)
{
	char token[64];

	open_session(*state, token);
	refused(API_UNAUTHORIZED_CREDENTIALS, *state, "POST",
	    "/v1/passwords/existing_password/reset",
	    "{\"email\":\"" EMAIL "\",\"existing_password\":\"" OTHER
	    "\",\"new_password\":\"" OTHER "\"}");
	refused(API_WEAK_PASSWORD, *state, "POST",
	    "/v1/passwords/existing_password/reset",
	    "{\"email\":\"" EMAIL "\",\"existing_password\":\"" STRONG
	    "\",\"new_password\":\"abc\"}");
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
	    "/v1/passwords/existing_password/reset",
	    "{\"email\":\"" EMAIL "\",\"existing_password\":\"" STRONG
	    "\",\"new_password\":\"" OTHER "\"}");
	assert_int_equal(session_state(*state, token), API_SESSION_NOT_FOUND);
	assert_int_equal(authenticate(*state, EMAIL, OTHER), API_OK);
}

static void
a_reset_by_session_keeps_that_one_and_wants_it_fresh(void **state)
{
	char kept[64], other[64];

	open_session(*state, kept);
	open_session(*state, other);
	refused(API_NO_SESSION_ARGUMENTS, *state, "POST",
	    "/v1/passwords/session/reset", "{\"password\":\"" OTHER "\"}");
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
	    "/v1/passwords/session/reset",
	    "{\"password\":\"" OTHER "\",\"session_token\":\"%s\"}", kept);
	assert_int_equal(session_state(*state, kept), API_OK);
	assert_int_equal(session_state(*state, other), API_SESSION_NOT_FOUND);
	advance(*state, 301);
	refused(API_SESSION_TOO_OLD_TO_RESET_PASSWORD, *state, "POST",
	    "/v1/passwords/session/reset",
	    "{\"password\":\"" STRONG "\",\"session_token\":\"%s\"}", kept);
}

/* Each is the hash of "correct horse", by Python's hashlib and crypt. */
static void
migrated_hashes_log_in(void **state)
{
	static const struct {
		const char *label, *body;
	} cases[] = {
		{ "bcrypt",
		    "\"hash_type\":\"bcrypt\",\"hash\":"
		    "\"$2b$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2\"" },
		{ "md_5",
		    "\"hash_type\":\"md_5\",\"hash\":"
		    "\"5b9998a9a3ec0e8f5a2f17c767bab336\",\"md_5_config\":{\"prepend_salt\":\"pre\","
		    "\"append_salt\":\"post\"}" },
		{ "md_5 with one salt, the other empty",
		    "\"hash_type\":\"md_5\",\"hash\":"
		    "\"60aec4ebd7c61b0239953bd3e95a3870\",\"md_5_config\":{\"prepend_salt\":\"pre\","
		    "\"append_salt\":\"\"}" },
		{ "sha_1",
		    "\"hash_type\":\"sha_1\",\"hash\":"
		    "\"2f9e53523b62abc141a2b4d6019d23cba835dbd0\"" },
		{ "sha_512",
		    "\"hash_type\":\"sha_512\",\"hash\":"
		    "\"56b698defedb5a435b634afe3320bbaf3fdcd920b6c503a446fc7b7a776b298d479d1ba6a8b617808eb0bf579ce9a95d668347bcab7149085ac93cb27995197b\"" },
		{ "pbkdf_2",
		    "\"hash_type\":\"pbkdf_2\",\"hash\":"
		    "\"qQDPSZa3Ormyy9oK1Pu0ZLLwP2Svzmx3yu8OvDdq/J0=\",\"pbkdf_2_config\":{\"salt\":"
		    "\"c2FsdHNhbHQ=\",\"iteration_amount\":1000,"
		    "\"key_length\":32,\"algorithm\":\"sha256\"}" },
		{ "scrypt",
		    "\"hash_type\":\"scrypt\",\"hash\":"
		    "\"WtK9PdpH8vWDdnUFV1FSBL76ZHV+sSF/p+0ht966jbQ=\",\"scrypt_config\":{\"salt\":"
		    "\"c2FsdHNhbHQ=\",\"n_parameter\":16384,\"r_parameter\":"
		    "8,\"p_parameter\":1,\"key_length\":32}" },
		{ "scrypt as PHC",
		    "\"hash_type\":\"scrypt\",\"hash\":"
		    "\"$scrypt$ln=14,r=8,p=1$c2FsdHNhbHQ$WtK9PdpH8vWDdnUFV1FSBL76ZHV+sSF/p+0ht966jbQ=\"" },
	};
	char email[64];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		print_message("%s\n", cases[i].label);
		(void)snprintf(email, sizeof(email), "m%zu@example.com", i);
		assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
		    "/v1/passwords/migrate",
		    "{\"email\":\"%s\",\"set_email_verified\":true,%s}", email,
		    cases[i].body);
		assert_int_equal(authenticate(*state, email, "correct horse"),
		    API_OK);
		assert_int_equal(authenticate(*state, email, "correct hors"),
		    API_UNAUTHORIZED_CREDENTIALS);
	}
}

/* Salt and hash of the test suite of Argon2's reference implementation. */
#define ARGON2I "c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8"
#define ARGON2ID "c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"

static void
published_hashes_log_in(void **state)
{
	static const struct {
		const char *label, *password, *body;
	} cases[] = {
		{ "Argon2i", "password",
		    "\"hash_type\":\"argon_2i\",\"hash\":"
		    "\"$argon2i$v=19$m=256,t=2,p=1$" ARGON2I "\"" },
		{ "Argon2id", "password",
		    "\"hash_type\":\"argon_2id\",\"hash\":"
		    "\"$argon2id$v=19$m=256,t=2,p=1$" ARGON2ID "\"" },
		{ "Argon2id with its parameters apart", "password",
		    "\"hash_type\":\"argon_2id\",\"hash\":"
		    "\"nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4=\","
		    "\"argon_2_config\":{\"salt\":\"c29tZXNhbHQ=\","
		    "\"iteration_amount\":2,\"memory\":256,\"threads\":1,"
		    "\"key_length\":32}" },
		{ "Argon2i 1.0, which names no version", "password",
		    "\"hash_type\":\"argon_2i\",\"hash\":"
		    "\"$argon2i$m=256,t=2,p=1$c29tZXNhbHQ"
		    "$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY\"" },
		{ "phpass, of its test.php", "test12345",
		    "\"hash_type\":\"phpass\",\"hash\":"
		    "\"$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0\"" },
		{ "phpass as phpBB writes it", "test12345",
		    "\"hash_type\":\"phpass\",\"hash\":"
		    "\"$H$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0\"" },
	};
	char email[64];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		print_message("%s\n", cases[i].label);
		(void)snprintf(email, sizeof(email), "p%zu@example.com", i);
		assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
		    "/v1/passwords/migrate",
		    "{\"email\":\"%s\",\"set_email_verified\":true,%s}", email,
		    cases[i].body);
		/* "password" is right, but known from breaches. */
		assert_int_equal(authenticate(*state, email, cases[i].password),
		    strcmp(cases[i].password, "password") == 0
			? API_RESET_PASSWORD
			: API_OK);
		assert_int_equal(authenticate(*state, email, "Password"),
		    API_UNAUTHORIZED_CREDENTIALS);
	}
}

static const struct {
	const char *label, *body;
	enum api_error error;
} bad_hashes[] = {
	{ "unknown type", "\"hash_type\":\"rot13\",\"hash\":\"x\"",
	    API_INVALID_HASH_TYPE },
	{ "the sandbox's own", "\"hash_type\":\"crypt\",\"hash\":\"x\"",
	    API_INVALID_HASH_TYPE },
	{ "no hash", "\"hash_type\":\"bcrypt\"", API_BAD_REQUEST },
	{ "bcrypt cut", "\"hash_type\":\"bcrypt\",\"hash\":\"$2b$05$abc\"",
	    API_INVALID_BCRYPT_HASH },
	{ "md5 with one salt alone",
	    "\"hash_type\":\"md_5\",\"hash\":"
	    "\"d41d8cd98f00b204e9800998ecf8427e\","
	    "\"md_5_config\":{\"prepend_salt\":\"pre\"}",
	    API_BAD_REQUEST },
	{ "md5 too long",
	    "\"hash_type\":\"md_5\",\"hash\":"
	    "\"d41d8cd98f00b204e9800998ecf8427e0\"",
	    API_INVALID_MD_5_HASH },
	{ "sha1 not hex",
	    "\"hash_type\":\"sha_1\",\"hash\":"
	    "\"za39a3ee5e6b4b0d3255bfef95601890afd80709\"",
	    API_INVALID_SHA_1_HASH },
	{ "sha512 short", "\"hash_type\":\"sha_512\",\"hash\":\"ab\"",
	    API_INVALID_HASH },
	{ "pbkdf2 without config",
	    "\"hash_type\":\"pbkdf_2\",\"hash\":\"AAAA\"",
	    API_INVALID_PBKDF_2_SALT },
	{ "pbkdf2 length",
	    "\"hash_type\":\"pbkdf_2\",\"hash\":\"AAAA\","
	    "\"pbkdf_2_config\":{\"salt\":\"AAAA\","
	    "\"iteration_amount\":1,\"key_length\":4,\"algorithm\":"
	    "\"sha256\"}",
	    API_PBKDF_2_KEY_LENGTH_MISMATCH },
	{ "pbkdf2 algorithm",
	    "\"hash_type\":\"pbkdf_2\",\"hash\":\"AAAA\","
	    "\"pbkdf_2_config\":{\"salt\":\"AAAA\","
	    "\"iteration_amount\":1,\"key_length\":3,\"algorithm\":"
	    "\"md5\"}",
	    API_INVALID_PBKDF_2_ALGORITHM },
	{ "scrypt N no power of two",
	    "\"hash_type\":\"scrypt\",\"hash\":\"AAAA\","
	    "\"scrypt_config\":{\"salt\":\"AAAA\",\"n_parameter\":15,"
	    "\"r_parameter\":1,\"p_parameter\":1,\"key_length\":3}",
	    API_INVALID_SCRYPT_N_PARAMETER },
	{ "scrypt PHC broken",
	    "\"hash_type\":\"scrypt\",\"hash\":\"$scrypt$ln=14$x\"",
	    API_INVALID_BASE64_SCRYPT_HASH },
	{ "argon2 without config",
	    "\"hash_type\":\"argon_2id\",\"hash\":\"AAAAAAAA\"",
	    API_INVALID_ARGON_2_SALT },
	{ "argon2 PHC broken",
	    "\"hash_type\":\"argon_2id\",\"hash\":\"$argon2id$x\"",
	    API_INVALID_HASH },
	{ "argon2i where argon2id is said",
	    "\"hash_type\":\"argon_2id\",\"hash\":"
	    "\"$argon2i$v=19$m=256,t=2,p=1$" ARGON2I "\"",
	    API_INVALID_HASH },
	{ "argon2 of an unknown version",
	    "\"hash_type\":\"argon_2i\",\"hash\":"
	    "\"$argon2i$v=20$m=256,t=2,p=1$" ARGON2I "\"",
	    API_INVALID_HASH },
	{ "argon2 without iterations",
	    "\"hash_type\":\"argon_2i\",\"hash\":"
	    "\"$argon2i$v=19$m=256,t=0,p=1$" ARGON2I "\"",
	    API_INVALID_ARGON_2_ITERATION_AMOUNT },
	{ "argon2 of too much memory",
	    "\"hash_type\":\"argon_2i\",\"hash\":"
	    "\"$argon2i$v=19$m=99999999999999999999,t=2,p=1$" ARGON2I "\"",
	    API_INVALID_ARGON_2_MEMORY },
	{ "argon2 of too little memory",
	    "\"hash_type\":\"argon_2i\",\"hash\":"
	    "\"$argon2i$v=19$m=15,t=2,p=2$" ARGON2I "\"",
	    API_INVALID_ARGON_2_MEMORY },
	{ "argon2 of too many threads",
	    "\"hash_type\":\"argon_2i\",\"hash\":"
	    "\"$argon2i$v=19$m=4096,t=2,p=65$" ARGON2I "\"",
	    API_INVALID_ARGON_2_THREADS },
	{ "argon2 of a short salt",
	    "\"hash_type\":\"argon_2i\",\"hash\":"
	    "\"$argon2i$v=19$m=256,t=2,p=1$AAAA$AAAAAAAA\"",
	    API_INVALID_ARGON_2_SALT },
	{ "argon2 length",
	    "\"hash_type\":\"argon_2i\",\"hash\":\"AAAAAAAA\","
	    "\"argon_2_config\":{\"salt\":\"AAAAAAAAAAAA\","
	    "\"iteration_amount\":1,\"memory\":8,\"threads\":1,"
	    "\"key_length\":7}",
	    API_ARGON_2_KEY_LENGTH_MISMATCH },
	{ "phpass of another prefix",
	    "\"hash_type\":\"phpass\",\"hash\":"
	    "\"$S$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0\"",
	    API_INVALID_PHPASS_HASH_PREFIX },
	{ "phpass cut",
	    "\"hash_type\":\"phpass\",\"hash\":"
	    "\"$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L\"",
	    API_INVALID_PHPASS_HASH_FORMAT },
	{ "phpass of a prefix alone",
	    "\"hash_type\":\"phpass\",\"hash\":\"$P$\"",
	    API_INVALID_PHPASS_HASH_FORMAT },
	{ "phpass of too many rounds",
	    "\"hash_type\":\"phpass\",\"hash\":"
	    "\"$P$zIQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0\"",
	    API_INVALID_PHPASS_HASH_FORMAT },
	{ "phpass not of its digits",
	    "\"hash_type\":\"phpass\",\"hash\":"
	    "\"$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r-L0\"",
	    API_INVALID_PHPASS_HASH_FORMAT },
};

static void
hashes_that_are_none_are_refused_by_name(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(bad_hashes); i++) {
		print_message("%s\n", bad_hashes[i].label);
		refused(bad_hashes[i].error, *state, "POST",
		    "/v1/passwords/migrate", "{\"email\":\"m@example.com\",%s}",
		    bad_hashes[i].body);
	}
	refused(API_PASSWORD_ALREADY_EXISTS, *state, "POST",
	    "/v1/passwords/migrate",
	    "{\"email\":\"" EMAIL "\",\"hash_type\":\"sha_1\",\"hash\":"
	    "\"da39a3ee5e6b4b0d3255bfef95601890afd80709\"}");
}

static void
any_password_does_for_the_magic_address(void **state)
{
	assert_int_equal(authenticate(*state, "sandbox@stytch.com", "x"),
	    API_OK);
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST", "/v1/passwords",
	    "{\"email\":\"sandbox@stytch.com\",\"password\":\"x\"}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, drive_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_password_logs_in),
		TEST(a_wrong_password_is_not_an_unknown_address),
		TEST(wrong_passwords_lock),
		TEST(weak_and_breached_passwords_are_refused),
		TEST(luds_counts_kinds_and_characters),
		TEST(strength_tells_why),
		TEST(
		    a_password_set_before_the_address_was_proven_must_be_reset),
		TEST(a_reset_by_mail_ends_every_session),
		TEST(the_reset_mail_also_logs_in_without_a_password),
		TEST(a_reset_by_the_old_password_ends_every_session),
		TEST(a_reset_by_session_keeps_that_one_and_wants_it_fresh),
		TEST(migrated_hashes_log_in),
		TEST(published_hashes_log_in),
		TEST(hashes_that_are_none_are_refused_by_name),
		TEST(any_password_does_for_the_magic_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
