/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The floor that sandbox.sh measures from: libmicrohttpd with the sandbox's
 * threads, and an answer of as many bytes as the first argument says, that
 * costs nothing to make.  Prints its URL; ends on SIGTERM.
 */
#include "config.h"

#include "common/attr.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libmicrohttpd's signature: NOLINTBEGIN(readability-function-size) */
static enum MHD_Result
handle(void *data, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *upload_len, void **context)
{
	(void)url;
	(void)method;
	(void)version;
	(void)upload;
	if (*context == NULL) {
		*context = data;
		return MHD_YES;
	}
	if (*upload_len > 0) {
		*upload_len = 0;
		return MHD_YES;
	}
	return MHD_queue_response(connection, MHD_HTTP_OK, data);
}
/* NOLINTEND(readability-function-size) */

static struct MHD_Response *
make_answer(size_t size)
{
	char *body = malloc(size);

	if (body == NULL)
		return NULL;
	memset(body, ' ', size);
	return MHD_create_response_from_buffer(size, body,
	    MHD_RESPMEM_MUST_FREE);
}

static int
serve(struct MHD_Response *answer)
{
	const struct sockaddr_in loopback = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct MHD_Daemon *daemon =
	    MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION |
		    MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL,
		0, NULL, NULL, handle, answer, MHD_OPTION_SOCK_ADDR, &loopback,
		MHD_OPTION_END);
	const union MHD_DaemonInfo *info;
	sigset_t signals;
	int number;

	if (daemon == NULL)
		return 1;
	info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
	printf("http://127.0.0.1:%u\n", (unsigned)info->port);
	fflush(stdout);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	(void)sigwait(&signals, &number);
	MHD_stop_daemon(daemon);
	return 0;
}

int
main(int argc, char **argv)
{
	size_t size = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	struct MHD_Response *answer;
	sigset_t signals;
	int status;

	if (size == 0) {
		fputs("usage: empty_server BYTES\n", stderr);
		return 64;
	}
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	answer = make_answer(size);
	if (answer == NULL || pthread_sigmask(SIG_BLOCK, &signals, NULL) != 0)
		return 1;
	status = serve(answer);
	MHD_destroy_response(answer);
	return status;
}
