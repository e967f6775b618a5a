/* SPDX-License-Identifier: BSD-2-Clause */
/* A link by email, opened elsewhere; what it ends at is pasted here. */
#ifndef STYTCHD_METHODS_MAGIC_LINK_H
#define STYTCHD_METHODS_MAGIC_LINK_H

#include "stytchd/methods/method.h"

/*
 * The token in what was pasted: the address that the link ended at
 * (...?stytch_token_type=...&token=...), or the token alone.  Returns 0,
 * -EINVAL (neither, or a token of another kind of link), -ENOMEM.
 */
int magic_link_read(const char *typed, struct secret *out_token) MUST_CHECK;

#endif
