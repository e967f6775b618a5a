/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The listener.  Each connection has a thread of its own, so that an answer
 * that is late on purpose, or never comes, holds up nobody else.
 */
#include "config.h"

#include "sandbox/server.h"

#include "sandbox/calls.h"
#include "sandbox/connections.h"
#include "sandbox/fault.h"
#include "sandbox/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#define PEM_MAX 65536
#define THREAD_STACK (512 * 1024)

struct server {
	struct MHD_Daemon *daemon;
	struct sandbox *sandbox;
	struct connections *connections;
	int listen_fd;
	int stop_fd; /* readable once the server stops */
	char *unix_path;
	struct buf url;
	struct buf link_url;
	struct buf cert;
	struct buf key;
	bool is_unix;
};

/* One request, from its first line to its end. */
struct exchange {
	char *target;
	struct buf body;
	bool begun;
	bool too_long;
};

/* ---- Connections. ---- */

static void
connection_event(void *data, struct MHD_Connection *connection, void **context,
    enum MHD_ConnectionNotificationCode what)
{
	struct server *server = data;
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(connection,
		MHD_CONNECTION_INFO_CONNECTION_FD);

	if (what == MHD_CONNECTION_NOTIFY_CLOSED)
		connection_remove(server->connections, *context);
	else if (info != NULL)
		*context =
		    connection_add(server->connections, info->connect_fd);
}

static void
heard(const struct server *server, struct MHD_Connection *connection, bool busy)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(connection,
		MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	if (info != NULL)
		connection_heard(server->connections, info->socket_context,
		    busy);
}

/* ---- Requests. ---- */

static void *
exchange_begin(void *data, const char *uri, struct MHD_Connection *connection)
{
	struct exchange *exchange = calloc(1, sizeof(*exchange));

	(void)data;
	(void)connection;
	if (exchange == NULL)
		return NULL;
	exchange->body.max = HTTP_BODY_MAX;
	exchange->target = strdup(uri);
	return exchange;
}

static void
exchange_end(void *data, struct MHD_Connection *connection, void **context,
    enum MHD_RequestTerminationCode why)
{
	struct exchange *exchange = *context;

	(void)data;
	(void)connection;
	(void)why;
	if (exchange == NULL)
		return;
	buf_clear(&exchange->body);
	free(exchange->target);
	free(exchange);
	*context = NULL;
}

static bool
peer_is_local(const struct server *server, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(connection,
		MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *peer = info != NULL ? info->client_addr : NULL;

	if (server->is_unix)
		return true;
	if (peer != NULL && peer->sa_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)(const void *)peer)
				 ->sin_addr.s_addr) >>
		    24 ==
		    127;
	if (peer != NULL && peer->sa_family == AF_INET6) {
		const struct in6_addr *address =
		    &((const struct sockaddr_in6 *)(const void *)peer)
			 ->sin6_addr;

		return IN6_IS_ADDR_LOOPBACK(address) != 0;
	}
	return false;
}

static const char *
header(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static void
read_request(const struct server *server, struct MHD_Connection *connection,
    const struct exchange *exchange, struct http_request *request)
{
	request->target = exchange->target;
	request->authorization = header(connection, "Authorization");
	request->host = header(connection, "Host");
	request->origin = header(connection, "Origin");
	request->control_token = header(connection, "X-Sandbox-Token");
	request->member_session = header(connection, "X-Stytch-Member-Session");
	request->member_jwt = header(connection, "X-Stytch-Member-SessionJWT");
	request->body = buf_text(&exchange->body);
	request->body_len = exchange->body.len;
	request->body_too_long = exchange->too_long;
	request->local = peer_is_local(server, connection);
}

/* ---- Answers. ---- */

static void
add_headers(struct MHD_Response *response, const struct http_reply *reply,
    unsigned retry_after)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(512);

	MHD_add_response_header(response, "Content-Type", reply->content_type);
	MHD_add_response_header(response, "Cache-Control", "no-store");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	if (reply->location.len > 0)
		MHD_add_response_header(response, "Location",
		    buf_text(&reply->location));
	if (reply->page) {
		buf_addf(&text,
		    "default-src 'none'; style-src 'self'; script-src 'self'; "
		    "img-src 'self'; connect-src 'self'; base-uri 'none'; "
		    "form-action %s; frame-ancestors 'none'; "
		    "require-trusted-types-for 'script'; trusted-types 'none'",
		    reply->form ? "'self' http: https:" : "'none'");
		MHD_add_response_header(response, "Content-Security-Policy",
		    buf_text(&text));
		MHD_add_response_header(response, "Referrer-Policy",
		    "no-referrer");
	}
	if (retry_after > 0) {
		buf_reset(&text);
		buf_addf(&text, "%u", retry_after);
		MHD_add_response_header(response, "Retry-After",
		    buf_text(&text));
	}
}

