/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is good once is taken once: threads that come at the same moment with
 * the same code or token see one success, and a refusal each but one.
 */
#include "config.h"

#include "tests/unit/sandbox_b2b_drive.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define CLIENTS 8
#define ROUNDS 12
#define EMAIL "a@example.com"
#define SECRET "JBSWY3DPEHPK3PXP"

/* What each of the clients sends, and what they were answered. */
struct race {
	struct sandbox *sandbox;
	const char *authorization, *target, *body;
	pthread_barrier_t start;
	atomic_int taken, refused;
};

static void *
client(void *data)
{
	CLEANUP(http_reply_clear) struct http_reply reply = HTTP_REPLY_INIT;
	struct race *race = data;
	const struct http_request http = {
		.method = "POST",
		.target = race->target,
		.authorization = race->authorization,
		.body = race->body,
		.body_len = strlen(race->body),
	};

	(void)pthread_barrier_wait(&race->start);
	sandbox_handle(race->sandbox, &http, &reply);
	if (reply.status == 200)
		race->taken++;
	else if (reply.status >= 400 && reply.status < 500)
		race->refused++;
	return NULL;
}

/* Let every client of the race, of that project, go at the same moment. */
static void
run(struct race *race, enum vertical vertical, void *(*run_client)(void *))
{
	const struct project *project =
	    sandbox_project(race->sandbox, vertical);
	struct target pair = target_of("%s:%s", project->id, project->secret);
	CLEANUP(buf_clear) struct buf header = BUF_INIT(1024);
	pthread_t threads[CLIENTS];

	buf_adds(&header, "Basic ");
	base64_add(&header, pair.text, strlen(pair.text));
	race->authorization = buf_text(&header);
	assert_int_equal(pthread_barrier_init(&race->start, NULL, CLIENTS), 0);
	for (int i = 0; i < CLIENTS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run_client,
				     race),
		    0);
	for (int i = 0; i < CLIENTS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	pthread_barrier_destroy(&race->start);
}

/* ---- What is raced for; each makes a new one. ---- */

static void
email_code(void **state, int round, struct buf *body)
{
	CLEANUP(json_free)
	cJSON *sent = consumer(*state, "POST", "/v1/otps/email/send",
	    "{\"email\":\"" EMAIL "\"}");

	(void)round;
	assert_answer(sent, API_OK);
	buf_addf(body, "{\"method_id\":\"%s\",\"code\":\"%s\"}",
	    text_at(sent, "email_id"), sent_code(state, EMAIL).text);
}

static void
magic_link(void **state, int round, struct buf *body)
{
	CLEANUP(json_free) cJSON *mail = NULL;

	(void)round;
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
	    "/v1/magic_links/email/send", "{\"email\":\"" EMAIL "\"}");
	mail = last_message(*state, EMAIL);
	buf_addf(body, "{\"token\":\"%s\"}", text_at(mail, "token"));
}

static void
one_time_password(void **state, int round, struct buf *body)
{
	(void)round;
	advance(*state, 30);
	buf_addf(body, "{\"user_id\":\"a\",\"totp_code\":\"%s\"}",
	    totp_code(state, SECRET, 0).text);
}

static void
recovery_code(void **state, int round, struct buf *body)
{
	(void)state;
	buf_addf(body,
	    "{\"user_id\":\"a\",\"recovery_code\":"
	    "\"aaaa-bbbb-cc%02d\"}",
	    round);
}

static void
password_reset(void **state, int round, struct buf *body)
{
	CLEANUP(json_free) cJSON *mail = NULL;

	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
	    "/v1/passwords/email/reset/start", "{\"email\":\"" EMAIL "\"}");
	mail = last_message(*state, EMAIL);
	buf_addf(body,
	    "{\"token\":\"%s\",\"password\":"
	    "\"correct-Zebra-47-lantern-%d\"}",
	    text_at(mail, "token"), round);
}

static void
member_code(void **state, int round, struct buf *body)
{
	(void)round;
	assert_b2b(API_OK, state, "POST", "/v1/b2b/otps/email/login_or_signup",
	    "{\"organization_id\":\"plain\",\"email_address\":"
	    "\"ann@example.com\"}");
	buf_addf(body,
	    "{\"organization_id\":\"plain\",\"email_address\":"
	    "\"ann@example.com\",\"code\":\"%s\"}",
	    sent_code(state, "ann@example.com").text);
}

static void
intermediate_session(void **state, int round, struct buf *body)
{
	CLEANUP(json_free) cJSON *mail = NULL;
	CLEANUP(json_free) cJSON *proven = NULL;

	(void)round;
	assert_b2b(API_OK, state, "POST",
	    "/v1/b2b/magic_links/email/discovery/send",
	    "{\"email_address\":\"ann@example.com\"}");
	mail = last_message(*state, "ann@example.com");
	proven = b2b(state, "POST",
	    "/v1/b2b/magic_links/discovery/authenticate",
	    "{\"discovery_magic_links_token\":\"%s\"}", text_at(mail, "token"));
	assert_answer(proven, API_OK);
	buf_addf(body,
	    "{\"intermediate_session_token\":\"%s\","
	    "\"organization_id\":\"plain\"}",
	    text_at(proven, "intermediate_session_token"));
}

static void
impersonation_token(void **state, int round, struct buf *body)
{
	CLEANUP(json_free)
	cJSON *made = drive_control(*state, "POST", "/sandbox/impersonation",
	    "{\"user_id\":\"a\",\"impersonator_email_address\":"
	    "\"admin@example.com\"}");

	(void)round;
	buf_addf(body, "{\"impersonation_token\":\"%s\"}",
	    text_at(made, "impersonation_token"));
}

