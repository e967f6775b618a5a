/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole exchange of a member's login over real HTTP, with our own client:
 * email code, intermediate token, TOTP, session, and a later step-up, also
 * after the sandbox was started anew on its database.
 */
#include "config.h"

#include "tests/unit/sandbox_b2b_drive.h"

#include "sandbox/seed.h"
#include "sandbox/server.h"

#include <stdlib.h>
#include <string.h>
#include <stytch/stytch.h>
#include <unistd.h>

#define PROJECT "project-test-22222222-2222-4222-8222-222222222222"
#define SECRET "business"
#define ADDRESS "carol@example.com"

struct world {
	char folder[64];
	struct target db;
	struct sandbox *sandbox;
	struct server *server;
	struct stytch_client *client;
};

static const char seed_text[] =
    "{\"organizations\":[{\"organization_name\":\"Acme\","
    "\"organization_slug\":\"acme\",\"mfa_policy\":\"REQUIRED_FOR_ALL\","
    "\"members\":[{\"email_address\":\"" ADDRESS "\",\"external_id\":"
    "\"carol\",\"totp_secret\":\"" TOM_SECRET "\",\"roles\":[\"operator\"]},"
    "{\"email_address\":\"dave@example.com\",\"external_id\":\"dave\"},"
    "{\"email_address\":\"erin@example.com\",\"external_id\":\"erin\"}]}]}";

static void
apply_seed(struct world *world)
{
	CLEANUP(json_free)
	cJSON *seed = json_parse(seed_text, strlen(seed_text));
	struct store *store = sandbox_store(world->sandbox);
	char detail[256] = "";

	store_begin(store);
	assert_int_equal(seed_apply(world->sandbox, seed, detail,
			     sizeof(detail)),
	    API_OK);
	assert_int_equal(store_end(store, true), 0);
}

static void
world_start(struct world *world)
{
	const struct sandbox_options options = {
		.db = world->db.text,
		.base_url = "http://127.0.0.1",
		.projects = { NULL, PROJECT ":" SECRET },
	};
	const struct server_options listening = { .listen = "127.0.0.1:0" };
	struct stytch_config config = {
		.size = sizeof(config),
		.project_id = PROJECT,
		.secret = SECRET,
		.allow_plain = true,
	};

	assert_int_equal(sandbox_new(&options, &world->sandbox), 0);
	apply_seed(world);
	assert_int_equal(server_bind(&listening, &world->server), 0);
	assert_int_equal(server_start(world->server, world->sandbox), 0);
	config.base_url = server_url(world->server);
	assert_int_equal(stytch_client_new(&config, &world->client, NULL),
	    STYTCH_OK);
}

static void
world_stop(struct world *world)
{
	stytch_client_free(&world->client);
	server_free(&world->server);
	sandbox_free(&world->sandbox);
}

static int
setup(void **state)
{
	static struct world world;

	memset(&world, 0, sizeof(world));
	memcpy(world.folder, "/tmp/sandboxXXXXXX", 19);
	if (mkdtemp(world.folder) == NULL)
		return -1;
	world.db = target_of("%s/db", world.folder);
	world_start(&world);
	*state = &world;
	return 0;
}

static int
teardown(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	struct world *world = *state;

	world_stop(world);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		(void)unlink(target_of("%s%s", world->db.text, ends[i]).text);
	return rmdir(world->folder);
}

/* What a call is made of: names and values, NULL at the end. */
static enum stytch_class
perform(struct world *world, enum stytch_endpoint endpoint,
    const char *const *values, struct stytch_reply **out_reply,
    struct stytch_error *error)
{
	CLEANUP(stytch_call_free)
	struct stytch_call *call = stytch_call_new(world->client, endpoint);

	stytch_call_set(call, "organization_id", "acme");
	for (; *values != NULL; values += 2)
		stytch_call_set(call, values[0], values[1]);
	return stytch_call_perform(call, out_reply, error);
}

#define CALL(world, endpoint, out_reply, error, ...) \
	perform(world, endpoint, (const char *const[]){ __VA_ARGS__, NULL }, \
	    out_reply, error)

/* As far as the intermediate token. */
static struct stytch_reply *
first_step(struct world *world)
{
	struct stytch_reply *sent = NULL, *owed = NULL;
	struct stytch_error error;
	struct sent_code code;

	assert_int_equal(CALL(world, STYTCH_B2B_OTPS_EMAIL_LOGIN_OR_SIGNUP,
			     &sent, &error, "email_address", ADDRESS),
	    STYTCH_OK);
	stytch_reply_free(&sent);
	code = sent_code((void **)&world->sandbox, ADDRESS);
	assert_int_equal(CALL(world, STYTCH_B2B_OTPS_EMAIL_AUTHENTICATE, &owed,
			     &error, "email_address", ADDRESS, "code",
			     code.text),
	    STYTCH_OK);
	assert_false(stytch_reply_bool(owed, "member_authenticated", true));
	return owed;
}

