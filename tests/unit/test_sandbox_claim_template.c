/* SPDX-License-Identifier: BSD-2-Clause */
/* Templates of claims: read, filled in, and in the tokens of apps. */
#include "config.h"

#include "sandbox/claim_template.h"
#include "tests/unit/sandbox_oauth2_drive.h"

#include <string.h>

#define INVALID_JSON API_JWT_TEMPLATE_INVALID_JSON
#define INVALID_TAG API_JWT_TEMPLATE_INVALID_TAG
#define NO_END API_JWT_TEMPLATE_MISMATCHED_TAG

static void
templates_that_are_none_are_refused_by_name(void **state)
{
	static const struct {
		const char *text;
		enum api_error error;
	} cases[] = {
		{ "{}", API_OK },
		{ "{\"a\":{{ user.name.first_name }}}", API_OK },
		{ "{\"a\":[{{user.user_id}},1],\"b\":{\"c\":{{ user.x }}}}",
		    API_OK },
		{ "{\"a\":\"\\\"}}\",\"b\":{\"c\":{}}}", API_OK },
		{ "{\"a\":{{\nuser.rbac.my-thing.actions\t}}}", API_OK },
		{ "", INVALID_JSON },
		{ "x", INVALID_JSON },
		{ "[]", INVALID_JSON },
		{ "{{ user.user_id }}", INVALID_JSON },
		{ "{\"a\":}", INVALID_JSON },
		{ "{\"a\":1", INVALID_JSON },
		{ "{\"a", INVALID_JSON },
		{ "{\"a\":\"b\\", INVALID_JSON },
		{ "{\"a\":1}}", INVALID_JSON },
		{ "{\"a\":\"\\u0001user.user_id\"}", INVALID_JSON },
		{ "{\"a\":\"\x01user.user_id\"}", INVALID_JSON },
		{ "{\"a\":{{ user.user_id }", NO_END },
		{ "{\"a\":{{", NO_END },
		{ "{\"a\":{{ }}}", INVALID_TAG },
		{ "{\"a\":{{}}}", INVALID_TAG },
		{ "{\"a\":{{ user }}}", INVALID_TAG },
		{ "{\"a\":{{ .user }}}", INVALID_TAG },
		{ "{\"a\":{{ user. }}}", INVALID_TAG },
		{ "{\"a\":{{ user..x }}}", INVALID_TAG },
		{ "{\"a\":{{ member.name }}}", INVALID_TAG },
		{ "{\"a\":{{ users.name }}}", INVALID_TAG },
		{ "{\"a\":{{ user.a b }}}", INVALID_TAG },
		{ "{\"a\":{{ user.\" }}}", INVALID_TAG },
		{ "{\"a\":{{ user.[0] }}}", INVALID_TAG },
		{ "{{{ user.user_id }}:1}", INVALID_TAG },
		{ "{\"a\":{{{ user.x }}:1}}", INVALID_TAG },
		{ "{ {{ user.x }}:1}", INVALID_TAG },
		{ "{\"a\":{\"b\":1, {{ user.x }}:1}}", INVALID_TAG },
		{ "{\"a\":\"I am {{ user.user_id }}\"}", INVALID_TAG },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		enum api_error error =
		    claim_template_check(cases[i].text, "user");

		if (error != cases[i].error)
			fail_msg("%s: %d", cases[i].text, (int)error);
	}
}

static void
tags_become_what_they_lead_to(void **state)
{
	static const char values_text[] =
	    "{\"user\":{\"s\":\"\\\"q\\\"\",\"n\":7,\"o\":{\"k\":[1,2]},"
	    "\"nil\":null,\"no\":false}}";
	static const struct {
		const char *text, *rendered;
	} cases[] = {
		{ "{}", "{}" },
		{ "{\"a\":{{ user.s }}}", "{\"a\":\"\\\"q\\\"\"}" },
		{ "{\"a\":{{user.n}},\"b\":{{user.o}}}",
		    "{\"a\":7,\"b\":{\"k\":[1,2]}}" },
		{ "{\"a\":{{ user.no }}}", "{\"a\":false}" },
		{ "{\"a\":{{ user.nil }},\"b\":1}", "{\"b\":1}" },
		{ "{\"a\":{{ user.none }},\"b\":{{ user.s.deep }}}", "{}" },
		{ "{\"a\":[{{ user.nil }},{{ user.n }}]}", "{\"a\":[7]}" },
		{ "{\"a\":{\"b\":{{ user.o.k }}}}", "{\"a\":{\"b\":[1,2]}}" },
		{ "{\"a\":\"plain\",\"b\":null}",
		    "{\"a\":\"plain\",\"b\":null}" },
		{ "no template", "{}" },
		{ "{ {{ user.s }}:1,\"a\":{ {{ user.n }}:2}}", "{\"a\":{}}" },
	};
	CLEANUP(json_free)
	cJSON *values = json_parse(values_text, strlen(values_text));

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(json_free)
		cJSON *made = claim_template_render(cases[i].text, values);
		CLEANUP(string_free) char *text = json_text(made);

		assert_string_equal(text, cases[i].rendered);
	}
}

