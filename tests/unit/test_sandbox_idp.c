/* SPDX-License-Identifier: BSD-2-Clause */
/* Logins by the identity provider that the sandbox plays. */
#include "config.h"

#include "tests/unit/sandbox_b2b_drive.h"

#include <string.h>

#define OAUTH_USERS "/v1/oauth/authenticate"
#define OAUTH "/v1/b2b/oauth/authenticate"
#define SSO "/v1/b2b/sso"
#define VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

/* GET a start URL (the public token is added) as a browser does. */
static void
start(void **state, enum vertical vertical, struct http_reply *reply,
    const char *target)
{
	struct target full = target_of("%s%cpublic_token=%s", target,
	    strchr(target, '?') != NULL ? '&' : '?',
	    sandbox_project(*state, vertical)->public_token);
	const struct http_request http = {
		.method = "GET",
		.target = full.text,
	};

	sandbox_handle(*state, &http, reply);
}

/* The token at the end of a start that goes on at once. */
static struct target
started(void **state, enum vertical vertical, const char *target)
{
	CLEANUP(http_reply_clear) struct http_reply reply = HTTP_REPLY_INIT;
	const char *token;

	start(state, vertical, &reply, target);
	assert_int_equal(reply.status, 302);
	token = strstr(buf_text(&reply.location), "&token=");
	assert_non_null(token);
	return target_of("%s", token + strlen("&token="));
}

static void
assert_start(enum api_error error, void **state, enum vertical vertical,
    const char *target)
{
	CLEANUP(http_reply_clear) struct http_reply reply = HTTP_REPLY_INIT;
	CLEANUP(json_free) cJSON *answer = NULL;

	start(state, vertical, &reply, target);
	answer = cJSON_Parse(buf_text(&reply.body));
	assert_non_null(answer);
	assert_answer(answer, error);
	assert_string_equal(buf_text(&reply.location), "");
}

/* ---- Users ---- */

#define GOOGLE "/v1/public/oauth/google/start?login_hint="

static void
a_user_is_made_at_the_first_login_and_found_at_the_next(void **state)
{
	struct target token =
	    started(state, VERTICAL_CONSUMER, GOOGLE "eve@example.com");
	CLEANUP(json_free)
	cJSON *first = consumer(*state, "POST", OAUTH_USERS,
	    "{\"token\":\"%s\",\"session_duration_minutes\":60}", token.text);
	CLEANUP(json_free) cJSON *second = NULL;

	assert_answer(first, API_OK);
	assert_string_equal(text_at(first, "provider_type"), "Google");
	assert_string_equal(text_at(first,
				"user_session.authentication_factors.0."
				"delivery_method"),
	    "oauth_google");
	assert_string_equal(text_at(first, "user.providers.0.provider_subject"),
	    text_at(first, "provider_subject"));
	assert_non_null(json_at(first, "provider_values.id_token"));
	assert_null(json_at(first, "session"));
	refused(API_OAUTH_TOKEN_NOT_FOUND, *state, "POST", OAUTH_USERS,
	    "{\"token\":\"%s\"}", token.text);
	token = started(state, VERTICAL_CONSUMER, GOOGLE "eve@example.com");
	second = consumer(*state, "POST", OAUTH_USERS, "{\"token\":\"%s\"}",
	    token.text);
	assert_answer(second, API_OK);
	assert_string_equal(text_at(second, "user_id"),
	    text_at(first, "user_id"));
	assert_string_equal(text_at(second, "oauth_user_registration_id"),
	    text_at(first, "oauth_user_registration_id"));
}

