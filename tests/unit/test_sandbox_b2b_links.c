/* SPDX-License-Identifier: BSD-2-Clause */
/* Links by email, invitations, changes of address, discovery. */
#include "config.h"

#include "tests/unit/sandbox_b2b_drive.h"

#include "sandbox/magic.h"

#include <string.h>

#define SEND "/v1/b2b/magic_links/email/login_or_signup"
#define AUTHENTICATE "/v1/b2b/magic_links/authenticate"
#define INVITE "/v1/b2b/magic_links/email/invite"
#define DISCOVERY_SEND "/v1/b2b/magic_links/email/discovery/send"
#define DISCOVERY_AUTHENTICATE "/v1/b2b/magic_links/discovery/authenticate"
#define EXCHANGE "/v1/b2b/discovery/intermediate_sessions/exchange"
#define CREATE "/v1/b2b/discovery/organizations/create"
#define LIST "/v1/b2b/discovery/organizations"
#define SANDBOX_ID "organization-test-007d9d4a-deac-4a87-ba0a-e6e8afba4d4b"

/* The token in the newest message to someone. */
static struct target
sent_token(void **state, const char *to)
{
	CLEANUP(json_free) cJSON *message = last_message(*state, to);

	return target_of("%s", text_at(message, "token"));
}

static void
a_link_opens_a_session_once(void **state)
{
	CLEANUP(json_free) cJSON *message = NULL;
	CLEANUP(json_free) cJSON *login = NULL;
	struct target token;

	assert_b2b(API_OK, state, "POST", SEND,
	    "{\"organization_id\":\"plain\",\"email_address\":"
	    "\"ann@example.com\"}");
	message = last_message(*state, "ann@example.com");
	assert_string_equal(text_at(message, "kind"), "magic_link");
	assert_non_null(strstr(text_at(message, "link"),
	    "stytch_token_type=multi_tenant_magic_links"));
	token = sent_token(state, "ann@example.com");
	login = b2b(state, "POST", AUTHENTICATE,
	    "{\"magic_links_token\":\"%s\"}", token.text);
	assert_answer(login, API_OK);
	assert_true(bool_at(login, "member_authenticated"));
	assert_string_equal(text_at(login,
				"member_session.authentication_factors.0.type"),
	    "magic_link");
	assert_b2b(API_UNABLE_TO_AUTH_MAGIC_LINK, state, "POST", AUTHENTICATE,
	    "{\"magic_links_token\":\"%s\"}", token.text);
	assert_b2b(API_MAGIC_LINK_NOT_FOUND, state, "POST", AUTHENTICATE,
	    "{\"magic_links_token\":\"none\"}");
}

static void
a_link_lives_an_hour(void **state)
{
	assert_b2b(API_OK, state, "POST", SEND,
	    "{\"organization_id\":\"plain\",\"email_address\":"
	    "\"ann@example.com\"}");
	advance(*state, 3601);
	assert_b2b(API_UNABLE_TO_AUTH_MAGIC_LINK, state, "POST", AUTHENTICATE,
	    "{\"magic_links_token\":\"%s\"}",
	    sent_token(state, "ann@example.com").text);
	assert_b2b(API_INVALID_EXPIRATION, state, "POST", SEND,
	    "{\"organization_id\":\"plain\",\"email_address\":"
	    "\"ann@example.com\",\"login_expiration_minutes\":4}");
}

/* RFC 7636, appendix B. */
#define VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

