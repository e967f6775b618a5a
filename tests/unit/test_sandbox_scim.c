/* SPDX-License-Identifier: BSD-2-Clause */
/* SCIM: connections and their tokens, users and groups pushed by a client. */
#include "config.h"

#include "tests/unit/sandbox_b2b_drive.h"

#include <stdio.h>
#include <string.h>

#define SCIM "/v1/b2b/scim/plain/connection"

struct scim {
	struct target id, token;
};

static struct scim
make_scim(void **state)
{
	CLEANUP(json_free)
	cJSON *made = b2b(state, "POST", SCIM,
	    "{\"display_name\":\"Okta\",\"identity_provider\":\"okta\"}");
	struct scim scim;

	assert_answer(made, API_OK);
	assert_null(json_at(made, "connection.bearer_token_last_four"));
	assert_null(json_at(made, "connection.next_bearer_token_expires_at"));
	scim.id = target_of("%s", text_at(made, "connection.connection_id"));
	scim.token = target_of("%s", text_at(made, "connection.bearer_token"));
	assert_int_equal(strlen(scim.token.text), 48);
	return scim;
}

/* One request of a SCIM client; the answer, freed by the caller. */
static cJSON *
push(void **state, const struct scim *scim, int status, const char *method,
    const char *path, const char *body)
{
	CLEANUP(http_reply_clear) struct http_reply reply = HTTP_REPLY_INIT;
	struct target target =
	    target_of("/v1/b2b/scim/%s/%s", scim->id.text, path);
	struct target bearer = target_of("Bearer %s", scim->token.text);
	const struct http_request http = {
		.method = method,
		.target = target.text,
		.authorization = bearer.text,
		.body = body,
		.body_len = body != NULL ? strlen(body) : 0,
	};

	sandbox_handle(*state, &http, &reply);
	if (reply.status != status)
		print_error("%s %s: %s\n", method, path, buf_text(&reply.body));
	assert_int_equal(reply.status, status);
	return cJSON_Parse(buf_text(&reply.body));
}

/* The same, whose answer is only that. */
static void
assert_push(void **state, const struct scim *scim, int status,
    const char *method, const char *path, const char *body)
{
	cJSON *answer = push(state, scim, status, method, path, body);

	cJSON_Delete(answer);
}

#define EVE \
	"{\"userName\":\"eve@example.com\",\"externalId\":\"e1\",\"name\":" \
	"{\"givenName\":\"Eve\",\"familyName\":\"Adams\"},\"emails\":[" \
	"{\"value\":\"eve@example.com\",\"primary\":true,\"type\":\"work\"}]}"

static struct target
make_eve(void **state, const struct scim *scim)
{
	CLEANUP(json_free)
	cJSON *made = push(state, scim, 201, "POST", "Users", EVE);

	return target_of("%s", text_at(made, "id"));
}

static cJSON *
member_of(void **state, const char *id)
{
	return b2b(state, "GET",
	    target_of(ORGANIZATIONS "/plain/member?member_id=%s", id).text,
	    NULL);
}

static void
an_organization_has_one_connection(void **state)
{
	struct scim scim = make_scim(state);
	CLEANUP(json_free) cJSON *got = b2b(state, "GET", SCIM, NULL);
	CLEANUP(json_free)
	cJSON *organization = b2b(state, "GET", ORGANIZATIONS "/plain", NULL);

	assert_answer(got, API_OK);
	assert_null(json_at(got, "connection.bearer_token"));
	assert_string_equal(text_at(got, "connection.bearer_token_last_four"),
	    scim.token.text + 44);
	assert_string_equal(text_at(organization,
				"organization.scim_active_connection."
				"connection_id"),
	    scim.id.text);
	assert_b2b(API_ACTIVE_SCIM_CONNECTION_EXISTS, state, "POST", SCIM,
	    "{}");
	assert_b2b(API_NO_ACTIVE_SCIM_CONNECTION, state, "GET",
	    "/v1/b2b/scim/strict/connection", NULL);
	assert_b2b(API_OK, state, "PUT",
	    target_of(SCIM "/%s", scim.id.text).text,
	    "{\"display_name\":\"New\"}");
	assert_b2b(API_OK, state, "DELETE",
	    target_of(SCIM "/%s", scim.id.text).text, NULL);
	assert_b2b(API_NO_ACTIVE_SCIM_CONNECTION, state, "DELETE",
	    target_of(SCIM "/%s", scim.id.text).text, NULL);
	assert_push(state, &scim, 401, "GET", "Users", NULL);
	make_scim(state);
}

