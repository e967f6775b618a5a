/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The part of libpam that the module uses, for one handle whose every field a
 * test may set and read.  Linked in libpam's place.
 */
#ifndef TESTS_PAM_FAKE_H
#define TESTS_PAM_FAKE_H

#include "common/attr.h"

#include <security/pam_modules.h>
#include <stdbool.h>
#include <stddef.h>

#define FAKE_TURNS_MAX 8
#define FAKE_TEXT_MAX 4096

/* One call of the conversation: what the person does, and what it was. */
struct fake_turn {
	const char *answer; /* NULL: no answer */
	int result;         /* of the conversation function */
	bool no_reply;      /* leave the reply NULL */
	const char *user;   /* if set, PAM_USER becomes this meanwhile */
	int style;
	char text[FAKE_TEXT_MAX];
};

struct pam_handle {
	const char *user; /* PAM_USER and the other items */
	const char *service;
	const char *tty;
	const char *rhost;
	const char *ruser;
	const char *authtok;
	const struct pam_conv *conv;
	struct fake_turn turns[FAKE_TURNS_MAX];
	size_t turn; /* how many were taken */
	char *data_name;
	void *data;
	void (*data_free)(pam_handle_t *, void *, int);
	char variable[128]; /* the environment: NAME=value or "" */
	char log[8192];     /* all that was logged, a line each */
};

/* A handle of service sshd and user alice, whose conversation is turns. */
void fake_init(struct pam_handle *pamh);

/* As pam_end() does: clean the data up. */
void fake_end(struct pam_handle *pamh);

/*
 * Failure injection: from now on the n-th call (from 1) of this thread that
 * can fail does so; 0 for none.  fake_fails() counts one call and says
 * whether it is to fail; fake_calls() is how many there were.
 */
void fake_fail_at(unsigned n);
bool fake_fails(void);
unsigned fake_calls(void);

#endif
