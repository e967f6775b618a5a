/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/unit/http_server.h"

#include <stytch/stytch.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <cmocka.h>

#define PROJECT "project-test-11111111-1111-4111-8111-111111111111"
#define SECRET "secret-test-CANARYCANARYCANARY="
#define LONG_SECRET "CANARYPASSWORD"
#define OK_BODY "{\"status_code\":200,\"request_id\":\"request-id-test-1\"}"

static struct stytch_config
config_for(const char *url)
{
	return (struct stytch_config){
		.size = sizeof(struct stytch_config),
		.project_id = PROJECT,
		.secret = SECRET,
		.base_url = url,
		.total_timeout_ms = 5000,
		.allow_plain = true,
	};
}

static struct stytch_client *
client_for(const char *url)
{
	struct stytch_config config = config_for(url);
	struct stytch_client *client = NULL;

	assert_int_equal(stytch_client_new(&config, &client, NULL), STYTCH_OK);
	return client;
}

static int64_t
now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Perform one call, whose reply is thrown away. */
static enum stytch_class
perform(struct stytch_call *call, struct stytch_error *error)
{
	CLEANUP(stytch_reply_free) struct stytch_reply *reply = NULL;
	enum stytch_class class_ = stytch_call_perform(call, &reply, error);

	assert_int_equal(class_ == STYTCH_OK, reply != NULL);
	return class_;
}

static enum stytch_class
perform_password(struct stytch_client *client, struct stytch_error *error)
{
	CLEANUP(stytch_call_free)
	struct stytch_call *call =
	    stytch_call_new(client, STYTCH_PASSWORDS_AUTHENTICATE);

	stytch_call_set(call, "email", "alice@example.com");
	stytch_call_set(call, "password", LONG_SECRET);
	return perform(call, error);
}

static enum stytch_class
perform_get(struct stytch_client *client, struct stytch_error *error)
{
	CLEANUP(stytch_call_free)
	struct stytch_call *call = stytch_call_new(client, STYTCH_USERS_GET);

	stytch_call_set(call, "user_id", "alice");
	return perform(call, error);
}

static enum stytch_class
perform_send(struct stytch_client *client, struct stytch_error *error)
{
	CLEANUP(stytch_call_free)
	struct stytch_call *call =
	    stytch_call_new(client, STYTCH_OTPS_SMS_SEND);

	stytch_call_set(call, "phone_number", "+12025550162");
	return perform(call, error);
}

static void
request_is_what_the_api_wants(void **state)
{
	static const struct http_answer script[] = { { 200, OK_BODY, NULL,
	    0 } };
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	CLEANUP(stytch_client_free)
	struct stytch_client *client = client_for(http_server_url(server));
	const char *request;

	(void)state;
	assert_int_equal(perform_password(client, NULL), STYTCH_OK);
	request = http_server_request(server, 0);
	assert_ptr_equal(strstr(request,
			     "POST /v1/passwords/authenticate HTTP/1.1\r\n"),
	    request);
	/* printf 'PROJECT:SECRET' | base64 -w0 */
	assert_non_null(strstr(request,
	    "\r\nAuthorization: Basic "
	    "cHJvamVjdC10ZXN0LTExMTExMTExLTExMTEtNDExMS04MTExLTExMTExMTExMTEx"
	    "MTpzZWNyZXQtdGVzdC1DQU5BUllDQU5BUllDQU5BUlk9\r\n"));
	assert_non_null(strstr(request, "\r\nUser-Agent: Stytch pam_stytch v"));
	assert_non_null(
	    strstr(request, "\r\nContent-Type: application/json\r\n"));
	assert_null(strcasestr(request, "\r\nexpect:"));
	assert_null(strcasestr(request, "\r\ncookie:"));
	assert_non_null(strstr(request,
	    "\r\n\r\n{\"email\":\"alice@example.com\","
	    "\"password\":\"" LONG_SECRET "\"}"));
	assert_int_equal(http_server_max_reads(server), 1);
}

