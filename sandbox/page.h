/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages for people: what all of them share.  They work without script, and
 * load nothing but the style, script and icon that the sandbox has itself.
 */
#ifndef SANDBOX_PAGE_H
#define SANDBOX_PAGE_H

#include "sandbox/asset.h"
#include "sandbox/http.h"

#include <stdbool.h>

/* Append text as HTML shows it, also inside of quotes, whatever is in it. */
void page_text(struct buf *page, const char *text);
/* Append literal HTML, text, literal HTML. */
void page_add(struct buf *page, const char *before, const char *text,
    const char *after);
/* The same with a link around text's web addresses, and only those. */
void page_add_linked(struct buf *page, const char *before, const char *text,
    const char *after);
/* A button that copies text; what ("code") is for those who hear the page. */
void page_copy_button(struct buf *page, const char *what, const char *label,
    const char *text);

/* Whether a link may lead to url: to the web alone. */
bool page_is_web(const char *url) MUST_CHECK;

/* What stands in a template as {{name}}; a NULL name ends a list of them. */
struct page_slot {
	const char *name;
	void (*fill)(struct buf *page, const void *data);
};
void page_fill(struct buf *page, const struct asset *template,
    const struct page_slot *slots, const void *data);

/* Begin a page, up to and with its head; title is text. */
void page_begin(struct http_reply *reply, int status, const char *title);

/* A page with one sentence. */
void page_notice(struct http_reply *reply, int status, const char *text);

/*
 * A page with a form that asks something and sends it by GET to the path of
 * target; hidden members and fields come in between.
 */
void page_form_begin(struct http_reply *reply, const char *title,
    const char *target);
void page_form_hidden(struct http_reply *reply, const char *name,
    const char *value);
void page_form_field(struct http_reply *reply, const char *name,
    const char *label);
void page_form_end(struct http_reply *reply);

/* Answer style, script or icon, which are no secret; whether it is one. */
bool page_asset(const struct http_request *http, struct http_reply *reply);

#endif
