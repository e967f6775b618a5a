/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libstytch: a client of the Stytch identity API.  Make a client once, make a
 * call from an endpoint's id, set its parameters by name, perform it, read
 * the reply by path.  Act on the class of an outcome, never on message text.
 */
#ifndef STYTCH_STYTCH_H
#define STYTCH_STYTCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <stytch/endpoints.h> /* enum stytch_endpoint */

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* What an outcome means to the caller; the API's error_type decides. */
enum stytch_class {
	STYTCH_OK,
	STYTCH_REJECTED,      /* wrong code or password: ask again, count it */
	STYTCH_EXPIRED,       /* code, link or session is over: start again */
	STYTCH_THROTTLED,     /* too many requests: later */
	STYTCH_LOCKED,        /* the user or member is locked */
	STYTCH_NOT_FOUND,     /* no such user, member, factor */
	STYTCH_DENIED,        /* policy says no; also: a new password is owed */
	STYTCH_MISCONFIGURED, /* our credentials, parameters or project */
	STYTCH_UNAVAILABLE,   /* network, TLS, time, 5xx, memory */
	STYTCH_PROTOCOL,      /* a reply that is not what the API promises */
};

/* The class's name in lower case, never NULL. */
const char *stytch_class_name(enum stytch_class class_);

#define STYTCH_TEXT_SIZE 128

/* Details of a failure; texts are clean of controls and may be "". */
struct stytch_error {
	enum stytch_class class_;
	int http_status; /* 0: no answer */
	char error_type[STYTCH_TEXT_SIZE];
	char request_id[STYTCH_TEXT_SIZE];
	char parameter[STYTCH_TEXT_SIZE]; /* the one refused before sending */
	char message[2 * STYTCH_TEXT_SIZE];
};

/*
 * Zero-initialise, then set; 0 and NULL mean the default.  size is
 * sizeof(struct stytch_config), so that later members can be told from
 * absent ones.  connect_timeout_ms is 100 to 60000, total_timeout_ms, which
 * bounds a call with its waits and repeats, 500 to 100000.
 */
struct stytch_config {
	size_t size;
	const char *project_id; /* required */
	const char *secret;     /* required */
	const char *base_url;   /* NULL: Stytch's live or test host */
	const char *fraud_url;  /* NULL: base_url if set, else Stytch's */
	const char *ca_file;    /* NULL: the system's certificates */
	const char *proxy;      /* NULL: none; never from the environment */
	unsigned connect_timeout_ms; /* 0: 5000 */
	unsigned total_timeout_ms;   /* 0: 15000 */
	unsigned max_connections;    /* 0: 8; at most 64 */
	bool allow_plain; /* http:// to a loopback address and unix:/PATH */
};

/* One project's connections; any number of threads may use one client. */
struct stytch_client;
/* One request; one thread at a time. */
struct stytch_call;
/* One parsed answer; read-only, one thread at a time. */
struct stytch_reply;

/*
 * Make a client.  config and its strings are copied; the caller wipes its own
 * copy of the secret.  Nothing is sent.  On success *out_client is the
 * caller's, freed with stytch_client_free(); on failure it is not touched.
 * error may be NULL.  MISCONFIGURED (a missing value, a URL that is not
 * allowed, a timeout out of range; error->parameter names it) or UNAVAILABLE.
 */
enum stytch_class stytch_client_new(const struct stytch_config *config,
    struct stytch_client **out_client, struct stytch_error *error);

/*
 * Wipe, free, set to NULL; client and *client may be NULL.  No call of the
 * client may be under way.
 */
void stytch_client_free(struct stytch_client **client);

/*
 * The number of an endpoint by its name ("otps.sms.send"), or false; and the
 * name of a number, NULL where it is none.
 */
bool stytch_endpoint_find(const char *name, enum stytch_endpoint *out_endpoint);
const char *stytch_endpoint_name(enum stytch_endpoint endpoint);

/*
 * Start a call; NULL only where memory is out, and all that follows takes a
 * NULL call and answers STYTCH_UNAVAILABLE when it is performed.  Free with
 * stytch_call_free().
 */
struct stytch_call *stytch_call_new(struct stytch_client *client,
    enum stytch_endpoint endpoint);

/* Wipe, free, set to NULL; call and *call may be NULL. */
void stytch_call_free(struct stytch_call **call);

/*
 * Set a parameter of the path, the query or the body; the endpoint table says
 * which.  Nested ones by dots ("attributes.ip_address"), members of a map as
 * well ("trusted_metadata.unix").  Values are copied; a later one replaces.  A
 * NULL string is not set.  A fault (unknown name, wrong type) is kept and
 * answered by stytch_call_perform(), so that sets need no check.
 */
void stytch_call_set(struct stytch_call *call, const char *name,
    const char *value);
void stytch_call_set_int(struct stytch_call *call, const char *name,
    int64_t value);
void stytch_call_set_bool(struct stytch_call *call, const char *name,
    bool value);
/* Add one string to an array parameter. */
void stytch_call_add(struct stytch_call *call, const char *name,
    const char *value);
/* A value as JSON text: objects, arrays of objects, numbers. */
void stytch_call_set_json(struct stytch_call *call, const char *name,
    const char *json);
/* Run the call with a member's permissions: give one, the other NULL. */
void stytch_call_set_member_session(struct stytch_call *call,
    const char *session_token, const char *session_jwt);

