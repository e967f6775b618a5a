/* SPDX-License-Identifier: BSD-2-Clause */
/* The inbox page beside the messages: calls, faults, people. */
#include "config.h"

#include "sandbox/inbox.h"

#include <string.h>

/* ---- Calls. ---- */

static const char *
status_class(int64_t status)
{
	if (status == 0)
		return "gone";
	if (status < 400)
		return "ok";
	return status < 500 ? "warn" : "bad";
}

static void
add_milliseconds(struct buf *page, int64_t took_us)
{
	if (took_us < 10000)
		buf_addf(page, " <span class=\"took\">%.1f ms</span>",
		    (double)took_us / 1000);
	else
		buf_addf(page, " <span class=\"took\">%lld ms</span>",
		    (long long)(took_us / 1000));
}

/* A path, which a narrow screen breaks behind a slash. */
static void
add_route(struct buf *page, const char *route)
{
	for (; *route != '\0'; route++) {
		page_text(page, (char[]){ *route, '\0' });
		if (*route == '/')
			buf_adds(page, "<wbr>");
	}
}

static void
add_call(struct buf *page, const cJSON *call)
{
	int64_t status = json_int(call, "status", 0);
	const char *error = json_string(call, "error_type");
	const char *fault = json_string(call, "fault");
	const char *subject = json_string(call, "subject");

	buf_addf(page, "<li id=\"call-%lld\" class=\"call %s\">",
	    (long long)json_int(call, "number", 0), status_class(status));
	if (status == 0)
		buf_adds(page, "<span class=\"badge status\">none</span>");
	else
		buf_addf(page, "<span class=\"badge status\">%lld</span>",
		    (long long)status);
	page_add(page, " <span class=\"route\"><b>", inbox_text(call, "method"),
	    "</b> ");
	add_route(page, inbox_text(call, "route"));
	buf_adds(page, "</span>\n");
	buf_adds(page, "<span class=\"more\">");
	inbox_add_time(page, inbox_text(call, "at"));
	add_milliseconds(page, json_int(call, "took_us", 0));
	if (error != NULL)
		page_add(page, " <span class=\"error\">", error, "</span>");
	if (fault != NULL)
		page_add(page, " <span class=\"badge fault\">fault: ", fault,
		    "</span>");
	if (subject != NULL)
		page_add(page, " <span class=\"subject\">", subject, "</span>");
	buf_adds(page, "</span></li>\n");
}

void
inbox_fill_calls(struct buf *page, const void *data)
{
	const struct inbox *inbox = data;
	const cJSON *call;

	cJSON_ArrayForEach (call, inbox->calls)
		add_call(page, call);
	if (cJSON_GetArraySize(inbox->calls) == 0)
		buf_adds(page,
		    "<li class=\"empty\" id=\"no-calls\">No call yet.</li>\n");
}

/* ---- Faults. ---- */

static void
add_fault_words(struct buf *page, const cJSON *fault)
{
	static const char *const flags[] = { "hang", "drop", "truncate",
		"endless" };
	int64_t latency = json_int(fault, "latency_ms", 0);
	int64_t status = json_int(fault, "status", 0);

	if (latency > 0)
		buf_addf(page, " <b>%lld ms late</b>", (long long)latency);
	if (status > 0)
		buf_addf(page, " <b>status %lld</b>", (long long)status);
	if (json_string(fault, "error_type") != NULL)
		page_add(page, " <b>", inbox_text(fault, "error_type"), "</b>");
	if (json_string(fault, "body") != NULL)
		buf_adds(page, " <b>a body of its own</b>");
	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		if (json_bool(fault, flags[i], false))
			buf_addf(page, " <b>%s</b>", flags[i]);
	}
}

void
inbox_fill_faults(struct buf *page, const void *data)
{
	const struct inbox *inbox = data;
	const cJSON *fault;

	cJSON_ArrayForEach (fault, inbox->faults) {
		const char *path = json_string(fault, "path");
		int64_t count = json_int(fault, "count", -1);

		page_add(page, "<li><code>", path != NULL ? path : "/v1/*",
		    "</code>");
		add_fault_words(page, fault);
		if (count < 0)
			buf_adds(page, " until cleared</li>\n");
		else
			buf_addf(page, " %lld more time%s</li>\n",
			    (long long)count, count == 1 ? "" : "s");
	}
	if (cJSON_GetArraySize(inbox->faults) == 0)
		buf_adds(page,
		    "<li class=\"empty\">None: every call is answered as it "
		    "should be.</li>\n");
}

/* ---- People. ---- */