static void
post_without_parameters_sends_an_empty_object(void **state)
{
	static const struct http_answer script[] = { { 200, OK_BODY, NULL,
	    0 } };
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	CLEANUP(stytch_client_free)
	struct stytch_client *client = client_for(http_server_url(server));
	CLEANUP(stytch_call_free)
	struct stytch_call *call = stytch_call_new(client, STYTCH_USERS_SEARCH);

	(void)state;
	assert_int_equal(perform(call, NULL), STYTCH_OK);
	assert_non_null(
	    strstr(http_server_request(server, 0), "Content-Length: 2\r\n"));
	assert_non_null(strstr(http_server_request(server, 0), "\r\n\r\n{}"));
}

static void
get_and_delete_send_no_body(void **state)
{
	static const struct http_answer script[] = { { 200, OK_BODY, NULL,
	    0 } };
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	CLEANUP(stytch_client_free)
	struct stytch_client *client = client_for(http_server_url(server));
	CLEANUP(stytch_call_free)
	struct stytch_call *call = stytch_call_new(client, STYTCH_USERS_DELETE);

	(void)state;
	assert_int_equal(perform_get(client, NULL), STYTCH_OK);
	stytch_call_set(call, "user_id", "a/../b?c");
	assert_int_equal(perform(call, NULL), STYTCH_OK);
	assert_non_null(strstr(http_server_request(server, 0),
	    "GET /v1/users/alice HTTP/1.1\r\n"));
	assert_null(strcasestr(http_server_request(server, 0), "content-"));
	assert_non_null(strstr(http_server_request(server, 1),
	    "DELETE /v1/users/a%2F..%2Fb%3Fc HTTP/1.1\r\n"));
	assert_null(strcasestr(http_server_request(server, 1), "content-"));
}

static void
member_session_travels_in_its_header(void **state)
{
	static const struct http_answer script[] = { { 200, OK_BODY, NULL,
	    0 } };
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	CLEANUP(stytch_client_free)
	struct stytch_client *client = client_for(http_server_url(server));
	CLEANUP(stytch_call_free)
	struct stytch_call *call =
	    stytch_call_new(client, STYTCH_B2B_ORGANIZATIONS_UPDATE);

	(void)state;
	stytch_call_set(call, "organization_id", "o");
	stytch_call_set_member_session(call, "token1", NULL);
	assert_int_equal(perform(call, NULL), STYTCH_OK);
	stytch_call_set_member_session(call, NULL, "e.y.J");
	assert_int_equal(perform(call, NULL), STYTCH_OK);
	assert_non_null(strstr(http_server_request(server, 0),
	    "\r\nX-Stytch-Member-Session: token1\r\n"));
	assert_non_null(strstr(http_server_request(server, 1),
	    "\r\nX-Stytch-Member-SessionJWT: e.y.J\r\n"));
	assert_null(strstr(http_server_request(server, 1), "token1"));
}

static void
calls_share_one_warm_connection(void **state)
{
	static const struct http_answer script[] = { { 200, OK_BODY, NULL,
	    0 } };
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	CLEANUP(stytch_client_free)
	struct stytch_client *client = client_for(http_server_url(server));

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(perform_password(client, NULL), STYTCH_OK);
	assert_int_equal(http_server_requests(server), 5);
	assert_int_equal(http_server_connections(server), 1);
}

static void
closed_connection_is_made_anew(void **state)
{
	static const struct http_answer script[] = {
		{ 200, OK_BODY, NULL, HTTP_CLOSES },
	};
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	CLEANUP(stytch_client_free)
	struct stytch_client *client = client_for(http_server_url(server));

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(perform_send(client, NULL), STYTCH_OK);
	assert_int_equal(http_server_requests(server), 3);
	assert_int_equal(http_server_connections(server), 3);
}

