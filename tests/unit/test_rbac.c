/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "libstytch/policy.h"

#include "libstytch/json.h"
#include "libstytch/reply.h"
#include "libstytch/transport.h"
#include "tests/unit/http_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <stytch/stytch.h>

#include <cmocka.h>

#define ROLES \
	"{\"roles\":[{\"role_id\":\"reader\",\"permissions\":[" \
	"{\"resource_id\":\"docs\",\"actions\":[\"read\",\"list\"]}]}," \
	"{\"role_id\":\"admin\",\"permissions\":[" \
	"{\"resource_id\":\"docs\",\"actions\":[\"*\"]}," \
	"{\"resource_id\":\"mail\",\"actions\":[]}]}," \
	"{\"role_id\":\"empty\",\"permissions\":[]}],\"resources\":[]}"
#define POLICY "{\"policy\":" ROLES "}"

int64_t __real_transport_now_ms(void);
int64_t __wrap_transport_now_ms(void);

static int64_t advanced_ms;

int64_t
__wrap_transport_now_ms(void)
{
	return __real_transport_now_ms() + advanced_ms;
}

static void
roles_grant_by_exact_resource_and_action(void **state)
{
	static const struct {
		const char *policy, *roles, *resource, *action;
		bool is_granted, is_unknown;
	} rows[] = {
		{ ROLES, "[\"reader\"]", "docs", "read", true, false },
		{ ROLES, "[\"reader\"]", "docs", "list", true, false },
		{ ROLES, "[\"empty\",\"reader\"]", "docs", "read", true,
		    false },
		{ ROLES, "[\"admin\"]", "docs", "destroy", true, false },
		{ ROLES, "[\"admin\"]", "docs", "*", true, false },
		{ ROLES, "[\"reader\"]", "docs", "write", false, false },
		{ ROLES, "[\"reader\"]", "docs", "*", false, false },
		{ ROLES, "[\"reader\"]", "docs", "rea", false, false },
		{ ROLES, "[\"reader\"]", "doc", "read", false, false },
		{ ROLES, "[\"reader\"]", "docs2", "read", false, false },
		{ ROLES, "[\"reader\"]", "*", "read", false, false },
		{ ROLES, "[\"admin\"]", "mail", "read", false, false },
		{ ROLES, "[\"empty\"]", "docs", "read", false, false },
		{ ROLES, "[]", "docs", "read", false, false },
		{ ROLES, "[\"READER\"]", "docs", "read", false, true },
		{ ROLES, "[\"own\"]", "docs", "read", false, true },
		{ ROLES, "[\"own\",\"empty\"]", "docs", "read", false, true },
		{ ROLES, "\"reader\"", "docs", "read", false, false },
		{ ROLES, "{\"a\":\"reader\"}", "docs", "read", true, false },
		{ ROLES, "[7]", "docs", "read", false, true },
		{ "{}", "[\"reader\"]", "docs", "read", false, true },
		{ "{\"roles\":7}", "[\"reader\"]", "docs", "read", false,
		    true },
		{ "{\"roles\":[7,null,{},{\"role_id\":7},"
		  "{\"role_id\":\"reader\"},"
		  "{\"role_id\":\"reader\",\"permissions\":[7,{},"
		  "{\"resource_id\":7,\"actions\":7}]}]}",
		    "[\"reader\"]", "docs", "read", false, false },
		{ "{\"roles\":[{\"role_id\":\"reader\",\"permissions\":[{"
		  "\"resource_id\":\"docs\",\"actions\":\"read\"}]}]}",
		    "[\"reader\"]", "docs", "read", false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(json_free) cJSON *policy = cJSON_Parse(rows[i].policy);
		CLEANUP(json_free) cJSON *roles = cJSON_Parse(rows[i].roles);
		bool is_unknown = false;
		bool is_granted = policy_grants(policy, roles, rows[i].resource,
		    rows[i].action, &is_unknown);

		if (is_granted != rows[i].is_granted ||
		    is_unknown != rows[i].is_unknown)
			fail_msg("row %zu: %d %d", i, is_granted, is_unknown);
	}
}

/* ---- by a client ---------------------------------------------------------- */

static struct stytch_client *
client_for(struct http_server *server)
{
	struct stytch_config config = {
		.size = sizeof(config),
		.project_id = "project-test-1",
		.secret = "secret-test-1",
		.base_url = http_server_url(server),
		.allow_plain = true,
	};
	struct stytch_client *client = NULL;

	assert_int_equal(stytch_client_new(&config, &client, NULL), STYTCH_OK);
	return client;
}

static struct stytch_reply *
claims_of(const char *roles, const char *organization)
{
	char text[512];
	CLEANUP(json_free) cJSON *json = NULL;
	struct stytch_reply *claims = NULL;

	(void)snprintf(text, sizeof(text),
	    "{\"https://stytch.com/session\":{\"roles\":%s},"
	    "\"https://stytch.com/organization\":{\"organization_id\":\"%s\"}}",
	    roles, organization);
	json = cJSON_Parse(text);
	assert_non_null(json);
	assert_int_equal(reply_new(&json, &claims), 0);
	return claims;
}

static enum stytch_class
authorize(struct stytch_client *client, const char *roles,
    const char *organization, const char *action, struct stytch_error *error)
{
	bool is_b2b = organization != NULL;
	CLEANUP(stytch_reply_free)
	struct stytch_reply *claims = claims_of(roles, "org-1");
	struct stytch_permission permission = { organization, "docs", action };

	return stytch_session_authorize(client, is_b2b, claims, &permission,
	    error);
}

static void
policy_is_fetched_once_in_five_minutes(void **state)
{
	static const struct http_answer script[] = { { 200, POLICY, NULL, 0 } };
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	CLEANUP(stytch_client_free)
	struct stytch_client *client = client_for(server);
	struct stytch_error error;

	(void)state;
	assert_int_equal(authorize(client, "[\"reader\"]", NULL, "read", NULL),
	    STYTCH_OK);
	assert_int_equal(authorize(client, "[\"reader\"]", NULL, "write",
			     &error),
	    STYTCH_DENIED);
	assert_string_equal(error.error_type,
	    "consumer_session_authorization_error");
	/* A consumer project has no policies of organizations. */
	assert_int_equal(authorize(client, "[\"own\"]", NULL, "read", &error),
	    STYTCH_DENIED);
	assert_int_equal(http_server_requests(server), 1);
	assert_non_null(
	    strstr(http_server_request(server, 0), "GET /v1/rbac/policy "));
	advanced_ms += 5 * 60 * 1000;
	assert_int_equal(authorize(client, "[\"reader\"]", NULL, "read", NULL),
	    STYTCH_OK);
	assert_int_equal(http_server_requests(server), 2);
	/* Pauses end at a time of the real clock. */
	advanced_ms = 0;
}

static void
organizations_own_roles_come_from_their_policy(void **state)
{
	static const struct http_answer script[] = {
		{ 200, POLICY, NULL, 0 },
		{ 200,
		    "{\"org_policy\":{\"roles\":[{\"role_id\":\"own\","
		    "\"permissions\":[{\"resource_id\":\"docs\",\"actions\":["
		    "\"read\"]}]}]}}",
		    NULL, 0 },
	};
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 2);
	CLEANUP(stytch_client_free)
	struct stytch_client *client = client_for(server);
	struct stytch_error error;

	(void)state;
	assert_int_equal(authorize(client, "[\"reader\"]", "org-1", "read",
			     NULL),
	    STYTCH_OK);
	assert_int_equal(authorize(client, "[\"reader\"]", "org-1", "write",
			     &error),
	    STYTCH_DENIED);
	assert_string_equal(error.error_type, "session_authorization_error");
	assert_int_equal(http_server_requests(server), 1);
	for (int i = 0; i < 3; i++)
		assert_int_equal(authorize(client, "[\"own\"]", "org-1", "read",
				     NULL),
		    STYTCH_OK);
	assert_int_equal(authorize(client, "[\"own\"]", "org-1", "write", NULL),
	    STYTCH_DENIED);
	assert_int_equal(http_server_requests(server), 2);
	assert_non_null(
	    strstr(http_server_request(server, 0), "GET /v1/b2b/rbac/policy "));
	assert_non_null(strstr(http_server_request(server, 1),
	    "GET /v1/b2b/rbac/organizations/org-1 "));
}

