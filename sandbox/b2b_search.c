/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Search of organizations and members.  A query's operands narrow (AND) or
 * fill (OR) the table search_hits one by one, so that every statement is a
 * literal; without operands the table is not used.
 */
#include "config.h"

#include "sandbox/b2b.h"
#include "sandbox/b2b_rbac.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LIMIT_DEFAULT 100

enum filter_kind {
	FILTER_TEXTS,
	FILTER_TEXT,
	FILTER_BOOL,
};

struct filter {
	const char *name;
	enum filter_kind kind;
	enum api_error too_short; /* of a text below three characters */
	const char *keep;         /* remove the hits that do not fit */
	const char *add;          /* add those that do */
};

/*
 * What a search is about.  In every statement ?1 is the scope: the project,
 * or the organizations' ids as an array.
 */
struct search {
	const struct filter *filters;
	size_t filter_count;
	const char *everything; /* all numbers of the scope into search_hits */
	enum api_error not_recognized, name_missing, name_no_string;
	enum api_error value_missing, no_texts, no_text, no_bool;
};

/* ?2 is the filter's value: text, array as text, or 0 and 1. */
#define LISTED(column) \
	column " COLLATE NOCASE IN (SELECT value FROM json_each(?2))"
#define CONTAINS(column) "instr(lower(" column "), lower(?2)) > 0"
#define LISTS(array) \
	"EXISTS (SELECT 1 FROM json_each(o.body, '$." array "') a JOIN " \
	"json_each(?2) v ON lower(a.value) = lower(v.value))"

#define HITS(from, condition) \
	.keep = "DELETE FROM search_hits WHERE number NOT IN (" from \
		" AND (" condition "))", \
	.add = \
	    "INSERT OR IGNORE INTO search_hits " from " AND (" condition ")"

#define ORGANIZATIONS \
	"SELECT o.number FROM organizations o WHERE o.project_id = ?1"
#define ORGANIZATION(condition) HITS(ORGANIZATIONS, condition)
#define OF_MEMBERS(condition) \
	ORGANIZATION("EXISTS (SELECT 1 FROM members m WHERE " \
		     "m.organization_id = o.organization_id AND m.status <> " \
		     "'deleted' AND " condition ")")

/* clang-format off */
static const struct filter organization_filters[] = {
	{ "organization_ids", FILTER_TEXTS, API_OK, ORGANIZATION(LISTED("o.organization_id") " OR " LISTED("o.external_id")) },
	{ "organization_slugs", FILTER_TEXTS, API_OK, ORGANIZATION(LISTED("o.slug")) },
	{ "organization_name_fuzzy", FILTER_TEXT, API_ORGANIZATION_SEARCH_ORGANIZATION_NAME_FUZZY_TOO_SHORT, ORGANIZATION(CONTAINS("o.name")) },
	{ "organization_slug_fuzzy", FILTER_TEXT, API_ORGANIZATION_SEARCH_ORGANIZATION_SLUG_FUZZY_TOO_SHORT, ORGANIZATION(CONTAINS("o.slug")) },
	{ "member_emails", FILTER_TEXTS, API_OK, OF_MEMBERS(LISTED("m.email_address")) },
	{ "member_email_fuzzy", FILTER_TEXT, API_ORGANIZATION_SEARCH_MEMBER_EMAIL_FUZZY_TOO_SHORT, OF_MEMBERS(CONTAINS("m.email_address")) },
	{ "allowed_domains", FILTER_TEXTS, API_OK, ORGANIZATION(LISTS("email_allowed_domains")) },
	{ "allowed_domain_fuzzy", FILTER_TEXT, API_ORGANIZATION_SEARCH_ALLOWED_DOMAIN_FUZZY_TOO_SHORT,
	    ORGANIZATION("EXISTS (SELECT 1 FROM json_each(o.body, '$.email_allowed_domains') a WHERE " CONTAINS("a.value") ")") },
	{ "claimed_email_domains", FILTER_TEXTS, API_OK, ORGANIZATION(LISTS("claimed_email_domains")) },
	{ "has_active_sso_connection", FILTER_BOOL, API_OK, ORGANIZATION("(json_array_length(o.body, '$.sso_active_connections') > 0) = ?2") },
	{ "sso_connection_id", FILTER_TEXT, API_OK,
	    ORGANIZATION("EXISTS (SELECT 1 FROM json_each(o.body, '$.sso_active_connections') a WHERE "
		"json_extract(a.value, '$.connection_id') = ?2)") },
};