static void
the_verifier_must_be_the_challenge_s(void **state)
{
	struct target token;

	assert_b2b(API_INVALID_PKCE_CODE_CHALLENGE, state, "POST", SEND,
	    "{\"organization_id\":\"plain\",\"email_address\":"
	    "\"ann@example.com\",\"pkce_code_challenge\":\"short\"}");
	assert_b2b(API_OK, state, "POST", SEND,
	    "{\"organization_id\":\"plain\",\"email_address\":"
	    "\"ann@example.com\",\"pkce_code_challenge\":\"" CHALLENGE "\"}");
	token = sent_token(state, "ann@example.com");
	assert_b2b(API_PKCE_EXPECTED_CODE_VERIFIER, state, "POST", AUTHENTICATE,
	    "{\"magic_links_token\":\"%s\"}", token.text);
	assert_b2b(API_PKCE_MISMATCH, state, "POST", AUTHENTICATE,
	    "{\"magic_links_token\":\"%s\",\"pkce_code_verifier\":\"x" VERIFIER
	    "\"}",
	    token.text);
	assert_b2b(API_OK, state, "POST", AUTHENTICATE,
	    "{\"magic_links_token\":\"%s\",\"pkce_code_verifier\":\"" VERIFIER
	    "\"}",
	    token.text);
	assert_b2b(API_OK, state, "POST", SEND,
	    "{\"organization_id\":\"plain\",\"email_address\":"
	    "\"ann@example.com\"}");
	assert_b2b(API_PKCE_DID_NOT_EXPECT_CODE_VERIFIER, state, "POST",
	    AUTHENTICATE,
	    "{\"magic_links_token\":\"%s\",\"pkce_code_verifier\":\"" VERIFIER
	    "\"}",
	    sent_token(state, "ann@example.com").text);
}

static void
a_link_to_an_address_given_up_is_void(void **state)
{
	assert_b2b(API_OK, state, "POST", SEND,
	    "{\"organization_id\":\"plain\",\"email_address\":"
	    "\"ann@example.com\"}");
	assert_b2b(API_OK, state, "PUT", ORGANIZATIONS "/plain/members/ann",
	    "{\"email_address\":\"anna@example.com\"}");
	assert_b2b(API_UNABLE_TO_AUTH_MAGIC_LINK, state, "POST", AUTHENTICATE,
	    "{\"magic_links_token\":\"%s\"}",
	    sent_token(state, "ann@example.com").text);
}

static void
an_invited_member_becomes_active_by_the_link(void **state)
{
	CLEANUP(json_free)
	cJSON *invited = b2b(state, "POST", INVITE,
	    "{\"organization_id\":\"plain\",\"email_address\":\"i@y.com\","
	    "\"name\":\"Ina\",\"roles\":[\"ops\"]}");
	CLEANUP(json_free) cJSON *login = NULL;

	assert_answer(invited, API_OK);
	assert_string_equal(text_at(invited, "member.status"), "invited");
	assert_b2b(API_OK, state, "POST", INVITE,
	    "{\"organization_id\":\"plain\",\"email_address\":\"i@y.com\"}");
	login =
	    b2b(state, "POST", AUTHENTICATE, "{\"magic_links_token\":\"%s\"}",
		sent_token(state, "i@y.com").text);
	assert_answer(login, API_OK);
	assert_string_equal(text_at(login, "member.status"), "active");
	assert_string_equal(text_at(login, "member.name"), "Ina");
	assert_b2b(API_DUPLICATE_MEMBER_EMAIL, state, "POST", INVITE,
	    "{\"organization_id\":\"plain\",\"email_address\":\"i@y.com\"}");
}

static void
invitations_follow_the_organization_s_policy(void **state)
{
	CLEANUP(json_free)
	cJSON *ann = b2b(state, "GET",
	    ORGANIZATIONS "/plain/member?member_id=ann", NULL);

	assert_b2b(API_INVALID_EMAIL_FOR_INVITES, state, "POST", INVITE,
	    "{\"organization_id\":\"strict\",\"email_address\":\"i@y.com\"}");
	assert_b2b(API_OK, state, "PUT", ORGANIZATIONS "/plain",
	    "{\"email_invites\":\"RESTRICTED\"}");
	assert_b2b(API_INVALID_EMAIL_FOR_INVITES, state, "POST", INVITE,
	    "{\"organization_id\":\"plain\",\"email_address\":\"i@y.com\"}");
	assert_b2b(API_MEMBER_NOT_FOUND, state, "POST", INVITE,
	    "{\"organization_id\":\"plain\",\"email_address\":"
	    "\"i@example.com\",\"invited_by_member_id\":\"member-test-"
	    "11111111-1111-4111-8111-111111111111\"}");
	assert_b2b(API_OK, state, "POST", INVITE,
	    "{\"organization_id\":\"plain\",\"email_address\":"
	    "\"i@example.com\",\"invited_by_member_id\":\"%s\"}",
	    text_at(ann, "member_id"));
}