/*
 * Check, send, read.  On STYTCH_OK *out_reply is the caller's, freed with
 * stytch_reply_free(); on any other class it is not touched and error (may
 * be NULL) is filled in.  A call may be performed again.
 *
 * Parameters are checked against the endpoint table first: unknown, missing,
 * of the wrong type, out of range or against a rule is MISCONFIGURED with the
 * parameter named and nothing sent; a password or code that cannot be right
 * (a TOTP code of five digits) is REJECTED in the same way.
 *
 * Within total_timeout_ms a call is repeated where that is harmless: a GET
 * after a failure of network or server, anything after a 429 or 503 that
 * says when to come again.  Where a wrong password cannot be told from a wrong
 * project secret by the answer, the API is asked whether it knows us.
 */
enum stytch_class stytch_call_perform(struct stytch_call *call,
    struct stytch_reply **out_reply, struct stytch_error *error);

/* Wipe, free, set to NULL; reply and *reply may be NULL. */
void stytch_reply_free(struct stytch_reply **reply);

/*
 * A value by path: "member.name", "user.emails[0].email_id", and for a key
 * with dots in it '["https://stytch.com/session"].id'.  A string that is
 * absent, null or of another type is NULL; texts live as long as the reply.
 */
const char *stytch_reply_string(const struct stytch_reply *reply,
    const char *path);
int64_t stytch_reply_int(const struct stytch_reply *reply, const char *path,
    int64_t fallback);
bool stytch_reply_bool(const struct stytch_reply *reply, const char *path,
    bool fallback);
/* Number of items of an array or members of an object; 0 for all else. */
size_t stytch_reply_count(const struct stytch_reply *reply, const char *path);
bool stytch_reply_has(const struct stytch_reply *reply, const char *path);

/* The whole answer as a cJSON tree (cjson/cJSON.h), owned by the reply. */
struct cJSON;
const struct cJSON *stytch_reply_json(const struct stytch_reply *reply);
/* The API's id of the request, "" if it gave none. */
const char *stytch_reply_request_id(const struct stytch_reply *reply);

/* How to read the pages of a search. */
struct stytch_pages {
	unsigned size;        /* items of a page; 0: the API's own */
	unsigned max_wait_ms; /* longest wait in all where throttled */
	/* Takes a page, which it must not keep; false stops the reading. */
	bool (*take)(const struct stytch_reply *reply, void *context);
	void *context;
};

/*
 * Read every page of a search endpoint: performs call with limit and the
 * cursor of the page before, and hands each page to pages->take().  Waits and
 * repeats when throttled.  Stops with the first failure's class, or when
 * take() returns false (STYTCH_OK).
 */
enum stytch_class stytch_call_each_page(struct stytch_call *call,
    const struct stytch_pages *pages, struct stytch_error *error);

/*
 * Verify a session JWT without asking the API: RS256 signature by one of the
 * project's published keys (fetched when first needed, kept for 5 minutes,
 * fetched anew where the token names an unknown one), issuer, audience and
 * times with 60 seconds of leeway.  A session revoked less than 5 minutes ago
 * still passes: where that matters, use sessions.authenticate.
 *
 * On STYTCH_OK *out_claims is the token's payload, freed with
 * stytch_reply_free().  STYTCH_EXPIRED: its time is over.  STYTCH_REJECTED:
 * forged, malformed, of another project, not yet valid.  Else the keys could
 * not be had.
 */
enum stytch_class stytch_session_verify(struct stytch_client *client,
    bool is_b2b, const char *session_jwt, struct stytch_reply **out_claims,
    struct stytch_error *error);

/* What someone wants to do to what. */
struct stytch_permission {
	const char *organization_id; /* whose resource it is; B2B alone */
	const char *resource_id;     /* "documents", "stytch.member" */
	const char *action;          /* "read" */
};

/*
 * Whether a session may, by its roles in the claims of
 * stytch_session_verify() and the project's RBAC policy, which is fetched when
 * first needed and kept for 5 minutes; for roles that an organization has
 * made for itself, by the organization's policy as well.  The resource must be
 * named as it is; a role's action "*" is every action.
 *
 * STYTCH_DENIED: no role grants it, or the session is of another organization
 * (error_type tells which, as the API does).  Else the claims or permission
 * are incomplete (STYTCH_MISCONFIGURED) or the policy could not be had.
 */
enum stytch_class stytch_session_authorize(struct stytch_client *client,
    bool is_b2b, const struct stytch_reply *claims,
    const struct stytch_permission *permission, struct stytch_error *error);

/* Who a machine is. */
struct stytch_m2m_client {
	const char *client_id;
	const char *client_secret; /* NULL: a public client has none */
};

/*
 * Get an access token for a machine (client credentials; sent as a form,
 * without the project's secret).  scope is a list by blanks, or NULL for all
 * that the machine may have.  The reply has access_token, token_type and
 * expires_in (seconds).
 */
enum stytch_class stytch_m2m_token(struct stytch_client *client,
    const struct stytch_m2m_client *machine, const char *scope,
    struct stytch_reply **out_reply, struct stytch_error *error);

/*
 * Ask the API whether an access token is still good.  STYTCH_OK is an answer
 * and no yes: look at the reply's active.
 */
enum stytch_class stytch_m2m_introspect(struct stytch_client *client,
    const struct stytch_m2m_client *machine, const char *token,
    struct stytch_reply **out_reply, struct stytch_error *error);

/* What an access token must be good for. */
struct stytch_m2m_need {
	bool is_b2b;       /* the project is */
	const char *scope; /* a list by blanks, each needed; NULL: none */
};

/*
 * Verify an access token without asking the API, as stytch_session_verify()
 * does a session's.  A scope "read:documents" is granted by itself and by
 * "read:*"; one that is not is STYTCH_DENIED.  A session's token is
 * STYTCH_REJECTED.
 */
enum stytch_class stytch_m2m_verify(struct stytch_client *client,
    const struct stytch_m2m_need *need, const char *access_token,
    struct stytch_reply **out_claims, struct stytch_error *error);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
