/* SPDX-License-Identifier: BSD-2-Clause */
/* The account and session phases, and who may ask for what on which socket. */
#include "config.h"

#include "stytchd/request.h"
#include "tests/unit/login_world.h"

#include <errno.h>
#include <security/_pam_types.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static int
end_world(void **state)
{
	(void)state;
	world_end();
	return 0;
}

static void
start(const char *lines)
{
	char text[512];

	(void)snprintf(text, sizeof(text),
	    "[service *]\nmethods = totp\nanswer_step = 0s\n%s", lines);
	world_start("consumer", text);
	world_answer(STYTCH_TOTPS_AUTHENTICATE, STYTCH_OK,
	    world_user(ALICE, FACTOR_TOTP));
	world_answer(STYTCH_SESSIONS_REVOKE, STYTCH_OK, "{}");
}

/* alice authenticates in process 100, a child of 50. */
static void
log_in(char *id)
{
	static const struct saying saying = { .user = "alice",
		.rhost = "192.0.2.7",
		.pid = 100,
		.start = 1000,
		.parent = 50,
		.parent_start = 500 };
	static unsigned code;
	char answer[16];
	struct talk talk;

	(void)snprintf(answer, sizeof(answer), "%06u", ++code % 1000000);
	talk_begin(&talk, &saying);
	talk_expect(&talk, "Authenticator", answer);
	assert_int_equal(talk_done(&talk, id), PAM_SUCCESS);
	talk_end(&talk);
}

/* Who redeems a login that log_in() granted, and whether it is found. */
static const struct {
	const char *label;
	struct saying saying;
	bool is_found;
} redeemers[] = {
	{ "the process itself", { .user = "alice", .pid = 100, .start = 1000 },
	    true },
	{ "its parent", { .user = "alice", .pid = 50, .start = 500 }, true },
	{ "another process", { .user = "alice", .pid = 101, .start = 1000 },
	    false },
	{ "a later process of its number",
	    { .user = "alice", .pid = 100, .start = 1001 }, false },
	{ "a later process of its parent's number",
	    { .user = "alice", .pid = 50, .start = 501 }, false },
	{ "the parent's number with the child's start",
	    { .user = "alice", .pid = 50, .start = 1000 }, false },
	{ "another user", { .user = "bob", .pid = 100, .start = 1000 }, false },
	{ "another service",
	    { .user = "alice", .service = "sudo", .pid = 100, .start = 1000 },
	    false },
	{ "sudo's way: the target, with the person as ruser",
	    { .user = "bob", .ruser = "alice", .pid = 100, .start = 1000 },
	    true },
};

static void
a_login_is_its_processes_users_and_services(void **state)
{
	(void)state;
	start("");
	for (size_t i = 0; i < ARRAY_LEN(redeemers); i++) {
		struct saying saying = redeemers[i].saying;
		char id[LOGIN_ID_SIZE], got[LOGIN_ID_SIZE];

		log_in(id);
		saying.operation = WIRE_OPEN;
		saying.login = id;
		/* Not found is as none: fine for an account of ours. */
		assert_int_equal(talk_once(&saying, got), PAM_SUCCESS);
		if (strcmp(got, redeemers[i].is_found ? id : "") != 0)
			fail_msg("%s", redeemers[i].label);
	}
}

static void
a_login_is_redeemed_once(void **state)
{
	char id[LOGIN_ID_SIZE], got[LOGIN_ID_SIZE];
	const struct saying open = { .operation = WIRE_OPEN,
		.user = "alice",
		.login = id,
		.pid = 50,
		.start = 500 };

	(void)state;
	start("");
	log_in(id);
	assert_int_equal(talk_once(&open, got), PAM_SUCCESS);
	assert_string_equal(got, id);
	assert_int_equal(talk_once(&open, got), PAM_SUCCESS);
	assert_string_equal(got, "");
}

static void
forged_ids_are_just_not_found(void **state)
{
	static const char *const ids[] = {
		"0123456789abcdef0123456789abcdef",
		"00000000000000000000000000000000",
		"x",
		"0123456789ABCDEF0123456789ABCDEF",
	};
	char id[LOGIN_ID_SIZE], got[LOGIN_ID_SIZE];

	(void)state;
	start("");
	log_in(id);
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		const struct saying open = { .operation = WIRE_OPEN,
			.user = "alice",
			.login = ids[i],
			.pid = 100,
			.start = 1000 };

		assert_int_equal(talk_once(&open, got), PAM_SUCCESS);
		assert_string_equal(got, "");
	}
}

