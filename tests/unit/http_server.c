/* SPDX-License-Identifier: BSD-2-Clause */
/* A scripted HTTP server for tests; see http_server.h. */
#include "config.h"

#include "tests/unit/http_server.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define CONNECTIONS_MAX 64
#define REQUESTS_MAX 256
#define REQUEST_SIZE 65536

struct connection {
	struct http_server *server;
	pthread_t thread;
	int fd;
	SSL *ssl;
};

struct http_server {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	int fd;
	char url[160];
	SSL_CTX *tls;
	const struct http_answer *script;
	size_t count;
	struct connection connections[CONNECTIONS_MAX];
	size_t connection_count;
	char *requests[REQUESTS_MAX];
	size_t request_count;
	size_t max_reads;
	bool released;
	bool stopping;
};

static void
must(bool condition, const char *what)
{
	if (!condition) {
		perror(what);
		abort();
	}
}

static ssize_t
receive(struct connection *connection, char *data, size_t size)
{
	if (connection->ssl != NULL)
		return SSL_read(connection->ssl, data, (int)size);
	return recv(connection->fd, data, size, 0);
}

static bool
send_all(struct connection *connection, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t sent = connection->ssl != NULL
		    ? SSL_write(connection->ssl, data, (int)len)
		    : send(connection->fd, data, len, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		data += sent;
		len -= (size_t)sent;
	}
	return true;
}

/* Length of the whole request in text, or 0: not all of it is there. */
static size_t
request_length(const char *text, size_t len)
{
	const char *end = memmem(text, len, "\r\n\r\n", 4);
	const char *header;
	size_t body = 0;

	if (end == NULL)
		return 0;
	header = strcasestr(text, "\r\ncontent-length:");
	if (header != NULL && header < end)
		body = strtoul(header + 17, NULL, 10);
	body += (size_t)(end + 4 - text);
	return len >= body ? body : 0;
}

/* Read one request and keep it; its number, or -1 at the end. */
static ssize_t
read_request(struct connection *connection)
{
	struct http_server *server = connection->server;
	/* Not by a call that tests of memory make fail. */
	char *text = aligned_alloc(16, REQUEST_SIZE);
	size_t len = 0, reads = 0;
	ssize_t number;

	must(text != NULL, "aligned_alloc");
	memset(text, 0, REQUEST_SIZE);
	while (request_length(text, len) == 0) {
		ssize_t got = len < REQUEST_SIZE - 1
		    ? receive(connection, text + len, REQUEST_SIZE - 1 - len)
		    : 0;

		if (got <= 0) {
			free(text);
			return -1;
		}
		len += (size_t)got;
		reads++;
	}
	(void)pthread_mutex_lock(&server->lock);
	must(server->request_count < REQUESTS_MAX, "too many requests");
	number = (ssize_t)server->request_count;
	server->requests[server->request_count++] = text;
	if (reads > server->max_reads)
		server->max_reads = reads;
	(void)pthread_cond_broadcast(&server->changed);
	(void)pthread_mutex_unlock(&server->lock);
	return number;
}

static bool
send_head(struct connection *connection, const struct http_answer *answer,
    const char *length)
{
	char head[1024];
	int len = snprintf(head, sizeof(head),
	    "HTTP/1.1 %d Whatever\r\nContent-Type: application/json\r\n%s%s\r\n",
	    answer->status, answer->headers == NULL ? "" : answer->headers,
	    length);

	must(len > 0 && (size_t)len < sizeof(head), "snprintf");
	return send_all(connection, head, (size_t)len);
}

static bool
send_answer(struct connection *connection, const struct http_answer *answer,
    size_t extra)
{
	const char *body = answer->body == NULL ? "" : answer->body;
	char length[64];

	(void)snprintf(length, sizeof(length), "Content-Length: %zu\r\n",
	    strlen(body) + extra);
	return send_head(connection, answer, length) &&
	    send_all(connection, body, strlen(body));
}

