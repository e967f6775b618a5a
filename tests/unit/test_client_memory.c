/* SPDX-License-Identifier: BSD-2-Clause */
/* The client when memory runs out, at every allocation of its own and cJSON's. */
#include "config.h"

#include "tests/unit/http_server.h"

#include <stytch/stytch.h>

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/failing.h"

#define BODY \
	"{\"request_id\":\"r\",\"users\":[{\"user_id\":\"u\"}]," \
	"\"results_metadata\":{\"next_cursor\":\"c\"}}"
#define LAST "{\"results_metadata\":{\"next_cursor\":null}}"

static bool
take_page(const struct stytch_reply *reply, void *context)
{
	unsigned *pages = context;

	(void)reply;
	(*pages)++;
	return true;
}

/* Make a client, a call of each kind, and read the answers. */
static enum stytch_class
run_all(const char *url, unsigned *out_pages)
{
	struct stytch_config config = {
		.size = sizeof(config),
		.project_id = "project-test-1",
		.secret = "secret-test-1",
		.base_url = url,
		.fraud_url = "unix:/nonexistent",
		.proxy = "http://127.0.0.1:1",
		.ca_file = "/nonexistent",
		.allow_plain = true,
	};
	struct stytch_pages pages = {
		.size = 5,
		.take = take_page,
		.context = out_pages,
	};
	CLEANUP(stytch_client_free) struct stytch_client *client = NULL;
	CLEANUP(stytch_call_free) struct stytch_call *call = NULL;
	CLEANUP(stytch_call_free) struct stytch_call *search = NULL;
	CLEANUP(stytch_reply_free) struct stytch_reply *reply = NULL;
	struct stytch_error error;
	enum stytch_class class_ = stytch_client_new(&config, &client, &error);

	if (class_ != STYTCH_OK)
		return class_;
	call = stytch_call_new(client, STYTCH_B2B_ORGANIZATIONS_MEMBERS_UPDATE);
	stytch_call_set(call, "organization_id", "o");
	stytch_call_set(call, "member_id", "m");
	stytch_call_set(call, "external_id", "alice");
	stytch_call_set_json(call, "untrusted_metadata", "{\"a\":[1]}");
	stytch_call_set_bool(call, "mfa_enrolled", true);
	stytch_call_add(call, "roles", "r");
	stytch_call_set_member_session(call, "token", NULL);
	class_ = stytch_call_perform(call, &reply, &error);
	if (class_ != STYTCH_OK)
		return class_;
	search = stytch_call_new(client, STYTCH_USERS_SEARCH);
	*out_pages = 0;
	return stytch_call_each_page(search, &pages, &error);
}

static void *
failing_malloc(size_t size)
{
	return failing_now() ? NULL : __real_malloc(size);
}

static void
no_allocation_is_taken_for_granted(void **state)
{
	static const struct http_answer once[] = {
		{ 200, BODY, NULL, 0 },
		{ 200, BODY, NULL, 0 },
		{ 200, LAST, NULL, 0 },
	};
	cJSON_Hooks hooks = { .malloc_fn = failing_malloc, .free_fn = free };
	enum stytch_class class_ = STYTCH_UNAVAILABLE;
	unsigned pages = 0, n;

	(void)state;
	for (n = 1; class_ != STYTCH_OK; n++) {
		CLEANUP(http_server_stop)
		struct http_server *server = http_server_start(NULL, once, 3);

		cJSON_InitHooks(&hooks);
		failing_at = n;
		class_ = run_all(http_server_url(server), &pages);
		failing_at = 0;
		cJSON_InitHooks(NULL);
		/* JSON that did not fit in memory looks like none. */
		assert_true(class_ == STYTCH_OK ||
		    class_ == STYTCH_UNAVAILABLE || class_ == STYTCH_PROTOCOL ||
		    class_ == STYTCH_MISCONFIGURED);
		assert_true(n < 2000);
	}
	assert_int_equal(pages, 2);
	assert_true(n > 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_allocation_is_taken_for_granted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
