/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An agent that plays a script, in a thread, on root.sock and public.sock of
 * a new folder.  What it hears it keeps; what does not fit the script ends it
 * with a reason.  It waits at most 10 s for anything.
 */
#ifndef TESTS_PAM_AGENT_H
#define TESTS_PAM_AGENT_H

#include "common/wire.h"

#include <stddef.h>

#define AGENT_LOGIN "0123456789abcdef0123456789abcdef"
#define AGENT_HEARD_MAX 16

enum agent_do {
	AGENT_HEAR,   /* a packet of type number */
	AGENT_PROMPT, /* of kind number, text; echo if is_echo */
	AGENT_SHOW,   /* of kind number, text */
	AGENT_DONE,   /* code number, login text or NULL; hangs up */
	AGENT_RECORD, /* of kind number, name text where found; hangs up */
	AGENT_RAW,    /* number bytes of text as they are */
	AGENT_CLOSE,  /* hang up */
	AGENT_WAIT,   /* until the client hangs up */
};

struct agent_step {
	enum agent_do what;
	unsigned number;
	const char *text;
	int is_echo;
};

struct agent_heard {
	const char *socket; /* "root.sock" or "public.sock" */
	struct wire_message message;
	uint8_t packet[WIRE_PACKET_MAX];
};

struct agent {
	char folder[64]; /* the runtime_dir */
	struct agent_heard heard[AGENT_HEARD_MAX];
	size_t heard_count;
	const char *fault; /* NULL, or why the script broke off */
	size_t step;       /* where */
	struct agent_private *own;
};

/* Start; steps must stay.  The next connection is taken when a step needs it. */
struct agent *agent_start(const struct agent_step *steps, size_t count);

/* The same in a folder that is not there yet. */
struct agent *agent_start_at(const char *folder, const struct agent_step *steps,
    size_t count);

/* Wait for the end of the script; agent->fault says how it went.  Again: nothing. */
void agent_finish(struct agent *agent);

/* Take the folder away and free.  agent_finish() went before. */
void agent_free(struct agent *agent);

/* Both, with the assertion that the whole script was played. */
void agent_end(struct agent *agent);

/* The socket that a client of this process's effective uid uses. */
const char *agent_socket_name(void);

#endif