static void
send_for_ever(struct connection *connection, const struct http_answer *answer)
{
	static const char line[] =
	    "X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n";
	static const char head[] = "HTTP/1.1 200 OK\r\n";

	if (answer->behaviour == HTTP_HEADS_NEVER_END)
		(void)send_all(connection, head, sizeof(head) - 1);
	else
		(void)send_head(connection, answer, "");
	while (send_all(connection, line, sizeof(line) - 1))
		continue;
}

static void
wait_released(struct http_server *server)
{
	(void)pthread_mutex_lock(&server->lock);
	while (!server->released && !server->stopping)
		(void)pthread_cond_wait(&server->changed, &server->lock);
	(void)pthread_mutex_unlock(&server->lock);
}

/* Answer one request; false: the connection is over. */
static bool
answer_request(struct connection *connection, const struct http_answer *answer)
{
	char rest[256];

	switch (answer->behaviour) {
	case HTTP_WAITS:
		wait_released(connection->server);
		return send_answer(connection, answer, 0);
	case HTTP_ANSWERS:
		return send_answer(connection, answer, 0);
	case HTTP_CLOSES:
		(void)send_answer(connection, answer, 0);
		return false;
	case HTTP_TRUNCATES:
		(void)send_answer(connection, answer, 100);
		return false;
	case HTTP_HANGS:
		while (receive(connection, rest, sizeof(rest)) > 0)
			continue;
		return false;
	case HTTP_NEVER_ENDS:
	case HTTP_HEADS_NEVER_END:
		send_for_ever(connection, answer);
		return false;
	case HTTP_BABBLES:
		(void)send_all(connection, answer->body, strlen(answer->body));
		return false;
	case HTTP_DROPS:
		break;
	}
	return false;
}

static void *
serve(void *context)
{
	struct connection *connection = context;
	struct http_server *server = connection->server;
	ssize_t number;

	if (server->tls != NULL) {
		connection->ssl = SSL_new(server->tls);
		must(connection->ssl != NULL &&
			SSL_set_fd(connection->ssl, connection->fd) == 1,
		    "SSL_new");
		if (SSL_accept(connection->ssl) != 1)
			goto over;
	}
	while ((number = read_request(connection)) >= 0) {
		size_t which = (size_t)number < server->count
		    ? (size_t)number
		    : server->count - 1;

		if (!answer_request(connection, &server->script[which]))
			break;
	}
over:
	SSL_free(connection->ssl);
	(void)shutdown(connection->fd, SHUT_RDWR);
	return NULL;
}

static void *
accept_all(void *context)
{
	struct http_server *server = context;
	int fd;

	while ((fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		struct connection *connection;

		(void)pthread_mutex_lock(&server->lock);
		must(server->connection_count < CONNECTIONS_MAX, "connections");
		connection = &server->connections[server->connection_count++];
		connection->server = server;
		connection->fd = fd;
		must(pthread_create(&connection->thread, NULL, serve,
			 connection) == 0,
		    "pthread_create");
		(void)pthread_mutex_unlock(&server->lock);
	}
	return NULL;
}

static SSL_CTX *
load_tls(const struct http_listen *listen_)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
	BIO *cert = BIO_new_mem_buf(listen_->cert_pem, -1);
	BIO *key = BIO_new_mem_buf(listen_->key_pem, -1);
	X509 *x509 = PEM_read_bio_X509(cert, NULL, NULL, NULL);
	EVP_PKEY *pkey = PEM_read_bio_PrivateKey(key, NULL, NULL, NULL);

	must(tls != NULL && SSL_CTX_use_certificate(tls, x509) == 1 &&
		SSL_CTX_use_PrivateKey(tls, pkey) == 1,
	    "certificate");
	if (listen_->max_tls_version != 0) {
		must(SSL_CTX_set_max_proto_version(tls,
			 listen_->max_tls_version) == 1 &&
			SSL_CTX_set_cipher_list(tls, "ALL:@SECLEVEL=0") == 1,
		    "TLS version");
		SSL_CTX_set_min_proto_version(tls, 0);
	}
	X509_free(x509);
	EVP_PKEY_free(pkey);
	BIO_free(cert);
	BIO_free(key);
	return tls;
}

