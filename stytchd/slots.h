/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may hold a place in the agent at one time.  A connection first has a
 * place at the door, for the few seconds until its packet is there; a
 * conversation then takes a slot.  A quarter of the slots is for services
 * with a terminal, so that idle prompts of ssh never keep sudo out.
 */
#ifndef STYTCHD_SLOTS_H
#define STYTCHD_SLOTS_H

#include "stytchd/configuration.h"

#include <sys/types.h>

struct slots;

/* A place held; zero-initialised it is none. */
struct slot {
	struct slots *slots;
	uid_t uid;
	char rhost[64]; /* "" for none */
	bool has_tty;
	bool is_conversation;
};

enum slots_answer {
	SLOTS_TAKEN,
	SLOTS_FULL,       /* all, or all but the terminals' quarter */
	SLOTS_UID_FULL,   /* the quota of one uid */
	SLOTS_RHOST_FULL, /* the quota of one remote host */
};

/* Why a place was refused, for the log. */
const char *slots_answer_text(enum slots_answer answer);

int slots_new(struct slots **out_slots) MUST_CHECK;
/* No place may be held. */
void slots_free(struct slots **slots);

/* A place at the door for a connection of uid; slot is filled in if taken. */
enum slots_answer slots_enter(struct slots *slots,
    const struct configuration_stytch *limits, uid_t uid, struct slot *slot)
    MUST_CHECK;

/*
 * Turn a place at the door into a conversation's slot.  rhost may be NULL.
 * Where that is refused, the place at the door stays held.
 */
enum slots_answer slots_begin(struct slot *slot,
    const struct configuration_stytch *limits, const char *rhost, bool has_tty)
    MUST_CHECK;

/* Give a place back; none is none. */
void slots_leave(struct slot *slot);

/* Whether a refusal may be logged now: one a second. */
bool slots_may_log(struct slots *slots);

/* Conversations now. */
unsigned slots_conversations(struct slots *slots);

#endif