/* More of an answer that never ends; its beginning comes first. */
static ssize_t
endless(void *data, uint64_t position, char *out, size_t max)
{
	const char *beginning = data;
	size_t len = strlen(beginning);

	for (size_t i = 0; i < max; i++)
		out[i] = position + i < len ? beginning[position + i] : 'a';
	return (ssize_t)max;
}

static enum MHD_Result
queue(struct MHD_Connection *connection, struct http_reply *reply,
    const struct fault *fault)
{
	size_t len = reply->body.len;
	struct MHD_Response *response;
	enum MHD_Result result;

	if (fault->truncate)
		len /= 2;
	if (fault->endless) {
		char *beginning =
		    strdup(reply->body.len > 0 ? buf_text(&reply->body)
					       : "{\"padding\":\"");

		if (beginning == NULL)
			return MHD_NO;
		response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN,
		    65536, endless, beginning, free);
	} else {
		response = MHD_create_response_from_buffer(len,
		    reply->body.data, MHD_RESPMEM_MUST_COPY);
	}
	if (response == NULL)
		return MHD_NO;
	if (fault->content_type != NULL)
		reply->content_type = fault->content_type;
	add_headers(response, reply, fault->retry_after);
	result =
	    MHD_queue_response(connection, (unsigned)reply->status, response);
	MHD_destroy_response(response);
	return result;
}

static int64_t
monotonic_ms(void)
{
	return clock_monotonic_us() / 1000;
}

/*
 * Wait ms (-1: for ever).  Whether to go on: false once the client has gone
 * or the server stops.
 */
static bool
wait_or_leave(const struct server *server, struct MHD_Connection *connection,
    int64_t ms)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(connection,
		MHD_CONNECTION_INFO_CONNECTION_FD);
	struct pollfd fds[2] = {
		{ .fd = server->stop_fd, .events = POLLIN },
		{ .fd = info != NULL ? info->connect_fd : -1,
		    .events = POLLRDHUP },
	};
	int64_t end = monotonic_ms() + ms;

	for (;;) {
		int64_t left = ms < 0 ? -1 : end - monotonic_ms();
		int n;

		if (ms >= 0 && left <= 0)
			return true;
		n = poll(fds, 2, (int)left);
		if (n > 0 || (n < 0 && errno != EINTR))
			return false;
	}
}

/* A request that gets no answer: noted, and the connection closed. */
static enum MHD_Result
leave(const struct server *server, const struct http_request *request)
{
	const struct http_reply none = { .status = 0 };

	calls_add(sandbox_calls(server->sandbox), request, &none);
	return MHD_NO;
}

static enum MHD_Result
respond(struct server *server, struct MHD_Connection *connection,
    struct http_request *request)
{
	CLEANUP(http_reply_clear) struct http_reply reply = HTTP_REPLY_INIT;
	CLEANUP(fault_clear) struct fault fault = { .count = 0 };
	struct faults *faults = sandbox_faults(server->sandbox);

	request->begun_us = clock_monotonic_us();
	if (faults_take(faults, request->target, &fault)) {
		request->fault = fault_name(&fault);
		calls_touch(sandbox_calls(server->sandbox));
		if (fault.latency_ms > 0 &&
		    !wait_or_leave(server, connection, fault.latency_ms))
			return leave(server, request);
		if (fault.hang) {
			/* Seen in the log while it hangs. */
			(void)leave(server, request);
			(void)wait_or_leave(server, connection, -1);
			return MHD_NO;
		}
		if (fault.drop)
			return leave(server, request);
	}
	if (fault_replaces(&fault)) {
		fault_answer(server->sandbox, &fault, request->target, &reply);
		calls_add(sandbox_calls(server->sandbox), request, &reply);
	} else {
		sandbox_handle(server->sandbox, request, &reply);
	}
	return queue(connection, &reply, &fault);
}

/* libmicrohttpd's signature: NOLINTBEGIN(readability-function-size) */
static enum MHD_Result
handle(void *data, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *upload_len, void **context)
{
	struct server *server = data;
	struct exchange *exchange = *context;
	struct http_request request = { .method = method };
	enum MHD_Result result;

	(void)url;
	(void)version;
	if (exchange == NULL || exchange->target == NULL)
		return MHD_NO;
	heard(server, connection, exchange->begun && *upload_len == 0);
	if (!exchange->begun) {
		exchange->begun = true;
		return MHD_YES;
	}
	if (*upload_len > 0) {
		buf_add(&exchange->body, upload, *upload_len);
		if (buf_error(&exchange->body) != 0)
			exchange->too_long = true;
		*upload_len = 0;
		return MHD_YES;
	}
	read_request(server, connection, exchange, &request);
	result = respond(server, connection, &request);
	heard(server, connection, false);
	return result;
}
/* NOLINTEND(readability-function-size) */

/* ---- The listener. ---- */