static void
unix_socket_is_called(void **state)
{
	static const struct http_answer script[] = { { 200, OK_BODY, NULL,
	    0 } };
	char folder[] = "/tmp/test_perform.XXXXXX";
	char path[64];
	struct http_listen listen_ = { .unix_path = path };

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/socket", folder);
	{
		CLEANUP(http_server_stop)
		struct http_server *server =
		    http_server_start(&listen_, script, 1);
		CLEANUP(stytch_client_free)
		struct stytch_client *client =
		    client_for(http_server_url(server));

		assert_int_equal(perform_get(client, NULL), STYTCH_OK);
		assert_int_equal(http_server_requests(server), 1);
	}
	assert_int_equal(rmdir(folder), 0);
}

/* One answer, given to a call that is not repeated. */
static void
answers_have_their_classes(void **state)
{
	static const struct {
		struct http_answer answer;
		enum stytch_class class_;
	} cases[] = {
		{ { 404, "{\"error_type\":\"otp_code_not_found\"}", NULL, 0 },
		    STYTCH_REJECTED },
		{ { 401, "{\"error_type\":\"unable_to_auth_otp_code\"}", NULL,
		      0 },
		    STYTCH_EXPIRED },
		{ { 401, "{\"error_type\":\"unauthorized_credentials\"}", NULL,
		      0 },
		    STYTCH_MISCONFIGURED },
		{ { 429, "{\"error_type\":\"user_lock_limit_reached\"}", NULL,
		      0 },
		    STYTCH_LOCKED },
		{ { 429, "{\"error_type\":\"too_many_requests\"}", NULL, 0 },
		    STYTCH_THROTTLED },
		{ { 429, "<html>slow down</html>", NULL, 0 },
		    STYTCH_THROTTLED },
		{ { 500, "{\"error_type\":\"otp_code_not_found\"}", NULL, 0 },
		    STYTCH_UNAVAILABLE },
		{ { 503, "<html>", NULL, 0 }, STYTCH_UNAVAILABLE },
		{ { 404, "<html>not here</html>", NULL, 0 },
		    STYTCH_UNAVAILABLE },
		{ { 403, "", NULL, 0 }, STYTCH_UNAVAILABLE },
		{ { 404, "[]", NULL, 0 }, STYTCH_UNAVAILABLE },
		{ { 404, "{}", NULL, 0 }, STYTCH_NOT_FOUND },
		{ { 200, "", NULL, 0 }, STYTCH_PROTOCOL },
		{ { 200, "[]", NULL, 0 }, STYTCH_PROTOCOL },
		{ { 200, "\"ok\"", NULL, 0 }, STYTCH_PROTOCOL },
		{ { 200, "<html></html>", NULL, 0 }, STYTCH_PROTOCOL },
		{ { 200, "{\"a\":", NULL, 0 }, STYTCH_PROTOCOL },
		{ { 200, "{} trailing", NULL, 0 }, STYTCH_PROTOCOL },
		{ { 204, "", NULL, 0 }, STYTCH_PROTOCOL },
		{ { 200, "{}", NULL, HTTP_TRUNCATES }, STYTCH_UNAVAILABLE },
		{ { 200, NULL, NULL, HTTP_DROPS }, STYTCH_UNAVAILABLE },
		{ { 200, NULL, NULL, HTTP_NEVER_ENDS }, STYTCH_PROTOCOL },
		{ { 200, NULL, NULL, HTTP_HEADS_NEVER_END }, STYTCH_PROTOCOL },
		{ { 200, "SSH-2.0-OpenSSH_9.2\r\n", NULL, HTTP_BABBLES },
		    STYTCH_PROTOCOL },
		{ { 201, OK_BODY, NULL, 0 }, STYTCH_OK },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(http_server_stop)
		struct http_server *server =
		    http_server_start(NULL, &cases[i].answer, 1);
		CLEANUP(stytch_client_free)
		struct stytch_client *client =
		    client_for(http_server_url(server));
		struct stytch_error error = { .class_ = STYTCH_OK };
		enum stytch_class class_ = perform_send(client, &error);

		if (class_ != cases[i].class_)
			print_error("case %zu: %s: %s\n", i,
			    stytch_class_name(class_), error.message);
		assert_int_equal(class_, cases[i].class_);
		assert_int_equal(error.class_, class_);
		assert_int_equal(http_server_requests(server), 1);
	}
}

