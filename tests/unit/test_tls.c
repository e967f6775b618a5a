/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client and TLS.  Started anew with --child, the program makes one call
 * in an environment that its parent has prepared.
 */
#include "config.h"

#include "libstytch/environment.h"
#include "tests/unit/certificate.h"
#include "tests/unit/http_server.h"

#include <stytch/stytch.h>

#include <openssl/ssl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#define HERE "IP:127.0.0.1"
#define DAY 86400L
#define OK_BODY "{\"project_id\":\"p\"}"

static const struct http_answer script[] = { { 200, OK_BODY, NULL, 0 } };

static enum stytch_class
whoami(const char *url, const char *ca_file, struct stytch_error *error)
{
	struct stytch_config config = {
		.size = sizeof(config),
		.project_id = "project-test-1",
		.secret = "secret-test-1",
		.base_url = url,
		.ca_file = ca_file,
		.total_timeout_ms = 5000,
	};
	CLEANUP(stytch_client_free) struct stytch_client *client = NULL;
	CLEANUP(stytch_call_free) struct stytch_call *call = NULL;
	CLEANUP(stytch_reply_free) struct stytch_reply *reply = NULL;
	enum stytch_class class_ = stytch_client_new(&config, &client, error);

	if (class_ != STYTCH_OK)
		return class_;
	call = stytch_call_new(client, STYTCH_DEBUG_WHOAMI);
	return stytch_call_perform(call, &reply, error);
}

/* A folder of the test's own, with the certificate to trust in it. */
struct place {
	char folder[32];
	char ca_file[64];
	char key_log[64];
	char openssl_conf[64];
	struct certificate certificate;
	struct http_server *server;
};

static void
write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "wxe");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
set_up(struct place *place, const char *name, long in_seconds, int max_version)
{
	struct http_listen listen_ = { .max_tls_version = max_version };

	(void)snprintf(place->folder, sizeof(place->folder),
	    "/tmp/test_tls.XXXXXX");
	assert_non_null(mkdtemp(place->folder));
	(void)snprintf(place->ca_file, sizeof(place->ca_file), "%s/ca.pem",
	    place->folder);
	(void)snprintf(place->key_log, sizeof(place->key_log), "%s/keys",
	    place->folder);
	(void)snprintf(place->openssl_conf, sizeof(place->openssl_conf),
	    "%s/openssl.cnf", place->folder);
	certificate_make(name, in_seconds, &place->certificate);
	write_file(place->ca_file, place->certificate.cert_pem);
	/* No provider but the one that can do nothing. */
	write_file(place->openssl_conf,
	    "openssl_conf = a\n[a]\nproviders = b\n[b]\nnull = c\n"
	    "[c]\nactivate = 1\n");
	listen_.cert_pem = place->certificate.cert_pem;
	listen_.key_pem = place->certificate.key_pem;
	place->server = http_server_start(&listen_, script, 1);
}

static void
tear_down(struct place *place)
{
	http_server_stop(&place->server);
	certificate_clear(&place->certificate);
	(void)unlink(place->ca_file);
	(void)unlink(place->key_log);
	(void)unlink(place->openssl_conf);
	(void)rmdir(place->folder);
}

static void
trusted_server_is_called(void **state)
{
	CLEANUP(tear_down) struct place place;
	struct stytch_error error = { .message = "" };

	(void)state;
	set_up(&place, HERE, DAY, 0);
	if (whoami(http_server_url(place.server), place.ca_file, &error) !=
	    STYTCH_OK)
		fail_msg("%s", error.message);
}

/* Nothing may be asked of a server that could be anyone. */
static void
refuse(const char *name, long in_seconds, int max_version)
{
	CLEANUP(tear_down) struct place place;
	struct stytch_error error;

	set_up(&place, name, in_seconds, max_version);
	assert_int_equal(whoami(http_server_url(place.server), place.ca_file,
			     &error),
	    STYTCH_UNAVAILABLE);
	assert_int_equal(error.http_status, 0);
	assert_string_not_equal(error.message, "");
	assert_int_equal(http_server_requests(place.server), 0);
}

static void
certificate_for_another_host_is_refused(void **state)
{
	(void)state;
	refuse("IP:127.0.0.2", DAY, 0);
	refuse("DNS:localhost", DAY, 0);
	refuse("DNS:127.0.0.1.example", DAY, 0);
}

static void
expired_certificate_is_refused(void **state)
{
	(void)state;
	refuse(HERE, -60, 0);
}

/* Whether a client that asks for no more than version gets through. */
static bool
handshake_works(const char *url, int version)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
	BIO *bio;
	bool works;

	assert_int_equal(SSL_CTX_set_cipher_list(tls, "ALL:@SECLEVEL=0"), 1);
	assert_int_equal(SSL_CTX_set_min_proto_version(tls, version), 1);
	assert_int_equal(SSL_CTX_set_max_proto_version(tls, version), 1);
	bio = BIO_new_ssl_connect(tls);
	assert_non_null(bio);
	assert_int_equal(BIO_ctrl(bio, BIO_C_SET_CONNECT, 0,
			     (char *)(uintptr_t)(url + strlen("https://"))),
	    1);
	works = BIO_do_connect(bio) == 1 && BIO_do_handshake(bio) == 1;
	BIO_free_all(bio);
	SSL_CTX_free(tls);
	return works;
}