static void
listen_unix(struct http_server *server, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	must(strlen(path) < sizeof(address.sun_path), "path");
	memcpy(address.sun_path, path, strlen(path));
	server->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(bind(server->fd, (struct sockaddr *)&address, sizeof(address)) ==
		0,
	    "bind");
	(void)snprintf(server->url, sizeof(server->url), "unix:%s", path);
}

static void
listen_tcp(struct http_server *server)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);

	server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(bind(server->fd, (struct sockaddr *)&address, len) == 0, "bind");
	must(getsockname(server->fd, (struct sockaddr *)&address, &len) == 0,
	    "getsockname");
	(void)snprintf(server->url, sizeof(server->url), "%s://127.0.0.1:%u",
	    server->tls == NULL ? "http" : "https", ntohs(address.sin_port));
}

struct http_server *
http_server_start(const struct http_listen *listen_,
    const struct http_answer *script, size_t count)
{
	struct http_server *server = calloc(1, sizeof(*server));

	must(server != NULL, "calloc");
	/* OpenSSL's writes to a client that has gone. */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)pthread_mutex_init(&server->lock, NULL);
	(void)pthread_cond_init(&server->changed, NULL);
	server->script = script;
	server->count = count;
	if (listen_ != NULL && listen_->cert_pem != NULL)
		server->tls = load_tls(listen_);
	if (listen_ != NULL && listen_->unix_path != NULL)
		listen_unix(server, listen_->unix_path);
	else
		listen_tcp(server);
	must(listen(server->fd, CONNECTIONS_MAX) == 0, "listen");
	must(pthread_create(&server->thread, NULL, accept_all, server) == 0,
	    "pthread_create");
	return server;
}

void
http_server_stop(struct http_server **server_)
{
	struct http_server *server = *server_;

	if (server == NULL)
		return;
	(void)pthread_mutex_lock(&server->lock);
	server->stopping = true;
	(void)pthread_cond_broadcast(&server->changed);
	(void)pthread_mutex_unlock(&server->lock);
	(void)shutdown(server->fd, SHUT_RDWR);
	(void)pthread_join(server->thread, NULL);
	for (size_t i = 0; i < server->connection_count; i++) {
		(void)shutdown(server->connections[i].fd, SHUT_RDWR);
		(void)pthread_join(server->connections[i].thread, NULL);
		(void)close(server->connections[i].fd);
	}
	for (size_t i = 0; i < server->request_count; i++)
		free(server->requests[i]);
	(void)close(server->fd);
	if (strncmp(server->url, "unix:", 5) == 0)
		(void)unlink(server->url + 5);
	SSL_CTX_free(server->tls);
	(void)pthread_cond_destroy(&server->changed);
	(void)pthread_mutex_destroy(&server->lock);
	free(server);
	*server_ = NULL;
}

const char *
http_server_url(const struct http_server *server)
{
	return server->url;
}

static size_t
read_locked(struct http_server *server, const size_t *value)
{
	size_t copy;

	(void)pthread_mutex_lock(&server->lock);
	copy = *value;
	(void)pthread_mutex_unlock(&server->lock);
	return copy;
}

size_t
http_server_requests(struct http_server *server)
{
	return read_locked(server, &server->request_count);
}

const char *
http_server_request(struct http_server *server, size_t n)
{
	return n < http_server_requests(server) ? server->requests[n] : "";
}

size_t
http_server_connections(struct http_server *server)
{
	return read_locked(server, &server->connection_count);
}

size_t
http_server_max_reads(struct http_server *server)
{
	return read_locked(server, &server->max_reads);
}

void
http_server_wait(struct http_server *server, size_t n)
{
	(void)pthread_mutex_lock(&server->lock);
	while (server->request_count < n)
		(void)pthread_cond_wait(&server->changed, &server->lock);
	(void)pthread_mutex_unlock(&server->lock);
}

void
http_server_release(struct http_server *server)
{
	(void)pthread_mutex_lock(&server->lock);
	server->released = true;
	(void)pthread_cond_broadcast(&server->changed);
	(void)pthread_mutex_unlock(&server->lock);
}
