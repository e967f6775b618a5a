/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stacks that are compared: one module each, with a person it knows and
 * who has the right answer.
 */
#ifndef TESTS_LOGIN_STACKS_H
#define TESTS_LOGIN_STACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STACKS_PERSONS_MAX 1024

struct person {
	char user[64];
	char secret[64]; /* of a TOTP, base32 */
};

/* What the command line says, and where the files are. */
struct setting {
	char folder[64];        /* of the service files and all else */
	char runtime_dir[256];  /* of the agent */
	char module[512];       /* pam_stytch.so */
	const char *user;       /* of pam_stytch */
	const char *answer;     /* of pam_stytch */
	struct person *persons; /* or these in turn, by TOTP */
	size_t person_count;
	uint64_t hotp_counter[2]; /* of oath and google_authenticator */
	size_t next_person;
};

struct stack {
	const char *name;
	const char *what;
	/* Write the line of the service file into line.  0 or -errno. */
	int (*prepare)(struct setting *setting, char *line, size_t size);
	const char *(*user)(struct setting *setting);
	/* The answer to a prompt.  0 or -errno. */
	int (*answer)(struct setting *setting, char *answer, size_t size);
};

extern const struct stack stacks[];
extern const size_t stacks_count;

/* The stack of this name or NULL. */
const struct stack *stack_find(const char *name);

/*
 * Give the local modules somebody to log in: as root, in a mount namespace of
 * our own, passwd and shadow with a person more.  0 or a negative errno.
 */
int stacks_add_local_person(const struct setting *setting);

/* Write the stack's service file and what its module needs.  0 or -errno. */
int stack_prepare(const struct stack *stack, struct setting *setting);

/* Take away what stack_prepare() and stacks_add_local_person() wrote. */
void stacks_clean(const struct setting *setting);

#endif
