/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One case of a phase: a handle, a host whose passwd file has root and bob,
 * and an agent with a script, or none.
 */
#ifndef TESTS_PAM_CASE_H
#define TESTS_PAM_CASE_H

#include "pam_stytch/phase.h"
#include "tests/unit/pam_agent.h"
#include "tests/unit/pam_fake.h"

struct pam_case {
	struct pam_handle pamh;
	struct host host;
	struct agent *agent; /* NULL: none runs */
	char runtime_dir[96];
	const char *option; /* NULL, or one more argument of the module */
	int flags;
};

typedef int phase_function(const struct host *, const struct arguments *);

/* Begin with an agent that plays steps; with NULL, none runs. */
void case_begin(struct pam_case *one, const struct agent_step *steps,
    size_t count);

/* Let another agent follow, which plays steps; the one before must be done. */
void case_next(struct pam_case *one, const struct agent_step *steps,
    size_t count);

/* Run a phase. */
int case_run(struct pam_case *one, phase_function *phase);

/* The i-th packet the agent heard, once its script has ended. */
const struct wire_message *case_heard(struct pam_case *one, size_t i);

/* Clean up, asserting that the script was played to its end. */
void case_end(struct pam_case *one);

#define CASE_BEGIN(one, ...) \
	static const struct agent_step steps_[] = { __VA_ARGS__ }; \
	case_begin(one, steps_, ARRAY_LEN(steps_))

#endif
