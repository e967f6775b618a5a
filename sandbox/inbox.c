/* SPDX-License-Identifier: BSD-2-Clause */
/* The inbox page, and the page where links land. */
#include "config.h"

#include "sandbox/inbox.h"

#include "sandbox/calls.h"
#include "sandbox/control.h"
#include "sandbox/fault.h"
#include "sandbox/message.h"
#include "sandbox/people.h"

#include <string.h>

#define INBOX_MESSAGES 100
#define INBOX_RECIPIENTS 50
#define INBOX_CALLS 100
#define INBOX_PEOPLE 100

const char *
inbox_text(const cJSON *object, const char *name)
{
	const char *text = json_string(object, name);

	return text != NULL ? text : "";
}

void
inbox_add_address(struct buf *page, const struct inbox *inbox, const char *to)
{
	CLEANUP(buf_clear) struct buf url = BUF_INIT(16384);

	buf_adds(&url, "/?");
	if (to != NULL) {
		buf_adds(&url, "to=");
		buf_add_encoded(&url, to);
	}
	if (inbox->control_token != NULL) {
		buf_adds(&url,
		    to != NULL ? "&control_token=" : "control_token=");
		buf_add_encoded(&url, inbox->control_token);
	}
	page_text(page, buf_error(&url) == 0 ? buf_text(&url) : "/");
}

void
inbox_add_time(struct buf *page, const char *time)
{
	/* 2024-01-02T03:04:05.678901Z */
	bool whole = strlen(time) > 19;

	page_add(page, "<time datetime=\"", time, "\" title=\"");
	page_add(page, "", time, "\">");
	buf_add(page, whole ? time + 11 : "", whole ? 8 : 0);
	buf_adds(page, "</time>");
}

/* ---- Messages. ---- */

static const char *
channel_name(const char *channel)
{
	if (strcmp(channel, "sms") == 0)
		return "SMS";
	return strcmp(channel, "whatsapp") == 0 ? "WhatsApp" : "Email";
}

/* "magic_link" as people write it. */
static void
add_kind(struct buf *page, const char *kind)
{
	buf_adds(page, "<span>");
	for (; *kind != '\0'; kind++)
		page_text(page, *kind == '_' ? " " : (char[]){ *kind, '\0' });
	buf_adds(page, "</span> ");
}

static void
add_actions(struct buf *page, const cJSON *message)
{
	const char *link = json_string(message, "link");
	const char *token = json_string(message, "token");

	if (link == NULL && token == NULL)
		return;
	buf_adds(page, "<p class=\"actions\">");
	if (link != NULL && page_is_web(link))
		page_add(page,
		    "<a class=\"button primary\" target=\"_blank\" "
		    "rel=\"noreferrer\" href=\"",
		    link, "\">Open link</a>");
	if (link != NULL)
		page_copy_button(page, "link", "Copy link", link);
	if (token != NULL)
		page_copy_button(page, "token", "Copy token", token);
	buf_adds(page, "</p>");
}

static void
add_message(struct buf *page, const struct inbox *inbox, const cJSON *message)
{
	const char *code = json_string(message, "code");
	const char *channel = inbox_text(message, "channel");
	const char *to = inbox_text(message, "to");

	page_add(page, "<article class=\"message\" id=\"",
	    inbox_text(message, "id"), "\">\n<header>");
	page_add(page, "<span class=\"badge channel ", channel, "\">");
	page_add(page, "", channel_name(channel), "</span> ");
	buf_adds(page, "<a class=\"to\" href=\"");
	inbox_add_address(page, inbox, to);
	page_add(page, "\"><bdi>", to, "</bdi></a> ");
	buf_adds(page, "<span class=\"when\">");
	add_kind(page, inbox_text(message, "kind"));
	inbox_add_time(page, inbox_text(message, "created_at"));
	buf_adds(page, "</span></header>\n");
	if (code != NULL) {
		page_add(page, "<p class=\"code-line\"><code class=\"code\">",
		    code, "</code> ");
		page_copy_button(page, "code", "Copy code", code);
		buf_adds(page, "</p>\n");
	}
	page_add_linked(page, "<p class=\"text\"><bdi>",
	    inbox_text(message, "text"), "</bdi></p>\n");
	add_actions(page, message);
	buf_adds(page, "</article>\n");
}

