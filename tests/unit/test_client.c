/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "libstytch/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct stytch_config good = {
	.size = sizeof(struct stytch_config),
	.project_id = "project-test-1",
	.secret = "secret-test-CANARY=",
};

static void
refuse(const struct stytch_config *config, const char *parameter)
{
	CLEANUP(stytch_client_free) struct stytch_client *client = NULL;
	struct stytch_error error;

	assert_int_equal(stytch_client_new(config, &client, &error),
	    STYTCH_MISCONFIGURED);
	assert_int_equal(error.class_, STYTCH_MISCONFIGURED);
	assert_string_equal(error.parameter, parameter);
	assert_string_not_equal(error.message, "");
	assert_null(strstr(error.message, "CANARY"));
	assert_null(client);
	assert_int_equal(stytch_client_new(config, &client, NULL),
	    STYTCH_MISCONFIGURED);
}

static void
what_is_missing_or_malformed_is_named(void **state)
{
	static const char *const ids[] = { NULL, "", "a:b", "a b", "a\nb",
		"\xc3\xa4" };
	static const char *const secrets[] = { NULL, "", "a b", "a\r\nX: y",
		"\x7f" };
	struct stytch_config config = good;
	char long_text[600];

	(void)state;
	memset(long_text, 'a', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		config.project_id = ids[i];
		refuse(&config, "project_id");
	}
	config.project_id = long_text;
	refuse(&config, "project_id");
	config = good;
	for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
		config.secret = secrets[i];
		refuse(&config, "secret");
	}
	config = good;
	config.size = 0;
	refuse(&config, "size");
	config.size = sizeof(config) + 8;
	refuse(&config, "size");
	refuse(NULL, "config");
}

static void
limits_are_kept(void **state)
{
	static const struct {
		unsigned connect, total, connections;
		const char *parameter;
	} cases[] = {
		{ 99, 0, 0, "connect_timeout_ms" },
		{ 60001, 0, 0, "connect_timeout_ms" },
		{ 0, 499, 0, "total_timeout_ms" },
		{ 0, 100001, 0, "total_timeout_ms" },
		{ 0, 0, 65, "max_connections" },
		{ 0, 0, (unsigned)-1, "max_connections" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct stytch_config config = good;

		config.connect_timeout_ms = cases[i].connect;
		config.total_timeout_ms = cases[i].total;
		config.max_connections = cases[i].connections;
		refuse(&config, cases[i].parameter);
	}
}

static void
urls_are_judged(void **state)
{
	static const char *const proxies[] = { "", "proxy:3128", "http://",
		"ftp://proxy", "HTTP://proxy", "socks4://proxy" };
	struct stytch_config config = good;

	(void)state;
	config.base_url = "http://127.0.0.1:1";
	refuse(&config, "base_url");
	config.base_url = "unix:/run/x";
	refuse(&config, "base_url");
	config.base_url = "";
	refuse(&config, "base_url");
	config = good;
	config.fraud_url = "http://127.0.0.1:1";
	refuse(&config, "fraud_url");
	config.allow_plain = true;
	config.fraud_url = "http://telemetry.stytch.com";
	refuse(&config, "fraud_url");
	config = good;
	for (size_t i = 0; i < ARRAY_LEN(proxies); i++) {
		config.proxy = proxies[i];
		refuse(&config, "proxy");
	}
}

static void
host_follows_the_project(void **state)
{
	static const struct {
		const char *project_id, *base_url, *fraud_url;
		const char *api, *fraud;
	} cases[] = {
		{ "project-live-1", NULL, NULL, "https://api.stytch.com",
		    "https://telemetry.stytch.com" },
		{ "project-test-1", NULL, NULL, "https://test.stytch.com",
		    "https://telemetry.stytch.com" },
		{ "xproject-live-1", NULL, NULL, "https://test.stytch.com",
		    "https://telemetry.stytch.com" },
		{ "project-live-1", "https://gw.example/s", NULL,
		    "https://gw.example/s", "https://gw.example/s" },
		{ "project-live-1", "https://gw.example", "https://f.example",
		    "https://gw.example", "https://f.example" },
		{ "project-live-1", NULL, "https://f.example",
		    "https://api.stytch.com", "https://f.example" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(stytch_client_free) struct stytch_client *client = NULL;
		struct stytch_config config = good;

		config.project_id = cases[i].project_id;
		config.base_url = cases[i].base_url;
		config.fraud_url = cases[i].fraud_url;
		config.proxy = "http://proxy.example:3128";
		assert_int_equal(stytch_client_new(&config, &client, NULL),
		    STYTCH_OK);
		assert_string_equal(client->api.prefix, cases[i].api);
		assert_string_equal(client->fraud.prefix, cases[i].fraud);
	}
}

static void
nothing_is_freed_twice(void **state)
{
	struct stytch_client *client = NULL;
	struct stytch_call *call = NULL;
	struct stytch_reply *reply = NULL;

	(void)state;
	stytch_client_free(NULL);
	stytch_client_free(&client);
	stytch_call_free(NULL);
	stytch_call_free(&call);
	stytch_reply_free(NULL);
	stytch_reply_free(&reply);
	assert_int_equal(stytch_client_new(&good, &client, NULL), STYTCH_OK);
	stytch_client_free(&client);
	assert_null(client);
	stytch_client_free(&client);
}

static void
missing_call_is_answered_when_performed(void **state)
{
	struct stytch_reply *reply = NULL;
	struct stytch_error error;
	struct stytch_call *call = NULL;

	(void)state;
	stytch_call_set(call, "a", "b");
	stytch_call_set_int(call, "a", 1);
	stytch_call_set_bool(call, "a", true);
	stytch_call_set_json(call, "a", "{}");
	stytch_call_add(call, "a", "b");
	stytch_call_set_member_session(call, "a", NULL);
	assert_int_equal(stytch_call_perform(call, &reply, &error),
	    STYTCH_UNAVAILABLE);
	assert_int_equal(stytch_call_each_page(call, NULL, &error),
	    STYTCH_UNAVAILABLE);
	call = stytch_call_new(NULL, STYTCH_DEBUG_WHOAMI);
	assert_int_equal(stytch_call_each_page(call, NULL, &error),
	    STYTCH_MISCONFIGURED);
	assert_int_equal(stytch_call_perform(call, &reply, &error),
	    STYTCH_MISCONFIGURED);
	assert_int_equal(stytch_call_perform(call, NULL, NULL),
	    STYTCH_MISCONFIGURED);
	stytch_call_free(&call);
	assert_null(reply);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_missing_or_malformed_is_named),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(urls_are_judged),
		cmocka_unit_test(host_follows_the_project),
		cmocka_unit_test(nothing_is_freed_twice),
		cmocka_unit_test(missing_call_is_answered_when_performed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
