/* SPDX-License-Identifier: BSD-2-Clause */
/* magic_links.*, and the page behind a mailed link. */
#include "config.h"

#include "tests/unit/sandbox_drive.h"

#include <stdio.h>
#include <string.h>

#define AUTHENTICATE "/v1/magic_links/authenticate"
#define SEND "/v1/magic_links/email/send"
#define EMAIL "a@example.com"
/* RFC 7636, appendix B. */
#define VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

static int
setup(void **state)
{
	int rc = drive_setup(state);

	if (rc == 0)
		assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
		    "/v1/users",
		    "{\"email\":\"" EMAIL "\",\"external_id\":\"a\"}");
	return rc;
}

static enum api_error
authenticate(struct sandbox *sandbox, const char *token, const char *verifier)
{
	CLEANUP(json_free)
	cJSON *answer = consumer(sandbox, "POST", AUTHENTICATE,
	    "{\"token\":\"%s\",\"code_verifier\":\"%s\"}", token, verifier);
	const char *type = json_string(answer, "error_type");

	return type != NULL ? error_by_type(type) : API_OK;
}

static void
a_link_logs_in_once(void **state)
{
	CLEANUP(json_free)
	cJSON *sent =
	    consumer(*state, "POST", SEND, "{\"email\":\"" EMAIL "\"}");
	CLEANUP(json_free) cJSON *mail = last_message(*state, EMAIL);
	CLEANUP(json_free) cJSON *answer = NULL;

	assert_answer(sent, API_OK);
	assert_string_equal(text_at(mail, "kind"), "magic_link");
	assert_int_equal(strlen(text_at(mail, "token")), 44);
	answer = consumer(*state, "POST", AUTHENTICATE,
	    "{\"token\":\"%s\",\"session_duration_minutes\":60}",
	    text_at(mail, "token"));
	assert_answer(answer, API_OK);
	assert_string_equal(text_at(answer, "method_id"),
	    text_at(sent, "email_id"));
	assert_string_equal(text_at(answer,
				"session.authentication_factors.0.type"),
	    "magic_link");
	assert_true(bool_at(answer, "user.emails.0.verified"));
	assert_int_equal(authenticate(*state, text_at(mail, "token"), ""),
	    API_UNABLE_TO_AUTH_MAGIC_LINK);
}

static void
a_link_expires(void **state)
{
	CLEANUP(json_free)
	cJSON *sent = consumer(*state, "POST", SEND,
	    "{\"email\":\"" EMAIL "\",\"login_expiration_minutes\":5}");
	CLEANUP(json_free) cJSON *mail = last_message(*state, EMAIL);

	assert_answer(sent, API_OK);
	advance(*state, 300);
	assert_int_equal(authenticate(*state, text_at(mail, "token"), ""),
	    API_UNABLE_TO_AUTH_MAGIC_LINK);
	assert_int_equal(authenticate(*state, "nothing", ""),
	    API_MAGIC_LINK_NOT_FOUND);
	refused(API_INVALID_TOKEN, *state, "POST", AUTHENTICATE, "{}");
	refused(API_INVALID_EXPIRATION, *state, "POST", SEND,
	    "{\"email\":\"" EMAIL "\",\"login_expiration_minutes\":4}");
}

static void
pkce_ties_a_link_to_who_asked(void **state)
{
	CLEANUP(json_free)
	cJSON *sent = consumer(*state, "POST", SEND,
	    "{\"email\":\"" EMAIL "\",\"code_challenge\":\"" CHALLENGE "\"}");
	CLEANUP(json_free) cJSON *mail = last_message(*state, EMAIL);
	const char *token = text_at(mail, "token");

	assert_answer(sent, API_OK);
	assert_int_equal(authenticate(*state, token, ""),
	    API_PKCE_EXPECTED_CODE_VERIFIER);
	assert_int_equal(authenticate(*state, token, "another"),
	    API_PKCE_MISMATCH);
	assert_int_equal(authenticate(*state, token, CHALLENGE),
	    API_PKCE_MISMATCH);
	assert_int_equal(authenticate(*state, token, VERIFIER), API_OK);
	refused(API_INVALID_PKCE_CODE_CHALLENGE, *state, "POST", SEND,
	    "{\"email\":\"" EMAIL "\",\"code_challenge\":\"short\"}");
}

static void
a_verifier_for_a_link_without_challenge_is_refused(void **state)
{
	CLEANUP(json_free)
	cJSON *sent =
	    consumer(*state, "POST", SEND, "{\"email\":\"" EMAIL "\"}");
	CLEANUP(json_free) cJSON *mail = last_message(*state, EMAIL);

	assert_answer(sent, API_OK);
	assert_int_equal(authenticate(*state, text_at(mail, "token"), VERIFIER),
	    API_PKCE_DID_NOT_EXPECT_CODE_VERIFIER);
}

