/* SPDX-License-Identifier: BSD-2-Clause */
/* A client's conversation; see conversation.h. */
#include "config.h"

#include "stytchd/conversation.h"

#include "common/wire_socket.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>

#define SEND_MAX_MS 5000

struct conversation {
	struct conversation *next;
	struct conversations *all;
	struct peer peer;
	const struct wire_message *begin;
	int64_t prompt_timeout_ms;
	char *identity;   /* NULL: nobody's yet; under the lock of all */
	atomic_int ended; /* enum conversation_end */
	uint8_t packet[WIRE_PACKET_MAX];
	struct wire_writer out;
};

struct conversations {
	pthread_mutex_t lock;
	struct conversation *first;
};

int
conversations_new(struct conversations **out_conversations)
{
	struct conversations *conversations = calloc(1, sizeof(*conversations));

	if (conversations == NULL)
		return -ENOMEM;
	(void)pthread_mutex_init(&conversations->lock, NULL);
	*out_conversations = conversations;
	return 0;
}

void
conversations_free(struct conversations **conversations)
{
	if (*conversations == NULL)
		return;
	(void)pthread_mutex_destroy(&(*conversations)->lock);
	free(*conversations);
	*conversations = NULL;
}

/* The first reason stays. */
static enum conversation_end
set_ended(struct conversation *conversation, enum conversation_end why)
{
	int goes_on = CONVERSATION_GOES_ON;

	(void)atomic_compare_exchange_strong(&conversation->ended, &goes_on,
	    (int)why);
	return conversation_ended(conversation);
}

void
conversations_end(struct conversations *conversations, const char *identity,
    enum conversation_end why)
{
	struct conversation *at;

	(void)pthread_mutex_lock(&conversations->lock);
	for (at = conversations->first; at != NULL; at = at->next) {
		if (identity != NULL &&
		    (at->identity == NULL ||
			strcmp(at->identity, identity) != 0))
			continue;
		(void)set_ended(at, why);
		/* Wakes the waiting thread; DONE can still be sent. */
		(void)shutdown(at->peer.fd, SHUT_RD);
	}
	(void)pthread_mutex_unlock(&conversations->lock);
}

int
conversation_open(struct conversations *conversations, const struct peer *peer,
    const struct wire_message *begin, int64_t prompt_timeout_ms,
    struct conversation **out_conversation)
{
	struct conversation *conversation = malloc(sizeof(*conversation));

	if (conversation == NULL)
		return -ENOMEM;
	conversation->all = conversations;
	conversation->peer = *peer;
	conversation->begin = begin;
	conversation->prompt_timeout_ms = prompt_timeout_ms;
	conversation->identity = NULL;
	atomic_init(&conversation->ended, CONVERSATION_GOES_ON);
	(void)pthread_mutex_lock(&conversations->lock);
	conversation->next = conversations->first;
	conversations->first = conversation;
	(void)pthread_mutex_unlock(&conversations->lock);
	*out_conversation = conversation;
	return 0;
}

void
conversation_close(struct conversation **conversation)
{
	struct conversation *self = *conversation;
	struct conversation **at;

	if (self == NULL)
		return;
	(void)pthread_mutex_lock(&self->all->lock);
	for (at = &self->all->first; *at != self;)
		at = &(*at)->next;
	*at = self->next;
	(void)pthread_mutex_unlock(&self->all->lock);
	free(self->identity);
	free(self);
	*conversation = NULL;
}

const char *
conversation_text(const struct conversation *conversation,
    enum wire_field field)
{
	return wire_text(conversation->begin, field);
}

const struct wire_message *
conversation_begin(const struct conversation *conversation)
{
	return conversation->begin;
}

const struct peer *
conversation_peer(const struct conversation *conversation)
{
	return &conversation->peer;
}

const char *
conversation_rhost(const struct conversation *conversation)
{
	if (conversation->peer.is_public)
		return NULL;
	return wire_text(conversation->begin, WIRE_RHOST);
}

int
conversation_set_identity(struct conversation *conversation,
    const char *identity)
{
	char *copy = strdup(identity);

	if (copy == NULL)
		return -ENOMEM;
	(void)pthread_mutex_lock(&conversation->all->lock);
	free(conversation->identity);
	conversation->identity = copy;
	(void)pthread_mutex_unlock(&conversation->all->lock);
	return 0;
}

