/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages for people: the inbox, and where a link lands. */
#ifndef SANDBOX_INBOX_H
#define SANDBOX_INBOX_H

#include "sandbox/page.h"
#include "sandbox/sandbox.h"

/*
 * GET /, with ?to=ADDRESS for one recipient: messages, calls, faults, people.
 * The same data as GET /sandbox/messages, calls, faults and people give.
 */
void inbox_handle(struct sandbox *sandbox, const struct http_request *http,
    struct http_reply *reply);

/* The page that shows the URL at which a link ended, to be copied. */
void inbox_landing(struct sandbox *sandbox, const struct http_request *http,
    struct http_reply *reply);

/* What the inbox page shows; texts and objects are inbox_handle()'s. */
struct inbox {
	const char *base_url;
	const char *to;            /* one recipient, or NULL: all */
	const char *control_token; /* to be kept in links, or NULL */
	const cJSON *messages;     /* message_list() */
	const cJSON *recipients;   /* message_recipients() */
	const cJSON *calls;        /* calls_list() */
	const cJSON *faults;       /* faults_list() */
	const cJSON *people;       /* people_json() */
	const char *changes;       /* calls_mark() */
};

/* Append the address of the inbox of one recipient, or of all, as HTML. */
void inbox_add_address(struct buf *page, const struct inbox *inbox,
    const char *to);
/* A member of object, or "". */
const char *inbox_text(const cJSON *object, const char *name);
/* A time as <time>: the clock in sight, all of it in its title. */
void inbox_add_time(struct buf *page, const char *time);

/* The parts beside the messages (inbox_panels.c); data is struct inbox. */
void inbox_fill_calls(struct buf *page, const void *data);
void inbox_fill_faults(struct buf *page, const void *data);
void inbox_fill_users(struct buf *page, const void *data);
void inbox_fill_organizations(struct buf *page, const void *data);
void inbox_fill_people_count(struct buf *page, const void *data);

#endif
