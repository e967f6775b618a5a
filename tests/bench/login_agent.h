/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The smallest agent there can be: asks one question, takes any answer, says
 * yes.  What is measured against it is the module and the socket alone.
 */
#ifndef TESTS_LOGIN_AGENT_H
#define TESTS_LOGIN_AGENT_H

#include <sys/types.h>

struct login_agent {
	pid_t pid;    /* its process; 0 if there is none */
	int lifeline; /* it ends when this is closed */
};

/*
 * Start it on root.sock and public.sock of folder, as a process that does not
 * come back.  Returns 0 or a negative errno.
 */
int login_agent_start(const char *folder, struct login_agent *agent);

/* End it and take its sockets away. */
void login_agent_stop(const char *folder, struct login_agent *agent);

#endif
