/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a member gets from factors to a session.  Every primary step ends in
 * login_primary(), which answers a session or, with an intermediate session
 * token, what is still owed; every second step ends in login_second().
 */
#ifndef SANDBOX_B2B_LOGIN_H
#define SANDBOX_B2B_LOGIN_H

#include "sandbox/b2b.h"
#include "sandbox/session.h"

#define INTERMEDIATE_MINUTES 10
#define SESSION_MINUTES 60 /* where the request does not say */

/* An intermediate session: factors that are no session yet. */
struct intermediate {
	char token[64]; /* "": none */
	char email[256];
	char member_id[96];       /* "": of discovery */
	char organization_id[96]; /* "": of discovery */
	int64_t expires_at;
	struct tenant tenant; /* of discovery by OAuth */
	cJSON *factors;       /* an array */
};

#define INTERMEDIATE_INIT \
	{ \
		.token = "", .factors = NULL \
	}

void intermediate_clear(struct intermediate *intermediate);

/*
 * A live one by its token.  API_OK, API_INVALID_SESSION_TOKEN for what could
 * not be one, API_INTERMEDIATE_SESSION_NOT_FOUND.
 */
enum api_error intermediate_find(struct request *rq, const char *token,
    struct intermediate *out) MUST_CHECK;
/* Keep a new one: token and, if it is 0, expires_at are set. */
void intermediate_save(struct request *rq, struct intermediate *intermediate);
void intermediate_delete(struct request *rq, const char *token);
/* Set the two members of the reply; NULL: there is none. */
void intermediate_reply(struct request *rq,
    const struct intermediate *intermediate);

/* A login on its way. */
struct login {
	struct session session;           /* factors gather here */
	bool continued;                   /* the session was there before */
	struct intermediate intermediate; /* that the request brought */
};

#define LOGIN_INIT \
	{ \
		.session = SESSION_INIT, .continued = false, \
		.intermediate = INTERMEDIATE_INIT \
	}

void login_clear(struct login *login);

/*
 * Read session_token, session_jwt and intermediate_session_token, which must
 * be of the party's member (an intermediate one of discovery: of the address).
 */
enum api_error login_begin(struct request *rq, const struct party *party,
    struct login *login) MUST_CHECK;
/* The same where one of the three must be given, and only one. */
enum api_error login_begin_second(struct request *rq, const struct party *party,
    struct login *login) MUST_CHECK;

/*
 * Whoever has a second factor proves it before enrolling another: the token
 * that the request brings, if any, must be the member's, and where the
 * request enrols beside a factor, it must hold one.
 */
enum api_error login_check_enrolment(struct request *rq,
    const struct party *party, bool enrols) MUST_CHECK;

/*
 * What became of a credential: API_OK ends the count of failures, a wrong one
 * is counted, one that was malformed is neither.  Returns error.
 */
enum api_error login_settle(struct request *rq, const struct member *member,
    enum api_error error) MUST_CHECK;

/* The address is proven: it is verified, and the member active. */
void login_prove_email(struct request *rq, struct party *party);

/*
 * A primary factor is proven (NULL: the login has them already).  Fills the
 * reply, which names the organization_id where there is a factor; its
 * ownership is taken.
 */
enum api_error login_primary(struct request *rq, struct party *party,
    struct login *login, cJSON *factor) MUST_CHECK;

/* Answer a session with the factors that login has, whatever is owed. */
enum api_error login_direct(struct request *rq, struct party *party,
    struct login *login) MUST_CHECK;

/*
 * A second factor is proven; method is "sms_otp", "totp" or NULL for a
 * recovery code.  Reads set_mfa_enrollment and set_default_mfa, fills the
 * reply; the factor's ownership is taken.
 */
enum api_error login_second(struct request *rq, struct party *party,
    struct login *login, const char *method, cJSON *factor) MUST_CHECK;

/* Whether the factors hold a primary one that the organization allows. */
bool login_has_primary(const struct party *party, const cJSON *factors);
/* Whether they hold a second one. */
bool login_has_second(const cJSON *factors);
/* A factor's name in allowed_auth_methods, or NULL for second factors. */
const char *factor_method(const cJSON *factor);
/* Whether a factor proves the address, and so goes with a person into another
 * organization. */
bool factor_proves_email(const cJSON *factor);
/* Whether one of them does. */
bool factors_prove_email(const cJSON *factors);

/* {"allowed_auth_methods"} and {"member_options", ..} for party's member. */
cJSON *login_primary_required(const struct party *party);
cJSON *login_mfa_required(struct request *rq, const struct party *party,
    bool sms_initiated);

/* Send a code to the member's MFA phone. */
enum api_error login_send_sms(struct request *rq, const struct member *member)
    MUST_CHECK;

/* Set session, token and JWT of the reply; NULL: none. */
void login_session_reply(struct request *rq, const struct party *party,
    const struct session *session);

#endif
