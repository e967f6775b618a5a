/* SPDX-License-Identifier: BSD-2-Clause */
/* m2m.clients.* and connected_apps.clients.*: secrets, rotation, search. */
#include "config.h"

#include "tests/unit/sandbox_b2b_drive.h"

#include <string.h>

#define M2M "/v1/m2m/clients"
#define APPS "/v1/connected_apps/clients"
#define NO_M2M M2M "/m2m-client-test-00000000-0000-4000-8000-000000000000"
#define NO_APP APPS "/connected-app-test-00000000-0000-4000-8000-000000000000"

static cJSON *
make_machine(void **state, const char *more)
{
	cJSON *answer =
	    consumer(*state, "POST", M2M, "{\"scopes\":[\"read\"]%s}", more);

	assert_answer(answer, API_OK);
	return answer;
}

static cJSON *
make_app(void **state, const char *type, const char *more)
{
	cJSON *answer = consumer(*state, "POST", APPS,
	    "{\"client_type\":\"%s\"%s}", type, more);

	assert_answer(answer, API_OK);
	return answer;
}

static const char *
path_of(const char *base, const char *id, const char *rest)
{
	static struct target target;

	target = target_of("%s/%s%s", base, id, rest);
	return target.text;
}

static void
a_machine_is_shown_with_its_secret_once(void **state)
{
	CLEANUP(json_free)
	cJSON *made = make_machine(state,
	    ",\"client_name\":\"ci\",\"trusted_metadata\":{\"a\":1}");
	const char *id = text_at(made, "m2m_client.client_id");
	const char *secret = text_at(made, "m2m_client.client_secret");
	CLEANUP(json_free)
	cJSON *got = consumer(*state, "GET", path_of(M2M, id, ""), NULL);

	assert_int_equal(int_at(made, "status_code"), 201);
	assert_string_equal(text_at(made, "m2m_client.client_secret_last_four"),
	    secret + strlen(secret) - 4);
	assert_answer(got, API_OK);
	assert_null(json_at(got, "m2m_client.client_secret"));
	assert_string_equal(text_at(got, "m2m_client.client_name"), "ci");
	assert_string_equal(text_at(got, "m2m_client.client_description"), "");
	assert_string_equal(text_at(got, "m2m_client.status"), "active");
	assert_string_equal(text_at(got, "m2m_client.scopes.0"), "read");
	assert_int_equal(int_at(got, "m2m_client.trusted_metadata.a"), 1);
}

static void
a_machine_brings_its_own_id_and_secret(void **state)
{
	CLEANUP(json_free)
	cJSON *made = make_machine(state,
	    ",\"client_id\":\"old-host\",\"client_secret\":\"kept-Secret-9\"");

	assert_string_equal(text_at(made, "m2m_client.client_id"), "old-host");
	assert_string_equal(text_at(made, "m2m_client.client_secret"),
	    "kept-Secret-9");
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "GET", M2M "/old-host",
	    NULL);
	refused(API_DUPLICATE_M2M_CLIENT_ID, *state, "POST", M2M,
	    "{\"scopes\":[],\"client_id\":\"old-host\"}");
	refused(API_INVALID_ID, *state, "POST", M2M,
	    "{\"scopes\":[],\"client_id\":\"a b\"}");
}

