/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The listener and clients that do not behave: half requests, one byte at a
 * time, bodies far too long, noise, readers that never read, thousands that
 * say nothing.  Whatever they do, who behaves is answered.
 */
#include "config.h"

#include "tests/unit/failing.h"
#include "tests/unit/sandbox_drive.h"

#include "sandbox/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define IDLE 2500 /* connections: more than the server takes */
#define CREDENTIALS \
	"Authorization: Basic " \
	"cHJvamVjdC10ZXN0LTExMTExMTExLTExMTEtNDExMS04MTExLTExMTExMTExMTExMTpj" \
	"b25zdW1lcg==\r\n"
#define WHOAMI "GET /v1/debug/whoami HTTP/1.1\r\nHost: x\r\n" CREDENTIALS "\r\n"

struct world {
	struct sandbox *sandbox;
	struct server *server;
	uint16_t port;
};

/* ---- A client. ---- */

static int
dial(const struct world *world)
{
	const struct sockaddr_in name = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(world->port),
	};
	const struct timeval patience = { .tv_sec = 20 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
			     sizeof(patience)),
	    0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&name,
			     sizeof(name)),
	    0);
	return fd;
}

/* Send as much as the server takes; false: it has closed. */
static bool
say(int fd, const void *bytes, size_t len)
{
	const char *next = bytes;

	while (len > 0) {
		ssize_t n = send(fd, next, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		next += n;
		len -= (size_t)n;
	}
	return true;
}

/* One answer: its status, 0 where the connection ends; its body. */
static int
hear(int fd, char *out_body, size_t size)
{
	char head[4096] = "";
	const char *length;
	size_t len = 0, want;
	long status;

	while (strstr(head, "\r\n\r\n") == NULL) {
		if (len + 1 >= sizeof(head) || read(fd, head + len, 1) != 1)
			return 0;
		head[++len] = '\0';
	}
	status = strtol(head + strlen("HTTP/1.1 "), NULL, 10);
	length = strstr(head, "Content-Length: ");
	want = length != NULL ? strtoul(length + 16, NULL, 10) : 0;
	assert_true(want < size);
	for (len = 0; len < want;) {
		ssize_t n = read(fd, out_body + len, want - len);

		if (n <= 0)
			return 0;
		len += (size_t)n;
	}
	out_body[len] = '\0';
	return (int)status;
}

static void
assert_answered(const struct world *world)
{
	char body[4096];
	int fd = dial(world);

	assert_true(say(fd, WHOAMI, strlen(WHOAMI)));
	assert_int_equal(hear(fd, body, sizeof(body)), 200);
	assert_non_null(strstr(body, "\"project_id\""));
	(void)close(fd);
}

/* ---- Slow and half. ---- */

static void
half_a_request_holds_up_nobody(void **state)
{
	static const size_t parts[] = { 0, 1, 3, 4, 20, 40, 60,
		sizeof(WHOAMI) - 3, sizeof(WHOAMI) - 2 };
	struct world *world = *state;
	int fds[ARRAY_LEN(parts)];
	char body[4096];

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		fds[i] = dial(world);
		assert_true(say(fds[i], WHOAMI, parts[i]));
	}
	assert_answered(world);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		assert_true(
		    say(fds[i], &WHOAMI[parts[i]], strlen(WHOAMI) - parts[i]));
		assert_int_equal(hear(fds[i], body, sizeof(body)), 200);
		(void)close(fds[i]);
	}
}

static void
a_body_that_stops_halfway_holds_up_nobody(void **state)
{
	static const char begun[] = "POST /v1/users HTTP/1.1\r\nHost: x\r\n" //
	    CREDENTIALS "Content-Length: 1000\r\n\r\n{\"email\":";
	struct world *world = *state;
	int left = dial(world), cut = dial(world);

	assert_true(say(left, begun, strlen(begun)));
	assert_true(say(cut, begun, strlen(begun)));
	assert_int_equal(shutdown(cut, SHUT_WR), 0);
	assert_answered(world);
	(void)close(left);
	(void)close(cut);
	assert_answered(world);
}

static void
a_request_byte_by_byte_is_answered(void **state)
{
	static const char text[] =
	    "POST /v1/users HTTP/1.1\r\nHost: x\r\n" //
	    CREDENTIALS "Transfer-Encoding: chunked\r\n\r\n"
	    "9\r\n{\"email\":\r\n12\r\n\"slow@example.com\"\r\n"
	    "1\r\n}\r\n0\r\n\r\n";
	int fd = dial(*state);
	char body[4096];

	for (size_t i = 0; i < strlen(text); i++)
		assert_true(say(fd, text + i, 1));
	assert_int_equal(hear(fd, body, sizeof(body)), 201);
	assert_non_null(strstr(body, "slow@example.com"));
	(void)close(fd);
}