static int
read_pem(const char *path, struct buf *out)
{
	CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	buf_add_file(out, fd);
	if (buf_error(out) == 0 && strstr(buf_text(out), "-----BEGIN ") == NULL)
		return -EINVAL;
	return buf_error(out);
}

static int
read_tls(const struct server_options *options, struct server *server)
{
	int rc;

	if ((options->tls_cert == NULL) != (options->tls_key == NULL))
		return -EINVAL;
	if (options->tls_cert == NULL)
		return 0;
	rc = read_pem(options->tls_cert, &server->cert);
	if (rc == 0)
		rc = read_pem(options->tls_key, &server->key);
	return rc;
}

static int
name_urls(struct server *server, const char *listen, const char *authority)
{
	const char *scheme = server->cert.len > 0 ? "https" : "http";

	if (server->is_unix) {
		buf_adds(&server->url, listen);
		buf_addf(&server->link_url, "%s://localhost", scheme);
	} else {
		buf_addf(&server->url, "%s://%s", scheme, authority);
		buf_adds(&server->link_url, buf_text(&server->url));
	}
	return buf_error(&server->url) != 0 ? buf_error(&server->url)
					    : buf_error(&server->link_url);
}

static struct server *
server_make(void)
{
	struct server *server = calloc(1, sizeof(*server));

	if (server == NULL)
		return NULL;
	server->listen_fd = -1;
	server->stop_fd = -1;
	server->url.max = server->link_url.max = 1024;
	server->cert.max = server->key.max = PEM_MAX;
	return server;
}

int
server_bind(const struct server_options *options, struct server **out_server)
{
	CLEANUP(server_free) struct server *server = server_make();
	CLEANUP(buf_clear) struct buf authority = BUF_INIT(512);
	const char *path = listen_unix_path(options->listen);
	int rc;

	if (server == NULL)
		return -ENOMEM;
	server->is_unix = path != NULL;
	server->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (server->stop_fd < 0)
		return -errno;
	rc = read_tls(options, server);
	if (rc == 0)
		rc = listen_at(options->listen, &server->listen_fd, &authority);
	if (rc == 0 && path != NULL) {
		server->unix_path = strdup(path);
		if (server->unix_path == NULL)
			rc = -ENOMEM;
	}
	if (rc == 0)
		rc = name_urls(server, options->listen, buf_text(&authority));
	if (rc == 0)
		*out_server = STEAL(server);
	return rc;
}

const char *
server_url(const struct server *server)
{
	return buf_text(&server->url);
}

const char *
server_link_url(const struct server *server)
{
	return buf_text(&server->link_url);
}

int
server_start(struct server *server, struct sandbox *sandbox)
{
	bool tls = server->cert.len > 0;
	unsigned flags = MHD_USE_THREAD_PER_CONNECTION |
	    MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL;
	struct MHD_OptionItem tls_options[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, server->cert.data },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, server->key.data },
		{ MHD_OPTION_END, 0, NULL },
	};
	int rc;

	if (tls)
		flags |= MHD_USE_TLS;
	else
		tls_options[0].option = MHD_OPTION_END;
	server->sandbox = sandbox;
	rc = connections_new(&server->connections);
	if (rc != 0)
		return rc;
	server->daemon = MHD_start_daemon(flags, 0, NULL, NULL, handle, server,
	    MHD_OPTION_LISTEN_SOCKET, server->listen_fd,
	    MHD_OPTION_URI_LOG_CALLBACK, exchange_begin, server,
	    MHD_OPTION_NOTIFY_COMPLETED, exchange_end, server,
	    MHD_OPTION_CONNECTION_LIMIT, connections_max(server->connections),
	    MHD_OPTION_NOTIFY_CONNECTION, connection_event, server,
	    MHD_OPTION_THREAD_STACK_SIZE, (size_t)THREAD_STACK,
	    MHD_OPTION_ARRAY, tls_options, MHD_OPTION_END);
	if (server->daemon == NULL)
		return -EIO;
	server->listen_fd = -1; /* the daemon closes it */
	return 0;
}

void
server_free(struct server **server)
{
	struct server *gone = *server;
	uint64_t one = 1;

	if (gone == NULL)
		return;
	if (gone->stop_fd >= 0 &&
	    write(gone->stop_fd, &one, sizeof(one)) != sizeof(one))
		fprintf(stderr, "stytch-sandbox: eventfd\n");
	if (gone->daemon != NULL)
		MHD_stop_daemon(gone->daemon);
	connections_free(&gone->connections);
	fd_close(&gone->listen_fd);
	fd_close(&gone->stop_fd);
	if (gone->unix_path != NULL)
		(void)unlink(gone->unix_path);
	free(gone->unix_path);
	buf_clear(&gone->url);
	buf_clear(&gone->link_url);
	buf_clear(&gone->cert);
	buf_clear(&gone->key);
	free(STEAL(*server));
}
