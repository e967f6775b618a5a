/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages for people.  They work without script; with it the inbox brings
 * itself up to date.  Nothing outside the page is loaded.
 */
#include "config.h"

#include "sandbox/inbox.h"

#include "sandbox/control.h"
#include "sandbox/message.h"

#include <string.h>

#define INBOX_MESSAGES 200

static const char style[] =
    ":root{color-scheme:light dark;--back:#eef1f5;--card:#fff;--text:#1c2430;"
    "--dim:#667085;--edge:#d8dee7;--bubble:#dcf4e4;--sms:#e7edf6;"
    "--accent:#1463c4}"
    "@media(prefers-color-scheme:dark){:root{--back:#11161d;--card:#1a212b;"
    "--text:#e6ebf2;--dim:#98a4b5;--edge:#2c3644;--bubble:#17402b;"
    "--sms:#243042;--accent:#7cb6ff}}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--back);color:var(--text);"
    "font:16px/1.5 system-ui,sans-serif}"
    "header,main{max-width:46rem;margin:0 auto;padding:1rem}"
    "h1{font-size:1.25rem;margin:.5rem 0}"
    "p{margin:.4rem 0}"
    ".dim{color:var(--dim);font-size:.875rem}"
    "article{background:var(--card);border:1px solid var(--edge);"
    "border-radius:.75rem;padding:.9rem 1.1rem;margin:0 0 .9rem}"
    ".sms .text,.whatsapp .text{background:var(--sms);display:inline-block;"
    "border-radius:1rem 1rem 1rem .25rem;padding:.5rem .9rem;max-width:90%}"
    ".whatsapp .text{background:var(--bubble)}"
    ".code{font:600 1.75rem/1.3 ui-monospace,monospace;letter-spacing:.12em;"
    "user-select:all}"
    ".url{overflow-wrap:anywhere;user-select:all;"
    "font-family:ui-monospace,monospace;font-size:.875rem}"
    "a{color:var(--accent)}";

static const char script[] =
    "let last='';"
    "async function look(){try{"
    "const r=await fetch(location.href,{cache:'no-store'});"
    "if(!r.ok)return;"
    "const d=new DOMParser().parseFromString(await r.text(),'text/html');"
    "const m=d.querySelector('main').innerHTML;"
    "if(m!==last){last=m;"
    "document.querySelector('main').replaceWith(d.querySelector('main'));}"
    "}catch(e){}}"
    "last=document.querySelector('main').innerHTML;"
    "setInterval(look,1000);";

/* Append text as HTML shows it, whatever is in it. */
static void
add_escaped(struct buf *page, const char *text)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '&':
			buf_adds(page, "&amp;");
			break;
		case '<':
			buf_adds(page, "&lt;");
			break;
		case '>':
			buf_adds(page, "&gt;");
			break;
		case '"':
			buf_adds(page, "&quot;");
			break;
		case '\'':
			buf_adds(page, "&#39;");
			break;
		default:
			buf_addc(page, *text);
		}
	}
}

static void
page_begin(struct http_reply *reply, int status, const char *title,
    bool refreshes)
{
	struct buf *page = &reply->body;

	buf_reset(page);
	reply->status = status;
	reply->content_type = "text/html; charset=utf-8";
	reply->page = true;
	random_alphanumeric(reply->nonce, sizeof(reply->nonce) - 1);
	buf_adds(page,
	    "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">"
	    "<meta name=\"viewport\" content=\"width=device-width\">");
	if (refreshes)
		buf_adds(page,
		    "<noscript><meta http-equiv=\"refresh\" content=\"3\">"
		    "</noscript>");
	buf_addf(page, "<title>%s</title><style nonce=\"%s\">%s</style>", title,
	    reply->nonce, style);
	buf_adds(page, "</head><body>");
}

/* A link, if it may be one: only addresses of the web are. */
static void
add_link(struct buf *page, const char *url)
{
	bool web =
	    strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0;

	buf_adds(page, "<p class=\"url\">");
	if (web) {
		buf_adds(page, "<a rel=\"noreferrer\" href=\"");
		add_escaped(page, url);
		buf_adds(page, "\">");
	}
	add_escaped(page, url);
	buf_adds(page, web ? "</a></p>" : "</p>");
}

static const char *
or_empty(const cJSON *message, const char *name)
{
	const char *text = json_string(message, name);

	return text != NULL ? text : "";
}