static void
the_magic_values_are_those_of_the_documentation(void **state)
{
	CLEANUP(json_free)
	cJSON *login = b2b(state, "POST", AUTHENTICATE,
	    "{\"magic_links_token\":\"" MAGIC_LINK "\"}");
	CLEANUP(json_free)
	cJSON *discovery = b2b(state, "POST", DISCOVERY_AUTHENTICATE,
	    "{\"discovery_magic_links_token\":\"" MAGIC_LINK "\"}");

	assert_b2b(API_OK, state, "POST", SEND,
	    "{\"organization_id\":\"" SANDBOX_ID "\",\"email_address\":"
	    "\"" MAGIC_EMAIL "\"}");
	assert_b2b(API_OK, state, "POST", INVITE,
	    "{\"organization_id\":\"" SANDBOX_ID "\",\"email_address\":"
	    "\"" MAGIC_EMAIL "\"}");
	assert_b2b(API_ORGANIZATION_NOT_FOUND, state, "POST", SEND,
	    "{\"organization_id\":\"" SANDBOX_ID "\",\"email_address\":"
	    "\"other@stytch.com\"}");
	assert_answer(login, API_OK);
	assert_true(bool_at(login, "member_authenticated"));
	assert_answer(discovery, API_OK);
	assert_string_equal(text_at(discovery, "email_address"), MAGIC_EMAIL);
	assert_b2b(API_UNABLE_TO_AUTH_MAGIC_LINK, state, "POST", AUTHENTICATE,
	    "{\"magic_links_token\":\"" MAGIC_LINK_SPENT "\"}");
	assert_b2b(API_MAGIC_LINK_NOT_FOUND, state, "POST", AUTHENTICATE,
	    "{\"magic_links_token\":\"" MAGIC_LINK_UNKNOWN "\"}");
	assert_b2b(API_UNABLE_TO_AUTH_MAGIC_LINK, state, "POST",
	    DISCOVERY_AUTHENTICATE,
	    "{\"discovery_magic_links_token\":\"" MAGIC_LINK_SPENT "\"}");
	/* Nothing of it is kept. */
	assert_b2b(API_SESSION_NOT_FOUND, state, "POST",
	    "/v1/b2b/sessions/authenticate", "{\"session_token\":\"%s\"}",
	    text_at(login, "session_token"));
	assert_b2b(API_ORGANIZATION_NOT_FOUND, state, "GET",
	    ORGANIZATIONS "/" SANDBOX_ID, NULL);
}

/* ---- A change of address ---- */

#define UPDATE ORGANIZATIONS "/plain/members/ann/start_email_update"

static void
a_new_address_counts_once_it_is_proven(void **state)
{
	CLEANUP(json_free)
	cJSON *begun = b2b(state, "POST", UPDATE,
	    "{\"email_address\":\"anna@example.com\"}");
	CLEANUP(json_free) cJSON *login = NULL;

	assert_answer(begun, API_OK);
	assert_string_equal(text_at(begun, "member.email_address"),
	    "ann@example.com");
	login =
	    b2b(state, "POST", AUTHENTICATE, "{\"magic_links_token\":\"%s\"}",
		sent_token(state, "anna@example.com").text);
	assert_answer(login, API_OK);
	assert_string_equal(text_at(login, "member.email_address"),
	    "anna@example.com");
	assert_true(bool_at(login, "member.email_address_verified"));
	assert_string_equal(
	    text_at(login, "member.retired_email_addresses.0.email_address"),
	    "ann@example.com");
}

static void
a_new_address_is_proven_by_a_code_too(void **state)
{
	CLEANUP(json_free) cJSON *login = NULL;

	assert_b2b(API_OK, state, "POST", UPDATE,
	    "{\"email_address\":\"anna@example.com\",\"delivery_method\":"
	    "\"EMAIL_OTP\"}");
	assert_b2b(API_OTP_CODE_NOT_FOUND, state, "POST",
	    "/v1/b2b/otps/email/authenticate",
	    "{\"organization_id\":\"plain\",\"email_address\":"
	    "\"ann@example.com\",\"code\":\"%s\"}",
	    sent_code(state, "anna@example.com").text);
	login = b2b(state, "POST", "/v1/b2b/otps/email/authenticate",
	    "{\"organization_id\":\"plain\",\"email_address\":"
	    "\"anna@example.com\",\"code\":\"%s\"}",
	    sent_code(state, "anna@example.com").text);
	assert_answer(login, API_OK);
	assert_string_equal(text_at(login, "member.email_address"),
	    "anna@example.com");
}