#define MEMBERS \
	"SELECT m.number FROM members m WHERE m.organization_id IN (SELECT " \
	"value FROM json_each(?1))"
#define MEMBER(condition) HITS(MEMBERS, condition)

static const struct filter member_filters[] = {
	{ "member_ids", FILTER_TEXTS, API_OK, MEMBER("m.member_id IN (SELECT value FROM json_each(?2)) OR m.external_id IN (SELECT value FROM json_each(?2))") },
	{ "member_emails", FILTER_TEXTS, API_OK, MEMBER(LISTED("m.email_address")) },
	{ "member_email_fuzzy", FILTER_TEXT, API_MEMBER_SEARCH_MEMBER_EMAIL_FUZZY_TOO_SHORT, MEMBER(CONTAINS("m.email_address")) },
	{ "member_is_breakglass", FILTER_BOOL, API_OK, MEMBER("json_extract(m.body, '$.is_breakglass') = ?2") },
	{ "statuses", FILTER_TEXTS, API_OK, MEMBER("m.status IN (SELECT value FROM json_each(?2))") },
	{ "member_phone_numbers", FILTER_TEXTS, API_OK, MEMBER("m.phone_number IN (SELECT value FROM json_each(?2))") },
	{ "member_phone_number_fuzzy", FILTER_TEXT, API_MEMBER_SEARCH_MEMBER_MFA_PHONE_NUMBER_FUZZY_TOO_SHORT, MEMBER(CONTAINS("m.phone_number")) },
	{ "member_roles", FILTER_TEXTS, API_OK,
	    MEMBER("EXISTS (SELECT 1 FROM json_each(m.roles) r JOIN json_each(?2) v ON r.value = v.value)") },
	{ "password_exists", FILTER_BOOL, API_OK, MEMBER("EXISTS (SELECT 1 FROM passwords p WHERE p.owner_id IN (m.member_id, lower(m.email_address))) = ?2") },
	{ "totp_exists", FILTER_BOOL, API_OK, MEMBER("EXISTS (SELECT 1 FROM totps t WHERE t.owner_id = m.member_id AND t.verified <> 0) = ?2") },
};
/* clang-format on */

static const struct search organization_search = {
	.filters = organization_filters,
	.filter_count = ARRAY_LEN(organization_filters),
	.everything = "INSERT INTO search_hits " ORGANIZATIONS,
	.not_recognized = API_ORGANIZATION_SEARCH_FILTER_NAME_NOT_RECOGNIZED,
	.name_missing = API_ORGANIZATION_SEARCH_MISSING_FILTER_NAME,
	.name_no_string = API_ORGANIZATION_SEARCH_FILTER_NAME_MUST_BE_STRING,
	.value_missing = API_ORGANIZATION_SEARCH_MISSING_FILTER_VALUE,
	.no_texts = API_ORGANIZATION_SEARCH_EXPECTED_ARRAY_OF_STRINGS,
	.no_text = API_ORGANIZATION_SEARCH_EXPECTED_STRING,
	.no_bool = API_ORGANIZATION_SEARCH_EXPECTED_BOOLEAN,
};

static const struct search member_search = {
	.filters = member_filters,
	.filter_count = ARRAY_LEN(member_filters),
	.everything = "INSERT INTO search_hits " MEMBERS,
	.not_recognized = API_MEMBER_SEARCH_FILTER_NAME_NOT_RECOGNIZED,
	.name_missing = API_MEMBER_SEARCH_MISSING_FILTER_NAME,
	.name_no_string = API_MEMBER_SEARCH_FILTER_NAME_MUST_BE_STRING,
	.value_missing = API_MEMBER_SEARCH_MISSING_FILTER_VALUE,
	.no_texts = API_MEMBER_SEARCH_EXPECTED_ARRAY_OF_STRINGS,
	.no_text = API_MEMBER_SEARCH_EXPECTED_STRING,
	.no_bool = API_MEMBER_SEARCH_EXPECTED_BOOLEAN,
};

