/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages for people: the inbox, and where a link lands. */
#ifndef SANDBOX_INBOX_H
#define SANDBOX_INBOX_H

#include "sandbox/sandbox.h"

/* GET /, with ?to=ADDRESS for one recipient. */
void inbox_handle(struct sandbox *sandbox, const struct http_request *http,
    struct http_reply *reply);

/* The page that shows the URL at which a link ended, to be copied. */
void inbox_landing(struct sandbox *sandbox, const struct http_request *http,
    struct http_reply *reply);

/* A page with one sentence. */
void inbox_notice(struct http_reply *reply, int status, const char *text);

/*
 * A page with a form that asks something and sends it by GET to the path of
 * target; hidden members and fields come in between.
 */
void inbox_form_begin(struct http_reply *reply, const char *title,
    const char *target);
void inbox_form_hidden(struct http_reply *reply, const char *name,
    const char *value);
void inbox_form_field(struct http_reply *reply, const char *name,
    const char *label);
void inbox_form_end(struct http_reply *reply);

#endif