static void
session_of_another_organization_is_denied_without_asking(void **state)
{
	static const struct http_answer script[] = { { 200, POLICY, NULL, 0 } };
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	CLEANUP(stytch_client_free)
	struct stytch_client *client = client_for(server);
	struct stytch_error error;

	(void)state;
	assert_int_equal(authorize(client, "[\"admin\"]", "org-2", "read",
			     &error),
	    STYTCH_DENIED);
	assert_string_equal(error.error_type,
	    "session_authorization_tenancy_error");
	assert_int_equal(http_server_requests(server), 0);
}

/* Whatever fails, nothing is granted, and nothing is kept of it. */
static void
failure_to_fetch_grants_nothing(void **state)
{
	static const struct http_answer answers[] = {
		{ 500, "{}", NULL, 0 },
		{ 401, "{\"error_type\":\"unauthorized_credentials\"}", NULL,
		    0 },
		{ 200, "{}", NULL, 0 },
		{ 200, "{\"policy\":7}", NULL, 0 },
		{ 200, "{\"policy\":{\"roles\":{}}}", NULL, 0 },
		{ 200, "no JSON", NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		CLEANUP(http_server_stop)
		struct http_server *server =
		    http_server_start(NULL, &answers[i], 1);
		CLEANUP(stytch_client_free)
		struct stytch_client *client = client_for(server);
		size_t before;
		enum stytch_class class_ =
		    authorize(client, "[\"admin\"]", "org-1", "read", NULL);

		assert_int_not_equal(class_, STYTCH_OK);
		assert_int_not_equal(class_, STYTCH_DENIED);
		before = http_server_requests(server);
		assert_int_equal(authorize(client, "[\"admin\"]", "org-1",
				     "read", NULL),
		    class_);
		assert_true(http_server_requests(server) > before);
	}
}

static void
incomplete_permissions_are_misconfigured(void **state)
{
	static const struct http_answer script[] = { { 200, POLICY, NULL, 0 } };
	static const struct stytch_permission permissions[] = {
		{ NULL, "docs", "read" },
		{ "org-1", NULL, "read" },
		{ "org-1", "docs", NULL },
	};
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	CLEANUP(stytch_client_free)
	struct stytch_client *client = client_for(server);
	CLEANUP(stytch_reply_free)
	struct stytch_reply *claims = claims_of("[\"admin\"]", "org-1");

	char organization[1024];
	struct stytch_permission endless = { organization, "docs", "read" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(permissions); i++)
		assert_int_equal(stytch_session_authorize(client, true, claims,
				     &permissions[i], NULL),
		    STYTCH_MISCONFIGURED);
	memset(organization, 'o', sizeof(organization) - 1);
	organization[sizeof(organization) - 1] = '\0';
	assert_int_equal(stytch_session_authorize(client, true, claims,
			     &endless, NULL),
	    STYTCH_MISCONFIGURED);
	/* A consumer's resources are of no organization. */
	assert_int_equal(stytch_session_authorize(client, false, claims,
			     &(struct stytch_permission){ "o", "docs", "read" },
			     NULL),
	    STYTCH_MISCONFIGURED);
	assert_int_equal(stytch_session_authorize(client, true, claims, NULL,
			     NULL),
	    STYTCH_MISCONFIGURED);
	assert_int_equal(stytch_session_authorize(client, true, NULL,
			     &permissions[0], NULL),
	    STYTCH_MISCONFIGURED);
	assert_int_equal(stytch_session_authorize(NULL, true, claims,
			     &permissions[0], NULL),
	    STYTCH_MISCONFIGURED);
	assert_int_equal(http_server_requests(server), 0);
}

/* More organizations than are kept: each answer is still its own. */
static void
many_organizations_share_the_places(void **state)
{
	static const struct http_answer script[] = {
		{ 200, POLICY, NULL, 0 },
		{ 200, "{\"org_policy\":{\"roles\":[]}}", NULL, 0 },
	};
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 2);
	CLEANUP(stytch_client_free)
	struct stytch_client *client = client_for(server);

	(void)state;
	for (int i = 0; i < 2 * POLICIES_MAX; i++) {
		CLEANUP(stytch_reply_free) struct stytch_reply *claims = NULL;
		char organization[32];
		struct stytch_permission permission = { organization, "docs",
			"read" };

		(void)snprintf(organization, sizeof(organization), "org-%d", i);
		claims = claims_of("[\"own\"]", organization);
		/* The project's policy may have to give way in between. */
		assert_int_equal(stytch_session_authorize(client, true, claims,
				     &permission, NULL) == STYTCH_OK,
		    false);
	}
	assert_true(http_server_requests(server) > 2 * POLICIES_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roles_grant_by_exact_resource_and_action),
		cmocka_unit_test(policy_is_fetched_once_in_five_minutes),
		cmocka_unit_test(
		    organizations_own_roles_come_from_their_policy),
		cmocka_unit_test(
		    session_of_another_organization_is_denied_without_asking),
		cmocka_unit_test(failure_to_fetch_grants_nothing),
		cmocka_unit_test(incomplete_permissions_are_misconfigured),
		cmocka_unit_test(many_organizations_share_the_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