static const struct filter *
find_filter(const struct search *search, const char *name)
{
	for (size_t i = 0; i < search->filter_count; i++) {
		if (strcmp(search->filters[i].name, name) == 0)
			return &search->filters[i];
	}
	return NULL;
}

/* What single filters ask of their values beyond the type. */
static enum api_error
check_members(const struct filter *filter, const cJSON *value)
{
	bool ids = strcmp(filter->name, "member_ids") == 0;
	bool statuses = strcmp(filter->name, "statuses") == 0;
	int internal = 0, external = 0;
	const cJSON *item;

	if (!ids && !statuses)
		return API_OK;
	cJSON_ArrayForEach (item, value) {
		const char *text = item->valuestring;

		if (ids && id_is_kind(text, "member"))
			internal++;
		else if (ids)
			external++;
		else if (!endpoint_list_has("active|pending|invited|deleted",
			     text))
			return API_SEARCH_INVALID_STATUS_FILTER;
	}
	return internal > 0 && external > 0
	    ? API_MEMBER_SEARCH_CANNOT_MIX_INTERNAL_AND_EXTERNAL_MEMBER_IDS
	    : API_OK;
}

static enum api_error
check_value(const struct search *search, const struct filter *filter,
    const cJSON *value)
{
	if (value == NULL || cJSON_IsNull(value))
		return search->value_missing;
	switch (filter->kind) {
	case FILTER_TEXTS:
		if (!json_is_strings(value))
			return search->no_texts;
		return check_members(filter, value);
	case FILTER_TEXT:
		if (!cJSON_IsString(value))
			return search->no_text;
		if (filter->too_short != API_OK &&
		    strlen(value->valuestring) < 3)
			return filter->too_short;
		return API_OK;
	case FILTER_BOOL:
		return cJSON_IsBool(value) ? API_OK : search->no_bool;
	}
	return API_OK;
}

static void
run_filter(struct request *rq, const char *sql, const char *scope,
    const struct filter *filter, const cJSON *value)
{
	if (filter->kind == FILTER_BOOL) {
		store_run(rq->store, sql, "sd", scope,
		    (int)cJSON_IsTrue(value));
	} else if (filter->kind == FILTER_TEXT) {
		store_run(rq->store, sql, "ss", scope, value->valuestring);
	} else {
		CLEANUP(string_free) char *list = json_text(value);

		store_run(rq->store, sql, "ss", scope, list);
	}
}

static enum api_error
run_operand(struct request *rq, const struct search *search, const char *scope,
    const cJSON *operand, bool is_or)
{
	const cJSON *name = json_get(operand, "filter_name");
	const cJSON *value = json_get(operand, "filter_value");
	const struct filter *filter;
	enum api_error error;

	if (name == NULL)
		return search->name_missing;
	if (!cJSON_IsString(name))
		return search->name_no_string;
	filter = find_filter(search, name->valuestring);
	if (filter == NULL)
		return search->not_recognized;
	error = check_value(search, filter, value);
	if (error == API_OK)
		run_filter(rq, is_or ? filter->add : filter->keep, scope,
		    filter, value);
	return error;
}

/*
 * Fill search_hits as the request's query says; *out_filtered: whether there
 * was one, *out_statuses: whether it asked for statuses.
 */
static enum api_error
run_query(struct request *rq, const struct search *search, const char *scope,
    bool *out_filtered, bool *out_statuses)
{
	const cJSON *query = param_json(rq, "query");
	const cJSON *operands = json_get(query, "operands");
	const char *operator= json_string(query, "operator");
	const cJSON *operand;
	bool is_or;

	*out_filtered = cJSON_GetArraySize(operands) > 0;
	*out_statuses = false;
	if (query == NULL)
		return API_OK;
	if (operator== NULL || !endpoint_list_has("AND|OR", operator))
		return request_refuse(rq, API_BAD_REQUEST,
		    "query.operator is AND or OR.");
	is_or = strcmp(operator, "OR") == 0;
	store_run(rq->store, "DELETE FROM search_hits", "");
	if (*out_filtered && !is_or)
		store_run(rq->store, search->everything, "s", scope);
	cJSON_ArrayForEach (operand, operands) {
		const char *name = json_string(operand, "filter_name");
		enum api_error error =
		    run_operand(rq, search, scope, operand, is_or);

		if (error != API_OK)
			return error;
		*out_statuses |= strcmp(name, "statuses") == 0;
	}
	return API_OK;
}

