/* SPDX-License-Identifier: BSD-2-Clause */
/* The requests and who may make them; see request.h. */
#include "config.h"

#include "stytchd/request.h"

#include "common/log.h"
#include "common/wire_socket.h"
#include "stytchd/admission.h"
#include "stytchd/login.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <security/_pam_types.h>
#include <string.h>

#define ON_ROOT (1U << SERVER_ROOT)
#define ON_PUBLIC (1U << SERVER_PUBLIC)
#define SEND_MAX_MS 5000
#define END_TEXT_SIZE 1024
#define WIRE_HEADER_SIZE 4

_Static_assert(REQUEST_UNAVAILABLE == PAM_AUTHINFO_UNAVAIL, "Linux-PAM's");

static void begin_run(const struct request *request);
static void lookup_run(const struct request *request);
static void admin_serve(const struct request *request);

/* clang-format off */
static const struct {
	const char *name;
	unsigned sockets;
	size_t max_size;	/* of a packet; a longer one is not looked at */
	void (*run)(const struct request *request);
} requests[] = {
	[WIRE_BEGIN]  = { "begin",  ON_ROOT | ON_PUBLIC, 4096,            begin_run },
	[WIRE_LOOKUP] = { "lookup", ON_ROOT,             512,             lookup_run },
	[WIRE_ADMIN]  = { "admin",  ON_ROOT,             WIRE_PACKET_MAX, admin_serve },
};

static const struct {
	uint32_t (*run)(struct agent *agent, struct conversation *conversation,
	    struct configuration *configuration, char out_id[LOGIN_ID_SIZE]);
} operations[] = {
	[WIRE_AUTHENTICATE] = { login_run },
	[WIRE_ACCOUNT]      = { admission_account },
	[WIRE_OPEN]         = { admission_open },
	[WIRE_CLOSE]        = { admission_close },
	[WIRE_CHAUTHTOK]    = { admission_chauthtok },
};
/* clang-format on */

int
request_handle(const struct request *request, size_t size)
{
	size_t type = (size_t)request->message->type;
	unsigned socket = request->peer->is_public ? ON_PUBLIC : ON_ROOT;

	if (type >= ARRAY_LEN(requests) || requests[type].run == NULL ||
	    size > requests[type].max_size)
		return -EPROTO;
	if ((requests[type].sockets & socket) == 0)
		return -EPERM;
	requests[type].run(request);
	return 0;
}

/* ---- BEGIN ---- */

static void
send_done(const struct request *request, uint32_t code)
{
	struct wire_writer out;

	wire_start(&out, WIRE_DONE);
	wire_add_u32(&out, WIRE_CODE, code);
	(void)!wire_send(request->peer->fd, &out, wire_now_ms() + SEND_MAX_MS);
}

static void
converse(const struct request *request, uint32_t operation,
    struct configuration *configuration, int64_t prompt_timeout_ms)
{
	CLEANUP(conversation_close) struct conversation *conversation = NULL;
	char id[LOGIN_ID_SIZE] = "";
	uint32_t code;

	if (conversation_open(request->agent->conversations, request->peer,
		request->message, prompt_timeout_ms, &conversation) != 0) {
		send_done(request, PAM_AUTHINFO_UNAVAIL);
		return;
	}
	code = operations[operation].run(request->agent, conversation,
	    configuration, id);
	conversation_done(conversation, code, code == PAM_SUCCESS ? id : NULL);
}

static void
begin_run(const struct request *request)
{
	CLEANUP(configuration_unref)
	struct configuration *configuration =
	    agent_configuration(request->agent);
	const struct configuration_service *service =
	    configuration_service(configuration,
		wire_text(request->message, WIRE_SERVICE));
	uint32_t operation = wire_u32(request->message, WIRE_OPERATION, 0);
	bool is_public = request->peer->is_public;
	enum slots_answer answer;

	if (operation >= ARRAY_LEN(operations) ||
	    operations[operation].run == NULL)
		return;
	/* What a public caller says of its service and host is not believed. */
	answer = slots_begin(request->slot, &configuration->stytch,
	    is_public ? NULL : wire_text(request->message, WIRE_RHOST),
	    !is_public && service->tty);
	if (answer != SLOTS_TAKEN) {
		if (slots_may_log(request->agent->slots))
			log_warning("a conversation is refused: %s",
			    slots_answer_text(answer));
		send_done(request, PAM_AUTHINFO_UNAVAIL);
		return;
	}
	converse(request, operation, configuration, service->prompt_timeout);
}

