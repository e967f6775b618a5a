/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A disk that fails under the state: SQLite's files, SQLite's memory, and the
 * libc calls of what links with LINK_FAILING_STATE.  The n-th call that a fault
 * can strike fails; count n up until the fault does not happen, and every path
 * has been walked.
 *
 * Nothing is ever synced for real: what a loss of power leaves is kept here.
 */
#ifndef TESTS_UNIT_FAILING_STATE_H
#define TESTS_UNIT_FAILING_STATE_H

#include <stdbool.h>
#include <stddef.h>

/* One way to fail: a row of state_faults[]. */
struct state_fault {
	const char *label;
	unsigned strikes; /* kinds of calls; see failing_state.c */
	int code;         /* SQLite's, or errno of a libc call */
	bool stays;       /* until state_heal(), not once */
	bool loses_power; /* what was not synced is gone when it is healed */
	unsigned stride;  /* see state_stride() */
};

extern const struct state_fault state_faults[];
extern const size_t state_fault_count;

/* Once, before SQLite is used: state_heal() may then be called at any time. */
void state_faults_install(void);

/* From now on, in every thread: the n-th call that fault can strike fails. */
void state_break(const struct state_fault *fault, unsigned nth);

/*
 * By how much to count n up: 1, but for what makes a thousand calls.  With
 * STATE_FAULTS_ALL in the environment always 1.
 */
unsigned state_stride(const struct state_fault *fault);

/* Whether it has happened yet. */
bool state_is_broken(void);

/*
 * End the fault.  Where it loses power, every database must be closed: the
 * files become what was synced.
 */
void state_heal(void);

/* Forget the files of a folder that is to be removed or rewritten. */
void state_forget_files(void);

#endif
