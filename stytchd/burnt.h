/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Codes of authenticator apps that were accepted: Stytch refuses one twice,
 * and so does the agent, whatever Stytch says.  Kept as keyed digests.
 */
#ifndef STYTCHD_BURNT_H
#define STYTCHD_BURNT_H

#include "common/secret.h"
#include "stytchd/keyring.h"
#include "stytchd/store.h"

struct burnt;

int burnt_open(struct store *store, const struct keyring *keyring,
    struct burnt **out_burnt) MUST_CHECK;
void burnt_close(struct burnt **burnt);

/*
 * Take a code of identity: nobody else may try it until burnt_settle() with
 * the ticket.  Returns 0, -EALREADY (accepted before, or being tried now),
 * -EIO, -ENOMEM.
 */
int burnt_take(struct burnt *burnt, const char *identity,
    const struct secret *code, char out_ticket[KEYRING_HEX_SIZE]) MUST_CHECK;

/*
 * End the try.  An accepted code is in the state after 0; after a negative
 * errno it is not, and then it must not be taken as accepted: nobody may try
 * it again while the agent runs.  Any other code may be tried again.
 */
int burnt_settle(struct burnt *burnt, const char *ticket, bool is_accepted)
    MUST_CHECK;

#endif