static void
machines_that_cannot_be_made(void **state)
{
	static const struct {
		enum api_error error;
		const char *body;
	} cases[] = {
		{ API_BAD_REQUEST, "{}" },
		{ API_BAD_REQUEST, "{\"scopes\":\"read\"}" },
		{ API_BAD_REQUEST, "{\"scopes\":[1]}" },
		{ API_INVALID_M2M_CLIENT_SCOPE, "{\"scopes\":[\"a b\"]}" },
		{ API_INVALID_M2M_CLIENT_SCOPE, "{\"scopes\":[\"\"]}" },
		{ API_INVALID_REQUEST_VALUE,
		    "{\"scopes\":[],\"client_secret\":\"short\"}" },
		{ API_INSECURE_M2M_CLIENT_SECRET,
		    "{\"scopes\":[],\"client_secret\":\"aaaaaaaaaaaa\"}" },
		{ API_METADATA_INVALID_FORMAT,
		    "{\"scopes\":[],\"trusted_metadata\":[]}" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		refused(cases[i].error, *state, "POST", M2M, "%s",
		    cases[i].body);
}

static void
a_machine_is_changed_and_deleted(void **state)
{
	CLEANUP(json_free) cJSON *made = make_machine(state, "");
	const char *id = text_at(made, "m2m_client.client_id");
	CLEANUP(json_free)
	cJSON *changed = consumer(*state, "PUT", path_of(M2M, id, ""),
	    "{\"status\":\"inactive\",\"scopes\":[\"x\",\"y\"]}");
	CLEANUP(json_free) cJSON *gone = NULL;

	assert_answer(changed, API_OK);
	assert_string_equal(text_at(changed, "m2m_client.status"), "inactive");
	assert_string_equal(text_at(changed, "m2m_client.scopes.1"), "y");
	refused(API_INVALID_M2M_CLIENT_STATUS, *state, "PUT",
	    path_of(M2M, id, ""), "{\"status\":\"asleep\"}");
	gone = consumer(*state, "DELETE", path_of(M2M, id, ""), NULL);
	assert_answer(gone, API_OK);
	assert_string_equal(text_at(gone, "client_id"), id);
	refused(API_M2M_CLIENT_NOT_FOUND, *state, "DELETE",
	    path_of(M2M, id, ""), NULL);
}

static void
a_machine_of_one_project_is_none_of_the_other(void **state)
{
	CLEANUP(json_free) cJSON *made = make_machine(state, "");

	assert_b2b(API_M2M_CLIENT_NOT_FOUND, state, "GET",
	    path_of(M2M, text_at(made, "m2m_client.client_id"), ""), NULL);
}

static void
what_is_not_there_is_not_found(void **state)
{
	static const struct {
		enum api_error error;
		const char *method, *target;
	} cases[] = {
		{ API_M2M_CLIENT_NOT_FOUND, "GET", NO_M2M },
		{ API_M2M_CLIENT_NOT_FOUND, "PUT", NO_M2M },
		{ API_M2M_CLIENT_NOT_FOUND, "DELETE", NO_M2M },
		{ API_M2M_CLIENT_NOT_FOUND, "POST",
		    NO_M2M "/secrets/rotate/start" },
		{ API_M2M_CLIENT_NOT_FOUND, "POST",
		    NO_M2M "/secrets/rotate/cancel" },
		{ API_M2M_CLIENT_NOT_FOUND, "POST", NO_M2M "/secrets/rotate" },
		{ API_CONNECTED_APP_NOT_FOUND, "GET", NO_APP },
		{ API_CONNECTED_APP_NOT_FOUND, "PUT", NO_APP },
		{ API_CONNECTED_APP_NOT_FOUND, "DELETE", NO_APP },
		{ API_CONNECTED_APP_NOT_FOUND, "POST",
		    NO_APP "/secrets/rotate/start" },
		{ API_CONNECTED_APP_NOT_FOUND, "POST",
		    NO_APP "/secrets/rotate/cancel" },
		{ API_CONNECTED_APP_NOT_FOUND, "POST",
		    NO_APP "/secrets/rotate" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		refused(cases[i].error, *state, cases[i].method,
		    cases[i].target, "{}");
}

/* Start, cancel, start, end; base and name are of either kind. */
static void
rotate(void **state, const char *base, const char *name, const char *id,
    const enum api_error errors[2])
{
	CLEANUP(json_free) cJSON *start = NULL;
	CLEANUP(json_free) cJSON *again = NULL;
	CLEANUP(json_free) cJSON *end = NULL;
	const char *secret;

	refused(errors[1], *state, "POST",
	    path_of(base, id, "/secrets/rotate/cancel"), "{}");
	refused(errors[1], *state, "POST", path_of(base, id, "/secrets/rotate"),
	    "{}");
	start = consumer(*state, "POST",
	    path_of(base, id, "/secrets/rotate/start"), "{}");
	assert_answer(start, API_OK);
	refused(errors[0], *state, "POST",
	    path_of(base, id, "/secrets/rotate/start"), "{}");
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
	    path_of(base, id, "/secrets/rotate/cancel"), "{}");
	again = consumer(*state, "POST",
	    path_of(base, id, "/secrets/rotate/start"), "{}");
	assert_answer(again, API_OK);
	secret = text_at(again, target_of("%s.next_client_secret", name).text);
	end = consumer(*state, "POST", path_of(base, id, "/secrets/rotate"),
	    "{}");
	assert_answer(end, API_OK);
	assert_null(
	    json_at(end, target_of("%s.next_client_secret", name).text));
	assert_string_equal(text_at(end,
				target_of("%s.client_secret_last_four", name)
				    .text),
	    secret + strlen(secret) - 4);
	assert_true(cJSON_IsNull(json_at(end,
	    target_of("%s.next_client_secret_last_four", name).text)));
}

static void
a_secret_is_rotated_in_two_steps(void **state)
{
	static const enum api_error machine[] = {
		API_M2M_CLIENT_ALREADY_ROTATING_SECRET,
		API_M2M_CLIENT_NOT_ROTATING_SECRET,
	};
	static const enum api_error app[] = {
		API_CONNECTED_APP_ALREADY_ROTATING_SECRET,
		API_CONNECTED_APP_NOT_ROTATING_SECRET,
	};
	CLEANUP(json_free) cJSON *m2m = make_machine(state, "");
	CLEANUP(json_free) cJSON *web = make_app(state, "third_party", "");

	rotate(state, M2M, "m2m_client", text_at(m2m, "m2m_client.client_id"),
	    machine);
	rotate(state, APPS, "connected_app",
	    text_at(web, "connected_app.client_id"), app);
}

static void
machines_are_searched_page_by_page(void **state)
{
	CLEANUP(json_free)
	cJSON *a = make_machine(state, ",\"client_name\":\"a\"");
	CLEANUP(json_free)
	cJSON *b = make_machine(state, ",\"client_name\":\"b\"");
	CLEANUP(json_free)
	cJSON *first = consumer(*state, "POST", M2M "/search", "{\"limit\":1}");
	CLEANUP(json_free) cJSON *second = NULL;
	CLEANUP(json_free)
	cJSON *named = consumer(*state, "POST", M2M "/search",
	    "{\"query\":{\"operator\":\"AND\",\"operands\":[{\"filter_name\":"
	    "\"client_name\",\"filter_value\":[\"b\"]},{\"filter_name\":"
	    "\"scopes\",\"filter_value\":[\"read\",\"z\"]}]}}");

	assert_int_equal(int_at(a, "status_code"), 201);
	assert_int_equal(int_at(b, "status_code"), 201);
	assert_answer(first, API_OK);
	assert_int_equal(int_at(first, "results_metadata.total"), 2);
	assert_string_equal(text_at(first, "m2m_clients.0.client_name"), "a");
	second = consumer(*state, "POST", M2M "/search",
	    "{\"limit\":1,\"cursor\":\"%s\"}",
	    text_at(first, "results_metadata.next_cursor"));
	assert_string_equal(text_at(second, "m2m_clients.0.client_name"), "b");
	assert_true(
	    cJSON_IsNull(json_at(second, "results_metadata.next_cursor")));
	assert_answer(named, API_OK);
	assert_int_equal(int_at(named, "results_metadata.total"), 1);
	assert_string_equal(text_at(named, "m2m_clients.0.client_name"), "b");
}

static void
searches_that_are_refused(void **state)
{
	static const struct {
		enum api_error error;
		const char *operand;
	} cases[] = {
		{ API_M2M_SEARCH_MISSING_FILTER_NAME, "{}" },
		{ API_M2M_SEARCH_FILTER_NAME_MUST_BE_STRING,
		    "{\"filter_name\":1,\"filter_value\":[]}" },
		{ API_M2M_SEARCH_FILTER_NAME_NOT_RECOGNIZED,
		    "{\"filter_name\":\"x\",\"filter_value\":[]}" },
		{ API_M2M_SEARCH_MISSING_FILTER_VALUE,
		    "{\"filter_name\":\"scopes\"}" },
		{ API_M2M_SEARCH_EXPECTED_ARRAY_OF_STRINGS,
		    "{\"filter_name\":\"scopes\",\"filter_value\":\"a\"}" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		refused(cases[i].error, *state, "POST", M2M "/search",
		    "{\"query\":{\"operator\":\"OR\",\"operands\":[%s]}}",
		    cases[i].operand);
	refused(API_INVALID_REQUEST_VALUE, *state, "POST", M2M "/search",
	    "{\"cursor\":\"?\"}");
	refused(API_INVALID_REQUEST_VALUE, *state, "POST", APPS "/search",
	    "{\"cursor\":\"?\"}");
	refused(API_INVALID_REQUEST_VALUE, *state, "POST", APPS "/search",
	    "{\"limit\":1001}");
}

static void
an_app_has_every_member_and_keeps_its_type(void **state)
{
	static const char *const members[] = { "client_id", "client_name",
		"client_description", "status", "full_access_allowed",
		"client_type", "redirect_urls", "access_token_expiry_minutes",
		"access_token_template_content", "post_logout_redirect_urls",
		"bypass_consent_for_offline_access",
		"id_token_template_content", "client_secret_last_four",
		"next_client_secret_last_four" };
	CLEANUP(json_free)
	cJSON *made = make_app(state, "first_party",
	    ",\"redirect_urls\":[\"https://app.example.com/cb\"]");
	CLEANUP(json_free) cJSON *changed = NULL;
	CLEANUP(json_free) cJSON *list = NULL;
	const char *id = text_at(made, "connected_app.client_id");

	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		assert_non_null(
		    json_get(json_at(made, "connected_app"), members[i]));
	/* The form that shows the secret lacks one that the others have. */
	assert_null(json_at(made, "connected_app.creation_method"));
	changed = consumer(*state, "PUT", path_of(APPS, id, ""),
	    "{\"client_name\":\"new\",\"client_type\":\"third_party\"}");
	assert_answer(changed, API_OK);
	assert_string_equal(text_at(changed, "connected_app.client_type"),
	    "first_party");
	assert_string_equal(text_at(changed, "connected_app.creation_method"),
	    "api");
	list = consumer(*state, "POST", APPS "/search", "{}");
	assert_int_equal(int_at(list, "results_metadata.total"), 1);
	assert_string_equal(text_at(list, "connected_apps.0.client_name"),
	    "new");
	assert_null(json_at(list, "connected_apps.0.client_secret"));
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "DELETE",
	    path_of(APPS, id, ""), NULL);
	refused(API_CONNECTED_APP_NOT_FOUND, *state, "GET",
	    path_of(APPS, id, ""), NULL);
}

static void
apps_that_cannot_be_made(void **state)
{
	static const struct {
		enum api_error error;
		const char *body;
	} cases[] = {
		{ API_INVALID_CONNECTED_APP_TYPE, "{}" },
		{ API_INVALID_CONNECTED_APP_TYPE,
		    "{\"client_type\":\"fourth_party\"}" },
		{ API_THIRD_PARTY_CLIENTS_CANNOT_USE_FULL_ACCESS,
		    "{\"client_type\":\"third_party_public\","
		    "\"full_access_allowed\":true}" },
		{ API_THIRD_PARTY_CLIENTS_REQUIRE_CONSENT_FOR_OFFLINE_ACCESS,
		    "{\"client_type\":\"third_party\","
		    "\"bypass_consent_for_offline_access\":true}" },
		{ API_IDP_INVALID_ACCESS_TOKEN_EXPIRY_MINUTES,
		    "{\"client_type\":\"first_party\","
		    "\"access_token_expiry_minutes\":4}" },
		{ API_CONNECTED_APP_REDIRECT_URL_MUST_INCLUDE_SCHEME,
		    "{\"client_type\":\"first_party\",\"redirect_urls\":"
		    "[\"example.com/cb\"]}" },
		{ API_CONNECTED_APP_REDIRECT_URL_HTTP_SCHEME_MUST_USE_LOOPBACK,
		    "{\"client_type\":\"first_party\",\"redirect_urls\":"
		    "[\"http://localhost.example.com/cb\"]}" },
		{ API_CONNECTED_APP_INVALID_REDIRECT_URL,
		    "{\"client_type\":\"first_party\",\"redirect_urls\":"
		    "[\"https://example.com/#a\"]}" },
		{ API_CONNECTED_APP_INVALID_REDIRECT_URL,
		    "{\"client_type\":\"first_party\",\"redirect_urls\":"
		    "[\"https://\"]}" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		refused(cases[i].error, *state, "POST", APPS, "%s",
		    cases[i].body);
}

static void
a_public_app_has_no_secret_to_rotate(void **state)
{
	CLEANUP(json_free)
	cJSON *made = make_app(state, "first_party_public", "");

	assert_null(json_at(made, "connected_app.client_secret"));
	refused(API_PUBLIC_CONNECTED_APPS_DO_NOT_HAVE_SECRETS, *state, "POST",
	    path_of(APPS, text_at(made, "connected_app.client_id"),
		"/secrets/rotate/start"),
	    "{}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_machine_is_shown_with_its_secret_once, drive_setup,
		    drive_teardown),
		cmocka_unit_test_setup_teardown(
		    a_machine_brings_its_own_id_and_secret, drive_setup,
		    drive_teardown),
		cmocka_unit_test_setup_teardown(machines_that_cannot_be_made,
		    drive_setup, drive_teardown),
		cmocka_unit_test_setup_teardown(
		    a_machine_is_changed_and_deleted, drive_setup,
		    drive_teardown),
		cmocka_unit_test_setup_teardown(
		    a_machine_of_one_project_is_none_of_the_other, drive_setup,
		    drive_teardown),
		cmocka_unit_test_setup_teardown(what_is_not_there_is_not_found,
		    drive_setup, drive_teardown),
		cmocka_unit_test_setup_teardown(
		    a_secret_is_rotated_in_two_steps, drive_setup,
		    drive_teardown),
		cmocka_unit_test_setup_teardown(
		    machines_are_searched_page_by_page, drive_setup,
		    drive_teardown),
		cmocka_unit_test_setup_teardown(searches_that_are_refused,
		    drive_setup, drive_teardown),
		cmocka_unit_test_setup_teardown(
		    an_app_has_every_member_and_keeps_its_type, drive_setup,
		    drive_teardown),
		cmocka_unit_test_setup_teardown(apps_that_cannot_be_made,
		    drive_setup, drive_teardown),
		cmocka_unit_test_setup_teardown(
		    a_public_app_has_no_secret_to_rotate, drive_setup,
		    drive_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
