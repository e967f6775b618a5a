/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long Stytch takes to refuse, and whether it answers at all, as last
 * seen.  A login of nobody takes as long and fails the same way, so that a
 * stranger cannot tell it from a wrong code.
 */
#ifndef STYTCHD_PACE_H
#define STYTCHD_PACE_H

#include "common/attr.h"

#include <stytch/stytch.h>

struct pace;

int pace_new(struct pace **out_pace) MUST_CHECK;
void pace_free(struct pace **pace);

/* Note a call: how it ended and how long it took. */
void pace_note(struct pace *pace, enum stytch_class class_, int64_t took_ms);

/*
 * What the call of a decoy would have been: its time, and STYTCH_REJECTED or,
 * where the last real call found nobody, its class.
 */
enum stytch_class pace_imitate(struct pace *pace, int64_t *out_took_ms);

#endif
