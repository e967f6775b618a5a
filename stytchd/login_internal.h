/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of a login share; not for others. */
#ifndef STYTCHD_LOGIN_INTERNAL_H
#define STYTCHD_LOGIN_INTERNAL_H

#include "stytchd/event.h"
#include "stytchd/login.h"
#include "stytchd/proof.h"

/* Zero is the refusal that every login begins with. */
enum verdict {
	VERDICT_REFUSED,
	VERDICT_GRANTED,
	VERDICT_GOES_ON, /* a step is done, more may be owed */
	VERDICT_CANCELLED,
	VERDICT_THROTTLED,
	VERDICT_LOCAL, /* not ours: a local name */
	VERDICT_UNAVAILABLE,
	VERDICT_ALARM, /* refused, and somebody should look */
};

/* A factor was met in this login only if Stytch says so this lately. */
#define FRESH_SECONDS 600
#define STEPS_MAX 6
#define REASON_SIZE 256

struct login {
	struct agent *agent;
	struct conversation *conversation;
	struct configuration *configuration;
	const struct configuration_service *service;
	const char *user;
	const char *rhost; /* NULL at the console */
	struct throttle_party party;

	struct account *account; /* NULL: nobody's name */
	bool is_decoy;           /* no answer will be right */
	bool is_untold;          /* nobody could say whose name it is */
	struct decoy decoy;      /* what is shown where it is */
	method_set usable;

	struct progress progress;
	struct secret session_token;
	struct secret intermediate_token;
	char session_id[SESSION_ID_SIZE]; /* "": none of this login's own */
	char kept_session_id[SESSION_ID_SIZE];
	int64_t expires_at;
	bool text_is_sent; /* Stytch sent the text message itself */

	int64_t answered_at_ms;      /* 0: nothing was answered yet */
	const struct method *method; /* the last one run */
	const char *reason;
	char reason_text[REASON_SIZE];
	char request_id[STYTCH_TEXT_SIZE];
};

/* Keep why; returns verdict. */
enum verdict login_says(struct login *login, enum verdict verdict,
    const char *reason);

/* A failed call as a verdict, with its class and type as the reason. */
enum verdict login_failed(struct login *login, enum stytch_class class_,
    const char *error_type, const char *request_id);

/* What must be read or written cannot be: VERDICT_UNAVAILABLE. */
enum verdict login_state_failed(struct login *login, int error);

/* A throttle's no: too many failures, or a state that does not tell. */
enum verdict login_held(struct login *login, int error);

/* How the conversation ended, as a verdict. */
enum verdict login_ended(struct login *login, enum conversation_end end);

/* Choose one of choices and run it: VERDICT_GOES_ON or a refusal. */
enum verdict login_step(struct login *login, const struct choices *choices);

/*
 * Take what an answer proves: tokens, what is owed, the person as they are
 * now.  step is NULL for an answer that is not of a method.
 */
enum verdict login_take(struct login *login, const struct stytch_reply *reply,
    const struct method *method);

/* The Stytch session of this login, if it has one, is nobody's. */
void login_discard(struct login *login);

/* ---- authorization.c ---- */

/*
 * Ask Stytch's RBAC whether the person may what the service demands, by the
 * login's session.  STYTCH_OK, STYTCH_DENIED, or why it cannot be told.
 */
enum stytch_class authorization_by_session(struct stytch_client *client,
    const struct configuration_service *service, const struct person *person,
    const struct secret *session_token, struct stytch_error *error);

/* The same where there is no session: by the person's roles and the policy. */
enum stytch_class authorization_by_roles(struct stytch_client *client,
    const struct configuration_service *service, const struct person *person,
    struct stytch_error *error);

#endif