static void
the_end_of_a_session_revokes_it(void **state)
{
	char id[LOGIN_ID_SIZE];
	const struct saying open = { .operation = WIRE_OPEN,
		.user = "alice",
		.login = id,
		.pid = 100,
		.start = 1000 };
	const struct saying close_it = { .operation = WIRE_CLOSE,
		.user = "alice",
		.login = id };

	(void)state;
	start("");
	log_in(id);
	assert_int_equal(talk_once(&open, NULL), PAM_SUCCESS);
	assert_int_equal(talk_once(&close_it, NULL), PAM_SUCCESS);
	world_wait_for(STYTCH_SESSIONS_REVOKE, 1);
	assert_string_equal(world_parameter(STYTCH_SESSIONS_REVOKE,
				"session_id"),
	    "session-of-" ALICE);
}

static void
a_revocation_that_failed_is_made_up_for(void **state)
{
	char id[LOGIN_ID_SIZE];
	const struct saying open = { .operation = WIRE_OPEN,
		.user = "alice",
		.login = id,
		.pid = 100,
		.start = 1000 };
	const struct saying close_it = { .operation = WIRE_CLOSE,
		.user = "alice",
		.login = id };

	(void)state;
	start("");
	world_answer(STYTCH_SESSIONS_REVOKE, STYTCH_UNAVAILABLE, "");
	log_in(id);
	assert_int_equal(talk_once(&open, NULL), PAM_SUCCESS);
	assert_int_equal(talk_once(&close_it, NULL), PAM_SUCCESS);
	world_wait_for(STYTCH_SESSIONS_REVOKE, 1);
	world_restart();
	world_wait_for(STYTCH_SESSIONS_REVOKE, 2);
	assert_int_equal(logins_count(world.agent.logins), 1);
	world_answer(STYTCH_SESSIONS_REVOKE, STYTCH_NOT_FOUND,
	    "session_not_found");
	world_restart();
	world_wait_for(STYTCH_SESSIONS_REVOKE, 3);
	world_restart();
	assert_int_equal(logins_count(world.agent.logins), 0);
}

static void
a_removed_persons_sessions_are_revoked(void **state)
{
	char opened[LOGIN_ID_SIZE], waiting[LOGIN_ID_SIZE], got[LOGIN_ID_SIZE];
	const struct saying open = { .operation = WIRE_OPEN,
		.user = "alice",
		.login = opened,
		.pid = 100,
		.start = 1000 };
	const struct saying late = { .operation = WIRE_OPEN,
		.user = "alice",
		.login = waiting,
		.pid = 100,
		.start = 1000 };

	(void)state;
	start("");
	log_in(opened);
	assert_int_equal(talk_once(&open, NULL), PAM_SUCCESS);
	log_in(waiting);
	agent_remove_person(&world.agent, ALICE);
	world_wait_for(STYTCH_SESSIONS_REVOKE, 2);
	assert_int_equal(talk_once(&late, got), PAM_SUCCESS);
	assert_string_equal(got, "");
}

static void
a_session_of_an_earlier_boot_is_revoked(void **state)
{
	char id[LOGIN_ID_SIZE], path[96];
	struct saying open = { .operation = WIRE_OPEN,
		.user = "alice",
		.login = id,
		.pid = 100,
		.start = 1000 };

	(void)state;
	start("");
	log_in(id);
	assert_int_equal(talk_once(&open, NULL), PAM_SUCCESS);
	(void)snprintf(path, sizeof(path), "%s/boot", world.folder);
	assert_int_equal(unlink(path), 0);
	world_restart();
	world_wait_for(STYTCH_SESSIONS_REVOKE, 1);
}

/* ---- account ---- */

static const struct saying account = { .operation = WIRE_ACCOUNT,
	.user = "alice",
	.rhost = "192.0.2.7",
	.pid = 200,
	.start = 2000 };

static void
after_the_login_the_account_is_not_asked_for_again(void **state)
{
	struct saying same = account;
	char id[LOGIN_ID_SIZE];

	(void)state;
	start("");
	log_in(id);
	same.pid = 100;
	same.start = 1000;
	world_people.refresh = STYTCH_UNAVAILABLE;
	assert_int_equal(talk_once(&same, NULL), PAM_SUCCESS);
	same.start = 1001;
	assert_int_equal(talk_once(&same, NULL), PAM_AUTHINFO_UNAVAIL);
	same.start = 1000;
	same.user = "bob";
	assert_int_equal(talk_once(&same, NULL), PAM_AUTHINFO_UNAVAIL);
	same.user = "alice";
	same.service = "sudo";
	assert_int_equal(talk_once(&same, NULL), PAM_AUTHINFO_UNAVAIL);
}