/* A TOTP step with a token of that name; the class of its outcome. */
static enum stytch_class
second_step(struct world *world, const char *name, const char *token,
    const char *code, struct stytch_reply **out_reply)
{
	struct stytch_error error;

	return CALL(world, STYTCH_B2B_TOTP_AUTHENTICATE, out_reply, &error,
	    "member_id", "carol", "code", code, name, token);
}

static struct sent_code
code_now(struct world *world, int offset)
{
	return totp_code((void **)&world->sandbox, TOM_SECRET, offset);
}

static void
a_member_logs_in_and_steps_up_later(void **state)
{
	struct world *world = *state;
	CLEANUP(stytch_reply_free)
	struct stytch_reply *owed = first_step(world);
	CLEANUP(stytch_reply_free) struct stytch_reply *done = NULL;
	CLEANUP(stytch_reply_free) struct stytch_reply *claims = NULL;
	CLEANUP(stytch_reply_free) struct stytch_reply *later = NULL;
	const char *token =
	    stytch_reply_string(owed, "intermediate_session_token");
	struct sent_code code = code_now(world, 0);

	assert_int_equal(second_step(world, "intermediate_session_token", token,
			     code_now(world, 40).text, &done),
	    STYTCH_REJECTED);
	assert_int_equal(second_step(world, "intermediate_session_token", token,
			     code.text, &done),
	    STYTCH_OK);
	assert_int_equal(second_step(world, "intermediate_session_token", token,
			     code_now(world, 1).text, &later),
	    STYTCH_EXPIRED);
	assert_int_equal(stytch_session_verify(world->client, true,
			     stytch_reply_string(done, "session_jwt"), &claims,
			     NULL),
	    STYTCH_OK);
	assert_string_equal(stytch_reply_string(claims, "sub"),
	    stytch_reply_string(done, "member_id"));
	assert_string_equal(stytch_reply_string(claims,
				"[\"https://stytch.com/organization\"].slug"),
	    "acme");
	assert_int_equal(stytch_reply_count(claims,
			     "[\"https://stytch.com/session\"]."
			     "authentication_factors"),
	    2);
	assert_int_equal(second_step(world, "session_token",
			     stytch_reply_string(done, "session_token"),
			     code.text, &later),
	    STYTCH_EXPIRED);
	advance(world->sandbox, 60);
	assert_int_equal(second_step(world, "session_token",
			     stytch_reply_string(done, "session_token"),
			     code_now(world, 0).text, &later),
	    STYTCH_OK);
}

static void
sessions_and_used_codes_outlive_a_restart(void **state)
{
	struct world *world = *state;
	CLEANUP(stytch_reply_free)
	struct stytch_reply *owed = first_step(world);
	CLEANUP(stytch_reply_free) struct stytch_reply *done = NULL;
	CLEANUP(stytch_reply_free) struct stytch_reply *later = NULL;
	struct sent_code code = code_now(world, 0);

	assert_int_equal(second_step(world, "intermediate_session_token",
			     stytch_reply_string(owed,
				 "intermediate_session_token"),
			     code.text, &done),
	    STYTCH_OK);
	world_stop(world);
	world_start(world);
	assert_int_equal(second_step(world, "session_token",
			     stytch_reply_string(done, "session_token"),
			     code.text, &later),
	    STYTCH_EXPIRED);
	assert_int_equal(second_step(world, "session_token",
			     stytch_reply_string(done, "session_token"),
			     code_now(world, 1).text, &later),
	    STYTCH_OK);
}

static void
ten_wrong_codes_are_a_lock_to_the_client(void **state)
{
	struct world *world = *state;
	CLEANUP(stytch_reply_free)
	struct stytch_reply *owed = first_step(world);
	struct stytch_reply *done = NULL;
	const char *token =
	    stytch_reply_string(owed, "intermediate_session_token");

	for (int i = 0; i < 10; i++)
		assert_int_equal(second_step(world,
				     "intermediate_session_token", token,
				     code_now(world, 40).text, &done),
		    STYTCH_REJECTED);
	assert_int_equal(second_step(world, "intermediate_session_token", token,
			     code_now(world, 0).text, &done),
	    STYTCH_LOCKED);
}

static bool
count_members(const struct stytch_reply *reply, void *context)
{
	size_t *count = context;

	*count += stytch_reply_count(reply, "members");
	return true;
}

static void
a_sync_reads_every_page(void **state)
{
	struct world *world = *state;
	CLEANUP(stytch_call_free)
	struct stytch_call *call = stytch_call_new(world->client,
	    STYTCH_B2B_ORGANIZATIONS_MEMBERS_SEARCH);
	struct stytch_error error;
	size_t count = 0;
	const struct stytch_pages pages = { .size = 2,
		.take = count_members,
		.context = &count };

	stytch_call_add(call, "organization_ids", "acme");
	assert_int_equal(stytch_call_each_page(call, &pages, &error),
	    STYTCH_OK);
	assert_int_equal(count, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_member_logs_in_and_steps_up_later),
		TEST(sessions_and_used_codes_outlive_a_restart),
		TEST(ten_wrong_codes_are_a_lock_to_the_client),
		TEST(a_sync_reads_every_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