static void
old_tls_is_refused(void **state)
{
	CLEANUP(tear_down) struct place place;

	(void)state;
	refuse(HERE, DAY, TLS1_1_VERSION);
	refuse(HERE, DAY, TLS1_VERSION);
	/* The test can see it: this server would. */
	set_up(&place, HERE, DAY, TLS1_1_VERSION);
	assert_true(
	    handshake_works(http_server_url(place.server), TLS1_1_VERSION));
}

static void
tls_1_2_will_do(void **state)
{
	CLEANUP(tear_down) struct place place;

	(void)state;
	set_up(&place, HERE, DAY, TLS1_2_VERSION);
	assert_int_equal(whoami(http_server_url(place.server), place.ca_file,
			     NULL),
	    STYTCH_OK);
}

static void
unknown_issuer_is_refused(void **state)
{
	CLEANUP(tear_down) struct place place;
	CLEANUP(tear_down) struct place other;

	(void)state;
	set_up(&place, HERE, DAY, 0);
	set_up(&other, HERE, DAY, 0);
	assert_int_equal(whoami(http_server_url(place.server), other.ca_file,
			     NULL),
	    STYTCH_UNAVAILABLE);
	assert_int_equal(whoami(http_server_url(place.server), NULL, NULL),
	    STYTCH_UNAVAILABLE);
	assert_int_equal(http_server_requests(place.server), 0);
}

static void
missing_ca_file_is_misconfigured(void **state)
{
	CLEANUP(tear_down) struct place place;
	struct stytch_error error;

	(void)state;
	set_up(&place, HERE, DAY, 0);
	assert_int_equal(whoami(http_server_url(place.server),
			     "/nonexistent/ca.pem", &error),
	    STYTCH_MISCONFIGURED);
	assert_string_equal(error.parameter, "ca_file");
	assert_int_equal(whoami(http_server_url(place.server),
			     place.openssl_conf, &error),
	    STYTCH_MISCONFIGURED);
	assert_int_equal(http_server_requests(place.server), 0);
}

/* The class of a call in a process whose environment is steered. */
static enum stytch_class
run_child(const struct place *place, const char *keep, const char *ca_file)
{
	char key_log[96], conf[96], cert[96];
	char *environment[] = { key_log, conf, cert, NULL };
	pid_t pid;
	int status;

	(void)snprintf(key_log, sizeof(key_log), "SSLKEYLOGFILE=%s",
	    place->key_log);
	(void)snprintf(conf, sizeof(conf), "OPENSSL_CONF=%s",
	    strcmp(keep, "keep") == 0 ? "/dev/null" : place->openssl_conf);
	(void)snprintf(cert, sizeof(cert), "SSL_CERT_FILE=%s", place->ca_file);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)execle("/proc/self/exe", "test_tls", "--child", keep,
		    http_server_url(place->server), ca_file, (char *)NULL,
		    environment);
		_exit(99);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return (enum stytch_class)WEXITSTATUS(status);
}

static void
environment_steers_nothing_once_cleared(void **state)
{
	CLEANUP(tear_down) struct place place;

	(void)state;
	set_up(&place, HERE, DAY, 0);
	assert_int_equal(run_child(&place, "clear", place.ca_file), STYTCH_OK);
	assert_int_not_equal(access(place.key_log, F_OK), 0);
	assert_int_equal(run_child(&place, "clear", ""), STYTCH_UNAVAILABLE);
	/* The test can see it: uncleared, the session's keys are written. */
	assert_int_equal(run_child(&place, "keep", place.ca_file), STYTCH_OK);
	assert_int_equal(access(place.key_log, F_OK), 0);
	/* And with the provider that can do nothing, nothing works. */
	assert_int_not_equal(run_child(&place, "keep all", place.ca_file),
	    STYTCH_OK);
}

static int
child(char **argv)
{
	if (strcmp(argv[2], "clear") == 0 && environment_clear() != 0)
		return 98;
	return (int)whoami(argv[3], argv[4][0] == '\0' ? NULL : argv[4], NULL);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trusted_server_is_called),
		cmocka_unit_test(certificate_for_another_host_is_refused),
		cmocka_unit_test(expired_certificate_is_refused),
		cmocka_unit_test(old_tls_is_refused),
		cmocka_unit_test(tls_1_2_will_do),
		cmocka_unit_test(unknown_issuer_is_refused),
		cmocka_unit_test(missing_ca_file_is_misconfigured),
		cmocka_unit_test(environment_steers_nothing_once_cleared),
	};

	if (argc == 5 && strcmp(argv[1], "--child") == 0)
		return child(argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
