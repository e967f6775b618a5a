/* SPDX-License-Identifier: BSD-2-Clause */
/* What pages share: escaping, templates, forms, and the files they load. */
#include "config.h"

#include "sandbox/page.h"

#include <string.h>

static void
add_character(struct buf *page, char c)
{
	switch (c) {
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
		buf_addc(page, c);
	}
}

static void
add_text(struct buf *page, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		add_character(page, text[i]);
}

void
page_text(struct buf *page, const char *text)
{
	add_text(page, text, strlen(text));
}

void
page_add(struct buf *page, const char *before, const char *text,
    const char *after)
{
	buf_adds(page, before);
	page_text(page, text);
	buf_adds(page, after);
}

bool
page_is_web(const char *url)
{
	return strncmp(url, "http://", 7) == 0 ||
	    strncmp(url, "https://", 8) == 0;
}

/* The first web address in text, or its end. */
static const char *
find_web(const char *text)
{
	for (; *text != '\0'; text++) {
		if (page_is_web(text))
			break;
	}
	return text;
}

void
page_add_linked(struct buf *page, const char *before, const char *text,
    const char *after)
{
	buf_adds(page, before);
	while (*text != '\0') {
		const char *url = find_web(text);
		size_t len = strcspn(url, " \t\r\n<>\"'");

		add_text(page, text, (size_t)(url - text));
		text = url + len;
		if (len == 0)
			continue;
		buf_adds(page,
		    "<a target=\"_blank\" rel=\"noreferrer\" href=\"");
		add_text(page, url, len);
		buf_adds(page, "\">");
		add_text(page, url, len);
		buf_adds(page, "</a>");
	}
	buf_adds(page, after);
}

void
page_copy_button(struct buf *page, const char *what, const char *label,
    const char *text)
{
	buf_adds(page,
	    "<button type=\"button\" class=\"needs-script\" data-copy=\"");
	page_text(page, text);
	buf_adds(page, "\" data-what=\"");
	page_text(page, what);
	page_add(page, "\">", label, "</button>");
}

static const struct page_slot *
find_slot(const struct page_slot *slots, const char *name, size_t len)
{
	for (; slots->name != NULL; slots++) {
		if (strlen(slots->name) == len &&
		    memcmp(slots->name, name, len) == 0)
			return slots;
	}
	return NULL;
}

void
page_fill(struct buf *page, const struct asset *template,
    const struct page_slot *slots, const void *data)
{
	const char *next = template->text;
	const char *open, *close;

	while ((open = strstr(next, "{{")) != NULL &&
	    (close = strstr(open, "}}")) != NULL) {
		const struct page_slot *slot =
		    find_slot(slots, open + 2, (size_t)(close - open) - 2);

		buf_add(page, next, (size_t)(open - next));
		if (slot != NULL)
			slot->fill(page, data);
		next = close + 2;
	}
	buf_adds(page, next);
}

static void
fill_title(struct buf *page, const void *data)
{
	page_text(page, data);
}

void
page_begin(struct http_reply *reply, int status, const char *title)
{
	static const struct page_slot slots[] = { { "title", fill_title },
		{ NULL, NULL } };

	buf_reset(&reply->body);
	reply->status = status;
	reply->content_type = "text/html; charset=utf-8";
	reply->page = true;
	page_fill(&reply->body, &asset_head_html, slots, title);
}

static void
sheet_begin(struct http_reply *reply, int status, const char *title)
{
	page_begin(reply, status, title);
	buf_adds(&reply->body, "<body>\n<main class=\"sheet\">\n");
}

static void
sheet_end(struct http_reply *reply)
{
	buf_adds(&reply->body, "</main>\n</body>\n</html>\n");
}

void
page_notice(struct http_reply *reply, int status, const char *text)
{
	sheet_begin(reply, status, "Stytch sandbox");
	page_add(&reply->body, "<h1>", text, "</h1>\n");
	sheet_end(reply);
}

/* ---- Forms. ---- */

void
page_form_begin(struct http_reply *reply, const char *title, const char *target)
{
	struct buf *page = &reply->body;

	sheet_begin(reply, 200, "Sign in");
	reply->form = true;
	page_add(page, "<h1>Sign in: ", title, "</h1>\n");
	buf_adds(page,
	    "<p>The sandbox plays this identity provider. Whom shall it let "
	    "in?</p>\n<form method=\"get\" action=\"");
	add_text(page, target, http_path_len(target));
	buf_adds(page, "\">\n");
}

void
page_form_hidden(struct http_reply *reply, const char *name, const char *value)
{
	page_add(&reply->body, "<input type=\"hidden\" name=\"", name, "\"");
	page_add(&reply->body, " value=\"", value, "\">\n");
}

void
page_form_field(struct http_reply *reply, const char *name, const char *label)
{
	page_add(&reply->body, "<p class=\"field\"><label>", label, " ");
	page_add(&reply->body, "<input name=\"", name,
	    "\" autocomplete=\"off\"></label></p>\n");
}

void
page_form_end(struct http_reply *reply)
{
	buf_adds(&reply->body,
	    "<p><button class=\"primary\">Continue</button></p>\n</form>\n");
	sheet_end(reply);
}

/* ---- Files. ---- */

/* clang-format off */
static const struct {
	const char *path;
	const char *type;
	const struct asset *asset;
} files[] = {
	{ "/sandbox/icon.svg", "image/svg+xml", &asset_icon_svg },
	{ "/sandbox/page.css", "text/css; charset=utf-8", &asset_page_css },
	{ "/sandbox/page.js", "text/javascript; charset=utf-8", &asset_page_js },
};
/* clang-format on */

bool
page_asset(const struct http_request *http, struct http_reply *reply)
{
	size_t len = http_path_len(http->target);

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		if (strlen(files[i].path) != len ||
		    memcmp(files[i].path, http->target, len) != 0)
			continue;
		reply->status = 200;
		reply->content_type = files[i].type;
		buf_add(&reply->body, files[i].asset->text,
		    files[i].asset->len);
		return true;
	}
	return false;
}