static void
add_badges(struct buf *page, const cJSON *person)
{
	const char *status = inbox_text(person, "status");
	const cJSON *factor;

	if (strcmp(status, "active") != 0)
		page_add(page, " <span class=\"badge\">", status, "</span>");
	if (json_bool(person, "locked", false))
		buf_adds(page, " <span class=\"badge locked\">locked</span>");
	cJSON_ArrayForEach (factor, json_get(person, "factors"))
		page_add(page, " <span class=\"badge\">", factor->valuestring,
		    "</span>");
}

static void
add_contact(struct buf *page, const struct inbox *inbox, const char *address)
{
	buf_adds(page, " <a href=\"");
	inbox_add_address(page, inbox, address);
	page_add(page, "\"><bdi>", address, "</bdi></a>");
}

static void
add_contacts(struct buf *page, const struct inbox *inbox, const cJSON *person)
{
	static const char *const lists[] = { "emails", "phone_numbers" };
	static const char *const singles[] = { "email_address",
		"phone_number" };
	const cJSON *address;

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		cJSON_ArrayForEach (address, json_get(person, lists[i]))
			add_contact(page, inbox, address->valuestring);
	}
	for (size_t i = 0; i < ARRAY_LEN(singles); i++) {
		if (json_string(person, singles[i]) != NULL)
			add_contact(page, inbox,
			    inbox_text(person, singles[i]));
	}
}

static void
add_person(struct buf *page, const struct inbox *inbox, const cJSON *person,
    const char *id)
{
	const char *name = json_string(person, "name");
	const char *external = json_string(person, "external_id");
	const cJSON *role;

	page_add(page, "<li class=\"person\" id=\"", id, "\"><span>");
	page_add(page, "<b><bdi>", name != NULL ? name : "No name",
	    "</bdi></b>");
	add_badges(page, person);
	buf_adds(page, "</span>\n<span class=\"contacts\">");
	add_contacts(page, inbox, person);
	buf_adds(page, "</span>\n<span class=\"ids\">");
	if (external != NULL)
		page_add(page, "<b>", external, "</b> · ");
	page_text(page, id);
	cJSON_ArrayForEach (role, json_get(person, "roles"))
		page_add(page, " · ", role->valuestring, "");
	buf_adds(page, "</span></li>\n");
}

/* A line where a list was cut, or is empty. */
static void
add_rest(struct buf *page, const cJSON *part, const char *none)
{
	int shown = cJSON_GetArraySize(json_get(part, "list"));
	int64_t total = json_int(part, "total", 0);

	if (total == 0)
		page_add(page, "<li class=\"empty\">", none, "</li>\n");
	else if (shown < total)
		buf_addf(page, "<li class=\"empty\">%lld more</li>\n",
		    (long long)(total - shown));
}

void
inbox_fill_users(struct buf *page, const void *data)
{
	const struct inbox *inbox = data;
	const cJSON *users = json_get(inbox->people, "users");
	const cJSON *user;

	cJSON_ArrayForEach (user, json_get(users, "list"))
		add_person(page, inbox, user, inbox_text(user, "user_id"));
	add_rest(page, users, "No user yet.");
}

static void
add_organization(struct buf *page, const struct inbox *inbox,
    const cJSON *organization)
{
	const cJSON *members = json_get(organization, "members");
	int64_t total = json_int(members, "total", 0);
	const cJSON *member;

	page_add(page, "<li class=\"organization\" id=\"",
	    inbox_text(organization, "organization_id"),
	    "\"><details>\n<summary><b><bdi>");
	page_add(page, "", inbox_text(organization, "name"), "</bdi></b> ");
	page_add(page, "<code>", inbox_text(organization, "slug"), "</code> ");
	buf_addf(page, "<span class=\"count\">%lld member%s</span></summary>\n",
	    (long long)total, total == 1 ? "" : "s");
	page_add(page, "<p class=\"ids\">",
	    inbox_text(organization, "organization_id"), "</p>\n<ul>\n");
	cJSON_ArrayForEach (member, json_get(members, "list"))
		add_person(page, inbox, member,
		    inbox_text(member, "member_id"));
	add_rest(page, members, "No member yet.");
	buf_adds(page, "</ul></details></li>\n");
}

void
inbox_fill_organizations(struct buf *page, const void *data)
{
	const struct inbox *inbox = data;
	const cJSON *part = json_get(inbox->people, "organizations");
	const cJSON *organization;

	cJSON_ArrayForEach (organization, json_get(part, "list"))
		add_organization(page, inbox, organization);
	add_rest(page, part, "No organization yet.");
}

void
inbox_fill_people_count(struct buf *page, const void *data)
{
	const struct inbox *inbox = data;

	buf_addf(page, "%lld users, %lld organizations",
	    (long long)json_int(json_get(inbox->people, "users"), "total", 0),
	    (long long)json_int(json_get(inbox->people, "organizations"),
		"total", 0));
}