static void
details_of_a_failure_are_clean(void **state)
{
	static const struct http_answer script[] = {
		{ 404,
		    "{\"error_type\":\"user_not_found\","
		    "\"request_id\":\"request-id-test-7\","
		    "\"error_message\":\"no \\u001b[31muser\\u202e\\n here\"}",
		    NULL, 0 },
	};
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	CLEANUP(stytch_client_free)
	struct stytch_client *client = client_for(http_server_url(server));
	struct stytch_error error;

	(void)state;
	assert_int_equal(perform_get(client, &error), STYTCH_NOT_FOUND);
	assert_int_equal(error.http_status, 404);
	assert_string_equal(error.error_type, "user_not_found");
	assert_string_equal(error.request_id, "request-id-test-7");
	assert_string_equal(error.message, "no ?[31muser?? here");
}

static void
message_that_quotes_a_password_is_dropped(void **state)
{
	static const struct http_answer script[] = {
		{ 400,
		    "{\"error_type\":\"invalid\",\"error_message\":"
		    "\"password " LONG_SECRET " is bad\"}",
		    NULL, 0 },
	};
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	CLEANUP(stytch_client_free)
	struct stytch_client *client = client_for(http_server_url(server));
	struct stytch_error error;

	(void)state;
	assert_int_equal(perform_password(client, &error),
	    STYTCH_MISCONFIGURED);
	assert_string_equal(error.error_type, "invalid");
	assert_string_equal(error.message, "");
}

static void
redirect_is_not_followed(void **state)
{
	static const int statuses[] = { 301, 302, 303, 307, 308 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
		struct http_answer script[] = {
			{ statuses[i], OK_BODY,
			    "Location: /v1/debug/whoami\r\n", 0 },
			{ 200, OK_BODY, NULL, 0 },
		};
		CLEANUP(http_server_stop)
		struct http_server *server = http_server_start(NULL, script, 2);
		CLEANUP(stytch_client_free)
		struct stytch_client *client =
		    client_for(http_server_url(server));

		assert_int_equal(perform_get(client, NULL), STYTCH_PROTOCOL);
		assert_int_equal(http_server_requests(server), 1);
	}
}

static void
hanging_server_is_given_up_in_time(void **state)
{
	static const struct http_answer script[] = {
		{ 0, NULL, NULL, HTTP_HANGS },
	};
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	CLEANUP(stytch_client_free) struct stytch_client *client = NULL;
	struct stytch_config config = config_for(http_server_url(server));
	int64_t before_ms = now_ms();

	(void)state;
	config.total_timeout_ms = 500;
	assert_int_equal(stytch_client_new(&config, &client, NULL), STYTCH_OK);
	assert_int_equal(perform_get(client, NULL), STYTCH_UNAVAILABLE);
	assert_in_range(now_ms() - before_ms, 450, 3000);
}

/* A port of loopback where nobody listens. */
static void
dead_url(char *out_url, size_t size)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	CLEANUP(fd_close)
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	(void)snprintf(out_url, size, "http://127.0.0.1:%u",
	    ntohs(address.sin_port));
}

static void
refused_connection_is_unavailable(void **state)
{
	CLEANUP(stytch_client_free) struct stytch_client *client = NULL;
	struct stytch_error error;
	char url[64];

	(void)state;
	dead_url(url, sizeof(url));
	client = client_for(url);
	assert_int_equal(perform_send(client, &error), STYTCH_UNAVAILABLE);
	assert_int_equal(error.http_status, 0);
	assert_string_not_equal(error.message, "");
	assert_null(strstr(error.message, "CANARY"));
}

static void
reads_are_repeated_after_a_failure(void **state)
{
	static const struct http_answer script[] = {
		{ 500, "{}", NULL, 0 },
		{ 0, NULL, NULL, HTTP_DROPS },
		{ 200, OK_BODY, NULL, 0 },
	};
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 3);
	CLEANUP(stytch_client_free)
	struct stytch_client *client = client_for(http_server_url(server));

	(void)state;
	assert_int_equal(perform_get(client, NULL), STYTCH_OK);
	assert_int_equal(http_server_requests(server), 3);
}