static void
a_new_address_must_be_free_and_proven_in_five_minutes(void **state)
{
	assert_b2b(API_INVALID_REQUEST_VALUE, state, "POST", UPDATE,
	    "{\"email_address\":\"x@y.com\",\"delivery_method\":\"POST\"}");
	assert_b2b(API_DUPLICATE_MEMBER_EMAIL, state, "POST", UPDATE,
	    "{\"email_address\":\"bob@example.org\"}");
	assert_b2b(API_EMAIL_UPDATES_AVAILABLE_ONLY_FOR_ACTIVE_MEMBERS, state,
	    "POST", ORGANIZATIONS "/strict/members/new/start_email_update",
	    "{\"email_address\":\"x@y.com\"}");
	assert_b2b(API_OK, state, "POST", UPDATE,
	    "{\"email_address\":\"anna@example.com\"}");
	assert_b2b(API_DESIRED_EMAIL_UPDATING_FOR_DIFFERENT_MEMBER, state,
	    "POST", ORGANIZATIONS "/plain/members/bob/start_email_update",
	    "{\"email_address\":\"anna@example.com\"}");
	advance(*state, 301);
	assert_b2b(API_UNABLE_TO_AUTH_MAGIC_LINK, state, "POST", AUTHENTICATE,
	    "{\"magic_links_token\":\"%s\"}",
	    sent_token(state, "anna@example.com").text);
}

/* ---- Discovery ---- */

/* Prove an address; the answer of discovery. */
static cJSON *
discover(void **state, const char *address)
{
	cJSON *answer;

	assert_b2b(API_OK, state, "POST", DISCOVERY_SEND,
	    "{\"email_address\":\"%s\"}", address);
	answer = b2b(state, "POST", DISCOVERY_AUTHENTICATE,
	    "{\"discovery_magic_links_token\":\"%s\"}",
	    sent_token(state, address).text);
	assert_answer(answer, API_OK);
	return answer;
}

#define IST(answer) text_at(answer, "intermediate_session_token")

static void
discovery_lists_what_an_address_may_enter(void **state)
{
	CLEANUP(json_free) cJSON *ann = discover(state, "ANN@example.com");
	CLEANUP(json_free) cJSON *stranger = discover(state, "x@example.com");
	CLEANUP(json_free) cJSON *nobody = discover(state, "x@y.com");
	CLEANUP(json_free) cJSON *again = NULL;

	assert_string_equal(text_at(ann,
				"discovered_organizations.0.organization."
				"organization_slug"),
	    "plain");
	assert_true(
	    bool_at(ann, "discovered_organizations.0.member_authenticated"));
	assert_string_equal(text_at(ann,
				"discovered_organizations.0.membership.type"),
	    "active_member");
	assert_false(
	    bool_at(ann, "discovered_organizations.1.member_authenticated"));
	assert_true(cJSON_IsObject(
	    json_at(ann, "discovered_organizations.1.mfa_required")));
	assert_string_equal(text_at(stranger,
				"discovered_organizations.0.membership.type"),
	    "eligible_to_join_by_email_domain");
	assert_null(json_at(stranger, "discovered_organizations.1"));
	assert_null(json_at(nobody, "discovered_organizations.0"));
	again = b2b(state, "POST", LIST,
	    "{\"intermediate_session_token\":\"%s\"}", IST(ann));
	assert_true(cJSON_Compare(json_at(ann, "discovered_organizations"),
	    json_at(again, "discovered_organizations"), true));
	assert_b2b(API_NO_SESSION_ARGUMENTS, state, "POST", LIST, "{}");
}