static void
both_tokens_are_good_while_one_is_rotated(void **state)
{
	struct scim scim = make_scim(state);
	struct scim next = scim;
	struct target path = target_of(SCIM "/%s/rotate", scim.id.text);
	struct target complete = target_of("%s/complete", path.text);
	struct target begin = target_of("%s/start", path.text);
	CLEANUP(json_free) cJSON *started = NULL;

	assert_b2b(API_SCIM_CONNECTION_NOT_ROTATING_TOKEN, state, "POST",
	    complete.text, "{}");
	assert_b2b(API_SCIM_CONNECTION_NOT_ROTATING_TOKEN, state, "POST",
	    target_of("%s/cancel", path.text).text, "{}");
	assert_b2b(API_OK, state, "POST", begin.text, "{}");
	assert_b2b(API_SCIM_CONNECTION_ALREADY_ROTATING_TOKEN, state, "POST",
	    begin.text, "{}");
	assert_b2b(API_OK, state, "POST",
	    target_of("%s/cancel", path.text).text, "{}");
	started = b2b(state, "POST", begin.text, "{}");
	next.token =
	    target_of("%s", text_at(started, "connection.next_bearer_token"));
	assert_push(state, &scim, 200, "GET", "Users", NULL);
	assert_push(state, &next, 200, "GET", "Users", NULL);
	assert_b2b(API_OK, state, "POST", complete.text, "{}");
	assert_push(state, &scim, 401, "GET", "Users", NULL);
	assert_push(state, &next, 200, "GET", "Users", NULL);
}

static void
a_pushed_user_is_a_member(void **state)
{
	struct scim scim = make_scim(state);
	struct target id = make_eve(state, &scim);
	CLEANUP(json_free) cJSON *eve = member_of(state, id.text);

	assert_answer(eve, API_OK);
	assert_string_equal(text_at(eve, "member.name"), "Eve Adams");
	assert_string_equal(text_at(eve, "member.status"), "active");
	assert_string_equal(text_at(eve,
				"member.scim_registration.scim_attributes."
				"user_name"),
	    "eve@example.com");
	assert_push(state, &scim, 409, "POST", "Users", EVE);
	assert_push(state, &scim, 400, "POST", "Users", "{}");
	assert_push(state, &scim, 400, "POST", "Users", "[");
	assert_push(state, &scim, 400, "POST", "Users",
	    "{\"userName\":\"no address\"}");
	assert_push(state, &scim, 404, "GET", "Users/nobody", NULL);
	assert_push(state, &scim, 405, "PATCH", "Users", "{}");
}

static void
users_are_listed_by_filter_and_page(void **state)
{
	struct scim scim = make_scim(state);
	CLEANUP(json_free) cJSON *found = NULL;
	CLEANUP(json_free) cJSON *none = NULL;
	CLEANUP(json_free) cJSON *page = NULL;

	make_eve(state, &scim);
	assert_push(state, &scim, 201, "POST", "Users",
	    "{\"userName\":\"kim@example.com\"}");
	found = push(state, &scim, 200, "GET",
	    "Users?filter=userName%20eq%20%22EVE@example.com%22", NULL);
	assert_int_equal(int_at(found, "totalResults"), 1);
	assert_string_equal(text_at(found, "Resources.0.externalId"), "e1");
	none = push(state, &scim, 200, "GET",
	    "Users?filter=emails.value%20sw%20%22zz%22", NULL);
	assert_int_equal(int_at(none, "totalResults"), 0);
	page =
	    push(state, &scim, 200, "GET", "Users?startIndex=2&count=1", NULL);
	assert_int_equal(int_at(page, "totalResults"), 2);
	assert_string_equal(text_at(page, "Resources.0.userName"),
	    "kim@example.com");
	assert_push(state, &scim, 400, "GET", "Users?filter=userName", NULL);
	assert_push(state, &scim, 400, "GET", "Users?filter=userName%20gt%20a",
	    NULL);
	assert_push(state, &scim, 400, "GET", "Users?filter=userName%20pr)",
	    NULL);
}

