/* SPDX-License-Identifier: BSD-2-Clause */
/* stytchd: options, start, signals, stop. */
#include "config.h"

#include "common/log.h"
#include "common/wire_socket.h"
#include "libstytch/environment.h"
#include "stytchd/admin_locks.h"
#include "stytchd/agent.h"
#include "stytchd/event.h"
#include "stytchd/server.h"
#include "stytchd/service_manager.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define EXIT_USAGE 2
#define EXIT_CONFIGURATION 78 /* systemd's and BSD's EX_CONFIG */
#define TICK_MS 5000

struct options {
	const char *config;
	bool foreground;
	bool check_config;
	bool debug;
};

/* clang-format off */
static const struct {
	struct option option;
	const char *argument;
	const char *help;
} option_table[] = {
	{ { "config",       required_argument, NULL, 'c' }, " FILE", "configuration instead of " CONFIGURATION_PATH },
	{ { "foreground",   no_argument,       NULL, 'f' }, "",      "stay in the foreground (the agent always does)" },
	{ { "check-config", no_argument,       NULL, 'C' }, "",      "check the configuration and exit" },
	{ { "debug",        no_argument,       NULL, 'd' }, "",      "log more; never secrets" },
	{ { "help",         no_argument,       NULL, 'h' }, "",      "print this and exit" },
	{ { "version",      no_argument,       NULL, 'V' }, "",      "print the version and exit" },
};
/* clang-format on */

static void
print_help(void)
{
	(void)puts("usage: stytchd [OPTION]...\n"
		   "The agent of pam_stytch and nss_stytch.\n");
	for (size_t i = 0; i < ARRAY_LEN(option_table); i++) {
		char left[32];
		int len = snprintf(left, sizeof(left), "--%s%s",
		    option_table[i].option.name, option_table[i].argument);

		if (len > 0 && (size_t)len < sizeof(left))
			(void)printf("  %-16s %s\n", left,
			    option_table[i].help);
	}
}

/* -1: go on; else the exit status. */
static int
read_options(int argc, char **argv, struct options *options)
{
	struct option table[ARRAY_LEN(option_table) + 1];
	int option;

	for (size_t i = 0; i < ARRAY_LEN(option_table); i++)
		table[i] = option_table[i].option;
	table[ARRAY_LEN(option_table)] = (struct option){ NULL, 0, NULL, 0 };
	while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
		switch (option) {
		case 'c':
			options->config = optarg;
			break;
		case 'f':
			options->foreground = true;
			break;
		case 'C':
			options->check_config = true;
			break;
		case 'd':
			options->debug = true;
			break;
		case 'h':
			print_help();
			return EXIT_SUCCESS;
		case 'V':
			(void)puts(PACKAGE_STRING);
			return EXIT_SUCCESS;
		default:
			return EXIT_USAGE;
		}
	}
	if (optind == argc)
		return -1;
	(void)fprintf(stderr, "stytchd: takes no arguments: %s\n",
	    argv[optind]);
	return EXIT_USAGE;
}

/* The agent has nothing to do as root, and much to lose. */
static int
harden(void)
{
	const struct rlimit none = { 0, 0 };

	if (geteuid() == 0) {
		log_error("refusing to run as root: the unit sets User=stytchd;"
			  " by hand, use setpriv --reuid stytchd");
		return -EPERM;
	}
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    setrlimit(RLIMIT_CORE, &none) != 0)
		return -errno;
	(void)umask(077);
	return 0;
}

static int
load(const char *path, struct configuration **out_configuration)
{
	struct configuration_error error = { "" };
	int result = configuration_load(path, out_configuration, &error);

	if (result != 0)
		log_error("%s", error.text);
	return result;
}

/* The systemd credential where there is one, else the configured file. */
static int
read_secret(const struct configuration *configuration, struct secret *secret)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	const char *path = configuration->stytch.secret_file;
	char credential[4096];
	int error;

	if (folder != NULL) {
		int len = snprintf(credential, sizeof(credential),
		    "%s/stytch-secret", folder);

		if (len > 0 && (size_t)len < sizeof(credential) &&
		    access(credential, F_OK) == 0)
			path = credential;
	}
	error = secret_read_file(secret, path);
	if (error != 0)
		log_error("the project's secret cannot be read from %s: %s",
		    path, strerror(-error));
	return error;
}

