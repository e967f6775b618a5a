/* SPDX-License-Identifier: BSD-2-Clause */
/* One HTTP exchange by libcurl, tied down; see transport.h. */
#include "config.h"

#include "libstytch/transport.h"

#include "libstytch/error.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#define USER_AGENT "Stytch pam_stytch v" PACKAGE_VERSION
#define HEADERS_MAX (64 * 1024)
#define URL_MAX (16 * 1024)
/* Shorter than the idle timeout of the servers and balancers in use. */
#define IDLE_MAX_S 50L

static pthread_once_t library_once = PTHREAD_ONCE_INIT;
static CURLcode library_code;
static bool library_has_ca_file; /* one that curl takes by itself */

static void
init_library(void)
{
	library_code = curl_global_init(CURL_GLOBAL_DEFAULT);
	library_has_ca_file =
	    curl_version_info(CURLVERSION_NOW)->cainfo != NULL;
}

int
transport_init_library(void)
{
	return pthread_once(&library_once, init_library) == 0 &&
		library_code == CURLE_OK
	    ? 0
	    : -ENOMEM;
}

int64_t
transport_now_ms(void)
{
	struct timespec now = { .tv_sec = 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * With CURLOPT_NOSIGNAL libcurl leaves SIGPIPE to the program, and OpenSSL
 * raises it: hold it back in this thread and take it off again.
 */
struct pipe_guard {
	sigset_t before;
	bool was_pending;
};

static void
pipe_set(sigset_t *set)
{
	(void)sigemptyset(set);
	(void)sigaddset(set, SIGPIPE);
}

static void
pipe_hold(struct pipe_guard *guard)
{
	sigset_t pipe_signal, pending;

	pipe_set(&pipe_signal);
	(void)sigemptyset(&pending);
	(void)sigpending(&pending);
	guard->was_pending = sigismember(&pending, SIGPIPE) == 1;
	(void)pthread_sigmask(SIG_BLOCK, &pipe_signal, &guard->before);
}

static void
pipe_release(struct pipe_guard *guard)
{
	static const struct timespec at_once = { .tv_sec = 0 };
	sigset_t pipe_signal;

	pipe_set(&pipe_signal);
	if (!guard->was_pending)
		(void)sigtimedwait(&pipe_signal, NULL, &at_once);
	(void)pthread_sigmask(SIG_SETMASK, &guard->before, NULL);
}

/* State of one transfer that libcurl's callbacks see. */
struct transfer {
	struct exchange *exchange;
	size_t header_bytes;
	bool is_too_long;
	char curl_error[CURL_ERROR_SIZE];
};

static size_t
take_body(char *data, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;
	struct buf *reply = &transfer->exchange->reply;

	buf_add(reply, data, size * count);
	transfer->is_too_long = buf_error(reply) == -E2BIG;
	return buf_error(reply) == 0 ? size * count : 0;
}

static size_t
take_header(char *data, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;

	(void)data;
	transfer->header_bytes += size * count;
	transfer->is_too_long = transfer->header_bytes > HEADERS_MAX;
	return transfer->is_too_long ? 0 : size * count;
}

/* setopt, remembering that one failed. */
#define SET(handle, option, value) \
	(failed |= curl_easy_setopt((handle), (option), (value)) != CURLE_OK)

/* What makes a connection safe, the same for all. */
static bool
set_connection(const struct transport *transport, CURL *handle,
    const struct origin *origin)
{
	bool failed = false;
	bool is_proxied = transport->proxy != NULL && !origin->is_plain;

	SET(handle, CURLOPT_NOSIGNAL, 1L);
	SET(handle, CURLOPT_PROTOCOLS_STR, origin->is_plain ? "http" : "https");
	SET(handle, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(handle, CURLOPT_FOLLOWLOCATION, 0L);
	SET(handle, CURLOPT_PATH_AS_IS, 1L);
	SET(handle, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	SET(handle, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(handle, CURLOPT_SSL_VERIFYPEER, 1L);
	SET(handle, CURLOPT_SSL_VERIFYHOST, 2L);
	SET(handle, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (transport->ca_file != NULL)
		SET(handle, CURLOPT_CAINFO, transport->ca_file);
	/*
	 * Ours are instead of the system's, not beside them; and with a file
	 * alone curl keeps the parsed certificates for the next connection.
	 */
	if (transport->ca_file != NULL || library_has_ca_file)
		SET(handle, CURLOPT_CAPATH, NULL);
	/* Set even where there is none: else the environment's is taken. */
	SET(handle, CURLOPT_PROXY, is_proxied ? transport->proxy : "");
	SET(handle, CURLOPT_NOPROXY, is_proxied ? "" : "*");
	SET(handle, CURLOPT_UNIX_SOCKET_PATH, origin->unix_path);
	SET(handle, CURLOPT_TCP_NODELAY, 1L);
	SET(handle, CURLOPT_TCP_KEEPALIVE, 1L);
	SET(handle, CURLOPT_MAXAGE_CONN, IDLE_MAX_S);
	SET(handle, CURLOPT_USERAGENT, USER_AGENT);
	return !failed;
}

static bool
set_request(const struct transport *transport, CURL *handle,
    struct transfer *transfer, const char *url)
{
	const struct exchange *exchange = transfer->exchange;
	int64_t left_ms = exchange->deadline_ms - transport_now_ms();
	bool failed = false;

	SET(handle, CURLOPT_URL, url);
	if (exchange->body != NULL) {
		SET(handle, CURLOPT_POSTFIELDS, secret_reveal(exchange->body));
		SET(handle, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)exchange->body->len);
	}
	/* After POSTFIELDS, which chooses POST. */
	SET(handle, CURLOPT_CUSTOMREQUEST, exchange->method);
	SET(handle, CURLOPT_CONNECTTIMEOUT_MS,
	    (long)transport->connect_timeout_ms);
	SET(handle, CURLOPT_TIMEOUT_MS, (long)(left_ms < 1 ? 1 : left_ms));
	SET(handle, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)exchange->reply_max);
	SET(handle, CURLOPT_WRITEFUNCTION, take_body);
	SET(handle, CURLOPT_WRITEDATA, transfer);
	SET(handle, CURLOPT_HEADERFUNCTION, take_header);
	SET(handle, CURLOPT_HEADERDATA, transfer);
	SET(handle, CURLOPT_ERRORBUFFER, transfer->curl_error);
	return !failed;
}

/* A header line of ours; curl reads it and copies none. */
static struct curl_slist
line(const char *text, struct curl_slist *next)
{
	return (
	    struct curl_slist){ .data = (char *)(uintptr_t)text, .next = next };
}

static CURLcode
run(const struct transport *transport, CURL *handle, struct transfer *transfer,
    const char *url)
{
	const struct exchange *exchange = transfer->exchange;
	struct curl_slist member = line(exchange->member_header, NULL);
	struct curl_slist authorization =
	    line(secret_reveal(&transport->authorization),
		exchange->member_header[0] == '\0' ? NULL : &member);
	struct curl_slist expect = line("Expect:",
	    exchange->with_authorization ? &authorization : NULL);
	struct curl_slist accept = line("Accept: application/json", &expect);
	struct curl_slist type = line(exchange->is_form
		? "Content-Type: application/x-www-form-urlencoded"
		: "Content-Type: application/json",
	    &accept);
	struct pipe_guard guard;
	CURLcode code = CURLE_OUT_OF_MEMORY;

	pipe_hold(&guard);
	if (set_connection(transport, handle, exchange->origin) &&
	    set_request(transport, handle, transfer, url) &&
	    curl_easy_setopt(handle, CURLOPT_HTTPHEADER,
		exchange->body != NULL ? &type : &accept) == CURLE_OK)
		code = curl_easy_perform(handle);
	pipe_release(&guard);
	return code;
}

static enum stytch_class
judge(CURLcode code, const struct transfer *transfer,
    struct stytch_error *error)
{
	const char *message = transfer->curl_error[0] != '\0'
	    ? transfer->curl_error
	    : curl_easy_strerror(code);

	if (transfer->is_too_long || code == CURLE_FILESIZE_EXCEEDED)
		return error_set(error, STYTCH_PROTOCOL, "",
		    "the answer is too long");
	if (code == CURLE_SSL_CACERT_BADFILE)
		return error_set(error, STYTCH_MISCONFIGURED, "ca_file",
		    message);
	/* It speaks, but not HTTP as we know it. */
	if (code == CURLE_WEIRD_SERVER_REPLY ||
	    code == CURLE_UNSUPPORTED_PROTOCOL)
		return error_set(error, STYTCH_PROTOCOL, "", message);
	return error_set(error, STYTCH_UNAVAILABLE, "", message);
}

static void
take_answer(CURL *handle, struct exchange *exchange)
{
	long status = 0;
	curl_off_t retry_after = 0;

	(void)curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &retry_after);
	exchange->http_status = (int)status;
	/* curl says 0 where the header is missing, or is 0. */
	exchange->retry_after_ms = retry_after > 0 && retry_after < 86400
	    ? (int64_t)retry_after * 1000
	    : -1;
}

enum stytch_class
transport_perform(struct transport *transport, struct exchange *exchange,
    struct stytch_error *error)
{
	CLEANUP(buf_clear) struct buf url = BUF_INIT(URL_MAX);
	struct transfer transfer = { .exchange = exchange };
	CURL *handle = NULL;
	CURLcode code;
	int failure;

	buf_clear(&exchange->reply);
	exchange->reply.max = exchange->reply_max;
	buf_adds(&url, exchange->origin->prefix);
	buf_adds(&url, exchange->target);
	failure = buf_error(&url);
	if (failure == 0)
		failure = pool_borrow(&transport->pool, exchange->deadline_ms,
		    &handle);
	if (failure != 0)
		return error_set(error, STYTCH_UNAVAILABLE, "",
		    failure == -ETIMEDOUT ? "no connection became free in time"
					  : "out of memory");
	code = run(transport, handle, &transfer, buf_text(&url));
	if (code == CURLE_OK)
		take_answer(handle, exchange);
	/* Its connections stay; pointers to what is ours do not. */
	curl_easy_reset(handle);
	pool_return(&transport->pool, handle);
	return code == CURLE_OK ? STYTCH_OK : judge(code, &transfer, error);
}

void
exchange_clear(struct exchange *exchange)
{
	buf_clear(&exchange->reply);
}

void
transport_clear(struct transport *transport)
{
	struct pipe_guard guard;

	/* Closing TLS writes, too. */
	pipe_hold(&guard);
	pool_clear(&transport->pool);
	pipe_release(&guard);
	secret_clear(&transport->authorization);
	string_free(&transport->ca_file);
	string_free(&transport->proxy);
}
