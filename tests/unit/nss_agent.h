/* SPDX-License-Identifier: BSD-2-Clause */
/* An agent of the tests: answers LOOKUP on root.sock in a thread. */
#ifndef TESTS_UNIT_NSS_AGENT_H
#define TESTS_UNIT_NSS_AGENT_H

#include "common/wire.h"

/* How a name is answered. */
struct nss_agent_row {
	const char *name; /* in the question */
	enum {
		AGENT_FOUND,
		AGENT_ABSENT,
		AGENT_UNAVAILABLE,
		AGENT_SILENT, /* until the client goes */
		AGENT_HANGS_UP,
		AGENT_GARBAGE,
		AGENT_OTHER_MESSAGE,
	} way;
	const char *answer_name;
	uint32_t uid, gid;
	const char *gecos, *home, *shell;
	uint32_t groups[4];
	size_t group_count;
};

/*
 * Start answering in runtime_dir, by rows that end with a NULL name; a name without a
 * row is absent.  Ends the program where that fails.
 */
void nss_agent_start(const char *runtime_dir, const struct nss_agent_row *rows);

/* How many questions came since the start. */
unsigned nss_agent_questions(void);

/* Stop, and remove the socket. */
void nss_agent_stop(void);

#endif