static void
reads_are_repeated_three_times_at_most(void **state)
{
	static const struct http_answer script[] = { { 500, "{}", NULL, 0 } };
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	CLEANUP(stytch_client_free)
	struct stytch_client *client = client_for(http_server_url(server));

	(void)state;
	assert_int_equal(perform_get(client, NULL), STYTCH_UNAVAILABLE);
	assert_int_equal(http_server_requests(server), 3);
}

static void
writes_are_repeated_only_when_the_server_names_a_time(void **state)
{
	static const struct {
		struct http_answer first;
		size_t requests;
	} cases[] = {
		{ { 503, "{}", NULL, 0 }, 1 },
		{ { 503, "{}", "Retry-After: 1\r\n", 0 }, 2 },
		{ { 429, "{}", "Retry-After: 1\r\n", 0 }, 2 },
		{ { 429, "{}", NULL, 0 }, 1 },
		{ { 429, "{}", "Retry-After: 0\r\n", 0 }, 1 },
		{ { 429, "{}", "Retry-After: 3600\r\n", 0 }, 1 },
		{ { 429, "{}", "Retry-After: soon\r\n", 0 }, 1 },
		{ { 429, "{\"error_type\":\"user_lock_limit_reached\"}",
		      "Retry-After: 1\r\n", 0 },
		    1 },
		{ { 500, "{}", "Retry-After: 1\r\n", 0 }, 1 },
		{ { 404, "{}", "Retry-After: 1\r\n", 0 }, 1 },
		{ { 0, NULL, NULL, HTTP_DROPS }, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct http_answer script[] = {
			cases[i].first,
			{ 200, OK_BODY, NULL, 0 },
		};
		CLEANUP(http_server_stop)
		struct http_server *server = http_server_start(NULL, script, 2);
		CLEANUP(stytch_client_free)
		struct stytch_client *client =
		    client_for(http_server_url(server));
		enum stytch_class class_ = perform_send(client, NULL);

		if (http_server_requests(server) != cases[i].requests)
			print_error("case %zu\n", i);
		assert_int_equal(http_server_requests(server),
		    cases[i].requests);
		assert_int_equal(class_ == STYTCH_OK, cases[i].requests == 2);
	}
}

#define UNAUTHORIZED "{\"error_type\":\"unauthorized_credentials\"}"

static void
wrong_password_is_told_from_a_wrong_secret(void **state)
{
	static const struct {
		struct http_answer whoami;
		enum stytch_class class_;
	} cases[] = {
		{ { 200, "{\"project_id\":\"p\"}", NULL, 0 }, STYTCH_REJECTED },
		{ { 401, UNAUTHORIZED, NULL, 0 }, STYTCH_MISCONFIGURED },
		{ { 400,
		      "{\"error_type\":\"invalid_project_id_authentication\"}",
		      NULL, 0 },
		    STYTCH_MISCONFIGURED },
		{ { 500, "{}", NULL, 0 }, STYTCH_UNAVAILABLE },
		{ { 200, "<html>", NULL, 0 }, STYTCH_UNAVAILABLE },
		{ { 0, NULL, NULL, HTTP_DROPS }, STYTCH_UNAVAILABLE },
		{ { 302, "{}", NULL, 0 }, STYTCH_UNAVAILABLE },
		{ { 429, "{}", NULL, 0 }, STYTCH_UNAVAILABLE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct http_answer script[] = {
			{ 401, UNAUTHORIZED, NULL, 0 },
			cases[i].whoami,
		};
		CLEANUP(http_server_stop)
		struct http_server *server = http_server_start(NULL, script, 2);
		CLEANUP(stytch_client_free)
		struct stytch_client *client =
		    client_for(http_server_url(server));
		struct stytch_error error;

		assert_int_equal(perform_password(client, &error),
		    cases[i].class_);
		assert_int_equal(error.class_, cases[i].class_);
		assert_non_null(strstr(http_server_request(server, 1),
		    "GET /v1/debug/whoami HTTP/1.1\r\n"));
	}
}

static void
proven_credentials_are_not_asked_about_again(void **state)
{
	static const struct http_answer script[] = {
		{ 200, OK_BODY, NULL, 0 },
		{ 401, UNAUTHORIZED, NULL, 0 },
	};
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 2);
	CLEANUP(stytch_client_free)
	struct stytch_client *client = client_for(http_server_url(server));

	(void)state;
	assert_int_equal(perform_get(client, NULL), STYTCH_OK);
	assert_int_equal(perform_password(client, NULL), STYTCH_REJECTED);
	assert_int_equal(perform_password(client, NULL), STYTCH_REJECTED);
	assert_int_equal(http_server_requests(server), 3);
	/* Refused where no password is: proven no more. */
	assert_int_equal(perform_get(client, NULL), STYTCH_MISCONFIGURED);
	assert_int_equal(perform_password(client, NULL), STYTCH_MISCONFIGURED);
	assert_int_equal(http_server_requests(server), 6);
}

static void
unauthorized_elsewhere_is_our_own_fault(void **state)
{
	static const struct http_answer script[] = {
		{ 401, UNAUTHORIZED, NULL, 0 },
	};
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	CLEANUP(stytch_client_free)
	struct stytch_client *client = client_for(http_server_url(server));

	(void)state;
	assert_int_equal(perform_send(client, NULL), STYTCH_MISCONFIGURED);
	assert_int_equal(http_server_requests(server), 1);
}

static void
public_keys_are_fetched_without_the_secret(void **state)
{
	static const struct http_answer script[] = {
		{ 200, "{\"keys\":[]}", NULL, 0 },
	};
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	CLEANUP(stytch_client_free)
	struct stytch_client *client = client_for(http_server_url(server));
	CLEANUP(stytch_call_free)
	struct stytch_call *call =
	    stytch_call_new(client, STYTCH_SESSIONS_JWKS_GET);

	(void)state;
	stytch_call_set(call, "project_id", PROJECT);
	assert_int_equal(perform(call, NULL), STYTCH_OK);
	assert_null(
	    strcasestr(http_server_request(server, 0), "\r\nauthorization:"));
}

struct worker {
	pthread_t thread;
	struct stytch_client *client;
	unsigned calls;
	unsigned ok;
};

static void *
work(void *context)
{
	struct worker *worker = context;

	for (unsigned i = 0; i < worker->calls; i++) {
		CLEANUP(stytch_reply_free) struct stytch_reply *reply = NULL;
		CLEANUP(stytch_call_free)
		struct stytch_call *call =
		    stytch_call_new(worker->client, STYTCH_USERS_GET);

		stytch_call_set(call, "user_id", "alice");
		worker->ok +=
		    stytch_call_perform(call, &reply, NULL) == STYTCH_OK;
	}
	return NULL;
}

static void
threads_share_a_few_connections(void **state)
{
	static const struct http_answer script[] = { { 200, OK_BODY, NULL,
	    0 } };
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	CLEANUP(stytch_client_free) struct stytch_client *client = NULL;
	struct stytch_config config = config_for(http_server_url(server));
	struct worker workers[12];

	(void)state;
	config.max_connections = 3;
	assert_int_equal(stytch_client_new(&config, &client, NULL), STYTCH_OK);
	for (size_t i = 0; i < ARRAY_LEN(workers); i++) {
		workers[i] = (struct worker){ .client = client, .calls = 10 };
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work,
				     &workers[i]),
		    0);
	}
	for (size_t i = 0; i < ARRAY_LEN(workers); i++) {
		(void)pthread_join(workers[i].thread, NULL);
		assert_int_equal(workers[i].ok, 10);
	}
	assert_int_equal(http_server_requests(server), 120);
	assert_in_range(http_server_connections(server), 1, 3);
}