static void
fill_messages(struct buf *page, const void *data)
{
	const struct inbox *inbox = data;
	const cJSON *message;

	cJSON_ArrayForEach (message, inbox->messages)
		add_message(page, inbox, message);
	if (cJSON_GetArraySize(inbox->messages) >= INBOX_MESSAGES)
		buf_addf(page,
		    "<p class=\"empty\" id=\"older\">The newest %d; older ones "
		    "are in <code>GET /sandbox/messages</code>.</p>\n",
		    INBOX_MESSAGES);
	if (cJSON_GetArraySize(inbox->messages) > 0)
		return;
	page_add(page, "<div class=\"empty\" id=\"none\"><p>No message yet",
	    inbox->to != NULL ? " for this recipient" : "",
	    ".</p>\n<p>Send one by the API, and it shows here:</p>\n<pre>");
	page_add(page,
	    "curl -u PROJECT_ID:SECRET -d "
	    "'{&quot;email&quot;:&quot;ann@example.com&quot;}' \\\n    ",
	    inbox->base_url, "/v1/otps/email/login_or_create</pre></div>\n");
}

static void
add_recipient(struct buf *page, const struct inbox *inbox, const char *to)
{
	bool current = to == NULL
	    ? inbox->to == NULL
	    : inbox->to != NULL && strcmp(to, inbox->to) == 0;

	page_add(page, "<li id=\"to-", to != NULL ? to : "", "\"><a href=\"");
	inbox_add_address(page, inbox, to);
	page_add(page, current ? "\" aria-current=\"page\"><bdi>" : "\"><bdi>",
	    to != NULL ? to : "Everyone", "</bdi>");
}

static void
fill_recipients(struct buf *page, const void *data)
{
	const struct inbox *inbox = data;
	const cJSON *recipient;
	bool seen = inbox->to == NULL;

	add_recipient(page, inbox, NULL);
	buf_adds(page, "</a></li>\n");
	cJSON_ArrayForEach (recipient, inbox->recipients) {
		const char *to = inbox_text(recipient, "to");

		seen = seen || strcmp(to, inbox->to) == 0;
		add_recipient(page, inbox, to);
		buf_addf(page, " <span class=\"count\">%lld</span></a></li>\n",
		    (long long)json_int(recipient, "count", 0));
	}
	if (!seen) {
		add_recipient(page, inbox, inbox->to);
		buf_adds(page, "</a></li>\n");
	}
}

/* ---- The page. ---- */

static void
fill_base_url(struct buf *page, const void *data)
{
	page_text(page, ((const struct inbox *)data)->base_url);
}

static void
fill_changes(struct buf *page, const void *data)
{
	page_text(page, ((const struct inbox *)data)->changes);
}

static const struct page_slot inbox_slots[] = {
	{ "base_url", fill_base_url },
	{ "calls", inbox_fill_calls },
	{ "changes", fill_changes },
	{ "faults", inbox_fill_faults },
	{ "messages", fill_messages },
	{ "organizations", inbox_fill_organizations },
	{ "people_count", inbox_fill_people_count },
	{ "recipients", fill_recipients },
	{ "users", inbox_fill_users },
	{ NULL, NULL },
};

static void
answer_page(const struct inbox *inbox, struct http_reply *reply)
{
	page_begin(reply, 200, "Stytch sandbox");
	page_fill(&reply->body, &asset_inbox_html, inbox_slots, inbox);
	if (buf_error(&reply->body) != 0) {
		buf_reset(&reply->body);
		reply->status = 500;
	}
}