static const struct {
	const char *label;
	enum stytch_class refresh;
	bool is_active;
	bool is_locked;
	const char *lines;
	uint32_t code;
} accounts[] = {
	{ "active", STYTCH_OK, true, false, "", PAM_SUCCESS },
	{ "not active", STYTCH_OK, false, false, "", PAM_ACCT_EXPIRED },
	{ "locked", STYTCH_OK, true, true, "", PAM_ACCT_EXPIRED },
	{ "gone", STYTCH_NOT_FOUND, true, false, "", PAM_ACCT_EXPIRED },
	{ "down", STYTCH_UNAVAILABLE, true, false, "", PAM_AUTHINFO_UNAVAIL },
	{ "throttled", STYTCH_THROTTLED, true, false, "",
	    PAM_AUTHINFO_UNAVAIL },
	{ "credentials", STYTCH_MISCONFIGURED, true, false, "",
	    PAM_AUTHINFO_UNAVAIL },
	{ "nonsense", STYTCH_PROTOCOL, true, false, "", PAM_AUTHINFO_UNAVAIL },
	{ "denied", STYTCH_DENIED, true, false, "", PAM_AUTHINFO_UNAVAIL },
	{ "on the list", STYTCH_OK, true, false, "allow_users = alice\n",
	    PAM_SUCCESS },
	{ "not on the list", STYTCH_OK, true, false, "allow_users = bob\n",
	    PAM_PERM_DENIED },
	{ "service off", STYTCH_OK, true, false, "enabled = no\n",
	    PAM_PERM_DENIED },
	{ "no authorization to be had", STYTCH_OK, true, false,
	    "authorization = host:login\n", PAM_AUTHINFO_UNAVAIL },
};

static void
a_key_login_is_decided_by_the_person_of_now(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(accounts); i++) {
		uint32_t code;

		start(accounts[i].lines);
		world_people.refresh = accounts[i].refresh;
		world_people.is_active = accounts[i].is_active;
		world_people.is_locked = accounts[i].is_locked;
		code = talk_once(&account, NULL);
		if (code != accounts[i].code)
			fail_msg("%s: %u", accounts[i].label, code);
		world_end();
	}
	start("");
}

static void
a_key_logins_authorization_goes_by_roles(void **state)
{
	(void)state;
	start("authorization = host:login\n");
	world_answer(STYTCH_RBAC_POLICY, STYTCH_OK,
	    "{\"policy\":{\"roles\":[{\"role_id\":\"stytch_user\","
	    "\"permissions\":[{\"resource_id\":\"host\",\"actions\":"
	    "[\"login\"]}]}]}}");
	assert_int_equal(talk_once(&account, NULL), PAM_SUCCESS);
	world_answer(STYTCH_RBAC_POLICY, STYTCH_OK,
	    "{\"policy\":{\"roles\":[{\"role_id\":\"admin\","
	    "\"permissions\":[{\"resource_id\":\"host\",\"actions\":"
	    "[\"*\"]}]},{\"role_id\":\"stytch_user\",\"permissions\":"
	    "[{\"resource_id\":\"hosts\",\"actions\":[\"*\"]},"
	    "{\"resource_id\":\"host\",\"actions\":[\"log\"]}]}]}}");
	assert_int_equal(talk_once(&account, NULL), PAM_PERM_DENIED);
	world_answer(STYTCH_RBAC_POLICY, STYTCH_OK, "{}");
	assert_int_equal(talk_once(&account, NULL), PAM_PERM_DENIED);
}

static void
only_a_name_never_given_is_not_ours(void **state)
{
	struct saying saying = account;

	(void)state;
	start("");
	saying.user = "root";
	assert_int_equal(talk_once(&saying, NULL), PAM_USER_UNKNOWN);
	saying.user = "nobody-here";
	assert_int_equal(talk_once(&saying, NULL), PAM_USER_UNKNOWN);
	saying.user = "gone";
	assert_int_equal(talk_once(&saying, NULL), PAM_ACCT_EXPIRED);
	world_people.find_answer_of_unknown = DIRECTORY_UNAVAILABLE;
	saying.user = "nobody-here";
	assert_int_equal(talk_once(&saying, NULL), PAM_AUTHINFO_UNAVAIL);
}

