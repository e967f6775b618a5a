/* SPDX-License-Identifier: BSD-2-Clause */
/* The agent's administration verbs, from the client's side. */
#include "config.h"

#include "stytchctl/admin.h"

#include "common/buf.h"
#include "common/wire_socket.h"
#include "stytchctl/table.h"
#include "stytchd/configuration.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <string.h>

#define CONNECT_WAIT_MS 5000

const char *
admin_reason(int error)
{
	switch (error) {
	case -ENOENT:
	case -ECONNREFUSED:
		return "the agent is not running (systemctl start stytchd)";
	case -EACCES:
		return "not allowed: root alone may ask this";
	case -EPIPE:
		return "the agent closed the connection";
	case -ETIMEDOUT:
		return "the agent does not answer";
	case -EPROTONOSUPPORT:
		return "the agent is of another version";
	case -EPROTO:
	case -EMSGSIZE:
		return "the agent's answer is malformed";
	default:
		return strerror(-error);
	}
}

int
ctl_runtime_dir(const struct ctl *ctl, char **out_path)
{
	struct configuration *configuration = NULL;
	struct configuration_error error;
	const char *path = "/run/stytchd";
	int result = 0;

	if (ctl->runtime_dir != NULL)
		path = ctl->runtime_dir;
	else if (configuration_load(ctl->config, &configuration, &error) == 0)
		path = configuration->stytch.runtime_dir;
	*out_path = strdup(path);
	if (*out_path == NULL)
		result = -ENOMEM;
	configuration_unref(&configuration);
	return result;
}

static enum ctl_exit
unreachable(const struct ctl *ctl, const char *reason)
{
	(void)fprintf(ctl->err, "stytchctl: %s\n", reason);
	return CTL_UNREACHABLE;
}

/* The agent's words, one clean line. */
static void
print_text(const struct ctl *ctl, const char *text)
{
	CLEANUP(buf_clear) struct buf line = BUF_INIT(4096);

	if (text == NULL)
		return;
	buf_add_clean(&line, text, strlen(text));
	(void)fprintf(ctl->err, "stytchctl: %s\n", buf_text(&line));
}

static int
send_verb(int fd, const char *verb, const char *arguments)
{
	struct wire_writer writer;

	wire_start(&writer, WIRE_ADMIN);
	wire_add_text(&writer, WIRE_VERB, verb);
	wire_add_text(&writer, WIRE_ARGUMENTS, arguments);
	return wire_send(fd, &writer, wire_now_ms() + CONNECT_WAIT_MS);
}

/* A row: 0, or -EPROTO (no JSON object), -ECANCELED (row() wants no more). */
static int
take_row(const char *text, admin_row *row, void *context)
{
	cJSON *object = cJSON_Parse(text);
	int result = -EPROTO;

	if (cJSON_IsObject(object))
		result = row(context, object, text) ? 0 : -ECANCELED;
	cJSON_Delete(object);
	return result;
}

static enum ctl_exit
take_end(const struct ctl *ctl, const struct wire_message *message)
{
	uint32_t status = wire_u32(message, WIRE_STATUS, WIRE_STATUS_REFUSED);

	print_text(ctl, wire_text(message, WIRE_TEXT));
	switch (status) {
	case WIRE_STATUS_OK:
		return CTL_OK;
	case WIRE_STATUS_USAGE:
		return CTL_USAGE;
	case WIRE_STATUS_UNREACHABLE:
		return CTL_UNREACHABLE;
	default:
		return CTL_REFUSED;
	}
}

static enum ctl_exit
read_answer(const struct ctl *ctl, int fd, admin_row *row, void *context)
{
	uint8_t packet[WIRE_PACKET_MAX];
	struct wire_message message;
	int result = 0;

	while (result == 0) {
		result = wire_receive(fd, packet, sizeof(packet),
		    wire_now_ms() + ADMIN_WAIT_MS, &message);
		if (result != 0)
			break;
		if (message.type == WIRE_END)
			return take_end(ctl, &message);
		result = message.type == WIRE_ROW
		    ? take_row(wire_text(&message, WIRE_ROW_JSON), row, context)
		    : -EPROTO;
	}
	return unreachable(ctl,
	    result == -ECANCELED ? "the output ended" : admin_reason(result));
}

enum ctl_exit
admin_ask(const struct ctl *ctl, const char *verb, const char *arguments,
    admin_row *row, void *context)
{
	CLEANUP(string_free) char *runtime_dir = NULL;
	CLEANUP(fd_close) int fd = -1;
	int result = ctl_runtime_dir(ctl, &runtime_dir);

	if (result == 0)
		result = wire_connect(runtime_dir, "root.sock",
		    wire_now_ms() + CONNECT_WAIT_MS, &fd);
	if (result == 0)
		result = send_verb(fd, verb, arguments);
	if (result == -EINVAL || result == -E2BIG) {
		(void)fputs("stytchctl: an argument holds what the agent "
			    "does not take\n",
		    ctl->err);
		return CTL_USAGE;
	}
	if (result != 0)
		return unreachable(ctl, admin_reason(result));
	return read_answer(ctl, fd, row, context);
}

/* Every command with a verb: its options and arguments, one a line. */
enum ctl_exit
admin_run(const struct ctl *ctl)
{
	CLEANUP(table_clear)
	struct table table = TABLE_INIT(ctl->out,
	    (ctl->options & OPTION_JSON) != 0, ctl->command->one_row);
	CLEANUP(buf_clear) struct buf arguments = BUF_INIT(8191);
	enum ctl_exit result;

	if ((ctl->options & OPTION_DRY_RUN) != 0)
		buf_adds(&arguments, "--dry-run\n");
	for (size_t i = 0; i < ctl->argument_count; i++)
		buf_addf(&arguments, "%s\n", ctl->arguments[i]);
	if (buf_error(&arguments) != 0)
		return unreachable(ctl, strerror(-buf_error(&arguments)));
	result = admin_ask(ctl, ctl->command->verb, buf_text(&arguments),
	    table_add_row, &table);
	if (table_end(&table) != 0 && result == CTL_OK)
		return unreachable(ctl, "out of memory");
	return result;
}