static void
a_start_with_an_attach_token_is_of_that_user(void **state)
{
	CLEANUP(json_free)
	cJSON *user = make_user(*state, "ann@example.com", "ann");
	CLEANUP(json_free)
	cJSON *attach = consumer(*state, "POST", "/v1/oauth/attach",
	    "{\"provider\":\"github\",\"user_id\":\"ann\"}");
	CLEANUP(json_free) cJSON *login = NULL;
	struct target target, token;

	assert_answer(attach, API_OK);
	target = target_of("/v1/public/oauth/github/start?login_hint="
			   "other@example.org&oauth_attach_token=%s",
	    text_at(attach, "oauth_attach_token"));
	token = started(state, VERTICAL_CONSUMER, target.text);
	login = consumer(*state, "POST", OAUTH_USERS, "{\"token\":\"%s\"}",
	    token.text);
	assert_answer(login, API_OK);
	assert_string_equal(text_at(login, "user_id"),
	    text_at(user, "user_id"));
	assert_start(API_OAUTH_TOKEN_NOT_FOUND, state, VERTICAL_CONSUMER,
	    target.text);
	refused(API_OAUTH_CONFIG_NOT_FOUND, *state, "POST", "/v1/oauth/attach",
	    "{\"provider\":\"nobody\",\"user_id\":\"ann\"}");
	refused(API_USER_NOT_FOUND, *state, "POST", "/v1/oauth/attach",
	    "{\"provider\":\"google\",\"user_id\":\"nobody\"}");
}

static void
the_known_oauth_tokens_of_test_projects_answer(void **state)
{
	refused(API_OK, *state, "POST", OAUTH_USERS,
	    "{\"token\":\"hdPVZHHX0UoRa7hJTuuPHi1vlddffSnoweRbVFf5-H8g\"}");
	refused(API_OAUTH_TOKEN_NOT_FOUND, *state, "POST", OAUTH_USERS,
	    "{\"token\":\"59cnLELtq5cFVS6uYK9f-pAWzBkhqZl8AvLhbhOvKNWw\"}");
}

static void
without_a_hint_the_page_asks(void **state)
{
	CLEANUP(http_reply_clear) struct http_reply reply = HTTP_REPLY_INIT;

	start(state, VERTICAL_CONSUMER, &reply,
	    "/v1/public/oauth/google/start?code_challenge=" CHALLENGE
	    "&x=%22%3E%3Cscript%3E");
	assert_int_equal(reply.status, 200);
	assert_true(reply.page && reply.form);
	assert_non_null(strstr(buf_text(&reply.body), "name=\"login_hint\""));
	assert_non_null(strstr(buf_text(&reply.body), CHALLENGE));
	assert_null(strstr(buf_text(&reply.body), "\"><script>"));
}