/* ---- Pages ---- */

struct page {
	int64_t after; /* the number of the last row before */
	int64_t limit;
};

/* A cursor is a number in base64url: opaque, and refused if it is not. */
static enum api_error
page_read(struct request *rq, struct page *out)
{
	const char *cursor = param_string(rq, "cursor");
	uint8_t text[32] = { 0 };
	size_t len = 0;
	char check[32];
	long long after = 0;
	int n = 0;

	out->limit = param_int(rq, "limit", LIMIT_DEFAULT);
	out->after = 0;
	if (out->limit < 1)
		return request_refuse(rq, API_BAD_REQUEST,
		    "limit is 1 to 1000.");
	if (cursor == NULL)
		return API_OK;
	if (base64_read(cursor, text, sizeof(text) - 1, &len) == 0) {
		after = strtoll((const char *)text, NULL, 10);
		n = snprintf(check, sizeof(check), "%lld", after);
	}
	if (n <= 0 || after < 1 || strcmp(check, (const char *)text) != 0)
		return request_refuse(rq, API_BAD_REQUEST,
		    "cursor is not one of ours.");
	out->after = after;
	return API_OK;
}

/* Set results_metadata: next is the last number of a page that is not the
 * last one, or 0. */
static void
page_reply(struct request *rq, int64_t total, int64_t next)
{
	CLEANUP(buf_clear) struct buf cursor = BUF_INIT(64);
	cJSON *metadata = json_object();
	char text[32];
	int n = snprintf(text, sizeof(text), "%lld", (long long)next);

	json_set_int(metadata, "total", total);
	if (next != 0 && n > 0) {
		base64url_add(&cursor, text, (size_t)n);
		store_fail(rq->store, buf_error(&cursor));
		json_set_string(metadata, "next_cursor", buf_text(&cursor));
	} else {
		json_set_null(metadata, "next_cursor");
	}
	json_set(rq->reply, "results_metadata", metadata);
}

enum api_error
b2b_organizations_search(struct request *rq)
{
	CLEANUP(query_close) struct query rows = QUERY_INIT;
	CLEANUP(json_free) cJSON *found = json_array();
	bool filtered, statuses, more = false;
	struct page page;
	int64_t last = 0, seen = 0;
	enum api_error error = page_read(rq, &page);

	if (error == API_OK)
		error = run_query(rq, &organization_search, rq->project->id,
		    &filtered, &statuses);
	if (error != API_OK)
		return error;
	query_open(&rows, rq->store,
	    "SELECT number, body FROM organizations WHERE project_id = ? AND "
	    "number > ? AND (? OR number IN (SELECT number FROM search_hits)) "
	    "ORDER BY number LIMIT ?",
	    "sidi", rq->project->id, page.after, (int)!filtered,
	    page.limit + 1);
	while (query_next(&rows)) {
		more = seen++ == page.limit;
		if (more)
			break;
		last = query_int(&rows, 0);
		json_push(found, json_parse_stored(query_text(&rows, 1), "{}"));
	}
	json_set(rq->reply, "organizations", STEAL(found));
	page_reply(rq,
	    filtered ? store_int(rq->store, 0,
			   "SELECT count(*) FROM search_hits", "")
		     : store_int(rq->store, 0,
			   "SELECT count(*) FROM organizations WHERE "
			   "project_id = ?",
			   "s", rq->project->id),
	    more ? last : 0);
	return API_OK;
}

/* ---- Members ---- */

/* The organizations searched, as the request named them. */
struct scope {
	struct organization *list;
	size_t count;
	cJSON *ids; /* array */
	char *text; /* the same as text */
};