/* ---- LOOKUP ---- */

static void
add_account(struct wire_writer *out, const struct account *account)
{
	wire_add_u32(out, WIRE_RECORD_KIND, WIRE_RECORD_FOUND);
	wire_add_text(out, WIRE_NAME, account->name);
	wire_add_u32(out, WIRE_UID, account->uid);
	wire_add_u32(out, WIRE_GID, account->gid);
	wire_add_text(out, WIRE_GECOS, account->gecos);
	wire_add_text(out, WIRE_HOME, account->home);
	wire_add_text(out, WIRE_SHELL, account->shell);
	if (account->group_count > 0)
		wire_add_u32s(out, WIRE_GROUPS, account->gids,
		    account->group_count);
}

static void
lookup_run(const struct request *request)
{
	CLEANUP(account_free) struct account *account = NULL;
	struct wire_writer out;

	wire_start(&out, WIRE_RECORD);
	switch (directory_find(request->agent->directory,
	    wire_text(request->message, WIRE_NAME), &account)) {
	case DIRECTORY_FOUND:
		add_account(&out, account);
		break;
	case DIRECTORY_ABSENT:
		wire_add_u32(&out, WIRE_RECORD_KIND, WIRE_RECORD_ABSENT);
		break;
	case DIRECTORY_UNAVAILABLE:
		wire_add_u32(&out, WIRE_RECORD_KIND, WIRE_RECORD_UNAVAILABLE);
		break;
	}
	(void)!wire_send(request->peer->fd, &out, wire_now_ms() + SEND_MAX_MS);
}

/* ---- ADMIN ---- */

static int
send_row(void *context, const struct cJSON *row)
{
	int fd = *(int *)context;
	char *text = cJSON_PrintUnformatted(row);
	struct wire_writer out;
	int error;

	if (text == NULL)
		return -ENOMEM;
	wire_start(&out, WIRE_ROW);
	wire_add_text(&out, WIRE_ROW_JSON, text);
	cJSON_free(text);
	error = wire_send(fd, &out, wire_now_ms() + SEND_MAX_MS);
	if (error == -EINVAL || error == -E2BIG) {
		log_warning("a row of an answer to stytchctl does not fit");
		return 0;
	}
	return error;
}

static void
admin_serve(const struct request *request)
{
	char text[END_TEXT_SIZE] = "";
	struct wire_writer out;
	int fd = request->peer->fd;
	const struct admin_answer answer = { send_row, &fd, text,
		sizeof(text) };
	enum wire_status status =
	    admin_run(request->admin, wire_text(request->message, WIRE_VERB),
		wire_text(request->message, WIRE_ARGUMENTS), &answer);

	wire_start(&out, WIRE_END);
	wire_add_u32(&out, WIRE_STATUS, status);
	wire_add_text(&out, WIRE_TEXT, text);
	(void)!wire_send(request->peer->fd, &out, wire_now_ms() + SEND_MAX_MS);
}

/* ---- a connection ---- */

/* How long the packet was that message points into. */
static size_t
packet_size(const struct wire_message *message, const uint8_t *packet)
{
	const uint8_t *end = packet + WIRE_HEADER_SIZE;

	for (size_t i = 0; i < WIRE_FIELD_COUNT; i++)
		if (message->field[i].value != NULL &&
		    message->field[i].value + message->field[i].len > end)
			end = message->field[i].value + message->field[i].len;
	return (size_t)(end - packet);
}

void
server_serve(struct agent *agent, struct admin *admin, const struct peer *peer,
    struct slot *slot)
{
	uint8_t *packet = malloc(WIRE_PACKET_MAX);
	struct wire_message message;
	struct request request = { agent, admin, peer, slot, &message };
	int error = -ENOMEM;

	if (packet != NULL)
		error = wire_receive(peer->fd, packet, WIRE_PACKET_MAX,
		    wire_now_ms() + REQUEST_DEADLINE_MS, &message);
	if (error == 0)
		error = request_handle(&request, packet_size(&message, packet));
	if (error != 0 && error != -EPIPE)
		log_debug("a connection of uid %lu ends: %s",
		    (unsigned long)peer->uid, strerror(-error));
	free(packet);
}
