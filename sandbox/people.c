/* SPDX-License-Identifier: BSD-2-Clause */
/* Who there is, read straight from the tables: full objects cost too much. */
#include "config.h"

#include "sandbox/people.h"

/* What someone can log in by, but for messages; and whether they are locked. */
#define FACTORS(id) \
	"(SELECT json_group_array(kind) FROM (" \
	"SELECT 'password' AS kind FROM passwords WHERE owner_id = " id \
	" UNION ALL SELECT 'totp' FROM totps WHERE owner_id = " id \
	" AND verified = 1" \
	" UNION ALL SELECT DISTINCT kind FROM registrations WHERE owner_id = " id \
	"))"
#define LOCKED(id) \
	"EXISTS (SELECT 1 FROM locks WHERE owner_id = " id \
	" AND expires_at > ?1)"
#define LIST(column, table) \
	"(SELECT json_group_array(" column ") FROM " table " WHERE " table \
	".user_id = users.user_id)"

/*
 * In the order of the table (the '+' keeps other indexes away), so that what
 * is told of people is looked up of the newest alone.
 */
/* clang-format off */
static const char users_sql[] =
    "SELECT user_id, external_id, trim(first_name || ' ' || last_name), "
    "status, " LIST("email", "emails") ", " LIST("phone_number", "phones")
    ", " FACTORS("user_id") ", " LOCKED("user_id")
    " FROM users WHERE +project_id = ?2 ORDER BY number DESC LIMIT ?3";
static const char members_sql[] =
    "SELECT member_id, external_id, json_extract(body, '$.name'), status, "
    "email_address, phone_number, roles, " FACTORS("member_id") ", "
    LOCKED("member_id") " FROM members INDEXED BY members_page "
    "WHERE organization_id = ?2 ORDER BY number DESC LIMIT ?3";
static const char organizations_sql[] =
    "SELECT organization_id, external_id, name, slug FROM organizations "
    "WHERE +project_id = ?1 ORDER BY number DESC LIMIT ?2";
/* clang-format on */

static void
set_optional(cJSON *object, const char *name, struct query *query, int column)
{
	if (query_text(query, column)[0] != '\0')
		json_set_string(object, name, query_text(query, column));
}

static void
set_list(cJSON *object, const char *name, struct query *query, int column)
{
	json_set(object, name,
	    json_parse_stored(query_text(query, column), "[]"));
}

/* Set {"total": .., "list": [..]}; list's ownership is taken. */
static void
set_part(cJSON *object, const char *name, int64_t total, cJSON *list)
{
	cJSON *part = json_object();

	json_set_int(part, "total", total);
	json_set(part, "list", list);
	json_set(object, name, part);
}

static void
add_users(struct request *rq, int limit, cJSON *people)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	cJSON *list = json_array();

	query_open(&query, rq->store, users_sql, "isd", rq->now_us,
	    rq->project->id, limit);
	while (query_next(&query)) {
		cJSON *user = json_object();

		json_set_string(user, "user_id", query_text(&query, 0));
		set_optional(user, "external_id", &query, 1);
		set_optional(user, "name", &query, 2);
		json_set_string(user, "status", query_text(&query, 3));
		json_set_bool(user, "locked", query_int(&query, 7) != 0);
		set_list(user, "emails", &query, 4);
		set_list(user, "phone_numbers", &query, 5);
		set_list(user, "factors", &query, 6);
		json_push(list, user);
	}
	set_part(people, "users",
	    store_int(rq->store, 0,
		"SELECT count(*) FROM users WHERE project_id = ?", "s",
		rq->project->id),
	    list);
}

/* At most *left members, which are taken off it. */
static void
add_members(struct request *rq, const char *organization_id, int *left,
    cJSON *organization)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	cJSON *list = json_array();

	query_open(&query, rq->store, members_sql, "isd", rq->now_us,
	    organization_id, *left);
	for (; query_next(&query); (*left)--) {
		cJSON *member = json_object();

		json_set_string(member, "member_id", query_text(&query, 0));
		set_optional(member, "external_id", &query, 1);
		set_optional(member, "name", &query, 2);
		json_set_string(member, "status", query_text(&query, 3));
		json_set_bool(member, "locked", query_int(&query, 8) != 0);
		json_set_string(member, "email_address", query_text(&query, 4));
		set_optional(member, "phone_number", &query, 5);
		set_list(member, "roles", &query, 6);
		set_list(member, "factors", &query, 7);
		json_push(list, member);
	}
	set_part(organization, "members",
	    store_int(rq->store, 0,
		"SELECT count(*) FROM members WHERE organization_id = ?", "s",
		organization_id),
	    list);
}

static void
add_organizations(struct request *rq, int limit, cJSON *people)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	cJSON *list = json_array();
	int left = limit;

	query_open(&query, rq->store, organizations_sql, "sd", rq->project->id,
	    limit);
	while (query_next(&query)) {
		cJSON *organization = json_object();

		json_set_string(organization, "organization_id",
		    query_text(&query, 0));
		set_optional(organization, "external_id", &query, 1);
		json_set_string(organization, "name", query_text(&query, 2));
		json_set_string(organization, "slug", query_text(&query, 3));
		add_members(rq, query_text(&query, 0), &left, organization);
		json_push(list, organization);
	}
	set_part(people, "organizations",
	    store_int(rq->store, 0,
		"SELECT count(*) FROM organizations WHERE project_id = ?", "s",
		rq->project->id),
	    list);
}

cJSON *
people_json(struct sandbox *sandbox, int limit)
{
	cJSON *people = json_object();
	struct request rq;

	sandbox_request(sandbox, VERTICAL_CONSUMER, &rq);
	add_users(&rq, limit, people);
	sandbox_request(sandbox, VERTICAL_B2B, &rq);
	add_organizations(&rq, limit, people);
	return people;
}
