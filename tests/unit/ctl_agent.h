/* SPDX-License-Identifier: BSD-2-Clause */
/* An agent for stytchctl's tests: sockets in a folder of its own, a thread. */
#ifndef TESTS_UNIT_CTL_AGENT_H
#define TESTS_UNIT_CTL_AGENT_H

#include "common/wire.h"

#include <pthread.h>

struct ctl_agent {
	char folder[64];
	int listeners[2]; /* root.sock, public.sock */
	int stop[2];      /* a pipe */
	pthread_t thread;
	void (*serve)(int fd, const struct wire_message *request);
	unsigned connections;
};

/* Serve each connection's first packet; ends the test where it cannot. */
void ctl_agent_start(struct ctl_agent *agent,
    void (*serve)(int fd, const struct wire_message *request));
void ctl_agent_stop(struct ctl_agent *agent);

/* What serve functions say and read; false where the client is gone. */
bool ctl_agent_row(int fd, const char *json);
bool ctl_agent_end(int fd, enum wire_status status, const char *text);
bool ctl_agent_done(int fd, uint32_t code, const char *login);
/* Ask, and copy what is answered; "<cancel>" or "<gone>" for those. */
void ctl_agent_prompt(int fd, const char *text, bool echo, char *out_answer,
    size_t size);

/*
 * Run stytchctl with words (split at blanks) against the agent; what it
 * printed goes to out and err, each of size bytes.  Returns its exit code.
 */
int ctl_agent_run(const struct ctl_agent *agent, const char *words, char *out,
    char *err, size_t size);

#endif
