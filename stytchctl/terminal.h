/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asking a person at a terminal.  While an answer is typed unseen, every way
 * out restores the terminal first: a signal is kept, the terminal restored,
 * and the caller told which.
 */
#ifndef STYTCHCTL_TERMINAL_H
#define STYTCHCTL_TERMINAL_H

#include "common/attr.h"
#include "common/secret.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct question {
	int in; /* a terminal, or anything that can be read */
	FILE *out;
	const char *text; /* printed line by line, clean */
	bool echo;
	int watch;           /* stop when this can be read, or -1 */
	int64_t deadline_ms; /* wire_now_ms()'s clock */
};

/*
 * Ask and read one line (without its newline) into *answer.  Being stopped
 * and continued (Ctrl-Z) asks again.  Returns 0; -EPIPE: no more input;
 * -EINTR: a signal, *out_signal, that the caller raises again after tidying;
 * -E2BIG: over WIRE_ANSWER_MAX bytes; -ECANCELED: watch can be read;
 * -ETIMEDOUT; -ENOMEM; or what read() says.
 */
int terminal_ask(const struct question *question, struct secret *answer,
    int *out_signal) MUST_CHECK;

/* Print text clean, its newlines kept, no newline added. */
void terminal_print(FILE *out, const char *text);

#endif
