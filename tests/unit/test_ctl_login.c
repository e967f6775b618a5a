/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stytchctl/terminal.h"

#include "common/wire_socket.h"
#include "ctl_agent.h"
#include "stytchctl/command.h"

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>

#include <cmocka.h>

#define LOGIN "0123456789abcdef0123456789abcdef"

static char out[65536];
static char err[65536];
static struct ctl_agent agent;
static char answers[4096]; /* what each prompt got */
static char begins[4096];  /* what each BEGIN said */

/* Run stytchctl with input as its standard input. */
static int
run(const char *words, const char *input)
{
	int fds[2];
	int kept = dup(STDIN_FILENO);
	int code;

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], input, strlen(input)), strlen(input));
	(void)close(fds[1]);
	assert_int_equal(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
	(void)close(fds[0]);
	answers[0] = begins[0] = '\0';
	code = ctl_agent_run(&agent, words, out, err, sizeof(out));
	assert_int_equal(dup2(kept, STDIN_FILENO), STDIN_FILENO);
	(void)close(kept);
	return code;
}

static void
note(char *notes, size_t size, const char *text)
{
	size_t len = strlen(notes);

	(void)snprintf(notes + len, size - len, "%s|", text);
}

static void
note_begin(const struct wire_message *request)
{
	char line[512];
	const char *login = wire_text(request, WIRE_LOGIN);

	(void)snprintf(line, sizeof(line), "%u %s %s %s",
	    wire_u32(request, WIRE_OPERATION, 0),
	    wire_text(request, WIRE_SERVICE), wire_text(request, WIRE_USER),
	    login != NULL ? login : "-");
	note(begins, sizeof(begins), line);
}

static void
ask(int fd, const char *text, bool echo)
{
	char answer[WIRE_ANSWER_MAX + 16];

	ctl_agent_prompt(fd, text, echo, answer, sizeof(answer));
	note(answers, sizeof(answers), answer);
}

/* A menu and a code; granted if the code is right. */
static void
serve_login(int fd, const struct wire_message *request)
{
	note_begin(request);
	if (wire_u32(request, WIRE_OPERATION, 0) == WIRE_AUTHENTICATE) {
		ask(fd, "1 email\n2 totp\nChoose: ", true);
		ask(fd, "Code: ", false);
		if (strstr(answers, "123456|") == NULL) {
			(void)ctl_agent_done(fd, 7, NULL);
			return;
		}
		(void)ctl_agent_done(fd, 0, LOGIN);
		return;
	}
	(void)ctl_agent_done(fd, 0,
	    wire_u32(request, WIRE_OPERATION, 0) == WIRE_OPEN ? LOGIN : NULL);
}

static void
a_granted_login_is_ended_again(void **state)
{
	(void)state;
	ctl_agent_start(&agent, serve_login);
	assert_int_equal(run("login alice --service sshd", "2\n123456\n"),
	    CTL_OK);
	assert_string_equal(answers, "2|123456|");
	assert_string_equal(begins,
	    "1 sshd alice -|2 sshd alice " LOGIN "|3 sshd alice " LOGIN
	    "|4 sshd alice " LOGIN "|");
	assert_string_equal(out,
	    "1 email\n2 totp\nChoose: Code: authenticate: granted\n"
	    "account: granted\nopen: granted\nclose: granted\n");
	assert_string_equal(err, "");
	ctl_agent_stop(&agent);
}

static void
a_refused_login_opens_nothing(void **state)
{
	static const struct {
		const char *input;
		const char *answers;
	} rows[] = {
		{ "2\n000000\n", "2|000000|" },
		{ "2\n", "2|<cancel>|" },
		{ "", "<cancel>|<cancel>|" },
		{ "\n\n", "||" },
		{ "2\n 123456 \n", "2| 123456 |" },
		{ "2\n12345", "2|12345|" },
	};

	(void)state;
	ctl_agent_start(&agent, serve_login);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(run("login alice --service sshd",
				     rows[i].input),
		    CTL_REFUSED);
		assert_string_equal(answers, rows[i].answers);
		assert_string_equal(begins, "1 sshd alice -|");
		assert_non_null(strstr(out, "authenticate: refused\n"));
	}
	ctl_agent_stop(&agent);
}

static uint32_t codes[5]; /* by operation */
static const char *given_login;

static void
serve_codes(int fd, const struct wire_message *request)
{
	uint32_t operation = wire_u32(request, WIRE_OPERATION, 0);

	note_begin(request);
	(void)ctl_agent_done(fd, codes[operation],
	    operation == WIRE_AUTHENTICATE ? given_login : NULL);
}

