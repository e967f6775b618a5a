/* SPDX-License-Identifier: BSD-2-Clause */
/* One request to the agent; see relay.h. */
#include "config.h"

#include "pam_stytch/relay.h"

#include "common/wire_socket.h"
#include "pam_stytch/talk.h"

#include <errno.h>
#include <security/pam_ext.h>
#include <string.h>
#include <syslog.h>

#define CONNECT_MAX_MS 10000
#define NO_ERROR 0

struct relay {
	const struct call *call;
	enum wire_operation operation;
	int fd;
	bool first_pass_is_spent;
	struct wire_message message; /* points into in */
	struct wire_writer out;
	uint8_t in[WIRE_PACKET_MAX];
};

/* The connection is closed first: what is wiped is wiped while nobody waits. */
static void
relay_clear(struct relay *relay)
{
	fd_close(&relay->fd);
	explicit_bzero(relay, sizeof(*relay));
	relay->fd = -1;
}

static void
relay_init(struct relay *relay, const struct call *call)
{
	relay->call = call;
	relay->operation = WIRE_AUTHENTICATE;
	relay->fd = -1;
	relay->first_pass_is_spent = false;
}

static int64_t
reply_deadline(const struct relay *relay)
{
	return wire_now_ms() + relay->call->host->reply_max_ms;
}

/* Connect to the socket this process may use and send the first packet. */
static int
relay_open(struct relay *relay, const char *socket_name)
{
	const struct call *call = relay->call;
	int64_t wait_ms = call->host->reply_max_ms;
	int error;

	if (wait_ms > CONNECT_MAX_MS)
		wait_ms = CONNECT_MAX_MS;
	error = wire_connect(call->options.runtime_dir, socket_name,
	    wire_now_ms() + wait_ms, &relay->fd);
	if (error == 0)
		error =
		    wire_send(relay->fd, &relay->out, wire_now_ms() + wait_ms);
	if (error != 0)
		pam_syslog(call->pamh, LOG_ERR,
		    "cannot ask the agent by %s/%s: %s",
		    call->options.runtime_dir, socket_name, strerror(-error));
	return error;
}

static int
relay_receive(struct relay *relay)
{
	int error = wire_receive(relay->fd, relay->in, sizeof(relay->in),
	    reply_deadline(relay), &relay->message);

	if (error != 0)
		pam_syslog(relay->call->pamh, LOG_ERR,
		    "no answer from the agent: %s",
		    error == -EPIPE ? "it hung up" : strerror(-error));
	return error;
}

/* Send what out holds.  An agent that has hung up has left its DONE behind. */
static int
send_reply(struct relay *relay)
{
	int error = wire_send(relay->fd, &relay->out, reply_deadline(relay));

	wire_writer_clear(&relay->out);
	return error == -EPIPE || error == -ECONNRESET ? 0 : error;
}

/* Tell the agent that no answer comes.  Hanging up says the same. */
static void
send_cancel(struct relay *relay)
{
	wire_start(&relay->out, WIRE_CANCEL);
	(void)send_reply(relay);
}

/* Send an answer, or refuse: 0 or the PAM code of the refusal. */
static int
send_answer(struct relay *relay, const char *answer)
{
	int error;

	if (!answer_is_sendable(answer)) {
		send_cancel(relay);
		return PAM_AUTH_ERR;
	}
	wire_start(&relay->out, WIRE_ANSWER);
	wire_add_secret(&relay->out, WIRE_ANSWER_TEXT, answer, strlen(answer));
	error = send_reply(relay);
	if (error == 0)
		return NO_ERROR;
	pam_syslog(relay->call->pamh, LOG_ERR,
	    "the answer cannot be sent to the agent: %s", strerror(-error));
	return PAM_AUTHINFO_UNAVAIL;
}

/*
 * The password at hand, once, for the first prompt that takes one; NULL where
 * the person is to be asked.
 */
static const char *
take_first_pass(struct relay *relay)
{
	uint32_t kind = wire_u32(&relay->message, WIRE_PROMPT_KIND, 0);

	if (relay->first_pass_is_spent ||
	    (kind != WIRE_PROMPT_PASSWORD && kind != WIRE_PROMPT_CODE))
		return NULL;
	relay->first_pass_is_spent = true;
	return talk_first_pass(relay->call);
}