static void
waiting_for_a_connection_ends_in_time(void **state)
{
	static const struct http_answer script[] = {
		{ 0, NULL, NULL, HTTP_HANGS },
	};
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	CLEANUP(stytch_client_free) struct stytch_client *client = NULL;
	struct stytch_config config = config_for(http_server_url(server));
	struct worker worker = { .calls = 1 };
	int64_t before_ms;

	(void)state;
	config.max_connections = 1;
	config.total_timeout_ms = 600;
	assert_int_equal(stytch_client_new(&config, &client, NULL), STYTCH_OK);
	worker.client = client;
	assert_int_equal(pthread_create(&worker.thread, NULL, work, &worker),
	    0);
	http_server_wait(server, 1);
	before_ms = now_ms();
	assert_int_equal(perform_send(client, NULL), STYTCH_UNAVAILABLE);
	assert_in_range(now_ms() - before_ms, 400, 3000);
	(void)pthread_join(worker.thread, NULL);
	assert_int_equal(worker.ok, 0);
}

static unsigned pipes;

static void
count_pipe(int number)
{
	(void)number;
	pipes++;
}

static void
environment_proxy_is_not_used(void **state)
{
	static const struct http_answer script[] = { { 200, OK_BODY, NULL,
	    0 } };
	static const char *const names[] = { "http_proxy", "https_proxy",
		"HTTPS_PROXY", "all_proxy", "ALL_PROXY" };
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	CLEANUP(http_server_stop)
	struct http_server *proxy = http_server_start(NULL, script, 1);
	CLEANUP(stytch_client_free)
	struct stytch_client *client = client_for(http_server_url(server));

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		(void)setenv(names[i], http_server_url(proxy), 1);
	assert_int_equal(perform_get(client, NULL), STYTCH_OK);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		(void)unsetenv(names[i]);
	assert_int_equal(http_server_requests(proxy), 0);
	assert_int_equal(http_server_requests(server), 1);
}