static void
add_message(struct buf *page, const cJSON *message)
{
	const char *link = json_string(message, "link");
	const char *code = json_string(message, "code");
	const char *token = json_string(message, "token");

	buf_adds(page, "<article class=\"");
	add_escaped(page, or_empty(message, "channel"));
	buf_adds(page, "\"><p class=\"dim\">");
	add_escaped(page, or_empty(message, "channel"));
	buf_adds(page, " to <strong>");
	add_escaped(page, or_empty(message, "to"));
	buf_adds(page, "</strong> · ");
	add_escaped(page, or_empty(message, "kind"));
	buf_adds(page, " · <time>");
	add_escaped(page, or_empty(message, "created_at"));
	buf_adds(page, "</time></p><p class=\"text\">");
	add_escaped(page, or_empty(message, "text"));
	buf_adds(page, "</p>");
	if (code != NULL) {
		buf_adds(page, "<p class=\"code\">");
		add_escaped(page, code);
		buf_adds(page, "</p>");
	}
	if (link != NULL)
		add_link(page, link);
	if (token != NULL) {
		buf_adds(page, "<p class=\"dim\">Token</p><p class=\"url\">");
		add_escaped(page, token);
		buf_adds(page, "</p>");
	}
	buf_adds(page, "</article>");
}

void
inbox_handle(struct sandbox *sandbox, const struct http_request *http,
    struct http_reply *reply)
{
	struct store *store = sandbox_store(sandbox);
	CLEANUP(json_free) cJSON *list = NULL;
	CLEANUP(buf_clear) struct buf to = BUF_INIT(1024);
	const cJSON *message;
	bool one;

	if (!control_allowed(sandbox, http, reply))
		return;
	one = http_query_get(http->target, "to", &to);
	store_begin(store);
	list = message_list(store, one ? buf_text(&to) : NULL, INBOX_MESSAGES);
	if (store_end(store, true) != 0 || list == NULL) {
		inbox_notice(reply, 500, "The inbox cannot be read.");
		return;
	}
	page_begin(reply, 200, "Sandbox inbox", true);
	buf_adds(&reply->body,
	    "<header><h1>Sandbox inbox</h1><p class=\"dim\">What phones and "
	    "mailboxes would have received. Newest first.</p></header><main>");
	cJSON_ArrayForEach (message, list)
		add_message(&reply->body, message);
	if (list->child == NULL)
		buf_adds(&reply->body, "<p>No message yet.</p>");
	buf_addf(&reply->body,
	    "</main><script nonce=\"%s\">%s</script></body></html>",
	    reply->nonce, script);
}

void
inbox_landing(struct sandbox *sandbox, const struct http_request *http,
    struct http_reply *reply)
{
	page_begin(reply, 200, "Link followed", false);
	buf_adds(&reply->body,
	    "<main><h1>Link followed</h1><p>Your application would take over "
	    "here. Copy the address if you were asked for it:</p><p "
	    "class=\"url\">");
	add_escaped(&reply->body, sandbox_base_url(sandbox));
	add_escaped(&reply->body, http->target);
	buf_adds(&reply->body, "</p></main></body></html>");
}

void
inbox_notice(struct http_reply *reply, int status, const char *text)
{
	page_begin(reply, status, "Sandbox", false);
	buf_adds(&reply->body, "<main><p>");
	add_escaped(&reply->body, text);
	buf_adds(&reply->body, "</p></main></body></html>");
}

void
inbox_form_begin(struct http_reply *reply, const char *title,
    const char *target)
{
	struct buf *page = &reply->body;

	page_begin(reply, 200, "Sign in", false);
	reply->form = true;
	buf_adds(page, "<main><h1>Sign in: ");
	add_escaped(page, title);
	buf_adds(page,
	    "</h1><p>The sandbox plays this identity provider. Whom shall it "
	    "let in?</p><form method=\"get\" action=\"");
	for (size_t i = 0; i < http_path_len(target); i++)
		add_escaped(page, (char[]){ target[i], '\0' });
	buf_adds(page, "\">");
}

void
inbox_form_hidden(struct http_reply *reply, const char *name, const char *value)
{
	buf_adds(&reply->body, "<input type=\"hidden\" name=\"");
	add_escaped(&reply->body, name);
	buf_adds(&reply->body, "\" value=\"");
	add_escaped(&reply->body, value);
	buf_adds(&reply->body, "\">");
}

void
inbox_form_field(struct http_reply *reply, const char *name, const char *label)
{
	buf_addf(&reply->body,
	    "<p><label>%s<br><input name=\"%s\" autocomplete=\"off\">"
	    "</label></p>",
	    label, name);
}

void
inbox_form_end(struct http_reply *reply)
{
	buf_adds(&reply->body,
	    "<p><button>Continue</button></p></form></main></body></html>");
}
