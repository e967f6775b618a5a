/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The application's conversation function: one question or one notice at a
 * time.
 */
#ifndef PAM_STYTCH_TALK_H
#define PAM_STYTCH_TALK_H

#include "common/attr.h"
#include "pam_stytch/call.h"

#include <security/pam_modules.h>
#include <stdbool.h>

/*
 * Ask the person; the answer is seen while it is typed if echo.  On success
 * *out_answer is the caller's, to be freed with answer_free().  Returns 0, or
 * -ECANCELED where the conversation failed, was broken off or gave nothing.
 */
int talk_ask(pam_handle_t *pamh, bool echo, const char *text, char **out_answer)
    MUST_CHECK;

/* Show a notice, or an error.  Returns 0 or -ECANCELED. */
int talk_show(pam_handle_t *pamh, bool is_error, const char *text) MUST_CHECK;

/*
 * Whether an answer may go to the agent: at most WIRE_ANSWER_MAX bytes, and
 * not what OpenSSH puts in the place of an answer it will not have judged:
 * "\b\n\r\177INCORRECT", cut or repeated to the length of what was typed.
 */
bool answer_is_sendable(const char *answer);

/*
 * The password that another module has asked for (PAM_AUTHTOK, which libpam
 * owns), where the options say to try it; else NULL.
 */
const char *talk_first_pass(const struct call *call);

/* Wipe, free and set *answer to NULL; *answer may be NULL. */
void answer_free(char **answer);

#endif