static void
access_token(void **state, int round, struct buf *body)
{
	struct target claims = target_of("{\"sub\":\"a\",\"jti\":\"%d\","
					 "\"scope\":\"full_access\"}",
	    round);
	CLEANUP(string_free)
	char *jwt = project_jwt(*state, VERTICAL_CONSUMER, claims.text, 300);

	buf_addf(body, "{\"access_token\":\"%s\"}", jwt);
}

static const struct {
	const char *target;
	enum vertical vertical;
	void (*make)(void **state, int round, struct buf *body);
} races[] = {
	{ "/v1/otps/authenticate", VERTICAL_CONSUMER, email_code },
	{ "/v1/magic_links/authenticate", VERTICAL_CONSUMER, magic_link },
	{ "/v1/totps/authenticate", VERTICAL_CONSUMER, one_time_password },
	{ "/v1/totps/recover", VERTICAL_CONSUMER, recovery_code },
	{ "/v1/passwords/email/reset", VERTICAL_CONSUMER, password_reset },
	{ "/v1/impersonation/authenticate", VERTICAL_CONSUMER,
	    impersonation_token },
	{ "/v1/sessions/exchange_access_token", VERTICAL_CONSUMER,
	    access_token },
	{ "/v1/b2b/otps/email/authenticate", VERTICAL_B2B, member_code },
	{ "/v1/b2b/discovery/intermediate_sessions/exchange", VERTICAL_B2B,
	    intermediate_session },
};

static void
what_is_good_once_is_taken_once(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(races) * ROUNDS; i++) {
		size_t which = i / ROUNDS;
		CLEANUP(buf_clear) struct buf body = BUF_INIT(4096);
		struct race race = { .sandbox = *state,
			.target = races[which].target };

		races[which].make(state, (int)(i % ROUNDS), &body);
		race.body = buf_text(&body);
		run(&race, races[which].vertical, client);
		if (race.taken != 1 || race.refused != CLIENTS - 1)
			fail_msg("%s: taken %d times, refused %d times",
			    race.target, (int)race.taken, (int)race.refused);
	}
}

/* Everybody at once: reads, writes, refusals, pages, settings, resets. */
static void *
stroller(void *data)
{
	static const struct {
		const char *method, *target, *body;
	} steps[] = {
		{ "GET", "/v1/users/a", NULL },
		{ "POST", "/v1/users/search", "{}" },
		{ "POST", "/v1/users", "{\"email\":\"b@example.com\"}" },
		{ "POST", "/v1/otps/email/send", "{\"email\":\"" EMAIL "\"}" },
		{ "POST", "/v1/otps/authenticate",
		    "{\"method_id\":\"x\",\"code\":\"123456\"}" },
		{ "GET", "/v1/sessions/jwks/x", NULL },
		{ "POST", "/v1/passwords/strength_check",
		    "{\"password\":\"a\"}" },
		{ "GET", "/v1/nowhere", NULL },
		{ "GET", "/", NULL },
		{ "GET", "/sandbox/messages", NULL },
		{ "POST", "/sandbox/faults",
		    "{\"path\":\"/v1/x\",\"status\":500}" },
		{ "DELETE", "/sandbox/faults", NULL },
		{ "POST", "/sandbox/settings",
		    "{\"consumer\":{\"lock_threshold\":9}}" },
		{ "POST", "/sandbox/reset", NULL },
	};
	struct race *race = data;

	(void)pthread_barrier_wait(&race->start);
	for (size_t i = 0; i < ARRAY_LEN(steps) * 8; i++) {
		CLEANUP(http_reply_clear)
		struct http_reply reply = HTTP_REPLY_INIT;
		size_t n = i % ARRAY_LEN(steps);
		const struct http_request http = {
			.method = steps[n].method,
			.target = steps[n].target,
			.authorization = race->authorization,
			.host = "localhost",
			.local = true,
			.body = steps[n].body,
			.body_len =
			    steps[n].body != NULL ? strlen(steps[n].body) : 0,
		};

		sandbox_handle(race->sandbox, &http, &reply);
		if (reply.status >= 500)
			race->refused++;
	}
	return NULL;
}

static void
everybody_at_once_is_answered(void **state)
{
	struct race race = { .sandbox = *state };

	run(&race, VERTICAL_CONSUMER, stroller);
	assert_int_equal(race.refused, 0);
}

/* The seed of the B2B tests, and user "a" with a recovery code a round. */
static int
setup(void **state)
{
	CLEANUP(buf_clear) struct buf codes = BUF_INIT(1024);

	if (b2b_setup(state) != 0)
		return -1;
	for (int round = 0; round < ROUNDS; round++)
		buf_addf(&codes, "%s\"aaaa-bbbb-cc%02d\"", round > 0 ? "," : "",
		    round);
	{
		CLEANUP(json_free)
		cJSON *seeded = drive_control(*state, "POST", "/sandbox/seed",
		    "{\"users\":[{\"external_id\":\"a\",\"emails\":[\"" EMAIL
		    "\"],\"password\":\"correct-Zebra-47-lantern\",\"totp\":"
		    "{\"secret\":\"" SECRET "\",\"recovery_codes\":[%s]}}]}",
		    buf_text(&codes));

		assert_int_equal(int_at(seeded, "status_code"), 200);
	}
	return 0;
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, setup, drive_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_good_once_is_taken_once),
		TEST(everybody_at_once_is_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
