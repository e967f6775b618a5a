/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What keeps look-ups of unknown names from becoming a flood: one question a
 * name at a time, a number of them a minute, and a bounded memory of names
 * that Stytch does not know.
 */
#ifndef STYTCHD_FLIGHTS_H
#define STYTCHD_FLIGHTS_H

#include "common/attr.h"
#include "stytchd/directory.h"

struct flights;

/* What a caller of flights_enter() is to do. */
enum flights_turn {
	FLIGHTS_ASK,      /* ask Stytch, then flights_leave() */
	FLIGHTS_ANSWERED, /* somebody else asked meanwhile */
	FLIGHTS_ABSENT,   /* known to be absent */
	FLIGHTS_BUSY,     /* the minute's questions are spent */
};

int flights_open(struct flights **out_flights) MUST_CHECK;
void flights_close(struct flights **flights);

/*
 * Come to ask for a name.  now_ms is the monotonic clock's; per_minute the
 * questions allowed.  Where another is asking for the same name, wait for
 * their answer, at most two minutes (then BUSY); *out_answer is written for
 * FLIGHTS_ANSWERED alone.
 */
enum flights_turn flights_enter(struct flights *flights, const char *name,
    int64_t now_ms, long per_minute, enum directory_answer *out_answer);

/*
 * The answer to who asked: all who wait get it; an absent name is remembered
 * for negative_ttl_ms.
 */
void flights_leave(struct flights *flights, const char *name,
    enum directory_answer answer, int64_t now_ms, int64_t negative_ttl_ms);

/* How many wait for somebody else's answer. */
unsigned flights_waiting(struct flights *flights);

/* Forget the absent names: the configuration changed, or people came. */
void flights_forget(struct flights *flights);

#endif