/* Follow a link: where the sandbox's page sends the browser. */
static void
follow(struct sandbox *sandbox, const char *link, int status, char *out,
    size_t size)
{
	CLEANUP(http_reply_clear) struct http_reply reply = HTTP_REPLY_INIT;
	struct http_request http = { .method = "GET",
		.target = link + strlen("http://127.0.0.1:1") };

	sandbox_handle(sandbox, &http, &reply);
	assert_int_equal(reply.status, status);
	(void)snprintf(out, size, "%s", buf_text(&reply.location));
}

static void
a_mailed_link_leads_to_the_registered_url(void **state)
{
	CLEANUP(json_free)
	cJSON *settings = drive_control(*state, "POST", "/sandbox/settings",
	    "{\"consumer\":{\"redirect_urls\":[{\"url\":"
	    "\"https://app.example/in?x=1\",\"types\":[\"LOGIN\",\"SIGNUP\"],"
	    "\"default\":true},{\"url\":\"https://app.example/other\","
	    "\"types\":[\"LOGIN\"]}]}}");
	CLEANUP(json_free) cJSON *mail = NULL;
	CLEANUP(json_free) cJSON *second = NULL;
	char to[400], want[400];

	assert_int_equal(int_at(settings, "status_code"), 200);
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST", SEND,
	    "{\"email\":\"" EMAIL "\"}");
	mail = last_message(*state, EMAIL);
	follow(*state, text_at(mail, "link"), 302, to, sizeof(to));
	(void)snprintf(want, sizeof(want),
	    "https://app.example/"
	    "in?x=1&stytch_token_type=magic_links&token=%s",
	    text_at(mail, "token"));
	assert_string_equal(to, want);
	/* Following does not use it up; opening it twice is the user's right. */
	follow(*state, text_at(mail, "link"), 302, to, sizeof(to));
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST", SEND,
	    "{\"email\":\"" EMAIL "\",\"login_magic_link_url\":"
	    "\"https://app.example/other\"}");
	second = last_message(*state, EMAIL);
	follow(*state, text_at(second, "link"), 302, to, sizeof(to));
	assert_memory_equal(to, "https://app.example/other?stytch_", 33);
	refused(API_NO_MATCH_FOR_PROVIDED_MAGIC_LINK_URL, *state, "POST", SEND,
	    "{\"email\":\"" EMAIL "\",\"login_magic_link_url\":"
	    "\"https://evil.example/\"}");
	refused(API_NO_DEFAULT_INVITE_REDIRECT_URL_SET, *state, "POST",
	    "/v1/magic_links/email/invite", "{\"email\":\"new@example.com\"}");
}

static void
without_registered_urls_links_land_at_the_sandbox(void **state)
{
	CLEANUP(http_reply_clear) struct http_reply reply = HTTP_REPLY_INIT;
	CLEANUP(json_free) cJSON *mail = NULL;
	struct http_request http = { .method = "GET" };
	char to[400];

	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST", SEND,
	    "{\"email\":\"" EMAIL "\"}");
	mail = last_message(*state, EMAIL);
	follow(*state, text_at(mail, "link"), 302, to, sizeof(to));
	assert_memory_equal(to, "http://127.0.0.1:1/sandbox/landing?", 35);
	http.target = to + strlen("http://127.0.0.1:1");
	sandbox_handle(*state, &http, &reply);
	assert_int_equal(reply.status, 200);
	assert_non_null(strstr(buf_text(&reply.body), text_at(mail, "token")));
	follow(*state,
	    "http://127.0.0.1:1/v1/magic_links/redirect?token=nothing", 404, to,
	    sizeof(to));
	follow(*state, "http://127.0.0.1:1/v1/magic_links/redirect", 404, to,
	    sizeof(to));
}

