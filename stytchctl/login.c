/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stytchctl login USER --service NAME: the conversation that PAM would have
 * with the agent, in this terminal.  What it begins it ends: a granted login
 * is opened and closed, so that no session stays behind.
 */
#include "config.h"

#include "common/wire_socket.h"
#include "stytchctl/admin.h"
#include "stytchctl/process.h"
#include "stytchctl/terminal.h"

#include <errno.h>
#include <security/pam_appl.h> /* the numbers of the results alone */
#include <signal.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define CONNECT_WAIT_MS 5000
#define CONVERSATION_FAILED UINT32_MAX

static const struct operation {
	const char *name;
	enum wire_operation number;
} operations[] = {
	{ "authenticate", WIRE_AUTHENTICATE },
	{ "account", WIRE_ACCOUNT },
	{ "open", WIRE_OPEN },
	{ "close", WIRE_CLOSE },
};

static const struct {
	uint32_t code;
	enum ctl_exit exit;
	const char *text;
} results[] = {
	{ PAM_SUCCESS, CTL_OK, "granted" },
	{ PAM_AUTH_ERR, CTL_REFUSED, "refused" },
	{ PAM_MAXTRIES, CTL_REFUSED, "refused: too many failures" },
	{ PAM_PERM_DENIED, CTL_REFUSED, "refused by the service's policy" },
	{ PAM_ACCT_EXPIRED, CTL_REFUSED, "refused: gone, suspended or locked" },
	{ PAM_USER_UNKNOWN, CTL_REFUSED, "not a Stytch account" },
	{ PAM_SESSION_ERR, CTL_REFUSED, "no such login" },
	{ PAM_ABORT, CTL_REFUSED, "cancelled" },
	{ PAM_AUTHINFO_UNAVAIL, CTL_UNREACHABLE,
	    "the agent or Stytch cannot tell now (see its log)" },
};

/* One login, through its operations. */
struct login {
	const struct ctl *ctl;
	struct process process;
	char id[WIRE_LOGIN_LEN + 1]; /* "" until granted */
	int signal;                  /* that ended a question, or 0 */
};

static int
send_begin(const struct login *login, int fd, enum wire_operation operation)
{
	struct wire_writer writer;
	const struct process *process = &login->process;

	wire_start(&writer, WIRE_BEGIN);
	wire_add_u32(&writer, WIRE_OPERATION, (uint32_t)operation);
	wire_add_text(&writer, WIRE_SERVICE, login->ctl->service);
	wire_add_text(&writer, WIRE_USER, login->ctl->arguments[0]);
	wire_add_text(&writer, WIRE_TTY, process->tty);
	wire_add_u64(&writer, WIRE_PROCESS_START, process->start);
	wire_add_u32(&writer, WIRE_PARENT_PID, process->parent_pid);
	wire_add_u64(&writer, WIRE_PARENT_START, process->parent_start);
	wire_add_text(&writer, WIRE_LOGIN, login->id);
	return wire_send(fd, &writer, wire_now_ms() + CONNECT_WAIT_MS);
}

static int
send_answer(int fd, const struct secret *answer)
{
	struct wire_writer writer;
	int result;

	wire_start(&writer, WIRE_ANSWER);
	wire_add_secret(&writer, WIRE_ANSWER_TEXT, secret_reveal(answer),
	    answer->len);
	result = wire_send(fd, &writer, wire_now_ms() + CONNECT_WAIT_MS);
	wire_writer_clear(&writer);
	return result;
}

static int
send_cancel(int fd)
{
	struct wire_writer writer;

	wire_start(&writer, WIRE_CANCEL);
	return wire_send(fd, &writer, wire_now_ms() + CONNECT_WAIT_MS);
}

/* Ask what the agent asks, answer or cancel. */
static int
answer_prompt(struct login *login, int fd, const struct wire_message *message)
{
	CLEANUP(secret_clear) struct secret answer = SECRET_INIT;
	const struct question question = {
		.in = STDIN_FILENO,
		.out = login->ctl->out,
		.text = wire_text(message, WIRE_TEXT),
		.echo = wire_u32(message, WIRE_ECHO, 0) == 1,
		.watch = fd,
		.deadline_ms = wire_now_ms() + WIRE_PROMPT_MAX_MS,
	};
	int result = terminal_ask(&question, &answer, &login->signal);

	switch (result) {
	case 0:
		return send_answer(fd, &answer);
	case -ECANCELED: /* the agent ended it: its DONE says why */
		return 0;
	case -EINTR:
	case -EPIPE:
		return send_cancel(fd);
	default:
		(void)fprintf(login->ctl->err, "stytchctl: %s\n",
		    result == -E2BIG ? "that answer is too long"
				     : strerror(-result));
		return send_cancel(fd);
	}
}

