/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The questions that the directory asks of Stytch.  Each answer is checked:
 * a person of another id, organization or project kind than was asked for is
 * STYTCH_PROTOCOL, never somebody's account.
 */
#ifndef STYTCHD_ASK_H
#define STYTCHD_ASK_H

#include "stytchd/account.h"

#include <stytch/stytch.h>

/* One person asked for: give organization (B2B) and one of the others. */
struct question {
	const char *organization; /* NULL: a consumer project */
	const char *identity;     /* user_id or member_id */
	const char *external_id;
	const char *email; /* B2B */
};

struct answer {
	struct person *person; /* NULL: none yet */
	char *slug;            /* B2B: of the organization; may be NULL */
};

void answer_clear(struct answer *answer);

/* STYTCH_OK with out_answer, STYTCH_NOT_FOUND, or why it cannot be told. */
enum stytch_class ask_person(struct stytch_client *client,
    const struct question *question, struct answer *out_answer,
    struct stytch_error *error);

/*
 * Every page of an organization's members, 500 a page.  page() returns false
 * to stop.
 */
enum stytch_class ask_members(struct stytch_client *client,
    const char *organization,
    bool (*page)(const struct stytch_reply *reply, void *context),
    void *context, struct stytch_error *error);

#endif
