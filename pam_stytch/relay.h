/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One request to the agent: what the caller is goes in, questions and notices
 * go through the application's conversation, a verdict comes out.
 */
#ifndef PAM_STYTCH_RELAY_H
#define PAM_STYTCH_RELAY_H

#include "common/wire.h"
#include "pam_stytch/begin.h"
#include "pam_stytch/call.h"
#include "pam_stytch/verdict.h"

/*
 * Have the agent decide.  verdict comes in as VERDICT_INIT.  A granted
 * authenticate always has a login id.  Refusals are those of doc/PROTOCOL.md
 * for the operation, PAM_ABORT (the person broke off), PAM_AUTH_ERR (an answer
 * that is not to be sent) and PAM_AUTHINFO_UNAVAIL for all else, which is
 * logged.
 */
void relay_run(const struct call *call, const struct request *request,
    struct verdict *verdict);

/*
 * Ask whether an account of this name is ours, over the root socket.  Returns
 * WIRE_RECORD_UNAVAILABLE on every error, logged.
 */
enum wire_record_kind relay_look_up(const struct call *call, const char *name);

#endif