static void
sessions_of_local_names_are_not_ours(void **state)
{
	struct saying saying = { .operation = WIRE_OPEN, .user = "root" };

	(void)state;
	start("");
	assert_int_equal(talk_once(&saying, NULL), PAM_USER_UNKNOWN);
	saying.operation = WIRE_CLOSE;
	assert_int_equal(talk_once(&saying, NULL), PAM_USER_UNKNOWN);
	saying.operation = WIRE_CHAUTHTOK;
	saying.user = "alice";
	assert_int_equal(talk_once(&saying, NULL), PAM_USER_UNKNOWN);
	saying.operation = WIRE_OPEN;
	saying.user = "gone";
	assert_int_equal(talk_once(&saying, NULL), PAM_SESSION_ERR);
}

/* ---- sockets ---- */

static void
each_socket_is_for_its_callers(void **state)
{
	(void)state;
	assert_true(server_may_connect(SERVER_ROOT, 0));
	assert_true(server_may_connect(SERVER_ROOT, geteuid()));
	assert_false(server_may_connect(SERVER_ROOT, 4242));
	assert_true(server_may_connect(SERVER_PUBLIC, 4242));
}

static int
handle(enum wire_type type, bool is_public, size_t padding)
{
	struct wire_writer out;
	struct wire_message message;
	struct peer peer;
	struct slot slot = { 0 };
	struct request request = { &world.agent, &world.admin, &peer, &slot,
		&message };
	int pair[2], error;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	peer = (struct peer){ .fd = pair[0],
		.uid = BOB_UID,
		.pid = 1,
		.is_public = is_public };
	assert_int_equal(slots_enter(world.agent.slots,
			     &world.configuration->stytch, peer.uid, &slot),
	    SLOTS_TAKEN);
	wire_start(&out, type);
	if (type == WIRE_BEGIN) {
		wire_add_u32(&out, WIRE_OPERATION, WIRE_CHAUTHTOK);
		wire_add_text(&out, WIRE_SERVICE, "x");
		wire_add_text(&out, WIRE_USER, "x");
	} else if (type == WIRE_LOOKUP) {
		wire_add_text(&out, WIRE_NAME, "x");
	} else if (type == WIRE_ADMIN) {
		wire_add_text(&out, WIRE_VERB, "status");
	} else if (type == WIRE_ANSWER) {
		wire_add_secret(&out, WIRE_ANSWER_TEXT, "x", 1);
	}
	assert_int_equal(wire_parse(out.data, out.len, &message), 0);
	error = request_handle(&request, out.len + padding);
	slots_leave(&slot);
	(void)close(pair[0]);
	(void)close(pair[1]);
	return error;
}

static void
the_public_socket_takes_begin_alone(void **state)
{
	(void)state;
	start("");
	assert_int_equal(handle(WIRE_BEGIN, true, 0), 0);
	assert_int_equal(handle(WIRE_LOOKUP, true, 0), -EPERM);
	assert_int_equal(handle(WIRE_ADMIN, true, 0), -EPERM);
	assert_int_equal(handle(WIRE_ANSWER, true, 0), -EPROTO);
	assert_int_equal(handle(WIRE_CANCEL, true, 0), -EPROTO);
	assert_int_equal(handle(WIRE_BEGIN, false, 0), 0);
	assert_int_equal(handle(WIRE_LOOKUP, false, 0), 0);
	assert_int_equal(handle(WIRE_ADMIN, false, 0), 0);
	assert_int_equal(handle(WIRE_ANSWER, false, 0), -EPROTO);
	assert_int_equal(handle(WIRE_CANCEL, false, 0), -EPROTO);
}

static void
a_packet_too_long_for_its_request_is_not_looked_at(void **state)
{
	(void)state;
	start("");
	assert_int_equal(handle(WIRE_BEGIN, false, 4096), -EPROTO);
	assert_int_equal(handle(WIRE_LOOKUP, false, 512), -EPROTO);
}

/* uid x account x operation on the public socket. */
static const struct {
	uid_t uid;
	enum wire_operation operation;
	const char *user;
	uint32_t code;
} matrix[] = {
	{ BOB_UID, WIRE_AUTHENTICATE, "alice", PAM_AUTH_ERR },
	{ BOB_UID, WIRE_AUTHENTICATE, "nobody-here", PAM_AUTH_ERR },
	{ BOB_UID, WIRE_AUTHENTICATE, "root", PAM_USER_UNKNOWN },
	{ 0, WIRE_AUTHENTICATE, "alice", PAM_AUTH_ERR },
	{ ALICE_UID, WIRE_ACCOUNT, "alice", PAM_SUCCESS },
	{ BOB_UID, WIRE_ACCOUNT, "alice", PAM_PERM_DENIED },
	{ ALICE_UID, WIRE_OPEN, "alice", PAM_SESSION_ERR },
	{ ALICE_UID, WIRE_CLOSE, "alice", PAM_SESSION_ERR },
	{ ALICE_UID, WIRE_CHAUTHTOK, "alice", PAM_USER_UNKNOWN },
};

