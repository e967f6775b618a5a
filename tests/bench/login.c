/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a login costs: pam_start, pam_authenticate and pam_end in a loop, for
 * several modules in turn, and what each leaves in the process.
 *
 *	login [-n LOGINS] [-m MODULE] [-r RUNTIME_DIR] [-u USER] [-a ANSWER]
 *	      [-f FILE] [-c] [STACK...]
 *
 * By itself pam_stytch is played against an agent that asks one question and
 * says yes.  With -r it is the agent of that folder: -u and -a say who logs in
 * with which answer, or -f names a file with a USER and the base32 secret of
 * his TOTP on each line, who take turns.  -c checks the goals: pam_stytch at
 * most 300 us above pam_permit, at most 250 bytes of heap a login, nothing
 * left loaded, open or running.
 */
#include "config.h"

#include "common/attr.h"
#include "tests/bench/login_agent.h"
#include "tests/bench/login_footprint.h"
#include "tests/bench/login_stacks.h"

#include <errno.h>
#include <security/pam_appl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#define LOGINS_DEFAULT 500
#define LOGINS_MAX 100000
#define WARM_UP 20
#define BLOCK 10 /* logins of one stack in a row */
#define BLOCK_WARM_UP 2
#define GOAL_ABOVE_US 300.0
#define GOAL_HEAP 250.0

struct options {
	struct setting setting;
	unsigned logins;
	bool is_checked;
	bool has_agent;        /* -r: one is there */
	const char *footprint; /* only this, of this stack */
};

/* The person of one login. */
struct talk {
	const struct stack *stack;
	struct setting *setting;
};

static int
converse(int count, const struct pam_message **messages,
    struct pam_response **out_replies, void *data)
{
	const struct talk *talk = data;
	struct pam_response *replies;
	char answer[128];

	if (count != 1)
		return PAM_CONV_ERR;
	replies = calloc(1, sizeof(*replies));
	if (replies == NULL)
		return PAM_BUF_ERR;
	if (messages[0]->msg_style == PAM_PROMPT_ECHO_OFF ||
	    messages[0]->msg_style == PAM_PROMPT_ECHO_ON) {
		if (talk->stack->answer(talk->setting, answer,
			sizeof(answer)) != 0) {
			free(replies);
			return PAM_CONV_ERR;
		}
		replies->resp = strdup(answer);
	}
	*out_replies = replies;
	return PAM_SUCCESS;
}

