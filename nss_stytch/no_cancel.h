/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cleanups do not run when a thread is cancelled: what it has pinned, locked or
 * opened would stay so.  Whatever has a cancellation point in it is guarded:
 *
 *   CLEANUP(cancel_restore) int cancel = PTHREAD_CANCEL_ENABLE;
 *
 *   cancel_disable(&cancel);
 *
 * A hit has none, and does not pay for the two atomic exchanges.
 */
#ifndef NSS_STYTCH_NO_CANCEL_H
#define NSS_STYTCH_NO_CANCEL_H

#include "common/attr.h"

#include <pthread.h>

static inline void
cancel_disable(int *out_state)
{
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, out_state);
}

static inline void
cancel_restore(const int *state)
{
	(void)pthread_setcancelstate(*state, NULL);
}

#endif