static void
show(const struct login *login, const struct wire_message *message)
{
	FILE *out = wire_u32(message, WIRE_SHOW_KIND, 0) == WIRE_SHOW_ERROR
	    ? login->ctl->err
	    : login->ctl->out;

	terminal_print(out, wire_text(message, WIRE_TEXT));
	terminal_print(out, "\n");
}

/* Keep the login id of a DONE. */
static void
take_done(struct login *login, const struct wire_message *message,
    uint32_t *out_code)
{
	const char *id = wire_text(message, WIRE_LOGIN);

	*out_code = wire_u32(message, WIRE_CODE, CONVERSATION_FAILED);
	if (*out_code == PAM_SUCCESS && id != NULL &&
	    strlen(id) == WIRE_LOGIN_LEN)
		memcpy(login->id, id, sizeof(login->id));
}

/* Until DONE: 0, or why the conversation broke. */
static int
converse(struct login *login, int fd, uint32_t *out_code)
{
	uint8_t packet[WIRE_PACKET_MAX];
	struct wire_message message;

	for (;;) {
		int result = wire_receive(fd, packet, sizeof(packet),
		    wire_now_ms() + WIRE_REPLY_MAX_MS, &message);

		if (result != 0)
			return result;
		if (message.type == WIRE_DONE) {
			take_done(login, &message, out_code);
			return 0;
		}
		if (message.type == WIRE_PROMPT)
			result = answer_prompt(login, fd, &message);
		else if (message.type == WIRE_SHOW)
			show(login, &message);
		else
			result = -EPROTO;
		if (result != 0)
			return result;
	}
}

static const char *
result_text(uint32_t code, enum ctl_exit *out_exit)
{
	for (size_t i = 0; i < ARRAY_LEN(results); i++)
		if (results[i].code == code) {
			*out_exit = results[i].exit;
			return results[i].text;
		}
	*out_exit = CTL_UNREACHABLE;
	return "an answer that the protocol does not have";
}

/* One operation on a connection of its own, its outcome printed. */
static enum ctl_exit
run_operation(struct login *login, const char *runtime_dir,
    const struct operation *operation)
{
	CLEANUP(fd_close) int fd = -1;
	enum ctl_exit exit_code;
	uint32_t code = CONVERSATION_FAILED;
	int result = wire_connect(runtime_dir,
	    geteuid() == 0 ? "root.sock" : "public.sock",
	    wire_now_ms() + CONNECT_WAIT_MS, &fd);

	if (result == 0)
		result = send_begin(login, fd, operation->number);
	if (result == -EINVAL || result == -E2BIG) {
		(void)fputs("stytchctl: no such name can be\n",
		    login->ctl->err);
		return CTL_USAGE;
	}
	if (result == 0)
		result = converse(login, fd, &code);
	if (result != 0) {
		(void)fprintf(login->ctl->err, "stytchctl: %s: %s\n",
		    operation->name, admin_reason(result));
		return CTL_UNREACHABLE;
	}
	(void)fprintf(login->ctl->out, "%s: %s\n", operation->name,
	    result_text(code, &exit_code));
	return exit_code;
}

enum ctl_exit
login_run(const struct ctl *ctl)
{
	CLEANUP(string_free) char *runtime_dir = NULL;
	struct login login = { .ctl = ctl };
	enum ctl_exit result = CTL_OK;
	enum ctl_exit ended;

	if (ctl_runtime_dir(ctl, &runtime_dir) != 0 ||
	    process_read(&login.process) != 0) {
		(void)fputs("stytchctl: cannot read /proc/self\n", ctl->err);
		return CTL_UNREACHABLE;
	}
	for (size_t i = 0; i < 2 && result == CTL_OK; i++)
		result = run_operation(&login, runtime_dir, &operations[i]);
	for (size_t i = 2; i < ARRAY_LEN(operations) && login.id[0] != '\0';
	     i++) {
		ended = run_operation(&login, runtime_dir, &operations[i]);
		if (ended != CTL_OK && result == CTL_OK)
			result = ended;
	}
	explicit_bzero(login.id, sizeof(login.id));
	if (login.signal != 0) {
		(void)fflush(ctl->out);
		(void)raise(login.signal);
	}
	return result;
}
