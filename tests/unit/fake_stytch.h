/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libstytch as its callers see it, with answers from a table in the test: who asks
 * for "user ID", "member ORGANIZATION ID" or "email ORGANIZATION ADDRESS" gets
 * what the first row of that key says; a members search gets the pages
 * "page ORGANIZATION", one a row.  Anything else is not found.
 */
#ifndef TESTS_UNIT_FAKE_STYTCH_H
#define TESTS_UNIT_FAKE_STYTCH_H

#include "stytchd/person_json.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <stytch/stytch.h>

struct fake_answer {
	const char *key;
	enum stytch_class class_;
	const char *json;
};

#define FAKE_MAX 64
static struct fake_answer fake_answers[FAKE_MAX];
static size_t fake_count;
static atomic_uint fake_asked;       /* calls performed */
static void (*fake_meanwhile)(void); /* before a page is handed over */
static pthread_mutex_t fake_gate = PTHREAD_MUTEX_INITIALIZER;

static inline void
fake_reset(void)
{
	fake_count = 0;
	fake_asked = 0;
	fake_meanwhile = NULL;
}

static inline void
fake_say(const char *key, enum stytch_class class_, const char *json)
{
	if (fake_count == FAKE_MAX)
		abort();
	fake_answers[fake_count++] = (struct fake_answer){ key, class_, json };
}

struct stytch_call {
	enum stytch_endpoint endpoint;
	char id[128], organization[128], email[320];
};

struct stytch_reply {
	cJSON *json;
};

const char *
stytch_class_name(enum stytch_class class_)
{
	static const char *const names[] = { "ok", "rejected", "expired",
		"throttled", "locked", "not_found", "denied", "misconfigured",
		"unavailable", "protocol" };

	return names[class_];
}

struct stytch_call *
stytch_call_new(struct stytch_client *client, enum stytch_endpoint endpoint)
{
	struct stytch_call *call = calloc(1, sizeof(*call));

	(void)client;
	if (call != NULL)
		call->endpoint = endpoint;
	return call;
}

void
stytch_call_free(struct stytch_call **call)
{
	free(*call);
	*call = NULL;
}

void
stytch_reply_free(struct stytch_reply **reply)
{
	if (*reply != NULL)
		cJSON_Delete((*reply)->json);
	free(*reply);
	*reply = NULL;
}

const struct cJSON *
stytch_reply_json(const struct stytch_reply *reply)
{
	return reply->json;
}

void
stytch_call_set(struct stytch_call *call, const char *name, const char *value)
{
	char *to = strcmp(name, "organization_id") == 0 ? call->organization
	    : strcmp(name, "email_address") == 0        ? call->email
							: call->id;

	if (value != NULL)
		(void)snprintf(to,
		    to == call->email ? sizeof(call->email) : 128, "%s", value);
}

void
stytch_call_add(struct stytch_call *call, const char *name, const char *value)
{
	(void)name;
	(void)snprintf(call->organization, sizeof(call->organization), "%s",
	    value);
}

static inline void
fake_key(const struct stytch_call *call, char *key, size_t size)
{
	if (call->endpoint == STYTCH_USERS_GET)
		(void)snprintf(key, size, "user %s", call->id);
	else if (call->endpoint == STYTCH_B2B_ORGANIZATIONS_MEMBERS_SEARCH)
		(void)snprintf(key, size, "page %s", call->organization);
	else if (call->email[0] != '\0')
		(void)snprintf(key, size, "email %s %s", call->organization,
		    call->email);
	else
		(void)snprintf(key, size, "member %s %s", call->organization,
		    call->id);
}

static inline enum stytch_class
fake_answer(const struct fake_answer *answer, struct stytch_reply **out_reply)
{
	struct stytch_reply *reply;

	if (answer->class_ != STYTCH_OK)
		return answer->class_;
	reply = calloc(1, sizeof(*reply));
	if (reply != NULL)
		reply->json = cJSON_Parse(answer->json);
	if (reply == NULL || reply->json == NULL) {
		free(reply);
		return STYTCH_UNAVAILABLE;
	}
	*out_reply = reply;
	return STYTCH_OK;
}

enum stytch_class
stytch_call_perform(struct stytch_call *call, struct stytch_reply **out_reply,
    struct stytch_error *error)
{
	char key[600];

	(void)error;
	fake_asked++;
	(void)pthread_mutex_lock(&fake_gate);
	(void)pthread_mutex_unlock(&fake_gate);
	fake_key(call, key, sizeof(key));
	for (size_t i = 0; i < fake_count; i++)
		if (strcmp(fake_answers[i].key, key) == 0)
			return fake_answer(&fake_answers[i], out_reply);
	return STYTCH_NOT_FOUND;
}

enum stytch_class
stytch_call_each_page(struct stytch_call *call,
    const struct stytch_pages *pages, struct stytch_error *error)
{
	char key[600];

	(void)error;
	fake_key(call, key, sizeof(key));
	for (size_t i = 0; i < fake_count; i++) {
		struct stytch_reply *reply = NULL;
		enum stytch_class class_;
		bool goes_on;

		if (strcmp(fake_answers[i].key, key) != 0)
			continue;
		fake_asked++;
		if (fake_meanwhile != NULL)
			fake_meanwhile();
		class_ = fake_answer(&fake_answers[i], &reply);
		if (class_ != STYTCH_OK)
			return class_;
		goes_on = pages->take(reply, pages->context);
		stytch_reply_free(&reply);
		if (!goes_on)
			return STYTCH_OK;
	}
	return STYTCH_OK;
}

#endif