static void
reload(struct agent *agent, const char *path)
{
	CLEANUP(configuration_unref) struct configuration *configuration = NULL;

	service_manager_tell("RELOADING=1");
	if (load(path, &configuration) == 0) {
		agent_reload(agent, configuration);
		log_notice("the configuration was read again");
	} else {
		log_error("the old configuration stays in use");
	}
	service_manager_tell("READY=1");
}

static void
serve(void *server)
{
	server_run(server);
}

/* Signals until one that ends; the watchdog is fed meanwhile. */
static void
wait_for_end(struct agent *agent, const sigset_t *signals, const char *config)
{
	int64_t watchdog_ms = service_manager_watchdog_ms();
	int64_t tick_ms =
	    watchdog_ms > 0 && watchdog_ms < TICK_MS ? watchdog_ms : TICK_MS;
	const struct timespec tick = {
		.tv_sec = (time_t)(tick_ms / 1000),
		.tv_nsec = (long)(tick_ms % 1000) * 1000000,
	};

	for (;;) {
		int got = sigtimedwait(signals, NULL, &tick);

		if (got == SIGHUP)
			reload(agent, config);
		else if (got == SIGTERM || got == SIGINT)
			return;
		if (watchdog_ms > 0)
			service_manager_tell("WATCHDOG=1");
	}
}

/*
 * Every conversation ends with an answer; what Stytch is being asked may take
 * as long as a request.  Returns 0, or -ETIMEDOUT where threads are left.
 */
static int
stop(struct agent *agent, struct server *server)
{
	CLEANUP(configuration_unref)
	struct configuration *configuration = agent_configuration(agent);
	int error;

	service_manager_tell("STOPPING=1");
	server_stop(server);
	directory_stop_timer(agent->directory);
	conversations_end(agent->conversations, NULL, CONVERSATION_STOPPED);
	logins_stop(agent->logins);
	error = crew_wait(agent->crew,
	    wire_now_ms() + configuration->stytch.request_timeout + 1000);
	store_flush(agent->store);
	if (error != 0)
		log_error("%u threads did not end", crew_size(agent->crew));
	return error;
}

/* The start failed half-way: end the threads that there are. */
static void
abandon(struct agent *agent, struct server *server)
{
	if (server != NULL)
		server_stop(server);
	if (agent->logins != NULL)
		logins_stop(agent->logins);
	if (agent->crew != NULL)
		(void)!crew_wait(agent->crew, wire_now_ms() + 60000);
}

static int
run(struct configuration *configuration, const struct secret *secret,
    const struct options *options, const sigset_t *signals)
{
	struct agent agent;
	struct sync_report report = { .removed = agent_remove_person,
		.context = &agent };
	struct admin admin = { .report = &report,
		.logins = &admin_logins,
		.logins_context = &agent };
	struct server *server = NULL;
	int error = agent_start(&agent, configuration, secret);

	admin.directory = agent.directory;
	admin.store = agent.store;
	if (error == 0)
		error = server_open(&agent, &admin,
		    configuration->stytch.runtime_dir, &server);
	if (error == 0)
		error = crew_start(agent.crew, serve, server);
	if (error == 0)
		error = directory_start_timer(agent.directory, &report);
	if (error == 0) {
		service_manager_tell("READY=1");
		wait_for_end(&agent, signals, options->config);
		error = stop(&agent, server);
	} else {
		abandon(&agent, server);
	}
	/* Threads that are left still use all this: the process's end ends it. */
	if (error == -ETIMEDOUT) {
		server_close(&server);
		_exit(EXIT_FAILURE);
	}
	server_close(&server);
	agent_clear(&agent);
	return error;
}

int
main(int argc, char **argv)
{
	struct options options = { .config = CONFIGURATION_PATH };
	CLEANUP(configuration_unref) struct configuration *configuration = NULL;
	CLEANUP(secret_clear) struct secret secret = SECRET_INIT;
	sigset_t signals;
	int status;

	if (environment_clear() != 0)
		return EXIT_FAILURE;
	status = read_options(argc, argv, &options);
	if (status >= 0)
		return status;
	log_open("stytchd", options.debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	event_open();
	if (load(options.config, &configuration) != 0)
		return EXIT_CONFIGURATION;
	if (options.check_config)
		return EXIT_SUCCESS;
	if (harden() != 0)
		return EXIT_FAILURE;
	if (read_secret(configuration, &secret) != 0)
		return EXIT_CONFIGURATION;
	/* Before the first thread, so that every one has them blocked. */
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	return run(configuration, &secret, &options, &signals) == 0
	    ? EXIT_SUCCESS
	    : EXIT_FAILURE;
}