static void
every_code_has_an_exit_and_words(void **state)
{
	static const struct {
		uint32_t authenticate, account, open, close;
		const char *login;
		enum ctl_exit exit;
		const char *says;
		unsigned operations; /* how many were asked */
	} rows[] = {
		{ 0, 0, 0, 0, LOGIN, CTL_OK, "close: granted", 4 },
		{ 0, 0, 0, 0, NULL, CTL_OK, "account: granted", 2 },
		{ 7, 0, 0, 0, LOGIN, CTL_REFUSED, "authenticate: refused", 1 },
		{ 11, 0, 0, 0, NULL, CTL_REFUSED, "too many failures", 1 },
		{ 10, 0, 0, 0, NULL, CTL_REFUSED, "not a Stytch account", 1 },
		{ 9, 0, 0, 0, NULL, CTL_UNREACHABLE, "cannot tell now", 1 },
		{ 26, 0, 0, 0, NULL, CTL_REFUSED, "cancelled", 1 },
		{ 25, 0, 0, 0, NULL, CTL_UNREACHABLE, "does not have", 1 },
		{ 1000, 0, 0, 0, NULL, CTL_UNREACHABLE, "does not have", 1 },
		{ 0, 6, 0, 0, LOGIN, CTL_REFUSED, "account: refused by the",
		    4 },
		{ 0, 13, 0, 0, LOGIN, CTL_REFUSED, "account: refused: gone",
		    4 },
		{ 0, 9, 0, 0, LOGIN, CTL_UNREACHABLE, "account: the agent or",
		    4 },
		{ 0, 0, 14, 0, LOGIN, CTL_REFUSED, "open: no such login", 4 },
		{ 0, 0, 0, 9, LOGIN, CTL_UNREACHABLE, "close: the agent or",
		    4 },
	};

	(void)state;
	ctl_agent_start(&agent, serve_codes);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		codes[WIRE_AUTHENTICATE] = rows[i].authenticate;
		codes[WIRE_ACCOUNT] = rows[i].account;
		codes[WIRE_OPEN] = rows[i].open;
		codes[WIRE_CLOSE] = rows[i].close;
		given_login = rows[i].login;
		assert_int_equal(run("login a --service s", ""), rows[i].exit);
		if (strstr(out, rows[i].says) == NULL)
			fail_msg("row %zu: %s", i, out);
		assert_int_equal(agent.connections, rows[i].operations);
		agent.connections = 0;
	}
	ctl_agent_stop(&agent);
}

static void
serve_shows(int fd, const struct wire_message *request)
{
	struct wire_writer writer;

	(void)request;
	for (unsigned kind = WIRE_SHOW_INFO; kind <= WIRE_SHOW_ERROR; kind++) {
		wire_start(&writer, WIRE_SHOW);
		wire_add_u32(&writer, WIRE_SHOW_KIND, kind);
		wire_add_text(&writer, WIRE_TEXT, "see\there\nand on");
		assert_int_equal(wire_send(fd, &writer, wire_now_ms() + 1000),
		    0);
	}
	(void)ctl_agent_row(fd, "{}"); /* no part of a conversation */
}

static void
shows_are_printed_and_strange_messages_end_it(void **state)
{
	(void)state;
	ctl_agent_start(&agent, serve_shows);
	assert_int_equal(run("login a --service s", ""), CTL_UNREACHABLE);
	assert_string_equal(out, "see?here\nand on\n");
	assert_string_equal(err,
	    "see?here\nand on\nstytchctl: authenticate: "
	    "the agent's answer is malformed\n");
	ctl_agent_stop(&agent);
}

static void
serve_gone(int fd, const struct wire_message *request)
{
	(void)request;
	ask(fd, "Code: ", false);
}

static void
an_agent_that_goes_is_no_login(void **state)
{
	(void)state;
	ctl_agent_start(&agent, serve_gone);
	assert_int_equal(run("login a --service s", "1\n"), CTL_UNREACHABLE);
	assert_non_null(strstr(err, "closed the connection"));
	ctl_agent_stop(&agent);
}

static void
an_answer_too_long_is_not_sent(void **state)
{
	static char input[WIRE_ANSWER_MAX + 3];

	(void)state;
	ctl_agent_start(&agent, serve_login);
	memset(input, 'x', WIRE_ANSWER_MAX + 1);
	input[WIRE_ANSWER_MAX + 1] = '\n';
	assert_int_equal(run("login a --service s", input), CTL_REFUSED);
	assert_string_equal(answers, "<cancel>|<cancel>|");
	assert_non_null(strstr(err, "too long"));
	input[WIRE_ANSWER_MAX] = '\n';
	input[WIRE_ANSWER_MAX + 1] = '\0';
	assert_int_equal(run("login a --service s", input), CTL_REFUSED);
	assert_int_equal(strlen(answers),
	    WIRE_ANSWER_MAX + strlen("|<cancel>|"));
	ctl_agent_stop(&agent);
}

/* ---- at a terminal ---- */

/* stytchctl on a terminal of its own; its master side is returned. */
static int
start_at_terminal(pid_t *out_pid)
{
	int master = -1;
	struct termios terminal;

	answers[0] = begins[0] = '\0';
	*out_pid = forkpty(&master, NULL, NULL, NULL);
	assert_true(*out_pid >= 0);
	if (*out_pid == 0) {
		char name[] = "stytchctl", login[] = "login", user[] = "a",
		     service[] = "--service=s", folder[128];
		char *argv[] = { name, login, user, service, folder };

		/* As a shell at a terminal leaves them, whoever runs us. */
		(void)signal(SIGINT, SIG_DFL);
		(void)signal(SIGQUIT, SIG_DFL);
		(void)signal(SIGHUP, SIG_DFL);
		(void)snprintf(folder, sizeof(folder), "--runtime-dir=%s",
		    agent.folder);
		_exit((int)command_main(5, argv, stdout, stderr));
	}
	assert_int_equal(tcgetattr(master, &terminal), 0);
	return master;
}

