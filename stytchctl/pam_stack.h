/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PAM service files as libpam reads them (pam.conf(5)): lines, continuations,
 * includes, and what each control does with each result.
 */
#ifndef STYTCHCTL_PAM_STACK_H
#define STYTCHCTL_PAM_STACK_H

#include "common/attr.h"

#include <stdbool.h>
#include <stddef.h>

enum pam_type {
	PAM_TYPE_AUTH,
	PAM_TYPE_ACCOUNT,
	PAM_TYPE_SESSION,
	PAM_TYPE_PASSWORD,
	PAM_TYPE_COUNT
};

/* What a control does with a result; a jump is a positive number. */
enum pam_action {
	PAM_DOES_IGNORE = 0,
	PAM_DOES_OK = -1,
	PAM_DOES_DONE = -2,
	PAM_DOES_BAD = -3,
	PAM_DOES_DIE = -4,
	PAM_DOES_RESET = -5,
};

#define PAM_RESULT_COUNT 32 /* Linux-PAM's results, by number */

struct pam_entry {
	enum pam_type type;
	int actions[PAM_RESULT_COUNT]; /* enum pam_action, or a jump */
	char module[64];               /* without folders */
	char file[64];                 /* where it stands */
	unsigned line;
};

#define PAM_ENTRIES_MAX 256

struct pam_stack {
	struct pam_entry entries[PAM_ENTRIES_MAX];
	size_t count;
	char fault[256]; /* what could not be read, or "" */
};

/*
 * Read service from folder, includes and all, into *stack (zeroed by the
 * caller).  Returns 0; -EINVAL, -ELOOP or -E2BIG with fault saying where; or
 * what open() says.
 */
int pam_stack_read(const char *folder, const char *service,
    struct pam_stack *stack) MUST_CHECK;

/*
 * Add the lines of one file's text.  include (may be NULL: then they are
 * faults) is called for the files it includes.  Pure but for that.
 */
int pam_stack_add(struct pam_stack *stack, const char *file, const char *text,
    int (*include)(struct pam_stack *stack, const char *file, void *context),
    void *context) MUST_CHECK;

/* "auth", and a result's name as in a control. */
const char *pam_type_name(enum pam_type type);
const char *pam_result_name(size_t result);

#endif
