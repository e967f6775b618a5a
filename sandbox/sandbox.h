/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stytch-sandbox: the Stytch API offline, with state.  This header is what a
 * handler of an endpoint works with.
 *
 * An endpoint is served by one function,
 *
 *	enum api_error otps_authenticate(struct request *rq);
 *
 * attached by a row in handlers_consumer.def, _b2b.def or _apps.def,
 *
 *	HANDLER(OTPS_AUTHENTICATE, otps_authenticate)
 *
 * (the name of enum stytch_endpoint without STYTCH_), which also declares it.
 * An endpoint without a row is answered 501 unavailable_endpoint.
 *
 * When it is called, route, credentials, vertical and parameters have been
 * checked against the endpoint table: what is required is there, what is
 * there has its type, form and range.  Parameters of path, query and body are
 * one object, rq->params; null and "" are taken out of it.
 *
 * It reads with the param_ functions, keeps state by store.h in rq->store,
 * and fills rq->reply by the json_ functions; request_id and status_code are
 * added for it.  It returns API_OK or the error to answer (error.h).
 *
 * One request at a time holds the store, so what a handler reads stays true
 * until it returns.  It runs inside a transaction: committed, and on disk,
 * before API_OK is answered; rolled back for any other answer.  What must
 * outlive a refusal goes through lock_fail() (lock.h), which counts, or
 * rq->keep = true, which commits all of it.
 *
 * Time is rq->now_us and nothing else: POST /sandbox/clock moves it.
 */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include "common/attr.h"
#include "libstytch/endpoint.h"
#include "sandbox/clock.h"
#include "sandbox/error.h"
#include "sandbox/http.h"
#include "sandbox/json.h"
#include "sandbox/store.h"
#include "sandbox/token.h"

#include <stdbool.h>
#include <stdint.h>

enum vertical {
	VERTICAL_CONSUMER,
	VERTICAL_B2B,
};
#define VERTICALS 2

struct project {
	enum vertical vertical;
	char id[96]; /* project-test-<uuid> */
	char secret[128];
	char public_token[96];
	const char *environment; /* "test" or "live": the word in ids */
};

struct sandbox;

struct request {
	struct sandbox *sandbox;
	struct store *store;
	const struct project *project;
	const struct endpoint *endpoint;
	const cJSON *params; /* an object, checked */
	cJSON *reply;        /* an object, to be filled */
	int status;          /* of a success; 200 */
	int64_t now_us;
	const char *base_url;       /* "http://127.0.0.1:8091" */
	const char *member_session; /* the two headers, or NULL */
	const char *member_jwt;
	/* Of a refusal. */
	bool keep;             /* commit although it is one */
	char detail[256];      /* in place of the error's text, if not "" */
	cJSON *error_details;  /* or NULL; freed for the handler */
	char failed_owner[96]; /* lock_fail() */
};

typedef enum api_error (*request_handler)(struct request *rq);

#define HANDLER(ENDPOINT, function) enum api_error function(struct request *rq);
#include "sandbox/handlers_consumer.def"
#define HANDLER(ENDPOINT, function) enum api_error function(struct request *rq);
#include "sandbox/handlers_b2b.def"
#define HANDLER(ENDPOINT, function) enum api_error function(struct request *rq);
#include "sandbox/handlers_apps.def"

/* A parameter by name, or NULL, fallback, false where it is absent. */
const char *param_string(const struct request *rq, const char *name);
int64_t param_int(const struct request *rq, const char *name, int64_t fallback);
bool param_bool(const struct request *rq, const char *name, bool fallback);
const cJSON *param_json(const struct request *rq, const char *name);
bool param_has(const struct request *rq, const char *name);

/* Set the text of the error that will be answered; returns error. */
enum api_error request_refuse(struct request *rq, enum api_error error,
    const char *format, ...) PRINTF_LIKE(3, 4);

/* A new id of the project's environment: request_id_make(rq, "user", &id). */
void request_id_make(const struct request *rq, const char *kind,
    struct id *out_id);

/* ---- The server as a whole. ---- */

struct sandbox_options {
	const char *db;       /* ":memory:" or a file */
	const char *base_url; /* without a slash at the end */
	const char
	    *projects[VERTICALS];  /* "ID:SECRET", or NULL: made or kept */
	const char *control_token; /* or NULL */
};

/*
 * Make a server; options are copied.  Returns 0 or a negative errno
 * (-EINVAL: a project that is not ID:SECRET).  Freed with sandbox_free().
 */
int sandbox_new(const struct sandbox_options *options,
    struct sandbox **out_sandbox) MUST_CHECK;
/* Free and set to NULL. */
void sandbox_free(struct sandbox **sandbox);

const struct project *sandbox_project(const struct sandbox *sandbox,
    enum vertical vertical);
const char *sandbox_base_url(const struct sandbox *sandbox);
/* Once the port is known, before the first request. */
int sandbox_set_base_url(struct sandbox *sandbox, const char *base_url)
    MUST_CHECK;
struct store *sandbox_store(const struct sandbox *sandbox);
struct faults *sandbox_faults(const struct sandbox *sandbox);
struct calls *sandbox_calls(const struct sandbox *sandbox); /* calls.h */
struct keys *sandbox_keys(const struct sandbox *sandbox);   /* key.h */
const char *sandbox_control_token(const struct sandbox *sandbox);
/*
 * The text of the seed that a reset applies again, "" where there is none;
 * keeping takes it over.
 */
const struct buf *sandbox_kept_seed(const struct sandbox *sandbox);
void sandbox_keep_seed(struct sandbox *sandbox, struct buf *seed);

/* Fill in a request of the server itself, outside the API (seed, pages). */
void sandbox_request(struct sandbox *sandbox, enum vertical vertical,
    struct request *out_request);

/*
 * Answer one request; any number of threads may.  Never fails: what goes
 * wrong is an answer too.  (Faults that were asked for are not its matter:
 * see fault.h.)
 */
void sandbox_handle(struct sandbox *sandbox, const struct http_request *http,
    struct http_reply *reply);

/* Whether a request belongs in the log of calls: not the sandbox's own. */
bool sandbox_logs(const struct http_request *http) MUST_CHECK;

/*
 * Make the reply an error in the API's form, outside of a request.  The second
 * has another error_type (NULL: the error's own) or status (0: the same).
 */
void sandbox_error(const struct project *project, enum api_error error,
    struct http_reply *reply);
void sandbox_error_as(const struct project *project, enum api_error error,
    const char *error_type, int status, struct http_reply *reply);

#endif