#define SCOPE_INIT \
	{ \
		.list = NULL, .count = 0, .ids = NULL, .text = NULL \
	}

static void
scope_clear(struct scope *scope)
{
	for (size_t i = 0; i < scope->count; i++)
		organization_clear(&scope->list[i]);
	free(scope->list);
	json_free(&scope->ids);
	string_free(&scope->text);
	scope->list = NULL;
	scope->count = 0;
}

static enum api_error
scope_read(struct request *rq, struct scope *scope)
{
	const cJSON *keys = param_json(rq, "organization_ids");
	const cJSON *key;

	scope->ids = json_array();
	scope->list =
	    calloc((size_t)cJSON_GetArraySize(keys) + 1, sizeof(*scope->list));
	if (scope->list == NULL) {
		store_fail(rq->store, -ENOMEM);
		return API_INTERNAL_SERVER_ERROR;
	}
	cJSON_ArrayForEach (key, keys) {
		struct organization *organization = &scope->list[scope->count];
		enum api_error error = organization_find(rq,
		    cJSON_GetStringValue(key), organization);

		if (error != API_OK)
			return error;
		scope->count++;
		error = rbac_check_caller(rq, organization, NULL);
		if (error != API_OK)
			return error;
		json_push_string(scope->ids, organization->id.text);
	}
	scope->text = json_text(scope->ids);
	return API_OK;
}

/* Show a member of the page, and once its organization. */
static void
show_member(struct request *rq, const struct scope *scope,
    const char *member_id, cJSON *members, cJSON *organizations)
{
	CLEANUP(member_clear) struct member member = MEMBER_INIT;

	if (!member_by_id(rq, member_id, &member))
		return;
	for (size_t i = 0; i < scope->count; i++) {
		const struct organization *organization = &scope->list[i];

		if (strcmp(organization->id.text,
			member.organization_id.text) != 0)
			continue;
		json_push(members, member_json(rq, organization, &member));
		if (json_get(organizations, organization->id.text) == NULL)
			json_set(organizations, organization->id.text,
			    json_copy(organization->body));
		return;
	}
}

static int64_t
count_members(struct request *rq, const struct scope *scope, bool filtered,
    bool with_deleted)
{
	return store_int(rq->store, 0,
	    "SELECT count(*) FROM members WHERE organization_id IN (SELECT "
	    "value FROM json_each(?)) AND (? OR status <> 'deleted') AND (? OR "
	    "number IN (SELECT number FROM search_hits))",
	    "sdd", scope->text, (int)with_deleted, (int)!filtered);
}

enum api_error
b2b_members_search(struct request *rq)
{
	CLEANUP(scope_clear) struct scope scope = SCOPE_INIT;
	CLEANUP(query_close) struct query rows = QUERY_INIT;
	CLEANUP(json_free) cJSON *members = json_array();
	CLEANUP(json_free) cJSON *organizations = json_object();
	bool filtered, statuses, more = false;
	struct page page;
	int64_t last = 0, seen = 0;
	enum api_error error = scope_read(rq, &scope);

	if (error == API_OK)
		error = page_read(rq, &page);
	if (error == API_OK)
		error = run_query(rq, &member_search, scope.text, &filtered,
		    &statuses);
	if (error != API_OK)
		return error;
	query_open(&rows, rq->store,
	    "SELECT number, member_id FROM members WHERE organization_id IN "
	    "(SELECT value FROM json_each(?)) AND number > ? AND (? OR status "
	    "<> 'deleted') AND (? OR number IN (SELECT number FROM "
	    "search_hits)) ORDER BY number LIMIT ?",
	    "siddi", scope.text, page.after, (int)statuses, (int)!filtered,
	    page.limit + 1);
	while (query_next(&rows)) {
		more = seen++ == page.limit;
		if (more)
			break;
		last = query_int(&rows, 0);
		show_member(rq, &scope, query_text(&rows, 1), members,
		    organizations);
	}
	json_set(rq->reply, "members", STEAL(members));
	json_set(rq->reply, "organizations", STEAL(organizations));
	page_reply(rq, count_members(rq, &scope, filtered, statuses),
	    more ? last : 0);
	return API_OK;
}