static void
an_invite_makes_a_pending_user_and_can_be_revoked(void **state)
{
	CLEANUP(json_free)
	cJSON *first = consumer(*state, "POST", "/v1/magic_links/email/invite",
	    "{\"email\":\"new@example.com\",\"name\":{\"first_name\":\"N\"}}");
	CLEANUP(json_free)
	cJSON *mail = last_message(*state, "new@example.com");
	CLEANUP(json_free) cJSON *again = NULL;
	char target[200];
	CLEANUP(json_free) cJSON *user = NULL;

	assert_answer(first, API_OK);
	assert_string_equal(text_at(mail, "kind"), "invite");
	(void)snprintf(target, sizeof(target), "/v1/users/%s",
	    text_at(first, "user_id"));
	user = consumer(*state, "GET", target, NULL);
	assert_string_equal(text_at(user, "status"), "pending");
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
	    "/v1/magic_links/email/revoke_invite",
	    "{\"email\":\"new@example.com\"}");
	assert_int_equal(authenticate(*state, text_at(mail, "token"), ""),
	    API_MAGIC_LINK_NOT_FOUND);
	refused(API_EMAIL_NOT_FOUND, *state, "POST",
	    "/v1/magic_links/email/revoke_invite",
	    "{\"email\":\"nobody@example.com\"}");
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
	    "/v1/magic_links/email/invite", "{\"email\":\"new@example.com\"}");
	again = last_message(*state, "new@example.com");
	assert_int_equal(authenticate(*state, text_at(again, "token"), ""),
	    API_OK);
	refused(API_DUPLICATE_EMAIL, *state, "POST",
	    "/v1/magic_links/email/invite", "{\"email\":\"new@example.com\"}");
}

static void
a_link_handed_out_proves_no_address(void **state)
{
	CLEANUP(json_free)
	cJSON *made =
	    consumer(*state, "POST", "/v1/magic_links", "{\"user_id\":\"a\"}");
	CLEANUP(json_free) cJSON *answer = NULL;
	CLEANUP(json_free) cJSON *settings = NULL;

	assert_answer(made, API_OK);
	answer = consumer(*state, "POST", AUTHENTICATE,
	    "{\"token\":\"%s\",\"session_duration_minutes\":60}",
	    text_at(made, "token"));
	assert_answer(answer, API_OK);
	assert_false(bool_at(answer, "user.emails.0.verified"));
	assert_string_equal(
	    text_at(answer, "session.authentication_factors.0.delivery_method"),
	    "embedded");
	settings = drive_control(*state, "POST", "/sandbox/settings",
	    "{\"consumer\":{\"embeddable_magic_links\":false}}");
	refused(API_ENTERPRISE_ENDPOINT, *state, "POST", "/v1/magic_links",
	    "{\"user_id\":\"a\"}");
}

static void
new_and_pending_users_get_the_sign_up_mail(void **state)
{
	CLEANUP(json_free)
	cJSON *sent = consumer(*state, "POST",
	    "/v1/magic_links/email/login_or_create",
	    "{\"email\":\"new@example.com\",\"create_user_as_pending\":true,"
	    "\"signup_expiration_minutes\":7,\"login_expiration_minutes\":8}");
	CLEANUP(json_free)
	cJSON *mail = last_message(*state, "new@example.com");
	CLEANUP(json_free) cJSON *other = NULL;

	assert_true(bool_at(sent, "user_created"));
	assert_non_null(strstr(text_at(mail, "text"), "7 minutes"));
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
	    "/v1/magic_links/email/login_or_create",
	    "{\"email\":\"" EMAIL "\",\"signup_expiration_minutes\":7,"
	    "\"login_expiration_minutes\":8}");
	other = last_message(*state, EMAIL);
	assert_non_null(strstr(text_at(other, "text"), "8 minutes"));
}

static void
magic_tokens_work_in_a_test_project(void **state)
{
	assert_int_equal(authenticate(*state,
			     "DOYoip3rvIMMW5lgItikFK-Ak1CfMsgjuiCyI7uuU94=",
			     ""),
	    API_OK);
	assert_int_equal(authenticate(*state,
			     "3pzjQpgksDlGKWEwUq2Up--hCHC_0oamfLHyfspKDFU=",
			     ""),
	    API_UNABLE_TO_AUTH_MAGIC_LINK);
	assert_int_equal(authenticate(*state,
			     "CprTtwhnRNiMBiUS2jSLcWYrfuO2POeBNdo5HhW6qTM=",
			     ""),
	    API_MAGIC_LINK_NOT_FOUND);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, drive_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_link_logs_in_once),
		TEST(a_link_expires),
		TEST(pkce_ties_a_link_to_who_asked),
		TEST(a_verifier_for_a_link_without_challenge_is_refused),
		TEST(a_mailed_link_leads_to_the_registered_url),
		TEST(without_registered_urls_links_land_at_the_sandbox),
		TEST(an_invite_makes_a_pending_user_and_can_be_revoked),
		TEST(a_link_handed_out_proves_no_address),
		TEST(new_and_pending_users_get_the_sign_up_mail),
		TEST(magic_tokens_work_in_a_test_project),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