/* ---- In tokens. ---- */

/* What a JWT says; its signature is the business of others. */
static cJSON *
payload(const char *jwt)
{
	const char *start = strchr(jwt, '.') + 1;
	CLEANUP(buf_clear) struct buf part = BUF_INIT(16384);
	uint8_t bytes[12288];
	size_t len;

	buf_add(&part, start, strcspn(start, "."));
	assert_int_equal(base64_read(buf_text(&part), bytes, sizeof(bytes),
			     &len),
	    0);
	return json_parse((const char *)bytes, len);
}

static void
an_apps_templates_add_claims_to_its_tokens(void **state)
{
	CLEANUP(json_free) cJSON *code = NULL;
	CLEANUP(json_free) cJSON *tokens = NULL;
	CLEANUP(json_free) cJSON *access = NULL;
	CLEANUP(json_free) cJSON *id = NULL;
	struct oauth_app app;

	add_user(*state, "u@e.example", "u");
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "PUT", "/v1/users/u",
	    "{\"trusted_metadata\":{\"level\":3}}");
	app = oauth_make_app(state, VERTICAL_CONSUMER, "first_party",
	    ",\"access_token_template_content\":"
	    "\"{\\\"level\\\":{{ user.trusted_metadata.level }},"
	    "\\\"none\\\":{{ user.trusted_metadata.none }},"
	    "\\\"roles\\\":{{ user.rbac.roles }},"
	    "\\\"sub\\\":\\\"root\\\",\\\"scope\\\":\\\"all\\\","
	    "\\\"jti\\\":1,\\\"https://stytch.com/session\\\":1}\","
	    "\"id_token_template_content\":"
	    "\"{\\\"ext\\\":{{ user.external_id }},\\\"nbf\\\":1}\"");
	code = oauth_authorize(state, &app, "\"openid\"", GRANTED);
	tokens = oauth_redeem(state, &app, "code",
	    text_at(code, "authorization_code"), TO_URL);
	access = payload(text_at(tokens, "access_token"));
	id = payload(text_at(tokens, "id_token"));
	assert_int_equal(int_at(access, "level"), 3);
	assert_null(json_at(access, "none"));
	assert_string_equal(text_at(access, "roles.0"), "stytch_user");
	assert_string_not_equal(text_at(access, "sub"), "root");
	assert_string_equal(text_at(access, "scope"), "openid");
	assert_true(id_is_kind(text_at(access, "jti"), "access-token"));
	assert_null(json_get(access, "https://stytch.com/session"));
	assert_string_equal(text_at(id, "ext"), "u");
	assert_true(int_at(id, "nbf") > 1);
	assert_null(json_at(id, "level"));
}

static void
more_claims_than_sessions_may_have_are_none(void **state)
{
	CLEANUP(buf_clear) struct buf more = BUF_INIT(16384);
	CLEANUP(json_free) cJSON *code = NULL;
	CLEANUP(json_free) cJSON *tokens = NULL;
	CLEANUP(json_free) cJSON *access = NULL;
	struct oauth_app app;

	add_user(*state, "u@e.example", "u");
	buf_adds(&more,
	    ",\"access_token_template_content\":\"{\\\"small\\\":1,"
	    "\\\"large\\\":\\\"");
	for (int i = 0; i < 4096; i++)
		buf_addc(&more, 'x');
	buf_adds(&more, "\\\"}\"");
	app = oauth_make_app(state, VERTICAL_CONSUMER, "first_party",
	    buf_text(&more));
	code = oauth_authorize(state, &app, "\"openid\"", GRANTED);
	tokens = oauth_redeem(state, &app, "code",
	    text_at(code, "authorization_code"), TO_URL);
	access = payload(text_at(tokens, "access_token"));
	assert_null(json_at(access, "small"));
}

