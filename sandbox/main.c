/* SPDX-License-Identifier: BSD-2-Clause */
/* stytch-sandbox: the Stytch API offline. */
#include "config.h"

#include "sandbox/sandbox.h"
#include "sandbox/seed.h"
#include "sandbox/server.h"

#include "common/log.h"

#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	OPTION_LISTEN = 256,
	OPTION_DB,
	OPTION_TLS_CERT,
	OPTION_TLS_KEY,
	OPTION_CONSUMER,
	OPTION_B2B,
	OPTION_SEED,
	OPTION_CONTROL_TOKEN,
	OPTION_HELP,
	OPTION_VERSION,
};

struct command {
	struct server_options server;
	struct sandbox_options sandbox;
	const char *seed;
};

static void
usage(FILE *out)
{
	fputs(
	    "usage: stytch-sandbox [--listen HOST:PORT|unix:PATH] "
	    "[--db FILE|:memory:]\n"
	    "                      [--tls-cert FILE --tls-key FILE]\n"
	    "                      [--consumer PROJECT_ID:SECRET] "
	    "[--b2b PROJECT_ID:SECRET]\n"
	    "                      [--seed FILE.json] [--control-token TOKEN]\n"
	    "\n"
	    "Serve the Stytch API from this machine alone, with an inbox page\n"
	    "at / instead of messages sent.  See stytch-sandbox(1).\n",
	    out);
}

static const struct option long_options[] = {
	{ "listen", required_argument, NULL, OPTION_LISTEN },
	{ "db", required_argument, NULL, OPTION_DB },
	{ "tls-cert", required_argument, NULL, OPTION_TLS_CERT },
	{ "tls-key", required_argument, NULL, OPTION_TLS_KEY },
	{ "consumer", required_argument, NULL, OPTION_CONSUMER },
	{ "b2b", required_argument, NULL, OPTION_B2B },
	{ "seed", required_argument, NULL, OPTION_SEED },
	{ "control-token", required_argument, NULL, OPTION_CONTROL_TOKEN },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

/* Take one option; -1: go on, else the status to exit with. */
static int
take_option(struct command *command, int option)
{
	switch (option) {
	case OPTION_LISTEN:
		command->server.listen = optarg;
		return -1;
	case OPTION_DB:
		command->sandbox.db = optarg;
		return -1;
	case OPTION_TLS_CERT:
		command->server.tls_cert = optarg;
		return -1;
	case OPTION_TLS_KEY:
		command->server.tls_key = optarg;
		return -1;
	case OPTION_CONSUMER:
		command->sandbox.projects[VERTICAL_CONSUMER] = optarg;
		return -1;
	case OPTION_B2B:
		command->sandbox.projects[VERTICAL_B2B] = optarg;
		return -1;
	case OPTION_SEED:
		command->seed = optarg;
		return -1;
	case OPTION_CONTROL_TOKEN:
		command->sandbox.control_token = optarg;
		return -1;
	case OPTION_HELP:
		usage(stdout);
		return 0;
	case OPTION_VERSION:
		puts("stytch-sandbox " PACKAGE_VERSION);
		return 0;
	default:
		usage(stderr);
		return 64;
	}
}

static int
parse(int argc, char **argv, struct command *command)
{
	int option, status = -1;

	*command = (struct command){
		.server = { .listen = "127.0.0.1:8091" },
		.sandbox = { .db = ":memory:" },
	};
	while (status < 0 &&
	    (option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		status = take_option(command, option);
	if (status < 0 && optind != argc) {
		usage(stderr);
		return 64;
	}
	return status;
}

/* What a caller needs to use the sandbox, as lines that a shell can read. */
static int
announce(const struct sandbox *sandbox, const struct server *server)
{
	static const char *const names[VERTICALS] = {
		[VERTICAL_CONSUMER] = "CONSUMER",
		[VERTICAL_B2B] = "B2B",
	};

	printf("STYTCH_BASE_URL=%s\n", server_url(server));
	for (int vertical = 0; vertical < VERTICALS; vertical++) {
		const struct project *project =
		    sandbox_project(sandbox, (enum vertical)vertical);
		const char *name = names[vertical];

		printf("STYTCH_%s_PROJECT_ID=%s\nSTYTCH_%s_SECRET=%s\n"
		       "STYTCH_%s_PUBLIC_TOKEN=%s\n",
		    name, project->id, name, project->secret, name,
		    project->public_token);
	}
	printf("# stytch-sandbox is ready\n");
	return fflush(stdout) == 0 ? 0 : 1;
}

/* Serve until SIGINT or SIGTERM; the status to exit with. */
static int
serve(struct server *server, struct sandbox *sandbox, const sigset_t *signals)
{
	int number;
	int rc = server_start(server, sandbox);

	if (rc != 0) {
		log_error("cannot serve: %s", strerror(-rc));
		return 1;
	}
	if (announce(sandbox, server) != 0)
		return 1;
	return sigwait(signals, &number) == 0 ? 0 : 1;
}

static int
run(struct command *command, const sigset_t *signals)
{
	CLEANUP(sandbox_free) struct sandbox *sandbox = NULL;
	CLEANUP(server_free) struct server *server = NULL;
	char detail[256] = "";
	int rc = server_bind(&command->server, &server);

	if (rc != 0) {
		log_error("cannot listen at %s: %s", command->server.listen,
		    strerror(-rc));
		return 1;
	}
	command->sandbox.base_url = server_link_url(server);
	rc = sandbox_new(&command->sandbox, &sandbox);
	if (rc != 0) {
		log_error("cannot open %s: %s", command->sandbox.db,
		    strerror(-rc));
		return 1;
	}
	if (command->seed != NULL) {
		rc = seed_load(sandbox, command->seed, detail, sizeof(detail));
		if (rc != 0) {
			log_error("%s: %s", command->seed, detail);
			return 1;
		}
	}
	return serve(server, sandbox, signals);
}

int
main(int argc, char **argv)
{
	struct command command;
	sigset_t signals;
	int status;

	(void)clearenv();
	log_open("stytch-sandbox", LOG_LEVEL_INFO);
	status = parse(argc, argv, &command);
	if (status >= 0)
		return status;
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	if (pthread_sigmask(SIG_BLOCK, &signals, NULL) != 0 ||
	    signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return 1;
	return run(&command, &signals);
}