static void
who_is_switched_off_loses_sessions_and_roles_at_once(void **state)
{
	struct scim scim = make_scim(state);
	struct target id = make_eve(state, &scim);
	struct target path = target_of("Users/%s", id.text);
	CLEANUP(json_free) cJSON *login = NULL;
	CLEANUP(json_free) cJSON *again = NULL;

	assert_b2b(API_OK, state, "PUT",
	    target_of(ORGANIZATIONS "/plain/members/%s", id.text).text,
	    "{\"roles\":[\"ops\"]}");
	login = b2b_email_login(state, "plain", "eve@example.com");
	assert_answer(login, API_OK);
	assert_push(state, &scim, 200, "PATCH", path.text,
	    "{\"Operations\":[{\"op\":\"Replace\",\"path\":\"active\","
	    "\"value\":\"False\"}]}");
	assert_b2b(API_SESSION_NOT_FOUND, state, "POST",
	    "/v1/b2b/sessions/authenticate", "{\"session_token\":\"%s\"}",
	    text_at(login, "session_token"));
	assert_b2b(API_MEMBER_NOT_FOUND, state, "GET",
	    target_of(ORGANIZATIONS "/plain/member?member_id=%s", id.text).text,
	    NULL);
	assert_push(state, &scim, 200, "PATCH", path.text,
	    "{\"Operations\":[{\"op\":\"replace\",\"value\":{\"active\":true}}"
	    "]}");
	again = member_of(state, id.text);
	assert_answer(again, API_OK);
	assert_int_equal(cJSON_GetArraySize(json_at(again, "member.roles")), 1);
	assert_push(state, &scim, 204, "DELETE", path.text, NULL);
	assert_push(state, &scim, 404, "DELETE", path.text, NULL);
	assert_b2b(API_MEMBER_NOT_FOUND, state, "GET",
	    target_of(ORGANIZATIONS "/plain/member?member_id=%s", id.text).text,
	    NULL);
}

static void
changes_reach_the_member(void **state)
{
	struct scim scim = make_scim(state);
	struct target id = make_eve(state, &scim);
	struct target path = target_of("Users/%s", id.text);
	CLEANUP(json_free) cJSON *eve = NULL;
	CLEANUP(json_free) cJSON *put = NULL;

	assert_push(state, &scim, 200, "PATCH", path.text,
	    "{\"Operations\":[{\"op\":\"replace\",\"path\":\"emails[type eq "
	    "\\\"work\\\"].value\",\"value\":\"adams@example.com\"},{\"op\":"
	    "\"add\",\"path\":\"name.givenName\",\"value\":\"Eva\"},{\"op\":"
	    "\"add\",\"path\":\"urn:ietf:params:scim:schemas:extension:"
	    "enterprise:2.0:User:department\",\"value\":\"Ops\"},{\"op\":"
	    "\"remove\",\"path\":\"externalId\"}]}");
	eve = member_of(state, id.text);
	assert_string_equal(text_at(eve, "member.email_address"),
	    "adams@example.com");
	assert_string_equal(text_at(eve, "member.name"), "Eva Adams");
	assert_string_equal(text_at(eve,
				"member.scim_registration.scim_attributes."
				"enterprise_extension.department"),
	    "Ops");
	put = push(state, &scim, 200, "PUT", path.text,
	    "{\"userName\":\"adams@example.com\",\"displayName\":\"E\"}");
	assert_string_equal(text_at(put, "displayName"), "E");
	assert_null(json_at(put, "externalId"));
	assert_push(state, &scim, 409, "PUT", path.text,
	    "{\"userName\":\"ann@example.com\"}");
	assert_push(state, &scim, 400, "PATCH", path.text, "{}");
	assert_push(state, &scim, 400, "PATCH", path.text,
	    "{\"Operations\":[{\"op\":\"move\",\"path\":\"a\"}]}");
	assert_push(state, &scim, 400, "PATCH", path.text,
	    "{\"Operations\":[{\"op\":\"replace\",\"path\":\"a[b\","
	    "\"value\":1}]}");
}