static void
an_app_with_a_template_that_is_none_is_refused(void **state)
{
	static const char *const names[] = { "access_token_template_content",
		"id_token_template_content" };
	struct oauth_app app =
	    oauth_make_app(state, VERTICAL_CONSUMER, "first_party", "");

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_call(INVALID_TAG, *state, VERTICAL_CONSUMER, "POST",
		    "/v1/connected_apps/clients",
		    "{\"client_type\":\"first_party\",\"%s\":"
		    "\"{\\\"a\\\":{{ member.name }}}\"}",
		    names[i]);
		assert_call(NO_END, *state, VERTICAL_CONSUMER, "PUT",
		    target_of("/v1/connected_apps/clients/%s", app.id.text)
			.text,
		    "{\"%s\":\"{\\\"a\\\":{{ user.name }\"}", names[i]);
		assert_call(INVALID_JSON, *state, VERTICAL_B2B, "POST",
		    "/v1/connected_apps/clients",
		    "{\"client_type\":\"first_party\",\"%s\":\"[]\"}",
		    names[i]);
		assert_call(API_OK, *state, VERTICAL_B2B, "POST",
		    "/v1/connected_apps/clients",
		    "{\"client_type\":\"first_party\",\"%s\":"
		    "\"{\\\"a\\\":{{ organization.organization_slug }}}\"}",
		    names[i]);
	}
}

static void
a_members_template_knows_roles_and_organization(void **state)
{
	struct oauth_app app =
	    oauth_make_app(state, VERTICAL_B2B, "first_party",
		",\"access_token_template_content\":"
		"\"{\\\"slug\\\":{{ organization.organization_slug }},"
		"\\\"uid\\\":{{ member.trusted_metadata.unix.uid }},"
		"\\\"roles\\\":{{ member.rbac.roles }},"
		"\\\"docs\\\":{{ member.rbac.docs.actions }}}\"");
	CLEANUP(json_free) cJSON *code = NULL;
	CLEANUP(json_free) cJSON *tokens = NULL;
	CLEANUP(json_free) cJSON *access = NULL;
	CLEANUP(json_free)
	cJSON *set = drive_control(*state, "POST", "/sandbox/settings",
	    "{\"b2b\":{\"rbac_policy\":{\"roles\":[{\"role_id\":\"ops\","
	    "\"description\":\"\",\"permissions\":[{\"resource_id\":\"docs\","
	    "\"actions\":[\"read\"]}]}],\"resources\":[{\"resource_id\":"
	    "\"docs\",\"description\":\"\",\"actions\":[\"read\",\"write\"]}],"
	    "\"scopes\":[]}}}");

	assert_int_equal(int_at(set, "status_code"), 200);
	code = b2b(state, "POST", "/v1/b2b/idp/oauth/authorize",
	    "{\"client_id\":\"%s\",\"redirect_uri\":\"" URL "\","
	    "\"response_type\":\"code\",\"organization_id\":\"plain\","
	    "\"member_id\":\"ann\",\"scopes\":[\"openid\"],"
	    "\"consent_granted\":true}",
	    app.id.text);
	assert_answer(code, API_OK);
	tokens = oauth_redeem(state, &app, "code",
	    text_at(code, "authorization_code"), TO_URL);
	assert_int_equal(int_at(tokens, "http"), 200);
	access = payload(text_at(tokens, "access_token"));
	assert_string_equal(text_at(access, "slug"), "plain");
	assert_int_equal(int_at(access, "uid"), 7);
	assert_true(json_has_string(json_at(access, "roles"), "ops"));
	assert_string_equal(text_at(access, "docs.0"), "read");
	assert_null(json_at(access, "docs.1"));
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, b2b_setup, drive_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(templates_that_are_none_are_refused_by_name),
		cmocka_unit_test(tags_become_what_they_lead_to),
		TEST(an_apps_templates_add_claims_to_its_tokens),
		TEST(more_claims_than_sessions_may_have_are_none),
		TEST(an_app_with_a_template_that_is_none_is_refused),
		TEST(a_members_template_knows_roles_and_organization),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
