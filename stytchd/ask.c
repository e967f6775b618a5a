/* SPDX-License-Identifier: BSD-2-Clause */
/* What the directory asks of Stytch; see ask.h. */
#include "config.h"

#include "stytchd/ask.h"

#include "stytchd/person_json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define PAGE_SIZE 500
#define PAGE_WAIT_MS 120000 /* in all, where Stytch throttles */
#define SLUG_MAX 128

static void
call_free(struct stytch_call **call)
{
	stytch_call_free(call);
}

static void
reply_free(struct stytch_reply **reply)
{
	stytch_reply_free(reply);
}

void
answer_clear(struct answer *answer)
{
	person_free(&answer->person);
	string_free(&answer->slug);
}

static enum stytch_class
fail(struct stytch_error *error, enum stytch_class class_, const char *why)
{
	if (error != NULL) {
		error->class_ = class_;
		(void)snprintf(error->message, sizeof(error->message), "%s",
		    why);
	}
	return class_;
}

static struct stytch_call *
make_call(struct stytch_client *client, const struct question *question)
{
	const char *id = question->identity != NULL ? question->identity
						    : question->external_id;
	struct stytch_call *call;

	if (question->organization == NULL) {
		call = stytch_call_new(client, STYTCH_USERS_GET);
		if (call != NULL)
			stytch_call_set(call, "user_id", id);
		return call;
	}
	call = stytch_call_new(client, STYTCH_B2B_ORGANIZATIONS_MEMBER_GET);
	if (call == NULL)
		return NULL;
	stytch_call_set(call, "organization_id", question->organization);
	stytch_call_set(call, "member_id", id);
	stytch_call_set(call, "email_address", question->email);
	return call;
}

/* Whether a text is the other; a NULL asks nothing. */
static bool
is_as_asked(const char *asked, const char *told)
{
	return asked == NULL || (told != NULL && strcmp(asked, told) == 0);
}

/* Whether the person is who was asked for. */
static bool
is_answer(const struct question *question, const struct person *person)
{
	return is_as_asked(question->identity, person->identity) &&
	    is_as_asked(question->external_id, person->external_id) &&
	    is_as_asked(question->organization, person->organization) &&
	    (question->email == NULL ||
		(person->email_count > 0 &&
		    strcasecmp(person->emails[0].value, question->email) == 0));
}

static enum stytch_class
read_answer(const struct question *question, const struct cJSON *reply,
    struct answer *out_answer, struct stytch_error *error)
{
	CLEANUP(answer_clear) struct answer answer = { NULL, NULL };
	bool b2b = question->organization != NULL;
	const cJSON *object =
	    b2b ? cJSON_GetObjectItemCaseSensitive(reply, "member") : reply;
	const char *slug =
	    person_json_text(cJSON_GetObjectItemCaseSensitive(reply,
				 "organization"),
		"organization_slug", SLUG_MAX);
	int result = person_parse(object, b2b ? PROJECT_B2B : PROJECT_CONSUMER,
	    &answer.person);

	if (result == 0 && !is_answer(question, answer.person))
		return fail(error, STYTCH_PROTOCOL,
		    "the answer is about somebody else");
	if (result == 0 && b2b && slug != NULL) {
		answer.slug = strdup(slug);
		if (answer.slug == NULL)
			result = -ENOMEM;
	}
	if (result == -EPROTO)
		return fail(error, STYTCH_PROTOCOL,
		    "the answer holds no person");
	if (result != 0)
		return fail(error, STYTCH_UNAVAILABLE, "out of memory");
	*out_answer = answer;
	answer = (struct answer){ NULL, NULL };
	return STYTCH_OK;
}

enum stytch_class
ask_person(struct stytch_client *client, const struct question *question,
    struct answer *out_answer, struct stytch_error *error)
{
	CLEANUP(call_free)
	struct stytch_call *call = make_call(client, question);
	CLEANUP(reply_free) struct stytch_reply *reply = NULL;
	enum stytch_class class_;

	if (call == NULL)
		return fail(error, STYTCH_UNAVAILABLE, "out of memory");
	class_ = stytch_call_perform(call, &reply, error);
	if (class_ != STYTCH_OK)
		return class_;
	return read_answer(question, stytch_reply_json(reply), out_answer,
	    error);
}

enum stytch_class
ask_members(struct stytch_client *client, const char *organization,
    bool (*page)(const struct stytch_reply *reply, void *context),
    void *context, struct stytch_error *error)
{
	CLEANUP(call_free)
	struct stytch_call *call =
	    stytch_call_new(client, STYTCH_B2B_ORGANIZATIONS_MEMBERS_SEARCH);
	struct stytch_pages pages = {
		.size = PAGE_SIZE,
		.max_wait_ms = PAGE_WAIT_MS,
		.take = page,
		.context = context,
	};

	if (call == NULL)
		return fail(error, STYTCH_UNAVAILABLE, "out of memory");
	stytch_call_add(call, "organization_ids", organization);
	return stytch_call_each_page(call, &pages, error);
}