static void
the_public_socket_serves_ones_own_account_alone(void **state)
{
	struct talk talk;
	const struct saying own = { .user = "alice",
		.is_public = true,
		.uid = ALICE_UID };

	(void)state;
	start("");
	for (size_t i = 0; i < ARRAY_LEN(matrix); i++) {
		const struct saying saying = { .operation = matrix[i].operation,
			.user = matrix[i].user,
			.is_public = true,
			.uid = matrix[i].uid };

		if (talk_once(&saying, NULL) != matrix[i].code)
			fail_msg("row %zu", i);
	}
	assert_int_equal(world_all_calls(), 0);
	talk_begin(&talk, &own);
	talk_expect(&talk, "Authenticator", "999999");
	assert_int_equal(talk_done(&talk, NULL), PAM_SUCCESS);
	talk_end(&talk);
}

static void
a_public_caller_cannot_burn_the_consoles_tries(void **state)
{
	const struct saying own = { .user = "alice",
		.is_public = true,
		.uid = ALICE_UID };
	const struct saying console = { .user = "alice", .service = "login" };

	(void)state;
	start("");
	world_answer(STYTCH_TOTPS_AUTHENTICATE, STYTCH_REJECTED, "x");
	for (int i = 0; i < 7; i++) {
		struct talk talk;
		char code[32];

		(void)snprintf(code, sizeof(code), "%06d", 500000 + i);
		talk_begin(&talk, &own);
		talk_expect(&talk, "Authenticator", code);
		assert_int_equal(talk_done(&talk, NULL), PAM_AUTH_ERR);
		talk_end(&talk);
	}
	assert_int_equal(talk_once(&own, NULL), PAM_MAXTRIES);
	{
		struct talk talk;

		talk_begin(&talk, &console);
		talk_expect(&talk, "Authenticator", "600000");
		assert_int_equal(talk_done(&talk, NULL), PAM_AUTH_ERR);
		talk_end(&talk);
	}
}

static void
over_the_limit_the_answer_is_immediate(void **state)
{
	struct talk talks[6];
	const struct saying ssh = { .user = "alice", .rhost = "192.0.2.7" };
	const struct saying sudo = { .user = "alice", .service = "sudo" };
	struct talk terminal;

	(void)state;
	world_start("consumer",
	    "max_conversations = 8\n[service *]\nmethods = totp\n"
	    "answer_step = 0s\n[service sudo]\ntty = yes\n");
	for (size_t i = 0; i < ARRAY_LEN(talks); i++) {
		talk_begin(&talks[i], &ssh);
		assert_int_equal(talk_next(&talks[i]), WIRE_PROMPT);
	}
	assert_int_equal(talk_once(&ssh, NULL), PAM_AUTHINFO_UNAVAIL);
	talk_begin(&terminal, &sudo);
	assert_int_equal(talk_next(&terminal), WIRE_PROMPT);
	talk_end(&terminal);
	for (size_t i = 0; i < ARRAY_LEN(talks); i++)
		talk_end(&talks[i]);
}

#define TEST(name) cmocka_unit_test_teardown(name, end_world)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_login_is_its_processes_users_and_services),
		TEST(a_login_is_redeemed_once),
		TEST(forged_ids_are_just_not_found),
		TEST(the_end_of_a_session_revokes_it),
		TEST(a_revocation_that_failed_is_made_up_for),
		TEST(a_removed_persons_sessions_are_revoked),
		TEST(a_session_of_an_earlier_boot_is_revoked),
		TEST(after_the_login_the_account_is_not_asked_for_again),
		TEST(a_key_login_is_decided_by_the_person_of_now),
		TEST(a_key_logins_authorization_goes_by_roles),
		TEST(only_a_name_never_given_is_not_ours),
		TEST(sessions_of_local_names_are_not_ours),
		cmocka_unit_test(each_socket_is_for_its_callers),
		TEST(the_public_socket_takes_begin_alone),
		TEST(a_packet_too_long_for_its_request_is_not_looked_at),
		TEST(the_public_socket_serves_ones_own_account_alone),
		TEST(a_public_caller_cannot_burn_the_consoles_tries),
		TEST(over_the_limit_the_answer_is_immediate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