void
inbox_handle(struct sandbox *sandbox, const struct http_request *http,
    struct http_reply *reply)
{
	struct store *store = sandbox_store(sandbox);
	CLEANUP(json_free) cJSON *messages = NULL;
	CLEANUP(json_free) cJSON *recipients = NULL;
	CLEANUP(json_free) cJSON *calls = NULL;
	CLEANUP(json_free) cJSON *faults = NULL;
	CLEANUP(json_free) cJSON *people = NULL;
	CLEANUP(buf_clear) struct buf to = BUF_INIT(1024);
	CLEANUP(buf_clear) struct buf token = BUF_INIT(1024);
	struct inbox inbox = { .base_url = sandbox_base_url(sandbox) };
	struct calls_mark mark = { "" };

	if (strcmp(http->method, "GET") != 0 &&
	    strcmp(http->method, "HEAD") != 0) {
		page_notice(reply, 405, "The inbox is read by GET.");
		return;
	}
	if (!control_allowed(sandbox, http, reply))
		return;
	if (http_query_get(http->target, "to", &to) && to.len > 0)
		inbox.to = buf_text(&to);
	if (http_query_get(http->target, "control_token", &token))
		inbox.control_token = buf_text(&token);
	/* Before the rest: what comes meanwhile makes it another one. */
	calls_mark(sandbox_calls(sandbox), &mark);
	inbox.changes = mark.text;
	inbox.calls = calls =
	    calls_list(sandbox_calls(sandbox), 0, INBOX_CALLS);
	inbox.faults = faults = faults_list(sandbox_faults(sandbox));
	store_begin(store);
	inbox.messages = messages =
	    message_list(store, inbox.to, INBOX_MESSAGES);
	inbox.recipients = recipients =
	    message_recipients(store, INBOX_RECIPIENTS);
	inbox.people = people = people_json(sandbox, INBOX_PEOPLE);
	if (store_end(store, true) != 0 || json_failed())
		page_notice(reply, 500, "The inbox cannot be read.");
	else
		answer_page(&inbox, reply);
}

/* ---- Where links land. ---- */

struct landing {
	bool is_guarded; /* the inbox wants a token, which is not known here */
	const char *base_url;
	const char *target;
};

static void
fill_url(struct buf *page, const void *data)
{
	const struct landing *landing = data;

	page_text(page, landing->base_url);
	page_text(page, landing->target);
}

static void
fill_inbox(struct buf *page, const void *data)
{
	const struct landing *landing = data;

	if (!landing->is_guarded)
		buf_adds(page,
		    "<a class=\"button\" href=\"/\">To the inbox</a>");
}

/* What the application would read from the query. */
static void
fill_query(struct buf *page, const void *data)
{
	const struct landing *landing = data;
	CLEANUP(buf_clear) struct buf name = BUF_INIT(256);
	CLEANUP(buf_clear) struct buf value = BUF_INIT(8192);
	const char *query = landing->target + http_path_len(landing->target);

	if (*query++ != '?')
		return;
	while (http_query_next(&query, &name, &value) > 0) {
		page_add(page, "<dt>", buf_text(&name), "</dt><dd><code>");
		page_add(page, "", buf_text(&value), "</code></dd>\n");
	}
}

void
inbox_landing(struct sandbox *sandbox, const struct http_request *http,
    struct http_reply *reply)
{
	static const struct page_slot slots[] = { { "url", fill_url },
		{ "query", fill_query }, { "inbox", fill_inbox },
		{ NULL, NULL } };
	const struct landing landing = {
		.is_guarded = sandbox_control_token(sandbox) != NULL,
		.base_url = sandbox_base_url(sandbox),
		.target = http->target,
	};

	page_begin(reply, 200, "Link followed");
	page_fill(&reply->body, &asset_landing_html, slots, &landing);
}