static void
requests_in_one_piece_are_answered_in_order(void **state)
{
	static const char text[] = WHOAMI "GET /v1/none HTTP/1.1\r\nHost: x\r\n"
					  "\r\n" WHOAMI;
	int fd = dial(*state);
	char body[4096];

	assert_true(say(fd, text, strlen(text)));
	assert_int_equal(hear(fd, body, sizeof(body)), 200);
	assert_int_equal(hear(fd, body, sizeof(body)), 404);
	assert_int_equal(hear(fd, body, sizeof(body)), 200);
	(void)close(fd);
}

static void
who_never_reads_holds_up_nobody(void **state)
{
	struct world *world = *state;
	int fd = dial(world);

	/* Until answers fill the sockets' buffers and it is not read either. */
	for (int i = 0; i < 4000; i++) {
		if (send(fd, WHOAMI, strlen(WHOAMI),
			MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			break;
	}
	assert_answered(world);
	(void)close(fd);
}

/* ---- Too much. ---- */

static void
a_body_of_ten_mib_is_refused_in_the_apis_form(void **state)
{
	static const char head[] = "POST /v1/users HTTP/1.1\r\nHost: x\r\n" //
	    CREDENTIALS "Content-Length: 10485760\r\n\r\n";
	static const char block[65536];
	struct world *world = *state;
	int fd = dial(world);
	char body[4096];

	assert_true(say(fd, head, strlen(head)));
	for (int i = 0; i < 160; i++)
		assert_true(say(fd, block, sizeof(block)));
	assert_int_equal(hear(fd, body, sizeof(body)), 400);
	assert_non_null(strstr(body, "\"error_type\":\"bad_request\""));
	/* The connection is still good. */
	assert_true(say(fd, WHOAMI, strlen(WHOAMI)));
	assert_int_equal(hear(fd, body, sizeof(body)), 200);
	(void)close(fd);
}

static void
noise_is_refused_or_dropped(void **state)
{
	static const struct {
		const char *label, *bytes;
		size_t len;
	} cases[] = {
		{ "a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 9 },
		{ "NULs", "\0\0\0\0\r\n\r\n", 8 },
		{ "no HTTP", "hello there\r\n\r\n", 15 },
		{ "no host", "GET / HTTP/1.1\r\n\r\n", 18 },
		{ "a negative length",
		    "POST /v1/users HTTP/1.1\r\nHost: x\r\nContent-Length: "
		    "-1\r\n\r\n",
		    57 },
		{ "a length that is none",
		    "POST /v1/users HTTP/1.1\r\nHost: x\r\nContent-Length: "
		    "1x\r\n\r\n",
		    57 },
		{ "a chunk that is none",
		    "POST /v1/users HTTP/1.1\r\nHost: x\r\n"
		    "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
		    69 },
		{ "an unknown method",
		    "FROB /v1/users HTTP/1.1\r\nHost: x\r\n"
		    "\r\n",
		    36 },
	};
	struct world *world = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int fd = dial(world), status;
		char body[8192];

		(void)say(fd, cases[i].bytes, cases[i].len);
		(void)shutdown(fd, SHUT_WR);
		status = hear(fd, body, sizeof(body));
		if (status != 0 && (status < 400 || status > 501))
			fail_msg("%s: %d", cases[i].label, status);
		(void)close(fd);
		assert_answered(world);
	}
}

static void
heads_without_end_are_refused(void **state)
{
	struct world *world = *state;
	static const char *const beginnings[] = { "GET /",
		"GET / HTTP/1.1\r\n"
		"X: " };
	static char block[65536];

	memset(block, 'a', sizeof(block));
	for (size_t i = 0; i < ARRAY_LEN(beginnings); i++) {
		int fd = dial(world), status;
		char body[8192];

		(void)say(fd, beginnings[i], strlen(beginnings[i]));
		(void)say(fd, block, sizeof(block));
		(void)shutdown(fd, SHUT_WR);
		status = hear(fd, body, sizeof(body));
		assert_true(status == 0 || (status >= 400 && status < 500));
		(void)close(fd);
		assert_answered(world);
	}
}

/* ---- Many. ---- */

/* Descriptors for both ends of each connection, in this one process. */
static bool
have_descriptors(rlim_t wanted)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return false;
	if (limit.rlim_cur < wanted && limit.rlim_max >= wanted) {
		limit.rlim_cur = wanted;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
	return limit.rlim_cur >= wanted;
}

static void
thousands_that_say_nothing_make_room(void **state)
{
	struct world *world = *state;
	static int fds[IDLE];

	if (!have_descriptors(2 * IDLE + 100))
		skip();
	for (size_t i = 0; i < IDLE; i++) {
		fds[i] = dial(world);
		/* No faster than it accepts: its backlog is 1024. */
		if (i % 500 == 499)
			assert_answered(world);
	}
	assert_answered(world);
	for (size_t i = 0; i < IDLE; i++)
		(void)close(fds[i]);
	assert_answered(world);
}

static void
who_is_being_answered_is_not_closed(void **state)
{
	struct world *world = *state;
	CLEANUP(json_free)
	cJSON *asked = drive_control(world->sandbox, "POST", "/sandbox/faults",
	    "{\"latency_ms\":700,\"count\":1}");
	static int fds[IDLE];
	int waiting = dial(world);
	char body[4096];

	if (!have_descriptors(2 * IDLE + 100))
		skip();
	assert_int_equal(int_at(asked, "status_code"), 200);
	assert_true(say(waiting, WHOAMI, strlen(WHOAMI)));
	for (size_t i = 0; i < IDLE; i++)
		fds[i] = dial(world);
	assert_int_equal(hear(waiting, body, sizeof(body)), 200);
	for (size_t i = 0; i < IDLE; i++)
		(void)close(fds[i]);
	(void)close(waiting);
}

/* ---- Without memory. ---- */

static void
memory_that_runs_out_costs_one_answer(void **state)
{
	static const struct {
		const char *text;
		int status;
	} cases[] = {
		{ WHOAMI, 200 },
		{ "GET /v1/users/n%6fne?x=%41 HTTP/1.1\r\nHost: x\r\n" //
		    CREDENTIALS "\r\n",
		    404 },
		{ "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 200 },
		{ "GET /sandbox/messages?to=a%40b HTTP/1.1\r\n"
		  "Host: localhost\r\n\r\n",
		    200 },
	};
	struct world *world = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		unsigned left = 0;

		for (unsigned n = 1; left == 0; n += 1 + n / 16) {
			int fd = dial(world), status;
			char body[65536];

			failing_at = n;
			assert_true(
			    say(fd, cases[i].text, strlen(cases[i].text)));
			status = hear(fd, body, sizeof(body));
			left = failing_at;
			failing_at = 0;
			(void)close(fd);
			if (status != cases[i].status &&
			    (left > 0 || (status != 0 && status != 500)))
				fail_msg("case %zu, allocation %u: %d", i, n,
				    status);
		}
		assert_answered(world);
	}
}

static void
a_listener_opens_whole_or_not_at_all(void **state)
{
	const struct server_options listening = { .listen = "127.0.0.1:0" };
	struct world *world = *state;
	unsigned left = 0;

	for (unsigned n = 1; left == 0; n++) {
		struct server *server = NULL;
		int rc;

		failing_at = n;
		rc = server_bind(&listening, &server);
		if (rc == 0)
			rc = server_start(server, world->sandbox);
		left = failing_at;
		failing_at = 0;
		assert_true(left > 0 ? rc == 0 : rc == -ENOMEM);
		server_free(&server);
	}
}

static int
setup(void **state)
{
	const struct server_options listening = { .listen = "127.0.0.1:0" };
	static struct world world;
	void *sandbox = NULL;

	if (drive_setup(&sandbox) != 0)
		return -1;
	world.sandbox = sandbox;
	if (server_bind(&listening, &world.server) != 0 ||
	    server_start(world.server, world.sandbox) != 0)
		return -1;
	world.port =
	    (uint16_t)strtoul(strrchr(server_url(world.server), ':') + 1, NULL,
		10);
	*state = &world;
	return 0;
}

static int
teardown(void **state)
{
	struct world *world = *state;

	server_free(&world->server);
	sandbox_free(&world->sandbox);
	return 0;
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(half_a_request_holds_up_nobody),
		TEST(a_body_that_stops_halfway_holds_up_nobody),
		TEST(a_request_byte_by_byte_is_answered),
		TEST(requests_in_one_piece_are_answered_in_order),
		TEST(who_never_reads_holds_up_nobody),
		TEST(a_body_of_ten_mib_is_refused_in_the_apis_form),
		TEST(noise_is_refused_or_dropped),
		TEST(heads_without_end_are_refused),
		TEST(thousands_that_say_nothing_make_room),
		TEST(who_is_being_answered_is_not_closed),
		TEST(memory_that_runs_out_costs_one_answer),
		TEST(a_listener_opens_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