static void
broken_connection_raises_no_signal(void **state)
{
	static const struct http_answer script[] = {
		{ 200, OK_BODY, NULL, HTTP_CLOSES },
	};
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	CLEANUP(stytch_client_free)
	struct stytch_client *client = client_for(http_server_url(server));
	struct sigaction action = { .sa_handler = count_pipe }, before;

	(void)state;
	(void)sigaction(SIGPIPE, &action, &before);
	for (int i = 0; i < 5; i++)
		(void)perform_get(client, NULL);
	(void)sigaction(SIGPIPE, &before, NULL);
	assert_int_equal(pipes, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_is_what_the_api_wants),
		cmocka_unit_test(post_without_parameters_sends_an_empty_object),
		cmocka_unit_test(get_and_delete_send_no_body),
		cmocka_unit_test(member_session_travels_in_its_header),
		cmocka_unit_test(calls_share_one_warm_connection),
		cmocka_unit_test(closed_connection_is_made_anew),
		cmocka_unit_test(unix_socket_is_called),
		cmocka_unit_test(answers_have_their_classes),
		cmocka_unit_test(details_of_a_failure_are_clean),
		cmocka_unit_test(message_that_quotes_a_password_is_dropped),
		cmocka_unit_test(redirect_is_not_followed),
		cmocka_unit_test(hanging_server_is_given_up_in_time),
		cmocka_unit_test(refused_connection_is_unavailable),
		cmocka_unit_test(reads_are_repeated_after_a_failure),
		cmocka_unit_test(reads_are_repeated_three_times_at_most),
		cmocka_unit_test(
		    writes_are_repeated_only_when_the_server_names_a_time),
		cmocka_unit_test(wrong_password_is_told_from_a_wrong_secret),
		cmocka_unit_test(proven_credentials_are_not_asked_about_again),
		cmocka_unit_test(unauthorized_elsewhere_is_our_own_fault),
		cmocka_unit_test(public_keys_are_fetched_without_the_secret),
		cmocka_unit_test(threads_share_a_few_connections),
		cmocka_unit_test(waiting_for_a_connection_ends_in_time),
		cmocka_unit_test(environment_proxy_is_not_used),
		cmocka_unit_test(broken_connection_raises_no_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
