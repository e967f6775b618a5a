/* SPDX-License-Identifier: BSD-2-Clause */
/* The six phases; see phase.h. */
#include "config.h"

#include "pam_stytch/phase.h"

#include "pam_stytch/local.h"
#include "pam_stytch/record.h"
#include "pam_stytch/relay.h"

#include <errno.h>
#include <security/pam_ext.h>
#include <string.h>
#include <syslog.h>

static int
call_init(struct call *call, const struct host *host,
    const struct arguments *given)
{
	const char *bad = "";

	call->host = host;
	call->pamh = given->pamh;
	call->flags = (unsigned)given->flags;
	if (options_parse(given->argc, given->argv, &call->options, &bad) == 0)
		return 0;
	pam_syslog(given->pamh, LOG_ERR, "unknown or bad option: %s", bad);
	return -EINVAL;
}

/* The one place where a success is made. */
static int
call_end(const struct call *call, const char *phase,
    const struct verdict *verdict)
{
	int code = verdict->refusal;

	if (verdict->is_granted)
		code = PAM_SUCCESS;
	if (call->options.debug)
		pam_syslog(call->pamh, LOG_DEBUG, "%s: %s", phase,
		    pam_strerror(call->pamh, code));
	return code;
}

/* Take back a grant that cannot be kept, or refuse for want of an answer. */
static void
refuse(const struct call *call, struct verdict *verdict, const char *why)
{
	*verdict = (struct verdict)VERDICT_INIT;
	pam_syslog(call->pamh, LOG_ERR, "%s", why);
}

/*
 * Copy the name: the application may set another while it converses.  0, or
 * -EINVAL where there is no name or one that is too long for any account.
 */
static int
copy_user(const char *name, char user[RECORD_USER_SIZE])
{
	size_t len = name == NULL ? 0 : strlen(name);

	if (len == 0 || len >= RECORD_USER_SIZE)
		return -EINVAL;
	memcpy(user, name, len + 1);
	return 0;
}

static int
current_user(const struct call *call, char user[RECORD_USER_SIZE])
{
	const void *name = NULL;

	if (pam_get_item(call->pamh, PAM_USER, &name) != PAM_SUCCESS)
		return -EINVAL;
	return copy_user(name, user);
}

/* The name, asked for where the application has not set it. */
static int
ask_user(const struct call *call, char user[RECORD_USER_SIZE])
{
	const char *name = NULL;

	if (pam_get_user(call->pamh, &name, NULL) != PAM_SUCCESS)
		return -EINVAL;
	return copy_user(name, user);
}

/* Whether the name is the agent's to judge; if not, the verdict says so. */
static bool
is_ours(const struct call *call, const char *user, struct verdict *verdict)
{
	int local = local_has(call->host->passwd_file, user);

	if (local == 1)
		verdict->refusal = PAM_USER_UNKNOWN;
	else if (local < 0)
		pam_syslog(call->pamh, LOG_ERR, "cannot read %s: %s",
		    call->host->passwd_file, strerror(-local));
	return local == 0;
}

/* A grant is for the name that was asked about and for no other. */
static bool
user_is_still(const struct call *call, const char *user)
{
	char now[RECORD_USER_SIZE];

	return current_user(call, now) == 0 && strcmp(now, user) == 0;
}

/* Without the means to hand it to the session, a login is not granted. */
static void
keep_login(const struct call *call, const char *user, struct verdict *verdict)
{
	if (!verdict->is_granted)
		return;
	if (!user_is_still(call, user)) {
		refuse(call, verdict, "the user changed during authentication");
	} else if (record_keep(call->pamh, user, verdict->login, true) != 0 ||
	    record_export(call->pamh, verdict->login) != 0) {
		record_forget(call->pamh);
		refuse(call, verdict, "the login cannot be kept");
	}
}

int
phase_authenticate(const struct host *host, const struct arguments *given)
{
	struct verdict verdict = VERDICT_INIT;
	char user[RECORD_USER_SIZE];
	struct call call;

	record_forget(given->pamh);
	if (call_init(&call, host, given) != 0)
		return PAM_AUTHINFO_UNAVAIL;
	if (ask_user(&call, user) != 0) {
		refuse(&call, &verdict, "no usable user name");
	} else if (is_ours(&call, user, &verdict)) {
		const struct request request = { .operation = WIRE_AUTHENTICATE,
			.user = user };

		relay_run(&call, &request, &verdict);
		keep_login(&call, user, &verdict);
	}
	return call_end(&call, "authenticate", &verdict);
}

/* Remember who passed, for setcred; a login stays as it is. */
static void
keep_account(const struct call *call, const char *user, struct verdict *verdict)
{
	const struct record *record = record_get(call->pamh);

	if (!verdict->is_granted)
		return;
	if (!user_is_still(call, user))
		refuse(call, verdict, "the user changed during account");
	else if ((record == NULL || record->login[0] == '\0') &&
	    record_keep(call->pamh, user, NULL, false) != 0)
		refuse(call, verdict, "the account cannot be kept");
}

