/* SPDX-License-Identifier: BSD-2-Clause */
/* The server: its projects, its state, and which part answers a request. */
#include "config.h"

#include "sandbox/sandbox.h"

#include "sandbox/api.h"
#include "sandbox/b2b_scim.h"
#include "sandbox/calls.h"
#include "sandbox/control.h"
#include "sandbox/fault.h"
#include "sandbox/idp.h"
#include "sandbox/inbox.h"
#include "sandbox/key.h"
#include "sandbox/link.h"
#include "sandbox/oauth2.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sandbox {
	struct store *store;
	struct faults *faults;
	struct calls *calls;
	struct keys *keys;
	char *base_url;
	char *control_token;
	struct buf seed;
	struct project projects[VERTICALS];
};

static int
copy_text(char *out, size_t size, const char *text, size_t len)
{
	if (len == 0 || len >= size)
		return -EINVAL;
	memcpy(out, text, len);
	out[len] = '\0';
	return 0;
}

/* "ID:SECRET" into project. */
static int
project_parse(const char *text, struct project *project)
{
	const char *colon = strchr(text, ':');
	int rc;

	if (colon == NULL)
		return -EINVAL;
	rc = copy_text(project->id, sizeof(project->id), text,
	    (size_t)(colon - text));
	if (rc == 0)
		rc = copy_text(project->secret, sizeof(project->secret),
		    colon + 1, strlen(colon + 1));
	if (rc == 0 && !id_is_kind(project->id, "project"))
		rc = -EINVAL;
	return rc;
}

/* The project of that vertical which the database knows last. */
static bool
project_kept(struct store *store, struct project *project)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;

	query_open(&query, store,
	    "SELECT project_id, secret FROM projects WHERE vertical = ? "
	    "ORDER BY used DESC LIMIT 1",
	    "d", (int)project->vertical);
	if (!query_next(&query))
		return false;
	query_copy(&query, 0, project->id, sizeof(project->id));
	query_copy(&query, 1, project->secret, sizeof(project->secret));
	return true;
}

static void
project_make(struct project *project)
{
	struct token secret;
	struct id id;
	int n;

	id_make("project", "test", &id);
	memcpy(project->id, id.text, strlen(id.text) + 1);
	token_make(TOKEN_LEN, &secret);
	n = snprintf(project->secret, sizeof(project->secret),
	    "secret-test-%.43s=", secret.text);
	if (n < 0 || (size_t)n >= sizeof(project->secret))
		project->secret[0] = '\0';
}

/* Keep the project, as the one of its vertical that was used last. */
static void
project_keep(struct store *store, struct project *project)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	struct id token;

	id_make("public-token", project->environment, &token);
	store_run(store,
	    "INSERT INTO projects (project_id, vertical, secret, "
	    "public_token, used) VALUES (?1, ?2, ?3, ?4, (SELECT "
	    "coalesce(max(used), 0) + 1 FROM projects)) ON CONFLICT "
	    "(project_id) DO UPDATE SET vertical = ?2, secret = ?3, used = "
	    "(SELECT max(used) + 1 FROM projects)",
	    "sdss", project->id, (int)project->vertical, project->secret,
	    token.text);
	query_open(&query, store,
	    "SELECT public_token FROM projects WHERE project_id = ?", "s",
	    project->id);
	if (query_next(&query))
		query_copy(&query, 0, project->public_token,
		    sizeof(project->public_token));
}

static int
projects_open(struct sandbox *sandbox, const struct sandbox_options *options)
{
	int rc = 0;

	store_begin(sandbox->store);
	for (int i = 0; i < VERTICALS && rc == 0; i++) {
		struct project *project = &sandbox->projects[i];

		project->vertical = (enum vertical)i;
		if (options->projects[i] != NULL)
			rc = project_parse(options->projects[i], project);
		else if (!project_kept(sandbox->store, project))
			project_make(project);
		project->environment =
		    strncmp(project->id, "project-live-", 13) == 0 ? "live"
								   : "test";
		if (rc == 0)
			project_keep(sandbox->store, project);
	}
	if (rc == 0 &&
	    strcmp(sandbox->projects[0].id, sandbox->projects[1].id) == 0)
		rc = -EINVAL;
	if (rc != 0)
		store_fail(sandbox->store, rc);
	return store_end(sandbox->store, rc == 0);
}

int
sandbox_new(const struct sandbox_options *options, struct sandbox **out_sandbox)
{
	CLEANUP(sandbox_free)
	struct sandbox *sandbox = calloc(1, sizeof(*sandbox));
	int rc;

	if (sandbox == NULL)
		return -ENOMEM;
	json_init();
	rc = sandbox_set_base_url(sandbox, options->base_url);
	if (rc == 0 && options->control_token != NULL) {
		sandbox->control_token = strdup(options->control_token);
		if (sandbox->control_token == NULL)
			rc = -ENOMEM;
	}
	if (rc == 0)
		rc = faults_new(&sandbox->faults);
	if (rc == 0)
		rc = calls_new(&sandbox->calls);
	if (rc == 0) {
		sandbox->keys = keys_new();
		rc = sandbox->keys != NULL ? 0 : -ENOMEM;
	}
	if (rc == 0)
		rc = store_open(options->db, &sandbox->store);
	if (rc == 0)
		rc = projects_open(sandbox, options);
	if (rc == 0)
		*out_sandbox = STEAL(sandbox);
	return rc;
}

