/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a PAM handle knows of a person between the phases: who was let in, and
 * by which login.  It is kept by pam_set_data(); because OpenSSH authenticates
 * in a child, the login id also travels as a PAM environment variable.
 */
#ifndef PAM_STYTCH_RECORD_H
#define PAM_STYTCH_RECORD_H

#include "common/attr.h"
#include "common/wire.h"

#include <security/pam_modules.h>
#include <stdbool.h>

#define RECORD_VARIABLE "STYTCH_LOGIN"
#define RECORD_USER_SIZE 256

struct record {
	char user[RECORD_USER_SIZE];
	char login[WIRE_LOGIN_LEN + 1]; /* "" without a login */
	bool is_authenticated;          /* by authenticate in this handle */
};

/* Whether text is a login id: 32 lower-case hexadecimal digits; NULL is not. */
bool login_is_valid(const char *text);

/* What the handle holds, or NULL; it stays until the next record_ call. */
const struct record *record_get(pam_handle_t *pamh);

/*
 * Keep user and login ("" or NULL for none) in place of what was there.  Returns 0, -E2BIG (a
 * name that does not fit), -EINVAL (not a login id) or -ENOMEM; what was there
 * is then unchanged.
 */
int record_keep(pam_handle_t *pamh, const char *user, const char *login,
    bool is_authenticated) MUST_CHECK;

/* Hold nothing any more: neither a record nor the variable. */
void record_forget(pam_handle_t *pamh);

/* Hand the login on as the variable.  Returns 0, -EINVAL or -ENOMEM. */
int record_export(pam_handle_t *pamh, const char *login) MUST_CHECK;

/* The variable's login id, or NULL where there is none or it is no login id. */
const char *record_imported(pam_handle_t *pamh);

/* Take the variable out of the environment, whatever it holds. */
void record_unexport(pam_handle_t *pamh);

#endif