int
phase_account(const struct host *host, const struct arguments *given)
{
	struct verdict verdict = VERDICT_INIT;
	char user[RECORD_USER_SIZE];
	struct call call;

	if (call_init(&call, host, given) != 0)
		return PAM_AUTHINFO_UNAVAIL;
	if (current_user(&call, user) != 0) {
		refuse(&call, &verdict, "no usable user name");
	} else if (is_ours(&call, user, &verdict)) {
		const struct request request = { .operation = WIRE_ACCOUNT,
			.user = user };

		relay_run(&call, &request, &verdict);
		keep_account(&call, user, &verdict);
	}
	return call_end(&call, "account", &verdict);
}

/* The account is not local and this handle knows nothing of it. */
static void
look_up(const struct call *call, const char *user, struct verdict *verdict)
{
	if (geteuid() != 0)
		return;
	switch (relay_look_up(call, user)) {
	case WIRE_RECORD_FOUND:
		verdict->is_granted = true;
		return;
	case WIRE_RECORD_ABSENT:
		verdict->refusal = PAM_USER_UNKNOWN;
		return;
	case WIRE_RECORD_UNAVAILABLE:
		return;
	}
}

int
phase_setcred(const struct host *host, const struct arguments *given)
{
	const struct record *record = record_get(given->pamh);
	struct verdict verdict = VERDICT_INIT;
	char user[RECORD_USER_SIZE];
	struct call call;

	if (call_init(&call, host, given) != 0)
		return PAM_AUTHINFO_UNAVAIL;
	if (record != NULL && record->is_authenticated) {
		verdict.is_granted = true;
	} else if (current_user(&call, user) != 0) {
		refuse(&call, &verdict, "no usable user name");
	} else if (is_ours(&call, user, &verdict)) {
		if ((call.flags & PAM_DELETE_CRED) != 0 ||
		    (record != NULL && strcmp(record->user, user) == 0))
			verdict.is_granted = true;
		else
			look_up(&call, user, &verdict);
	}
	return call_end(&call, "setcred", &verdict);
}

/* Who a session is for, and by which login. */
struct session {
	char user[RECORD_USER_SIZE];
	char target[RECORD_USER_SIZE]; /* PAM_USER */
	char login[WIRE_LOGIN_LEN + 1];
	bool is_authenticated;
};

/*
 * Find it: by the record where it holds a login, else by PAM_USER, and then
 * for open the variable's login counts.  0, or the verdict says why not.
 */
static int
find_session(const struct call *call, enum wire_operation operation,
    struct session *session, struct verdict *verdict)
{
	const struct record *record = record_get(call->pamh);
	const char *imported = NULL;

	memset(session, 0, sizeof(*session));
	if (current_user(call, session->target) != 0) {
		refuse(call, verdict, "no usable user name");
		return -EINVAL;
	}
	if (record != NULL && record->login[0] != '\0') {
		memcpy(session->user, record->user, sizeof(session->user));
		memcpy(session->login, record->login, sizeof(session->login));
		session->is_authenticated = record->is_authenticated;
		return 0;
	}
	if (!is_ours(call, session->target, verdict))
		return -ENOENT;
	memcpy(session->user, session->target, sizeof(session->user));
	if (operation == WIRE_OPEN)
		imported = record_imported(call->pamh);
	if (imported != NULL)
		memcpy(session->login, imported, sizeof(session->login));
	return 0;
}

/* Open or close: ask, and keep the login that the agent answers with. */
static void
run_session(const struct call *call, enum wire_operation operation,
    struct verdict *verdict)
{
	struct session session;
	struct request request = { .operation = operation };

	if (find_session(call, operation, &session, verdict) != 0)
		return;
	request.user = session.user;
	request.login = session.login;
	if (strcmp(session.user, session.target) != 0)
		request.runas = session.target;
	relay_run(call, &request, verdict);
	if (verdict->is_granted &&
	    record_keep(call->pamh, session.user,
		operation == WIRE_OPEN ? verdict->login : NULL,
		session.is_authenticated) != 0)
		refuse(call, verdict, "the session cannot be kept");
}

int
phase_open_session(const struct host *host, const struct arguments *given)
{
	struct verdict verdict = VERDICT_INIT;
	struct call call;

	if (call_init(&call, host, given) != 0)
		return PAM_SESSION_ERR;
	run_session(&call, WIRE_OPEN, &verdict);
	record_unexport(given->pamh);
	return call_end(&call, "open_session", &verdict);
}

int
phase_close_session(const struct host *host, const struct arguments *given)
{
	struct verdict verdict = VERDICT_INIT;
	struct call call;

	if (call_init(&call, host, given) != 0)
		return PAM_SESSION_ERR;
	run_session(&call, WIRE_CLOSE, &verdict);
	return call_end(&call, "close_session", &verdict);
}

int
phase_chauthtok(const struct host *host, const struct arguments *given)
{
	struct call call;

	if (call_init(&call, host, given) != 0)
		return PAM_AUTHINFO_UNAVAIL;
	return PAM_USER_UNKNOWN;
}
