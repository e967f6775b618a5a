/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stytchctl check: what is found, and the parts that find it.  Each finding
 * says what to change.
 */
#ifndef STYTCHCTL_CHECK_H
#define STYTCHCTL_CHECK_H

#include "stytchctl/command.h"
#include "stytchctl/table.h"

#include <sys/types.h>

struct configuration;

enum finding_result {
	FINDING_OK,
	FINDING_WARNING, /* works, but look at it */
	FINDING_FAIL,
};

/* What the checks look at, and what they have found so far. */
struct check {
	const struct ctl *ctl;
	const char *etc;                           /* "/etc" but in tests */
	const struct configuration *configuration; /* NULL: does not parse */
	const char *pam_module;  /* where pam_stytch.so must lie */
	const char *nss_library; /* as glibc asks for it */
	uid_t agent_uid;         /* 0: the host has no user stytchd */
	struct table table;
	unsigned warnings;
	unsigned failures;
};

/*
 * Print one finding of the part called name.  change says what to do about
 * it and is NULL for FINDING_OK alone.  The text is made clean.
 */
void check_add(struct check *check, enum finding_result result,
    const char *name, const char *change, const char *format, ...)
    PRINTF_LIKE(5, 6);

/* The parts, in the order of struct check's table. */
void check_agent(struct check *check);
void check_credentials(struct check *check);
void check_files(struct check *check);
void check_limits(struct check *check);
void check_map(struct check *check);
void check_nsswitch(struct check *check);
void check_pam(struct check *check);

/* The agent's uid by the host's own passwd file (etc/passwd), or 0. */
uid_t check_find_agent(const char *etc);

struct secret;
/*
 * The project's secret as the agent reads it: etc/credstore/stytch-secret, or
 * secret_file with the agent's uid, so that a file only root can read is a
 * fault.  Returns 0 or what secret_read_file() says.
 */
int check_read_secret(const char *etc, const char *secret_file, uid_t agent_uid,
    struct secret *secret) MUST_CHECK;

/*
 * One database of nsswitch.conf's text: NULL where stytch stands where it
 * should, else what is wrong.  Pure.
 */
const char *nsswitch_fault(const char *text, const char *database);

#endif
