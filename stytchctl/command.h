/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stytchctl can do: one table of commands and one of options.  Argument
 * parsing, help and the check of stytchctl(8) derive from them.
 */
#ifndef STYTCHCTL_COMMAND_H
#define STYTCHCTL_COMMAND_H

#include "common/attr.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The exit codes, and WIRE_STATUS_* on the wire. */
enum ctl_exit {
	CTL_OK,
	CTL_REFUSED,     /* refused, not found, or a check that failed */
	CTL_USAGE,       /* wrong arguments or configuration */
	CTL_UNREACHABLE, /* no agent, or it is busy or cannot reach Stytch */
};

/* Bits of struct command's options; the rest go with every command. */
enum option_bit {
	OPTION_HELP = 1,
	OPTION_VERSION = 2,
	OPTION_CONFIG = 4,
	OPTION_RUNTIME_DIR = 8,
	OPTION_JSON = 16,
	OPTION_DRY_RUN = 32,
	OPTION_SERVICE = 64,
};
#define OPTIONS_OF_ALL \
	(OPTION_HELP | OPTION_VERSION | OPTION_CONFIG | OPTION_RUNTIME_DIR)

struct option_row {
	const char *name;  /* with its dashes */
	const char *value; /* what it takes, or NULL */
	enum option_bit bit;
	const char *help;
};

#define CTL_ARGUMENTS_MAX 2

/* One call of stytchctl; strings belong to argv or the configuration. */
struct ctl {
	const struct command *command; /* NULL: --help or --version alone */
	unsigned options;              /* OPTION_* that were given */
	const char *config;
	const char *runtime_dir; /* NULL: as the configuration says */
	const char *service;     /* NULL: not given */
	const char *arguments[CTL_ARGUMENTS_MAX];
	size_t argument_count;
	FILE *out; /* data */
	FILE *err; /* what went wrong */
};

struct command {
	const char *words;     /* "accounts list" */
	const char *arguments; /* for the usage line, or "" */
	unsigned char min_arguments;
	unsigned char max_arguments;
	unsigned options; /* that it takes beside OPTIONS_OF_ALL */
	const char *verb; /* of the agent, or NULL */
	bool one_row;     /* --json prints the object itself, no array */
	enum ctl_exit (*run)(const struct ctl *ctl);
	const char *help;
};

/* The tables; the count goes to *out_count. */
const struct command *command_table(size_t *out_count);
const struct option_row *command_option_table(size_t *out_count);

/*
 * Read argv into *out_ctl, whose out and err the caller has set.  Returns CTL_OK, or
 * CTL_USAGE after saying on err what is wrong.
 */
enum ctl_exit command_parse(int argc, char **argv, struct ctl *out_ctl)
    MUST_CHECK;

/* Help for one command, or for all of them where command is NULL. */
void command_help(const struct command *command, FILE *out);

/* Parse and run; the whole program but for the process around it. */
enum ctl_exit command_main(int argc, char **argv, FILE *out, FILE *err);

/*
 * The folder of the agent's sockets: --runtime-dir, else the
 * configuration's, else the default.  Copied into *out_path, the caller's.
 * Returns 0 or -ENOMEM.
 */
int ctl_runtime_dir(const struct ctl *ctl, char **out_path) MUST_CHECK;

/* Say on err, made fit for a terminal, what is wrong; returns CTL_USAGE. */
enum ctl_exit ctl_complain(FILE *err, const char *format, va_list arguments)
    PRINTF_LIKE(2, 0);

/* What the rows of the table run; admin_run() is for all that have a verb. */
enum ctl_exit admin_run(const struct ctl *ctl);
enum ctl_exit check_run(const struct ctl *ctl);
enum ctl_exit limits_run(const struct ctl *ctl);
enum ctl_exit login_run(const struct ctl *ctl);

/* api's row of the table is for its help; this says that it comes first. */
enum ctl_exit api_misplaced(const struct ctl *ctl);

/*
 * "api" and "complete" with their own arguments (argv[0] is that word): an
 * endpoint of the Stytch API; what may stand next on a command line, as
 * "WORD\tDESCRIPTION" lines, or one "\tfiles" where a file's name may.
 */
enum ctl_exit api_main(int argc, char **argv, FILE *out, FILE *err);
enum ctl_exit complete_main(int argc, char **argv, FILE *out);

#endif