void
sandbox_free(struct sandbox **sandbox)
{
	if (*sandbox == NULL)
		return;
	faults_free(&(*sandbox)->faults);
	calls_free(&(*sandbox)->calls);
	keys_free(&(*sandbox)->keys);
	store_free(&(*sandbox)->store);
	free((*sandbox)->base_url);
	free((*sandbox)->control_token);
	buf_clear(&(*sandbox)->seed);
	free(STEAL(*sandbox));
}

const struct project *
sandbox_project(const struct sandbox *sandbox, enum vertical vertical)
{
	return &sandbox->projects[vertical];
}

const char *
sandbox_base_url(const struct sandbox *sandbox)
{
	return sandbox->base_url;
}

int
sandbox_set_base_url(struct sandbox *sandbox, const char *base_url)
{
	char *copy = strdup(base_url);

	if (copy == NULL)
		return -ENOMEM;
	free(sandbox->base_url);
	sandbox->base_url = copy;
	return 0;
}

struct store *
sandbox_store(const struct sandbox *sandbox)
{
	return sandbox->store;
}

struct faults *
sandbox_faults(const struct sandbox *sandbox)
{
	return sandbox->faults;
}

struct calls *
sandbox_calls(const struct sandbox *sandbox)
{
	return sandbox->calls;
}

struct keys *
sandbox_keys(const struct sandbox *sandbox)
{
	return sandbox->keys;
}

const char *
sandbox_control_token(const struct sandbox *sandbox)
{
	return sandbox->control_token;
}

const struct buf *
sandbox_kept_seed(const struct sandbox *sandbox)
{
	return &sandbox->seed;
}

void
sandbox_keep_seed(struct sandbox *sandbox, struct buf *seed)
{
	buf_clear(&sandbox->seed);
	sandbox->seed = *seed;
	*seed = (struct buf)BUF_INIT(seed->max);
}

void
sandbox_request(struct sandbox *sandbox, enum vertical vertical,
    struct request *out_request)
{
	*out_request = (struct request){
		.sandbox = sandbox,
		.store = sandbox->store,
		.project = &sandbox->projects[vertical],
		.status = 200,
		.base_url = sandbox->base_url,
	};
	out_request->now_us = store_int(sandbox->store, clock_real_us(),
	    "SELECT offset_us + CASE WHEN frozen_us > 0 THEN frozen_us ELSE ? "
	    "END FROM clock",
	    "i", clock_real_us());
}

static bool
path_is(const char *path, size_t len, const char *what)
{
	return strlen(what) == len && memcmp(path, what, len) == 0;
}

static void
dispatch(struct sandbox *sandbox, const struct http_request *http,
    struct http_reply *reply)
{
	const char *path = http->target;
	size_t len = http_path_len(path);

	json_reset();
	if (path_is(path, len, "/"))
		inbox_handle(sandbox, http, reply);
	else if (strncmp(path, CONTROL_PREFIX, strlen(CONTROL_PREFIX)) == 0)
		control_handle(sandbox, http, reply);
	else if (path_is(path, len, LINK_PATH))
		link_handle(sandbox, http, reply);
	else if (scim_serves(path, len))
		scim_handle(sandbox, http, reply);
	else if (idp_serves(path, len))
		idp_handle(sandbox, http, reply);
	else if (strncmp(path, OAUTH2_PREFIX, strlen(OAUTH2_PREFIX)) == 0)
		oauth2_handle(sandbox, http, reply);
	else
		api_handle(sandbox, http, reply);
}

bool
sandbox_logs(const struct http_request *http)
{
	return !path_is(http->target, http_path_len(http->target), "/") &&
	    strncmp(http->target, CONTROL_PREFIX, strlen(CONTROL_PREFIX)) != 0;
}

void
sandbox_handle(struct sandbox *sandbox, const struct http_request *http,
    struct http_reply *reply)
{
	struct http_request timed = *http;

	if (timed.begun_us == 0)
		timed.begun_us = clock_monotonic_us();
	dispatch(sandbox, &timed, reply);
	if (sandbox_logs(http))
		calls_add(sandbox->calls, &timed, reply);
	else if (strcmp(http->method, "GET") != 0)
		calls_touch(sandbox->calls);
}

const char *
param_string(const struct request *rq, const char *name)
{
	return json_string(rq->params, name);
}

int64_t
param_int(const struct request *rq, const char *name, int64_t fallback)
{
	return json_int(rq->params, name, fallback);
}

bool
param_bool(const struct request *rq, const char *name, bool fallback)
{
	return json_bool(rq->params, name, fallback);
}

const cJSON *
param_json(const struct request *rq, const char *name)
{
	return json_get(rq->params, name);
}

bool
param_has(const struct request *rq, const char *name)
{
	return json_get(rq->params, name) != NULL;
}

enum api_error
request_refuse(struct request *rq, enum api_error error, const char *format,
    ...)
{
	va_list values;
	int n;

	va_start(values, format);
	n = vsnprintf(rq->detail, sizeof(rq->detail), format, values);
	va_end(values);
	if (n < 0)
		rq->detail[0] = '\0';
	return error;
}

void
request_id_make(const struct request *rq, const char *kind, struct id *out_id)
{
	id_make(kind, rq->project->environment, out_id);
}
