/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions at a terminal, with echo off and signals kept in order. */
#include "config.h"

#include "stytchctl/terminal.h"

#include "common/buf.h"
#include "common/wire_socket.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static const int watched[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE,
	SIGTSTP, SIGTTIN, SIGTTOU };

static volatile sig_atomic_t caught;

static void
signal_note(int number)
{
	caught = number;
}

/* What terminal_ask() changes, to be put back. */
struct before {
	sigset_t mask;
	struct sigaction actions[ARRAY_LEN(watched)];
	struct termios terminal;
	bool hidden;
};

void
terminal_print(FILE *out, const char *text)
{
	while (*text != '\0') {
		CLEANUP(buf_clear) struct buf line = BUF_INIT(16384);
		size_t len = strcspn(text, "\n");

		buf_add_clean(&line, text, len);
		(void)fputs(buf_text(&line), out);
		text += len;
		if (*text == '\n') {
			(void)fputc('\n', out);
			text++;
		}
	}
	(void)fflush(out);
}

/* Signals reach us only inside ppoll(), with before's mask. */
static void
signals_take(struct before *before)
{
	struct sigaction action = { .sa_handler = signal_note };
	sigset_t blocked;

	caught = 0;
	(void)sigemptyset(&action.sa_mask);
	(void)sigemptyset(&blocked);
	for (size_t i = 0; i < ARRAY_LEN(watched); i++)
		(void)sigaddset(&blocked, watched[i]);
	(void)sigprocmask(SIG_BLOCK, &blocked, &before->mask);
	for (size_t i = 0; i < ARRAY_LEN(watched); i++)
		(void)sigaction(watched[i], &action, &before->actions[i]);
}

static void
signals_give_back(const struct before *before)
{
	for (size_t i = 0; i < ARRAY_LEN(watched); i++)
		(void)sigaction(watched[i], &before->actions[i], NULL);
	(void)sigprocmask(SIG_SETMASK, &before->mask, NULL);
}

static void
echo_off(int fd, struct before *before)
{
	struct termios quiet;

	if (tcgetattr(fd, &before->terminal) != 0)
		return;
	quiet = before->terminal;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	before->hidden = tcsetattr(fd, TCSAFLUSH, &quiet) == 0;
}

/* Wait for a byte of input: 0, or why there is none. */
static int
wait_input(const struct question *question, const struct before *before)
{
	int64_t left_ms = question->deadline_ms - wire_now_ms();
	struct timespec left = { left_ms / 1000, (left_ms % 1000) * 1000000 };
	struct pollfd fds[] = { { question->in, POLLIN, 0 },
		{ question->watch, POLLIN, 0 } };
	int ready;

	if (left_ms <= 0)
		return -ETIMEDOUT;
	ready = ppoll(fds, ARRAY_LEN(fds), &left, &before->mask);
	if (ready < 0)
		return -errno;
	if (ready == 0)
		return -ETIMEDOUT;
	if (fds[1].revents != 0)
		return -ECANCELED;
	return 0;
}

/* One line into line[]; bytes over the limit are read and dropped. */
static int
read_line(const struct question *question, const struct before *before,
    char line[WIRE_ANSWER_MAX + 1], size_t *out_len)
{
	size_t len = 0;
	char byte;

	for (;;) {
		int result = wait_input(question, before);
		ssize_t got;

		if (result != 0)
			return result;
		got = read(question->in, &byte, 1);
		if (got < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (got == 0 && len == 0)
			return -EPIPE;
		if (got == 0 || (got == 1 && byte == '\n'))
			break;
		if (got == 1 && len < WIRE_ANSWER_MAX + 1)
			line[len++] = byte;
	}
	explicit_bzero(&byte, sizeof(byte));
	*out_len = len;
	return len > WIRE_ANSWER_MAX ? -E2BIG : 0;
}

static int
ask_once(const struct question *question, struct secret *answer)
{
	char line[WIRE_ANSWER_MAX + 1];
	struct before before = { .hidden = false };
	size_t len = 0;
	int result;

	signals_take(&before);
	if (!question->echo)
		echo_off(question->in, &before);
	terminal_print(question->out, question->text);
	result = read_line(question, &before, line, &len);
	if (before.hidden) {
		(void)tcsetattr(question->in, TCSAFLUSH, &before.terminal);
		terminal_print(question->out, "\n");
	}
	signals_give_back(&before);
	if (result == 0)
		result = secret_set(answer, line, len);
	explicit_bzero(line, sizeof(line));
	return result;
}

int
terminal_ask(const struct question *question, struct secret *answer,
    int *out_signal)
{
	for (;;) {
		int result = ask_once(question, answer);
		int number = (int)caught;

		if (result != -EINTR)
			return result;
		if (number == 0)
			continue;
		if (number != SIGTSTP && number != SIGTTIN &&
		    number != SIGTTOU) {
			*out_signal = number;
			return -EINTR;
		}
		(void)raise(number); /* stops here until continued */
	}
}
