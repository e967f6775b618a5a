/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One BEGIN of one client: what it said, the questions it is asked, and what
 * ends it from outside (its hang-up, its cancelling, a sync that removed the
 * person, the agent's stop).
 */
#ifndef STYTCHD_CONVERSATION_H
#define STYTCHD_CONVERSATION_H

#include "common/secret.h"
#include "common/wire.h"

#include <sys/types.h>

/* Who is at the other end, by SO_PEERCRED. */
struct peer {
	int fd; /* borrowed */
	uid_t uid;
	pid_t pid;
	bool is_public; /* came by the public socket */
};

enum conversation_end {
	CONVERSATION_GOES_ON,
	CONVERSATION_CANCELLED, /* CANCEL, or an answer that no person typed */
	CONVERSATION_CLOSED,    /* the client hung up */
	CONVERSATION_MALFORMED, /* the client broke the protocol */
	CONVERSATION_LATE,      /* no answer in time */
	CONVERSATION_REMOVED,   /* the person is gone */
	CONVERSATION_STOPPED,   /* the agent stops */
	CONVERSATION_FAILED,    /* no memory, or the socket fails */
};

struct conversations; /* all that go on */
struct conversation;

int conversations_new(struct conversations **out_conversations) MUST_CHECK;
/* None may go on. */
void conversations_free(struct conversations **conversations);

/* End every conversation of identity; of everybody if NULL. */
void conversations_end(struct conversations *conversations,
    const char *identity, enum conversation_end why);

/*
 * begin and its packet are borrowed.  prompt_timeout_ms is the longest wait
 * for one answer.  Returns 0 or -ENOMEM.
 */
int conversation_open(struct conversations *conversations,
    const struct peer *peer, const struct wire_message *begin,
    int64_t prompt_timeout_ms, struct conversation **out_conversation)
    MUST_CHECK;
void conversation_close(struct conversation **conversation);

/* What BEGIN said; NULL where it did not. */
const char *conversation_text(const struct conversation *conversation,
    enum wire_field field);
const struct wire_message *conversation_begin(
    const struct conversation *conversation);
const struct peer *conversation_peer(const struct conversation *conversation);

/*
 * The remote host, or NULL at the console.  What a caller of the public
 * socket says of it is not believed.
 */
const char *conversation_rhost(const struct conversation *conversation);

/* Whose conversation it is from now on, for conversations_end(). */
int conversation_set_identity(struct conversation *conversation,
    const char *identity) MUST_CHECK;

/* What has ended it, if anything. */
enum conversation_end conversation_ended(
    const struct conversation *conversation);

/* What can be asked. */
struct question {
	enum wire_prompt_kind kind;
	bool echo;
	const char *text; /* as wire text: newlines are allowed */
};

/*
 * Ask, and wait for the answer.  CONVERSATION_GOES_ON with the answer, or
 * what has ended the conversation.  *out_at_ms is when the answer came.
 */
enum conversation_end conversation_ask(struct conversation *conversation,
    const struct question *question, struct secret *out_answer,
    int64_t *out_at_ms) MUST_CHECK;

/*
 * Wait until the time has come, or the conversation has ended.  A time that is
 * past just looks whether the client is still there.
 */
enum conversation_end conversation_wait(struct conversation *conversation,
    int64_t until_ms);

/* Send the one DONE.  login is NULL or a login id. */
void conversation_done(struct conversation *conversation, uint32_t code,
    const char *login);

#endif
