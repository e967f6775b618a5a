/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The SCIM 2.0 server (RFC 7644) at a connection's base_url, for the
 * identity provider that holds the bearer token.
 */
#include "config.h"

#include "sandbox/b2b_scim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PREFIX "/v1/b2b/scim/"
#define SCHEMAS "urn:ietf:params:scim:"
#define PAGE_MAX 1000

/* One kind of resource. */
/* clang-format off */
static const struct scim_kind {
	const char *path, *type, *schema;
	const char *route, *one_route; /* for the log of calls */
	cJSON *(*get)(struct request *, const struct scim_connection *, const char *);
	cJSON *(*ids)(struct request *, const struct scim_connection *);
	enum scim_status (*put)(struct request *, const struct scim_connection *, const char *,
	    const cJSON *, struct id *);
	enum scim_status (*delete)(struct request *, const struct scim_connection *, const char *);
} kinds[] = {
	{ "Users", "User", SCHEMAS "schemas:core:2.0:User",
	    PREFIX "{connection_id}/Users", PREFIX "{connection_id}/Users/{id}", scim_user_get, scim_user_ids,
	    scim_user_put, scim_user_delete },
	{ "Groups", "Group", SCHEMAS "schemas:core:2.0:Group",
	    PREFIX "{connection_id}/Groups", PREFIX "{connection_id}/Groups/{id}", scim_group_get, scim_group_ids,
	    scim_group_put, scim_group_delete },
};
/* clang-format on */

/* A path taken apart. */
struct scim_target {
	char connection_id[96];
	const struct scim_kind *kind;
	char id[96]; /* "": all of the kind */
};

static bool
read_target(const char *path, size_t len, struct scim_target *out)
{
	size_t prefix = strlen(PREFIX), part;

	memset(out, 0, sizeof(*out));
	if (len <= prefix || memcmp(path, PREFIX, prefix) != 0)
		return false;
	path += prefix;
	len -= prefix;
	part = strcspn(path, "/?#");
	if (part >= len || part >= sizeof(out->connection_id))
		return false;
	memcpy(out->connection_id, path, part);
	path += part + 1;
	len -= part + 1;
	part = strcspn(path, "/?#");
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (strlen(kinds[i].path) == part &&
		    memcmp(kinds[i].path, path, part) == 0)
			out->kind = &kinds[i];
	}
	if (out->kind == NULL || len == part)
		return out->kind != NULL;
	len -= part + 1;
	if (len >= sizeof(out->id) || memchr(path + part + 1, '/', len) != NULL)
		return false;
	memcpy(out->id, path + part + 1, len);
	return true;
}

bool
scim_serves(const char *path, size_t len)
{
	struct scim_target target;

	return read_target(path, len, &target);
}

/* One request on its way. */
struct scim {
	struct request rq;
	const struct http_request *http;
	struct scim_target target;
	struct scim_connection connection;
	cJSON *body;   /* of the request, or NULL */
	cJSON *answer; /* NULL: an error's form, or none */
};

static void
scim_clear(struct scim *scim)
{
	scim_connection_clear(&scim->connection);
	json_free(&scim->body);
	json_free(&scim->answer);
}

static bool
is_authorized(const struct scim *scim)
{
	const char *header = scim->http->authorization;
	const struct scim_connection *connection = &scim->connection;

	if (header == NULL || strncasecmp(header, "Bearer ", 7) != 0)
		return false;
	header += 7;
	return text_equal(connection->token, header) ||
	    (connection->next_token[0] != '\0' &&
		text_equal(connection->next_token, header));
}

/* Add what every resource has: schemas and meta. */
static void
dress(const struct scim *scim, cJSON *resource)
{
	const struct scim_kind *kind = scim->target.kind;
	CLEANUP(buf_clear) struct buf location = BUF_INIT(1024);
	cJSON *meta = json_object();
	cJSON *schemas;

	buf_addf(&location, "%s%s%s/%s/%s", scim->rq.base_url, PREFIX,
	    scim->connection.id.text, kind->path, json_string(resource, "id"));
	json_set_string(meta, "resourceType", kind->type);
	json_set_string(meta, "location", buf_text(&location));
	json_set(resource, "meta", meta);
	if (json_get(resource, "schemas") != NULL)
		return;
	schemas = json_array();
	json_push_string(schemas, kind->schema);
	json_set(resource, "schemas", schemas);
}

/* A whole number of the query, within bounds. */
static int64_t
query_number(const struct scim *scim, const char *name, int64_t fallback)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(64);
	char *end;
	long value;

	if (!http_query_get(scim->http->target, name, &text))
		return fallback;
	errno = 0;
	value = strtol(buf_text(&text), &end, 10);
	return errno == 0 && *end == '\0' && value >= 0 ? value : fallback;
}

static bool
is_filter(const char *text)
{
	bool is_valid;

	(void)scim_filter(NULL, &text, &is_valid);
	return is_valid && *text == '\0';
}

static bool
is_met(const cJSON *resource, const char *filter)
{
	bool is_valid;

	return scim_filter(resource, &filter, &is_valid);
}