static double
now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* One login; its time in *out_us.  Returns a PAM code. */
static int
log_in(const struct stack *stack, struct setting *setting, double *out_us)
{
	struct talk talk = { stack, setting };
	const struct pam_conv conv = { converse, &talk };
	const char *user = stack->user(setting);
	pam_handle_t *pamh = NULL;
	double start = now_us();
	int code =
	    pam_start_confdir(stack->name, user, &conv, setting->folder, &pamh);

	if (code != PAM_SUCCESS)
		return code;
	code = pam_authenticate(pamh, 0);
	(void)pam_end(pamh, code);
	*out_us = now_us() - start;
	return code;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct timing {
	const struct stack *stack;
	double *us; /* of each login */
	int code;   /* PAM_SUCCESS as long as all were let in */
};

/* A few logins of one stack that count, after some that warm the caches. */
static void
time_block(struct timing *timing, unsigned first, struct options *options)
{
	for (unsigned i = 0; i < BLOCK_WARM_UP + BLOCK; i++) {
		unsigned at =
		    i < BLOCK_WARM_UP ? first : first + i - BLOCK_WARM_UP;

		if (timing->code != PAM_SUCCESS || at >= options->logins)
			return;
		timing->code =
		    log_in(timing->stack, &options->setting, &timing->us[at]);
	}
}

/*
 * The stacks by turns, so that what slows one down slows all, but in blocks:
 * pam_unix's 16 MB would leave the next one nothing of the caches.
 */
static void
time_stacks(struct timing *timings, size_t count, struct options *options)
{
	for (unsigned i = 0; i < options->logins; i += BLOCK)
		for (size_t k = 0; k < count; k++)
			time_block(&timings[k], i, options);
}

/* Print the table; returns pam_stytch's median above pam_permit's, or -1. */
static double
print_times(const struct timing *timings, size_t count, unsigned logins)
{
	double base = 0, above = -1;

	printf("%-26s %10s %10s %12s %8s\n", "stack", "median us", "p99 us",
	    "above permit", "ratio");
	for (size_t k = 0; k < count; k++) {
		const struct timing *timing = &timings[k];
		double median;

		if (timing->code != PAM_SUCCESS) {
			printf("%-26s not let in: %s\n", timing->stack->name,
			    timing->code == PAM_SYSTEM_ERR
				? "not prepared (it needs root)"
				: pam_strerror(NULL, timing->code));
			continue;
		}
		qsort(timing->us, logins, sizeof(double), compare);
		median = timing->us[logins / 2];
		if (k == 0)
			base = median;
		if (strcmp(timing->stack->name, "pam_stytch") == 0)
			above = median - base;
		printf("%-26s %10.1f %10.1f %12.1f %8.1f   %s\n",
		    timing->stack->name, median, timing->us[logins * 99 / 100],
		    median - base, median / base, timing->stack->what);
	}
	return above;
}

/* In a process of its own: what logins of one stack leave behind. */
static int
run_footprint(struct options *options)
{
	const struct stack *stack = stack_find(options->footprint);
	struct footprint *marks = calloc(3, sizeof(*marks));
	double us, heap;
	size_t left;
	int code = PAM_SUCCESS;

	if (marks == NULL || stack == NULL || footprint_take(&marks[0]) != 0)
		return 1;
	for (unsigned i = 0; code == PAM_SUCCESS && i < WARM_UP; i++)
		code = log_in(stack, &options->setting, &us);
	if (footprint_take(&marks[1]) != 0)
		return 1;
	for (unsigned i = 0; code == PAM_SUCCESS && i < options->logins; i++)
		code = log_in(stack, &options->setting, &us);
	if (code != PAM_SUCCESS || footprint_take(&marks[2]) != 0)
		return 1;
	heap =
	    ((double)marks[2].heap - (double)marks[1].heap) / options->logins;
	printf("%-26s %10.1f %10ld %10ld %8d %8d\n", stack->name, heap,
	    marks[2].peak_kb, marks[2].peak_kb - marks[0].peak_kb,
	    (int)marks[2].descriptors - (int)marks[0].descriptors,
	    (int)marks[2].threads - (int)marks[0].threads);
	left = footprint_print_left(&marks[0], &marks[2]);
	if (options->is_checked && strcmp(stack->name, "pam_stytch") == 0 &&
	    (heap > GOAL_HEAP || left != 0 ||
		marks[2].descriptors > marks[0].descriptors ||
		marks[2].threads > marks[0].threads))
		return 2;
	return 0;
}

/* Run this program again for one stack.  Its exit status. */
static int
spawn_footprint(const struct stack *stack, int argc, char **argv)
{
	char **again = calloc((size_t)argc + 3, sizeof(*again));
	int status = 1 << 8;
	pid_t pid;

	if (again == NULL)
		return 1;
	again[0] = argv[0];
	again[1] = strdup("-F");
	again[2] = strdup(stack->name);
	for (int i = 1; i < argc; i++)
		again[i + 2] = argv[i];
	(void)fflush(stdout);
	pid = fork();
	if (pid == 0) {
		(void)execv("/proc/self/exe", again);
		_exit(127);
	}
	if (pid > 0)
		(void)waitpid(pid, &status, 0);
	free(again[1]);
	free(again[2]);
	free(again);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int
print_footprints(const struct timing *timings, size_t count, int argc,
    char **argv)
{
	int worst = 0;

	printf("\n%-26s %10s %10s %10s %8s %8s\n", "stack", "heap B/log",
	    "peak kB", "grown kB", "fds", "threads");
	for (size_t k = 0; k < count; k++) {
		int status;

		if (timings[k].code != PAM_SUCCESS)
			continue;
		status = spawn_footprint(timings[k].stack, argc, argv);
		if (status > worst)
			worst = status;
		if (status == 1)
			printf("%-26s could not be measured\n",
			    timings[k].stack->name);
	}
	return worst;
}

/* USER SECRET lines into the setting.  0 or a negative errno. */
static int
read_persons(struct setting *setting, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[256];
	int error = 0;

	if (file == NULL)
		return -errno;
	setting->persons = calloc(STACKS_PERSONS_MAX, sizeof(struct person));
	while (error == 0 && setting->persons != NULL &&
	    setting->person_count < STACKS_PERSONS_MAX &&
	    fgets(line, sizeof(line), file) != NULL) {
		struct person *person =
		    &setting->persons[setting->person_count++];
		char *secret = strchr(line, ' ');

		line[strcspn(line, "\n")] = '\0';
		if (secret == NULL) {
			error = -EINVAL;
			break;
		}
		*secret++ = '\0';
		if (snprintf(person->user, sizeof(person->user), "%s", line) >=
			(int)sizeof(person->user) ||
		    snprintf(person->secret, sizeof(person->secret), "%s",
			secret) >= (int)sizeof(person->secret))
			error = -EINVAL;
	}
	(void)fclose(file);
	return setting->person_count == 0 ? -EINVAL : error;
}

static int
copy_path(char *out, size_t size, const char *path)
{
	int n = snprintf(out, size, "%s", path);

	return n > 0 && (size_t)n < size ? 0 : -ENAMETOOLONG;
}

/* One option.  0 or a negative errno. */
static int
set_option(struct options *options, int option, const char *value)
{
	struct setting *setting = &options->setting;

	switch (option) {
	case 'n':
		options->logins = (unsigned)strtoul(value, NULL, 10);
		return options->logins >= 1 && options->logins <= LOGINS_MAX
		    ? 0
		    : -ERANGE;
	case 'm':
		return copy_path(setting->module, sizeof(setting->module),
		    value);
	case 'r':
		options->has_agent = true;
		return copy_path(setting->runtime_dir,
		    sizeof(setting->runtime_dir), value);
	case 'u':
		setting->user = value;
		return 0;
	case 'a':
		setting->answer = value;
		return 0;
	case 'f':
		return read_persons(setting, value);
	case 'c':
		options->is_checked = true;
		return 0;
	case 'F':
		options->footprint = value;
		return 0;
	default:
		return -EINVAL;
	}
}

static int
read_options(int argc, char **argv, struct options *options)
{
	int option, error = 0;

	options->logins = LOGINS_DEFAULT;
	options->setting.user = "stytch-bench-nobody";
	options->setting.answer = "123456";
	(void)copy_path(options->setting.module,
	    sizeof(options->setting.module),
	    TEST_BUILDDIR "/pam_stytch/.libs/pam_stytch.so");
	while (error == 0 &&
	    (option = getopt(argc, argv, "n:m:r:u:a:f:cF:")) != -1)
		error = set_option(options, option, optarg);
	for (int i = optind; error == 0 && i < argc; i++)
		if (stack_find(argv[i]) == NULL)
			error = -EINVAL;
	return error;
}

static bool
is_wanted(const struct stack *stack, int argc, char **argv)
{
	if (optind == argc || strcmp(stack->name, "pam_permit") == 0)
		return true;
	for (int i = optind; i < argc; i++)
		if (strcmp(argv[i], stack->name) == 0)
			return true;
	return false;
}

/* Prepare the wanted stacks, each with one login to see that it works. */
static size_t
prepare_stacks(struct timing *timings, struct options *options, int argc,
    char **argv)
{
	size_t count = 0;

	for (size_t i = 0; i < stacks_count; i++) {
		struct timing *timing = &timings[count];
		double us;

		if (!is_wanted(&stacks[i], argc, argv))
			continue;
		timing->stack = &stacks[i];
		timing->us = calloc(options->logins, sizeof(double));
		timing->code = PAM_SYSTEM_ERR;
		if (timing->us != NULL &&
		    stack_prepare(&stacks[i], &options->setting) == 0)
			timing->code = PAM_SUCCESS;
		if (timing->code == PAM_SUCCESS && options->footprint == NULL)
			timing->code =
			    log_in(&stacks[i], &options->setting, &us);
		count++;
	}
	return count;
}

static int
run(struct options *options, int argc, char **argv)
{
	struct timing timings[16] = { 0 };
	size_t count = prepare_stacks(timings, options, argc, argv);
	double above;
	int worst;

	if (options->footprint != NULL) {
		worst = run_footprint(options);
	} else {
		printf("%u logins of each stack, by turns\n", options->logins);
		time_stacks(timings, count, options);
		above = print_times(timings, count, options->logins);
		worst = print_footprints(timings, count, argc, argv);
		if (options->is_checked &&
		    (above < 0 || above > GOAL_ABOVE_US || worst != 0)) {
			printf("the goals are not met\n");
			worst = 2;
		}
	}
	for (size_t i = 0; i < count; i++)
		free(timings[i].us);
	return worst;
}

int
main(int argc, char **argv)
{
	struct login_agent agent = { .lifeline = -1 };
	struct options options = { .setting.folder = "/tmp/login.XXXXXX" };
	int status = 1;

	if (read_options(argc, argv, &options) != 0) {
		(void)fprintf(stderr,
		    "usage: login [-n LOGINS] [-m MODULE] [-r RUNTIME_DIR] "
		    "[-u USER] [-a ANSWER] [-f FILE] [-c] [STACK...]\n");
		return 64;
	}
	if (mkdtemp(options.setting.folder) == NULL) {
		perror("mkdtemp");
		return 1;
	}
	if (!options.has_agent)
		(void)copy_path(options.setting.runtime_dir,
		    sizeof(options.setting.runtime_dir),
		    options.setting.folder);
	if (geteuid() == 0 && stacks_add_local_person(&options.setting) != 0)
		printf("no local person could be added: local stacks fail\n");
	if (options.has_agent ||
	    login_agent_start(options.setting.folder, &agent) == 0)
		status = run(&options, argc, argv);
	login_agent_stop(options.setting.folder, &agent);
	stacks_clean(&options.setting);
	free(options.setting.persons);
	return status;
}