static void
an_exchange_enters_by_policy_and_consumes_the_token(void **state)
{
	CLEANUP(json_free) cJSON *ann = discover(state, "ann@example.com");
	CLEANUP(json_free) cJSON *stranger = discover(state, "x@example.com");
	CLEANUP(json_free) cJSON *nobody = discover(state, "x@y.com");
	CLEANUP(json_free) cJSON *entered = NULL;
	CLEANUP(json_free)
	cJSON *owed = b2b(state, "POST", EXCHANGE,
	    "{\"organization_id\":\"strict\",\"intermediate_session_token\":"
	    "\"%s\"}",
	    IST(ann));

	assert_answer(owed, API_OK);
	assert_false(bool_at(owed, "member_authenticated"));
	assert_b2b(API_INTERMEDIATE_SESSION_NOT_FOUND, state, "POST", EXCHANGE,
	    "{\"organization_id\":\"plain\",\"intermediate_session_token\":"
	    "\"%s\"}",
	    IST(ann));
	assert_b2b(API_INVALID_INTERMEDIATE_SESSION_TOKEN_FOR_ORGANIZATION,
	    state, "POST", EXCHANGE,
	    "{\"organization_id\":\"plain\",\"intermediate_session_token\":"
	    "\"%s\"}",
	    IST(owed));
	assert_b2b(API_INVALID_EMAIL_FOR_JIT_PROVISIONING, state, "POST",
	    EXCHANGE,
	    "{\"organization_id\":\"plain\",\"intermediate_session_token\":"
	    "\"%s\"}",
	    IST(nobody));
	entered = b2b(state, "POST", EXCHANGE,
	    "{\"organization_id\":\"plain\",\"intermediate_session_token\":"
	    "\"%s\"}",
	    IST(stranger));
	assert_answer(entered, API_OK);
	assert_true(bool_at(entered, "member_authenticated"));
	assert_string_equal(text_at(entered, "member.status"), "active");
}

static void
the_founder_of_an_organization_is_its_admin(void **state)
{
	CLEANUP(json_free) cJSON *proven = discover(state, "x@y.com");
	CLEANUP(json_free)
	cJSON *made = b2b(state, "POST", CREATE,
	    "{\"organization_name\":\"New\",\"intermediate_session_token\":"
	    "\"%s\"}",
	    IST(proven));

	assert_answer(made, API_OK);
	assert_true(bool_at(made, "member.is_admin"));
	assert_true(bool_at(made, "member_authenticated"));
	assert_string_equal(text_at(made, "organization.organization_slug"),
	    "new");
	assert_b2b(API_INTERMEDIATE_SESSION_NOT_FOUND, state, "POST", CREATE,
	    "{\"organization_name\":\"New\",\"intermediate_session_token\":"
	    "\"%s\"}",
	    IST(proven));
	assert_b2b(API_INVALID_SESSION_TOKEN, state, "POST", CREATE,
	    "{\"intermediate_session_token\":\"%s\"}",
	    text_at(made, "session_token"));
}

static void
a_code_proves_an_address_for_discovery_too(void **state)
{
	CLEANUP(json_free) cJSON *proven = NULL;

	assert_b2b(API_OK, state, "POST", "/v1/b2b/otps/email/discovery/send",
	    "{\"email_address\":\"Ann@example.com\"}");
	assert_b2b(API_OTP_CODE_NOT_FOUND, state, "POST",
	    "/v1/b2b/otps/email/discovery/authenticate",
	    "{\"email_address\":\"bob@example.org\",\"code\":\"%s\"}",
	    sent_code(state, "ann@example.com").text);
	proven = b2b(state, "POST", "/v1/b2b/otps/email/discovery/authenticate",
	    "{\"email_address\":\"ann@example.com\",\"code\":\"%s\"}",
	    sent_code(state, "ann@example.com").text);
	assert_answer(proven, API_OK);
	assert_b2b(API_UNABLE_TO_AUTH_OTP_CODE, state, "POST",
	    "/v1/b2b/otps/email/discovery/authenticate",
	    "{\"email_address\":\"ann@example.com\",\"code\":\"%s\"}",
	    sent_code(state, "ann@example.com").text);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, b2b_setup, drive_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_link_opens_a_session_once),
		TEST(a_link_lives_an_hour),
		TEST(the_verifier_must_be_the_challenge_s),
		TEST(a_link_to_an_address_given_up_is_void),
		TEST(an_invited_member_becomes_active_by_the_link),
		TEST(invitations_follow_the_organization_s_policy),
		TEST(the_magic_values_are_those_of_the_documentation),
		TEST(a_new_address_counts_once_it_is_proven),
		TEST(a_new_address_is_proven_by_a_code_too),
		TEST(a_new_address_must_be_free_and_proven_in_five_minutes),
		TEST(discovery_lists_what_an_address_may_enter),
		TEST(an_exchange_enters_by_policy_and_consumes_the_token),
		TEST(the_founder_of_an_organization_is_its_admin),
		TEST(a_code_proves_an_address_for_discovery_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