static enum scim_status
list(struct scim *scim)
{
	const struct scim_kind *kind = scim->target.kind;
	CLEANUP(buf_clear) struct buf filter = BUF_INIT(1024);
	CLEANUP(json_free) cJSON *ids = kind->ids(&scim->rq, &scim->connection);
	bool filtered = http_query_get(scim->http->target, "filter", &filter);
	int64_t start = query_number(scim, "startIndex", 1);
	int64_t count = query_number(scim, "count", PAGE_MAX), total = 0;
	cJSON *found = json_array(), *schemas = json_array();
	const cJSON *id;

	scim->answer = json_object();
	json_set(scim->answer, "Resources", found);
	json_push_string(schemas, SCHEMAS "api:messages:2.0:ListResponse");
	json_set(scim->answer, "schemas", schemas);
	if (filtered && !is_filter(buf_text(&filter)))
		return SCIM_INVALID;
	cJSON_ArrayForEach (id, ids) {
		cJSON *resource =
		    kind->get(&scim->rq, &scim->connection, id->valuestring);

		if (resource == NULL ||
		    (filtered && !is_met(resource, buf_text(&filter))) ||
		    ++total < start || cJSON_GetArraySize(found) >= count ||
		    cJSON_GetArraySize(found) >= PAGE_MAX) {
			json_free(&resource);
			continue;
		}
		dress(scim, resource);
		json_push(found, resource);
	}
	json_set_int(scim->answer, "totalResults", total);
	json_set_int(scim->answer, "startIndex", start > 0 ? start : 1);
	json_set_int(scim->answer, "itemsPerPage", cJSON_GetArraySize(found));
	return SCIM_OK;
}

static enum scim_status
answer_one(struct scim *scim, const char *id, enum scim_status status)
{
	scim->answer = scim->target.kind->get(&scim->rq, &scim->connection, id);
	if (scim->answer == NULL)
		return SCIM_NOT_FOUND;
	dress(scim, scim->answer);
	return status;
}

/* Create, replace, or change: what stays is the whole resource. */
static enum scim_status
write_one(struct scim *scim, bool patch)
{
	const struct scim_kind *kind = scim->target.kind;
	const char *known = scim->target.id[0] != '\0' ? scim->target.id : NULL;
	CLEANUP(json_free) cJSON *current = NULL;
	enum scim_status status;
	struct id id;

	if (!cJSON_IsObject(scim->body))
		return SCIM_INVALID;
	if (known != NULL) {
		current = kind->get(&scim->rq, &scim->connection, known);
		if (current == NULL)
			return SCIM_NOT_FOUND;
	}
	if (patch && !scim_patch(current, scim->body))
		return SCIM_INVALID;
	status = kind->put(&scim->rq, &scim->connection, known,
	    patch ? current : scim->body, &id);
	if (status != SCIM_OK && status != SCIM_CREATED)
		return status;
	return answer_one(scim, id.text, status);
}

static int
run(struct scim *scim)
{
	const char *method = scim->http->method;
	bool one = scim->target.id[0] != '\0';

	if (!scim_connection_find(&scim->rq, scim->target.connection_id,
		&scim->connection) ||
	    !is_authorized(scim))
		return 401;
	if (strcmp(method, "GET") == 0)
		return one ? (int)answer_one(scim, scim->target.id, SCIM_OK)
			   : (int)list(scim);
	if (strcmp(method, "POST") == 0 && !one)
		return (int)write_one(scim, false);
	if (strcmp(method, "PUT") == 0 && one)
		return (int)write_one(scim, false);
	if (strcmp(method, "PATCH") == 0 && one)
		return (int)write_one(scim, true);
	if (strcmp(method, "DELETE") == 0 && one)
		return (int)scim->target.kind->delete (&scim->rq,
		    &scim->connection, scim->target.id);
	return 405;
}

static const char *
detail_of(int status)
{
	switch (status) {
	case SCIM_INVALID:
		return "The request is malformed, or lacks an attribute.";
	case 401:
		return "The bearer token is not this connection's.";
	case SCIM_NOT_FOUND:
		return "There is no such resource.";
	case 405:
		return "The path does not take that method.";
	case SCIM_CONFLICT:
		return "There is a resource of that name already.";
	default:
		return "Something went wrong inside the server.";
	}
}

/* An error's form (RFC 7644, 3.12). */
static cJSON *
error_body(int status)
{
	CLEANUP(buf_clear) struct buf number = BUF_INIT(16);
	cJSON *body = json_object();
	cJSON *schemas = json_array();

	json_push_string(schemas, SCHEMAS "api:messages:2.0:Error");
	json_set(body, "schemas", schemas);
	buf_addf(&number, "%d", status);
	json_set_string(body, "status", buf_text(&number));
	json_set_string(body, "detail", detail_of(status));
	if (status == SCIM_CONFLICT)
		json_set_string(body, "scimType", "uniqueness");
	else if (status == SCIM_INVALID)
		json_set_string(body, "scimType", "invalidValue");
	return body;
}

void
scim_handle(struct sandbox *sandbox, const struct http_request *http,
    struct http_reply *reply)
{
	CLEANUP(scim_clear)
	struct scim scim = { .http = http, .connection = SCIM_CONNECTION_INIT };
	CLEANUP(string_free) char *text = NULL;
	CLEANUP(json_free) cJSON *unused = json_object();
	struct store *store = sandbox_store(sandbox);
	int status = 500;
	bool good;

	store_begin(store);
	sandbox_request(sandbox, VERTICAL_B2B, &scim.rq);
	scim.rq.reply = unused;
	if (http->body_len > 0 && !http->body_too_long)
		scim.body = json_parse(http->body, http->body_len);
	if (read_target(http->target, http_path_len(http->target),
		&scim.target)) {
		reply->route = scim.target.id[0] == '\0'
		    ? scim.target.kind->route
		    : scim.target.kind->one_route;
		status = run(&scim);
	}
	good = status < 300 && !json_failed();
	if (store_end(store, good) != 0 || (status < 300 && !good))
		status = 500;
	if (status >= 300) {
		json_reset();
		json_free(&scim.answer);
		scim.answer = error_body(status);
	}
	reply->status = status;
	reply->content_type = "application/scim+json";
	if (scim.answer == NULL)
		return;
	text = json_text(scim.answer);
	buf_adds(&reply->body, text != NULL ? text : "");
	json_reset();
}