/* Read the terminal until text has come, or its end. */
static void
read_until(int master, const char *text)
{
	size_t len = 0;

	memset(out, 0, sizeof(out));
	while (len < sizeof(out) - 1 &&
	    (text == NULL || strstr(out, text) == NULL)) {
		struct pollfd fd = { master, POLLIN, 0 };
		ssize_t got;

		assert_int_equal(poll(&fd, 1, 20000), 1);
		got = read(master, out + len, sizeof(out) - 1 - len);
		if (got <= 0) {
			assert_null(text);
			return;
		}
		len += (size_t)got;
	}
}

static void
type(int master, const char *text)
{
	assert_int_equal(write(master, text, strlen(text)), strlen(text));
}

static bool
echoes(int master)
{
	struct termios terminal;

	assert_int_equal(tcgetattr(master, &terminal), 0);
	return (terminal.c_lflag & ECHO) != 0;
}

static int
end_at_terminal(int master, pid_t pid)
{
	int status;

	read_until(master, NULL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	(void)close(master);
	return status;
}

static void
a_code_is_not_shown_while_it_is_typed(void **state)
{
	pid_t pid;
	int master;
	int status;

	(void)state;
	ctl_agent_start(&agent, serve_login);
	master = start_at_terminal(&pid);
	read_until(master, "Choose: ");
	assert_true(echoes(master));
	type(master, "2\n");
	read_until(master, "Code: ");
	assert_false(echoes(master));
	type(master, "123456\n");
	status = end_at_terminal(master, pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), CTL_OK);
	assert_null(strstr(out, "123456"));
	assert_string_equal(answers, "2|123456|");
	ctl_agent_stop(&agent);
}

static void
a_signal_restores_the_terminal_and_cancels(void **state)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

	(void)state;
	ctl_agent_start(&agent, serve_login);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		pid_t pid;
		int master = start_at_terminal(&pid);
		int status;

		read_until(master, "Choose: ");
		type(master, "2\n");
		read_until(master, "Code: ");
		assert_false(echoes(master));
		if (signals[i] == SIGINT)
			type(master, "\x03");
		else
			assert_int_equal(kill(pid, signals[i]), 0);
		read_until(master, "authenticate: refused");
		assert_true(echoes(master));
		status = end_at_terminal(master, pid);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), signals[i]);
		assert_string_equal(answers, "2|<cancel>|");
	}
	ctl_agent_stop(&agent);
}

static void
stopped_and_continued_asks_again(void **state)
{
	pid_t pid;
	int master;
	int status;

	(void)state;
	ctl_agent_start(&agent, serve_login);
	master = start_at_terminal(&pid);
	read_until(master, "Choose: ");
	type(master, "2\n");
	read_until(master, "Code: ");
	/* An orphaned group is not stopped by the terminal: SIGTSTP there. */
	assert_int_equal(kill(pid, SIGTSTP), 0);
	read_until(master, "Code: ");
	assert_false(echoes(master));
	type(master, "123456\n");
	status = end_at_terminal(master, pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), CTL_OK);
	ctl_agent_stop(&agent);
}

static void
nothing_typed_in_time_is_an_end(void **state)
{
	CLEANUP(secret_clear) struct secret answer = SECRET_INIT;
	int fds[2];
	int number = 0;
	FILE *sink = fopen("/dev/null", "we");
	struct question question = { .out = sink, .text = "?", .watch = -1 };

	(void)state;
	assert_non_null(sink);
	assert_int_equal(pipe(fds), 0);
	question.in = fds[0];
	question.deadline_ms = wire_now_ms() + 20;
	assert_int_equal(terminal_ask(&question, &answer, &number), -ETIMEDOUT);
	question.deadline_ms = wire_now_ms() - 1;
	assert_int_equal(terminal_ask(&question, &answer, &number), -ETIMEDOUT);
	question.deadline_ms = wire_now_ms() + 20000;
	(void)close(fds[1]);
	assert_int_equal(terminal_ask(&question, &answer, &number), -EPIPE);
	assert_false(secret_is_set(&answer));
	(void)close(fds[0]);
	(void)fclose(sink);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_granted_login_is_ended_again),
		cmocka_unit_test(a_refused_login_opens_nothing),
		cmocka_unit_test(every_code_has_an_exit_and_words),
		cmocka_unit_test(shows_are_printed_and_strange_messages_end_it),
		cmocka_unit_test(an_agent_that_goes_is_no_login),
		cmocka_unit_test(an_answer_too_long_is_not_sent),
		cmocka_unit_test(a_code_is_not_shown_while_it_is_typed),
		cmocka_unit_test(a_signal_restores_the_terminal_and_cancels),
		cmocka_unit_test(stopped_and_continued_asks_again),
		cmocka_unit_test(nothing_typed_in_time_is_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