static void
starts_refuse_what_they_cannot_use(void **state)
{
	static const struct {
		enum api_error error;
		enum vertical vertical;
		const char *target;
	} rows[] = {
		{ API_OAUTH_CONFIG_NOT_FOUND, VERTICAL_CONSUMER,
		    "/v1/public/oauth/nobody/start" },
		{ API_INVALID_EMAIL, VERTICAL_CONSUMER, GOOGLE "nobody" },
		{ API_INVALID_PKCE_CODE_CHALLENGE, VERTICAL_CONSUMER,
		    GOOGLE "a@example.com&code_challenge=short" },
		{ API_NO_MATCH_FOR_PROVIDED_OAUTH_URL, VERTICAL_CONSUMER,
		    GOOGLE "a@example.com&signup_redirect_url="
			   "https://evil.example" },
		{ API_BAD_REQUEST, VERTICAL_CONSUMER, GOOGLE "%zz" },
		{ API_MISSING_OAUTH_ORGANIZATION_LOCATOR, VERTICAL_B2B,
		    "/v1/b2b/public/oauth/google/start" },
		{ API_TOO_MANY_OAUTH_ORGANIZATION_LOCATORS, VERTICAL_B2B,
		    "/v1/b2b/public/oauth/google/start?slug=plain&"
		    "organization_id=plain" },
		{ API_ORGANIZATION_NOT_FOUND, VERTICAL_B2B,
		    "/v1/b2b/public/oauth/google/start?slug=nobody" },
		{ API_OAUTH_CONFIG_NOT_FOUND, VERTICAL_B2B,
		    "/v1/b2b/public/oauth/apple/start?slug=plain" },
		{ API_MISSING_SSO_CONNECTION_LOCATOR, VERTICAL_B2B,
		    "/v1/public/sso/start" },
		{ API_TOO_MANY_SSO_CONNECTION_LOCATORS, VERTICAL_B2B,
		    "/v1/public/sso/start?connection_id=a&organization_id=b" },
		{ API_SSO_CONNECTION_NOT_FOUND, VERTICAL_B2B,
		    "/v1/public/sso/start?connection_id=a" },
		{ API_NO_SSO_CONNECTION_EXISTS_FOR_ORGANIZATION, VERTICAL_B2B,
		    "/v1/public/sso/start?organization_id=plain" },
		/* The other project's token. */
		{ API_PUBLIC_TOKEN_NOT_FOUND, VERTICAL_B2B,
		    GOOGLE "a@example.com" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_start(rows[i].error, state, rows[i].vertical,
		    rows[i].target);
}

/* ---- Members ---- */

#define B2B_START(provider, who) \
	"/v1/b2b/public/oauth/" provider "/start?slug=plain&login_hint=" who

static void
a_member_logs_in_and_the_tokens_stay(void **state)
{
	struct target token = started(state, VERTICAL_B2B,
	    B2B_START("google",
		"ann@example.com&pkce_code_challenge=" CHALLENGE));
	CLEANUP(json_free) cJSON *login = NULL;
	CLEANUP(json_free) cJSON *google = NULL;
	CLEANUP(json_free) cJSON *refresh = NULL;

	assert_b2b(API_PKCE_EXPECTED_CODE_VERIFIER, state, "POST", OAUTH,
	    "{\"oauth_token\":\"%s\"}", token.text);
	login = b2b(state, "POST", OAUTH,
	    "{\"oauth_token\":\"%s\",\"pkce_code_verifier\":\"" VERIFIER "\"}",
	    token.text);
	assert_answer(login, API_OK);
	assert_true(bool_at(login, "member_authenticated"));
	assert_string_equal(text_at(login,
				"member.oauth_registrations.0.provider_type"),
	    "Google");
	google = b2b(state, "GET",
	    ORGANIZATIONS "/plain/members/ann/oauth_providers/google", NULL);
	assert_answer(google, API_OK);
	assert_string_equal(text_at(google, "access_token"),
	    text_at(login, "provider_values.access_token"));
	assert_in_range(int_at(google, "access_token_expires_in"), 3000, 3600);
	assert_null(json_at(google, "refresh_token"));
	assert_null(json_at(google, "provider_tenant_id"));
	assert_null(json_at(google, "bot_access_token"));
	refresh = b2b(state, "GET",
	    ORGANIZATIONS "/plain/members/ann/oauth_providers/google"
			  "?include_refresh_token=true",
	    NULL);
	assert_non_null(json_at(refresh, "refresh_token"));
	assert_b2b(API_OAUTH_USER_REGISTRATION_NOT_FOUND, state, "GET",
	    ORGANIZATIONS "/plain/members/ann/oauth_providers/microsoft", NULL);
	assert_b2b(API_MEMBER_OAUTH_TOKEN_NOT_FOUND, state, "POST", OAUTH,
	    "{\"oauth_token\":\"%s\"}", token.text);
}

static void
an_address_that_github_does_not_prove_is_owed(void **state)
{
	struct target token = started(state, VERTICAL_B2B,
	    B2B_START("github", "new@example.com"));
	CLEANUP(json_free)
	cJSON *login =
	    b2b(state, "POST", OAUTH, "{\"oauth_token\":\"%s\"}", token.text);
	CLEANUP(json_free) cJSON *github = NULL;

	assert_answer(login, API_OK);
	assert_false(bool_at(login, "member_authenticated"));
	assert_non_null(
	    json_at(login, "primary_required.allowed_auth_methods"));
	github = b2b(state, "GET",
	    target_of(ORGANIZATIONS "/plain/members/%s/oauth_providers/github",
		text_at(login, "member_id"))
		.text,
	    NULL);
	assert_answer(github, API_OK);
	assert_string_equal(text_at(github,
				"registrations.0.provider_tenant_ids.0"),
	    "example.com");
	assert_null(json_at(github, "registrations.0.provider_tenant_id"));
	assert_null(json_at(github, "registrations.0.id_token"));
}

static void
strangers_come_in_by_their_tenant_alone(void **state)
{
	struct target token = started(state, VERTICAL_B2B,
	    B2B_START("slack", "eve@else.example&tenant_id=T1"));

	assert_b2b(API_INVALID_EMAIL_FOR_JIT_PROVISIONING, state, "POST", OAUTH,
	    "{\"oauth_token\":\"%s\"}", token.text);
	assert_b2b(API_OK, state, "PUT", ORGANIZATIONS "/plain",
	    "{\"oauth_tenant_jit_provisioning\":\"RESTRICTED\","
	    "\"allowed_oauth_tenants\":{\"slack\":[\"T1\"]}}");
	assert_b2b(API_OK, state, "POST", OAUTH, "{\"oauth_token\":\"%s\"}",
	    token.text);
}

static void
discovery_by_oauth_names_the_tenant(void **state)
{
	struct target token = started(state, VERTICAL_B2B,
	    "/v1/b2b/public/oauth/google/discovery/start?login_hint="
	    "ann@example.com&name=Ann");
	CLEANUP(json_free)
	cJSON *found =
	    b2b(state, "POST", "/v1/b2b/oauth/discovery/authenticate",
		"{\"discovery_oauth_token\":\"%s\"}", token.text);

	assert_answer(found, API_OK);
	assert_string_equal(text_at(found, "full_name"), "Ann");
	assert_string_equal(text_at(found, "provider_tenant_id"),
	    "example.com");
	assert_int_equal(cJSON_GetArraySize(
			     json_at(found, "discovered_organizations")),
	    2);
	assert_b2b(API_MEMBER_OAUTH_TOKEN_NOT_FOUND, state, "POST",
	    "/v1/b2b/oauth/discovery/authenticate",
	    "{\"discovery_oauth_token\":\"%s\"}", token.text);
	assert_b2b(API_OK, state, "POST",
	    "/v1/b2b/discovery/intermediate_sessions/exchange",
	    "{\"organization_id\":\"plain\",\"intermediate_session_token\":"
	    "\"%s\"}",
	    text_at(found, "intermediate_session_token"));
}

#define SLACK_DISCOVERY \
	"/v1/b2b/public/oauth/slack/discovery/start?login_hint=" \
	"eve@else.example&tenant_id="
#define EXCHANGE "/v1/b2b/discovery/intermediate_sessions/exchange"

/* Where Eve, of that tenant in Slack, may go. */
static cJSON *
discovered_by_slack(void **state, const char *start)
{
	struct target token = started(state, VERTICAL_B2B, start);
	cJSON *found =
	    b2b(state, "POST", "/v1/b2b/oauth/discovery/authenticate",
		"{\"discovery_oauth_token\":\"%s\"}", token.text);

	assert_answer(found, API_OK);
	return found;
}

static void
a_tenant_is_let_in_by_discovery(void **state)
{
	CLEANUP(json_free) cJSON *other = NULL;
	CLEANUP(json_free) cJSON *found = NULL;
	CLEANUP(json_free) cJSON *listed = NULL;
	CLEANUP(json_free) cJSON *joined = NULL;
	CLEANUP(json_free) cJSON *again = NULL;
	const char *token;

	assert_b2b(API_OK, state, "PUT", ORGANIZATIONS "/strict",
	    "{\"oauth_tenant_jit_provisioning\":\"RESTRICTED\","
	    "\"allowed_oauth_tenants\":{\"slack\":[\"T1\"],"
	    "\"github\":[\"T2\"]}}");
	other = discovered_by_slack(state, SLACK_DISCOVERY "T2");
	assert_null(json_at(other, "discovered_organizations.0"));
	assert_b2b(API_EMAIL_JIT_PROVISIONING_NOT_ALLOWED, state, "POST",
	    EXCHANGE,
	    "{\"organization_id\":\"strict\","
	    "\"intermediate_session_token\":\"%s\"}",
	    text_at(other, "intermediate_session_token"));
	found = discovered_by_slack(state, SLACK_DISCOVERY "T1");
	token = text_at(found, "intermediate_session_token");
	assert_string_equal(text_at(found,
				"discovered_organizations.0.membership.type"),
	    "eligible_to_join_by_oauth_tenant");
	assert_string_equal(
	    text_at(found,
		"discovered_organizations.0.membership.details.provider"),
	    "slack");
	assert_true(cJSON_IsNull(
	    json_at(found, "discovered_organizations.0.membership.member")));
	assert_null(json_at(found, "discovered_organizations.1"));
	listed = b2b(state, "POST", "/v1/b2b/discovery/organizations",
	    "{\"intermediate_session_token\":\"%s\"}", token);
	assert_string_equal(text_at(listed,
				"discovered_organizations.0.membership.type"),
	    "eligible_to_join_by_oauth_tenant");
	assert_b2b(API_INVALID_EMAIL_FOR_JIT_PROVISIONING, state, "POST",
	    EXCHANGE,
	    "{\"organization_id\":\"plain\","
	    "\"intermediate_session_token\":\"%s\"}",
	    token);
	joined = b2b(state, "POST", EXCHANGE,
	    "{\"organization_id\":\"strict\","
	    "\"intermediate_session_token\":\"%s\"}",
	    token);
	assert_answer(joined, API_OK);
	assert_string_equal(text_at(joined, "member.status"), "pending");
	/* Slack does not say whose the address is. */
	assert_true(cJSON_IsObject(json_at(joined, "primary_required")));
	again = discovered_by_slack(state, SLACK_DISCOVERY "T1");
	assert_string_equal(text_at(again,
				"discovered_organizations.0.membership.type"),
	    "pending_member");
}

/* ---- SSO ---- */

static struct target
make_oidc(void **state)
{
	CLEANUP(json_free)
	cJSON *made = b2b(state, "POST", SSO "/oidc/plain", "{}");
	struct target id =
	    target_of("%s", text_at(made, "connection.connection_id"));

	assert_b2b(API_OK, state, "PUT",
	    target_of(SSO "/oidc/plain/connections/%s", id.text).text,
	    "{\"issuer\":\"%s/sandbox/idp\",\"client_id\":\"a\","
	    "\"client_secret\":\"b\"}",
	    sandbox_base_url(*state));
	return id;
}

#define SSO_START "/v1/public/sso/start?organization_id=plain&login_hint="

static void
sso_lets_new_members_in_where_the_organization_does(void **state)
{
	struct target id = make_oidc(state);
	struct target token =
	    started(state, VERTICAL_B2B, SSO_START "eve@else.example&name=Eve");
	CLEANUP(json_free) cJSON *login = NULL;
	CLEANUP(json_free) cJSON *tokens = NULL;

	assert_b2b(API_OK, state, "PUT", ORGANIZATIONS "/plain",
	    "{\"sso_jit_provisioning\":\"NOT_ALLOWED\"}");
	assert_b2b(API_EMAIL_JIT_PROVISIONING_NOT_ALLOWED, state, "POST",
	    SSO "/authenticate", "{\"sso_token\":\"%s\"}", token.text);
	assert_b2b(API_OK, state, "PUT", ORGANIZATIONS "/plain",
	    "{\"sso_jit_provisioning\":\"RESTRICTED\","
	    "\"sso_jit_provisioning_allowed_connections\":[\"%s\"]}",
	    id.text);
	login = b2b(state, "POST", SSO "/authenticate",
	    "{\"sso_token\":\"%s\"}", token.text);
	assert_answer(login, API_OK);
	assert_true(bool_at(login, "member_authenticated"));
	assert_string_equal(text_at(login, "member.name"), "Eve");
	assert_string_equal(text_at(login,
				"member_session.authentication_factors.0."
				"oidc_sso_factor.provider_id"),
	    id.text);
	assert_string_equal(text_at(login,
				"member.sso_registrations.0.connection_id"),
	    id.text);
	assert_b2b(API_SSO_TOKEN_NOT_FOUND, state, "POST", SSO "/authenticate",
	    "{\"sso_token\":\"%s\"}", token.text);
	tokens = b2b(state, "GET",
	    target_of(ORGANIZATIONS "/plain/members/%s/oidc_providers",
		text_at(login, "member_id"))
		.text,
	    NULL);
	assert_answer(tokens, API_OK);
	assert_string_equal(text_at(tokens, "registrations.0.connection_id"),
	    id.text);
	assert_b2b(API_MEMBER_NOT_FOUND, state, "GET",
	    ORGANIZATIONS "/plain/members/nobody/oidc_providers", NULL);
}

static void
an_sso_token_lives_five_minutes(void **state)
{
	struct target token;

	make_oidc(state);
	token = started(state, VERTICAL_B2B, SSO_START "ann@example.com");
	advance(*state, 301);
	assert_b2b(API_SSO_TOKEN_NOT_FOUND, state, "POST", SSO "/authenticate",
	    "{\"sso_token\":\"%s\"}", token.text);
}

static void
two_connections_without_a_default_are_not_clear(void **state)
{
	struct target id = make_oidc(state);

	make_oidc(state);
	assert_start(API_INDETERMINATE_SSO_CONNECTION_FOR_ORGANIZATION, state,
	    VERTICAL_B2B, SSO_START "ann@example.com");
	assert_b2b(API_OK, state, "PUT", ORGANIZATIONS "/plain",
	    "{\"sso_default_connection_id\":\"%s\"}", id.text);
	started(state, VERTICAL_B2B, SSO_START "ann@example.com");
}

/* A SAML connection of the played provider that gives ops to its people. */
static struct target
make_saml(void **state)
{
	CLEANUP(json_free)
	cJSON *made = b2b(state, "POST", SSO "/saml/plain", "{}");
	struct target path = target_of(SSO "/saml/plain/connections/%s",
	    text_at(made, "connection.connection_id"));
	CLEANUP(json_free) cJSON *set = NULL;

	assert_b2b(API_OK, state, "PUT", target_of("%s/url", path.text).text,
	    "{\"metadata_url\":\"%s/sandbox/idp/metadata\"}",
	    sandbox_base_url(*state));
	set = b2b(state, "PUT", path.text,
	    "{\"attribute_mapping\":{\"email\":\"m\",\"full_name\":\"n\","
	    "\"groups\":\"g\"},\"saml_group_implicit_role_assignments\":"
	    "[{\"role_id\":\"ops\",\"group\":\"wheel\"}]}");
	assert_answer(set, API_OK);
	assert_string_equal(text_at(set, "connection.status"), "active");
	return path;
}

/* Somebody logs in, of whom the provider knows that; the answer. */
static cJSON *
login_with(void **state, const char *attributes)
{
	CLEANUP(buf_clear) struct buf path = BUF_INIT(8192);

	buf_adds(&path, SSO_START "bert@example.com&attributes=");
	buf_add_encoded(&path, attributes);
	return b2b(state, "POST", SSO "/authenticate", "{\"sso_token\":\"%s\"}",
	    started(state, VERTICAL_B2B, buf_text(&path)).text);
}

static void
mapped_attributes_become_trusted_metadata_at_every_login(void **state)
{
	static const struct {
		const char *sent, *shell;
		int64_t uid;
	} logins[] = {
		{ "{\"account\":{\"uid\":1001},\"sh\":\"/bin/bash\"}",
		    "/bin/bash", 1001 },
		{ "{\"other\":1}", "/bin/bash", 1001 },
		{ "{\"account\":null,\"sh\":\"/bin/sh\"}", "/bin/sh", 1001 },
		{ "{\"account\":{\"uid\":7}}", "/bin/sh", 7 },
	};
	CLEANUP(json_free) cJSON *whole = NULL;

	assert_b2b(API_OK, state, "PUT", make_saml(state).text,
	    "{\"attribute_mapping\":{\"email\":\"m\",\"full_name\":\"n\","
	    "\"groups\":\"g\",\"unix\":\"account\",\"shell\":\"sh\"}}");
	for (size_t i = 0; i < ARRAY_LEN(logins); i++) {
		CLEANUP(json_free)
		cJSON *in = login_with(state, logins[i].sent);

		assert_answer(in, API_OK);
		assert_string_equal(text_at(in,
					"member.trusted_metadata.shell"),
		    logins[i].shell);
		assert_int_equal(int_at(in, "member.trusted_metadata.unix.uid"),
		    logins[i].uid);
		assert_null(json_at(in, "member.trusted_metadata.other"));
		assert_null(json_at(in, "member.trusted_metadata.email"));
	}
	whole = login_with(state, "{\"sh\":\"/bin/zsh\",\"other\":2}");
	assert_int_equal(int_at(whole,
			     "member.sso_registrations.0.sso_attributes.other"),
	    2);
}

static void
attributes_that_cannot_be_kept_are_refused(void **state)
{
	CLEANUP(buf_clear) struct buf large = BUF_INIT(8192);
	CLEANUP(json_free) cJSON *refused_login = NULL;

	assert_b2b(API_OK, state, "PUT", make_saml(state).text,
	    "{\"attribute_mapping\":{\"email\":\"m\",\"full_name\":\"n\","
	    "\"groups\":\"g\",\"a\":\"a\",\"b\":\"b\"}}");
	for (int i = 0; i < 4050; i++)
		buf_addc(&large, 'x');
	assert_b2b(API_OK, state, "POST", ORGANIZATIONS "/plain/members",
	    "{\"email_address\":\"bert@example.com\","
	    "\"trusted_metadata\":{\"a\":\"%s\"}}",
	    buf_text(&large));
	refused_login = login_with(state,
	    "{\"b\":\"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\"}");
	assert_answer(refused_login, API_METADATA_TOO_LARGE);
	assert_start(API_BAD_REQUEST, state, VERTICAL_B2B,
	    SSO_START "bert@example.com&attributes=x");
	assert_start(API_BAD_REQUEST, state, VERTICAL_B2B,
	    SSO_START "bert@example.com&attributes=[1]");
}

static void
a_role_by_sso_group_counts_in_sessions_by_sso_alone(void **state)
{
	CLEANUP(json_free) cJSON *sso = NULL;
	CLEANUP(json_free) cJSON *email = NULL;
	struct target token;

	make_saml(state);
	token = started(state, VERTICAL_B2B,
	    SSO_START "bert@example.com&groups=users,wheel");
	sso = b2b(state, "POST", SSO "/authenticate", "{\"sso_token\":\"%s\"}",
	    token.text);
	assert_answer(sso, API_OK);
	assert_true(
	    json_has_string(json_at(sso, "member_session.roles"), "ops"));
	assert_string_equal(text_at(sso, "member.roles.1.role_id"), "ops");
	assert_string_equal(text_at(sso, "member.roles.1.sources.0.type"),
	    "sso_connection_group");
	email = b2b_email_login(state, "plain", "bert@example.com");
	assert_answer(email, API_OK);
	assert_false(
	    json_has_string(json_at(email, "member_session.roles"), "ops"));
	assert_string_equal(text_at(email, "member.roles.1.role_id"), "ops");
}

int
main(void)
{
#define ROW(test) \
	cmocka_unit_test_setup_teardown(test, b2b_setup, drive_teardown)
	const struct CMUnitTest tests[] = {
		ROW(a_user_is_made_at_the_first_login_and_found_at_the_next),
		ROW(a_start_with_an_attach_token_is_of_that_user),
		ROW(the_known_oauth_tokens_of_test_projects_answer),
		ROW(without_a_hint_the_page_asks),
		ROW(starts_refuse_what_they_cannot_use),
		ROW(a_member_logs_in_and_the_tokens_stay),
		ROW(an_address_that_github_does_not_prove_is_owed),
		ROW(strangers_come_in_by_their_tenant_alone),
		ROW(discovery_by_oauth_names_the_tenant),
		ROW(a_tenant_is_let_in_by_discovery),
		ROW(sso_lets_new_members_in_where_the_organization_does),
		ROW(an_sso_token_lives_five_minutes),
		ROW(two_connections_without_a_default_are_not_clear),
		ROW(mapped_attributes_become_trusted_metadata_at_every_login),
		ROW(attributes_that_cannot_be_kept_are_refused),
		ROW(a_role_by_sso_group_counts_in_sessions_by_sso_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