/* Answer a PROMPT: 0 or the PAM code of the refusal. */
static int
answer_prompt(struct relay *relay)
{
	CLEANUP(answer_free) char *answer = NULL;
	const struct call *call = relay->call;
	const char *known = take_first_pass(relay);

	if (known != NULL)
		return send_answer(relay, known);
	if (call->options.use_first_pass) {
		send_cancel(relay);
		return PAM_AUTH_ERR;
	}
	if (talk_ask(call->pamh, wire_u32(&relay->message, WIRE_ECHO, 0) == 1,
		wire_text(&relay->message, WIRE_TEXT), &answer) != 0) {
		send_cancel(relay);
		return PAM_ABORT;
	}
	return send_answer(relay, answer);
}

/* Relay a SHOW: 0 or the PAM code of the refusal. */
static int
relay_show(struct relay *relay)
{
	const struct wire_message *message = &relay->message;
	uint32_t kind = wire_u32(message, WIRE_SHOW_KIND, 0);

	if ((relay->call->flags & PAM_SILENT) != 0)
		return NO_ERROR;
	if (talk_show(relay->call->pamh, kind == WIRE_SHOW_ERROR,
		wire_text(message, WIRE_TEXT)) == 0)
		return NO_ERROR;
	send_cancel(relay);
	return PAM_ABORT;
}

/*
 * Take one packet: 1 if more are to come, else 0, and verdict has what came.
 * Only authenticate has anything to ask.
 */
static int
relay_step(struct relay *relay, struct verdict *verdict)
{
	int refusal = PAM_AUTHINFO_UNAVAIL;

	switch (relay->message.type) {
	case WIRE_PROMPT:
		if (relay->operation == WIRE_AUTHENTICATE)
			refusal = answer_prompt(relay);
		break;
	case WIRE_SHOW:
		refusal = relay_show(relay);
		break;
	case WIRE_DONE:
		verdict_read(relay->operation, &relay->message, verdict);
		return 0;
	case WIRE_BEGIN:
	case WIRE_ANSWER:
	case WIRE_CANCEL:
	case WIRE_LOOKUP:
	case WIRE_ADMIN:
	case WIRE_RECORD:
	case WIRE_ROW:
	case WIRE_END:
		break;
	}
	if (refusal == NO_ERROR)
		return 1;
	verdict->refusal = refusal;
	return 0;
}

void
relay_run(const struct call *call, const struct request *request,
    struct verdict *verdict)
{
	CLEANUP(relay_clear) struct relay relay;
	int error;

	relay_init(&relay, call);
	relay.operation = request->operation;
	error = begin_write(call, request, &relay.out);
	if (error != 0) {
		pam_syslog(call->pamh, LOG_ERR,
		    "the application's user, service, terminal or host cannot "
		    "be sent: %s",
		    strerror(-error));
		return;
	}
	if (relay_open(&relay, geteuid() == 0 ? "root.sock" : "public.sock") !=
	    0)
		return;
	while (relay_receive(&relay) == 0)
		if (relay_step(&relay, verdict) == 0)
			return;
}

enum wire_record_kind
relay_look_up(const struct call *call, const char *name)
{
	CLEANUP(relay_clear) struct relay relay;
	const char *found;

	relay_init(&relay, call);
	wire_start(&relay.out, WIRE_LOOKUP);
	wire_add_text(&relay.out, WIRE_NAME, name);
	if (relay_open(&relay, "root.sock") != 0 ||
	    relay_receive(&relay) != 0 || relay.message.type != WIRE_RECORD)
		return WIRE_RECORD_UNAVAILABLE;
	switch (wire_u32(&relay.message, WIRE_RECORD_KIND, 0)) {
	case WIRE_RECORD_FOUND:
		found = wire_text(&relay.message, WIRE_NAME);
		return strcmp(found, name) == 0 ? WIRE_RECORD_FOUND
						: WIRE_RECORD_UNAVAILABLE;
	case WIRE_RECORD_ABSENT:
		return WIRE_RECORD_ABSENT;
	default:
		return WIRE_RECORD_UNAVAILABLE;
	}
}