static void
a_role_comes_and_goes_with_the_group(void **state)
{
	struct scim scim = make_scim(state);
	struct target id = make_eve(state, &scim);
	char body[512];
	CLEANUP(json_free) cJSON *group = NULL;
	CLEANUP(json_free) cJSON *in = NULL;
	CLEANUP(json_free) cJSON *out = NULL;
	CLEANUP(json_free) cJSON *list = NULL;
	struct target path;

	assert_true(snprintf(body, sizeof(body),
			"{\"displayName\":\"Wheel\",\"members\":[{\"value\":"
			"\"%s\"}]}",
			id.text) > 0);
	group = push(state, &scim, 201, "POST", "Groups", body);
	path = target_of("Groups/%s", text_at(group, "id"));
	assert_push(state, &scim, 409, "POST", "Groups", body);
	assert_b2b(API_OK, state, "PUT",
	    target_of(SCIM "/%s", scim.id.text).text,
	    "{\"scim_group_implicit_role_assignments\":[{\"role_id\":\"ops\","
	    "\"group_id\":\"%s\",\"group_name\":\"Wheel\"}]}",
	    text_at(group, "id"));
	assert_b2b(API_SCIM_GROUP_ROLE_ASSIGNMENT_GROUP_DOES_NOT_EXIST, state,
	    "PUT", target_of(SCIM "/%s", scim.id.text).text,
	    "{\"scim_group_implicit_role_assignments\":[{\"role_id\":\"ops\","
	    "\"group_id\":\"scim-group-test-11111111-1111-4111-8111-"
	    "111111111111\",\"group_name\":\"x\"}]}");
	in = member_of(state, id.text);
	assert_string_equal(text_at(in, "member.roles.1.role_id"), "ops");
	assert_string_equal(text_at(in, "member.roles.1.sources.0.type"),
	    "scim_connection_group");
	assert_string_equal(text_at(in,
				"member.scim_registration.scim_attributes."
				"groups.0.display"),
	    "Wheel");
	list =
	    b2b(state, "GET", target_of(SCIM "/%s", scim.id.text).text, NULL);
	assert_answer(list, API_OK);
	assert_null(json_at(list, "request_id"));
	assert_string_equal(text_at(list, "scim_groups.0.group_name"), "Wheel");
	assert_true(snprintf(body, sizeof(body),
			"{\"Operations\":[{\"op\":\"remove\",\"path\":"
			"\"members[value eq \\\"%s\\\"]\"}]}",
			id.text) > 0);
	assert_push(state, &scim, 200, "PATCH", path.text, body);
	out = member_of(state, id.text);
	assert_int_equal(cJSON_GetArraySize(json_at(out, "member.roles")), 1);
	assert_push(state, &scim, 400, "PATCH", path.text,
	    "{\"Operations\":[{\"op\":\"add\",\"path\":\"members\",\"value\":"
	    "[{\"value\":\"nobody\"}]}]}");
	assert_push(state, &scim, 204, "DELETE", path.text, NULL);
	assert_push(state, &scim, 404, "GET", path.text, NULL);
}

static void
groups_are_paged_by_cursor(void **state)
{
	struct scim scim = make_scim(state);
	struct target path = target_of(SCIM "/%s?limit=1", scim.id.text);
	CLEANUP(json_free) cJSON *first = NULL;
	CLEANUP(json_free) cJSON *second = NULL;

	assert_push(state, &scim, 201, "POST", "Groups",
	    "{\"displayName\":\"A\"}");
	assert_push(state, &scim, 201, "POST", "Groups",
	    "{\"displayName\":\"B\"}");
	assert_push(state, &scim, 400, "POST", "Groups", "{}");
	first = b2b(state, "GET", path.text, NULL);
	second = b2b(state, "GET",
	    target_of("%s&cursor=%s", path.text, text_at(first, "next_cursor"))
		.text,
	    NULL);
	assert_string_equal(text_at(second, "scim_groups.0.group_name"), "B");
	assert_null(json_string(second, "next_cursor"));
}

int
main(void)
{
#define ROW(test) \
	cmocka_unit_test_setup_teardown(test, b2b_setup, drive_teardown)
	const struct CMUnitTest tests[] = {
		ROW(an_organization_has_one_connection),
		ROW(both_tokens_are_good_while_one_is_rotated),
		ROW(a_pushed_user_is_a_member),
		ROW(users_are_listed_by_filter_and_page),
		ROW(who_is_switched_off_loses_sessions_and_roles_at_once),
		ROW(changes_reach_the_member),
		ROW(a_role_comes_and_goes_with_the_group),
		ROW(groups_are_paged_by_cursor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