enum conversation_end
conversation_ended(const struct conversation *conversation)
{
	return (enum conversation_end)atomic_load(&conversation->ended);
}

static enum conversation_end
end_of_error(int error)
{
	switch (error) {
	case -EPIPE:
		return CONVERSATION_CLOSED;
	case -ETIMEDOUT:
		return CONVERSATION_LATE;
	case -EPROTO:
	case -EPROTONOSUPPORT:
	case -EMSGSIZE:
		return CONVERSATION_MALFORMED;
	default:
		return CONVERSATION_FAILED;
	}
}

/*
 * OpenSSH answers in the place of a user it will refuse anyway: no person
 * typed this.
 */
static bool
is_typed(const char *answer)
{
	return strncmp(answer, "\b\n\r\177", 4) != 0;
}

static enum conversation_end
receive_answer(struct conversation *conversation, int64_t deadline_ms,
    struct secret *out_answer)
{
	struct wire_message message;
	const char *answer;
	int error = wire_receive(conversation->peer.fd, conversation->packet,
	    sizeof(conversation->packet), deadline_ms, &message);

	if (error != 0)
		return end_of_error(error);
	if (message.type == WIRE_CANCEL)
		return CONVERSATION_CANCELLED;
	if (message.type != WIRE_ANSWER)
		return CONVERSATION_MALFORMED;
	answer = wire_text(&message, WIRE_ANSWER_TEXT);
	if (!is_typed(answer))
		return CONVERSATION_CANCELLED;
	return secret_set(out_answer, answer, strlen(answer)) == 0
	    ? CONVERSATION_GOES_ON
	    : CONVERSATION_FAILED;
}

static int
send_prompt(struct conversation *conversation, const struct question *question)
{
	struct wire_writer *out = &conversation->out;

	wire_start(out, WIRE_PROMPT);
	wire_add_u32(out, WIRE_PROMPT_KIND, question->kind);
	wire_add_u32(out, WIRE_ECHO, question->echo ? 1 : 0);
	wire_add_text(out, WIRE_TEXT, question->text);
	return wire_send(conversation->peer.fd, out,
	    wire_now_ms() + SEND_MAX_MS);
}

enum conversation_end
conversation_ask(struct conversation *conversation,
    const struct question *question, struct secret *out_answer,
    int64_t *out_at_ms)
{
	enum conversation_end end = conversation_ended(conversation);
	int error;

	if (end != CONVERSATION_GOES_ON)
		return end;
	error = send_prompt(conversation, question);
	if (error != 0)
		return set_ended(conversation, end_of_error(error));
	end = receive_answer(conversation,
	    wire_now_ms() + conversation->prompt_timeout_ms, out_answer);
	explicit_bzero(conversation->packet, sizeof(conversation->packet));
	if (end != CONVERSATION_GOES_ON)
		return set_ended(conversation, end);
	*out_at_ms = wire_now_ms();
	return conversation_ended(conversation);
}

enum conversation_end
conversation_wait(struct conversation *conversation, int64_t until_ms)
{
	struct pollfd peer = {
		.fd = conversation->peer.fd,
		.events = POLLRDHUP, /* a hang-up, or conversations_end() */
	};

	while (conversation_ended(conversation) == CONVERSATION_GOES_ON) {
		int64_t left = until_ms - wire_now_ms();
		int n;

		left = left < 0 ? 0 : left > INT_MAX ? INT_MAX : left;
		n = poll(&peer, 1, (int)left);
		if (n > 0)
			return set_ended(conversation, CONVERSATION_CLOSED);
		if (n < 0 && errno != EINTR)
			return set_ended(conversation, CONVERSATION_FAILED);
		if (n == 0)
			break;
	}
	return conversation_ended(conversation);
}

void
conversation_done(struct conversation *conversation, uint32_t code,
    const char *login)
{
	struct wire_writer *out = &conversation->out;
	enum conversation_end end = conversation_ended(conversation);

	/* Nothing is said to who broke the protocol or is not there. */
	if (end == CONVERSATION_MALFORMED || end == CONVERSATION_CLOSED)
		return;
	wire_start(out, WIRE_DONE);
	wire_add_u32(out, WIRE_CODE, code);
	wire_add_text(out, WIRE_LOGIN, login);
	(void)!wire_send(conversation->peer.fd, out,
	    wire_now_ms() + SEND_MAX_MS);
}
