/* SPDX-License-Identifier: BSD-2-Clause */
/* Sending beside the prompt; see sending.h. */
#include "config.h"

#include "stytchd/sending.h"

#include "stytchd/pkce.h"

#include <errno.h>
#include <string.h>
#include <time.h>

struct sending {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned references; /* the thread's and the conversation's */
	bool is_done;
	struct sending_outcome outcome;

	struct agent *agent;
	struct configuration *configuration;
	const struct method *method;
	char *name;
	char *identity;
	char *address; /* what the person was told */
	char *ip_address;
	char *locale;
	struct secret session_token;
	struct secret intermediate_token;
};

static void
sending_free(struct sending *sending)
{
	secret_clear(&sending->session_token);
	secret_clear(&sending->intermediate_token);
	configuration_unref(&sending->configuration);
	free(sending->name);
	free(sending->identity);
	free(sending->address);
	free(sending->ip_address);
	free(sending->locale);
	(void)pthread_cond_destroy(&sending->changed);
	(void)pthread_mutex_destroy(&sending->lock);
	free(sending);
}

void
sending_release(struct sending **sending)
{
	struct sending *self = *sending;
	bool is_last;

	if (self == NULL)
		return;
	(void)pthread_mutex_lock(&self->lock);
	is_last = --self->references == 0;
	(void)pthread_mutex_unlock(&self->lock);
	if (is_last)
		sending_free(self);
	*sending = NULL;
}

static int
copy_text(char **out, const char *text)
{
	if (text == NULL)
		return 0;
	*out = strdup(text);
	return *out == NULL ? -ENOMEM : 0;
}

static int
copy_secret(struct secret *out, const struct secret *secret)
{
	if (secret == NULL || !secret_is_set(secret))
		return 0;
	return secret_set(out, secret_reveal(secret), secret->len);
}

static int
copy_order(struct sending *sending, const struct sending_order *order)
{
	int error;

	sending->agent = order->agent;
	sending->configuration = configuration_ref(order->configuration);
	sending->method = order->method;
	error = copy_text(&sending->name, order->account->name);
	if (error == 0)
		error = copy_text(&sending->identity,
		    order->account->person->identity);
	if (error == 0)
		error = copy_text(&sending->address, order->contact->value);
	if (error == 0)
		error = copy_text(&sending->ip_address, order->ip_address);
	if (error == 0)
		error = copy_text(&sending->locale, order->locale);
	if (error == 0)
		error =
		    copy_secret(&sending->session_token, order->session_token);
	if (error == 0)
		error = copy_secret(&sending->intermediate_token,
		    order->intermediate_token);
	return error;
}

static enum stytch_class
fail(struct sending_outcome *outcome, enum stytch_class class_, const char *why)
{
	size_t len = strnlen(why, sizeof(outcome->error_type) - 1);

	memcpy(outcome->error_type, why, len);
	outcome->error_type[len] = '\0';
	return class_;
}

/*
 * The account as the state has it; as Stytch has it, where a send would make
 * a member of an unknown address, or reach somebody who is locked.
 */
static enum stytch_class
find_account(struct sending *sending, struct account **account,
    struct sending_outcome *outcome)
{
	struct directory *directory = sending->agent->directory;
	enum directory_answer answer =
	    directory_known(directory, sending->name, account);
	enum stytch_class class_ = STYTCH_OK;

	if (answer == DIRECTORY_UNAVAILABLE)
		return fail(outcome, STYTCH_UNAVAILABLE, "state");
	if (answer == DIRECTORY_ABSENT)
		return fail(outcome, STYTCH_NOT_FOUND, "gone");
	if ((*account)->person->kind == PROJECT_B2B ||
	    (*account)->person->locked)
		class_ = directory_refresh(directory, account);
	if (class_ != STYTCH_OK)
		return fail(outcome, class_, "look-up before sending");
	if (strcmp((*account)->person->identity, sending->identity) != 0 ||
	    (*account)->person->status != PERSON_ACTIVE)
		return fail(outcome, STYTCH_NOT_FOUND, "not active");
	if ((*account)->person->locked)
		return fail(outcome, STYTCH_LOCKED, "locked");
	return STYTCH_OK;
}

/* The answer must be about the person: else the code went elsewhere. */
static bool
is_about(const struct stytch_reply *reply, const struct person *person)
{
	const char *id = stytch_reply_string(reply,
	    person->kind == PROJECT_B2B ? "member_id" : "user_id");

	return id != NULL && strcmp(id, person->identity) == 0;
}

static int
set_challenge(struct sending *sending, const struct method_call *send,
    int64_t sent_at, struct stytch_call *call)
{
	CLEANUP(secret_clear) struct secret verifier = SECRET_INIT;
	char challenge[PKCE_CHALLENGE_SIZE];
	int error;

	if (send->pkce == NULL)
		return 0;
	error = pkce_verifier(sending->agent->keyring, sending->identity,
	    sent_at, &verifier);
	if (error == 0)
		error = pkce_challenge(&verifier, challenge);
	if (error == 0)
		stytch_call_set(call, send->pkce, challenge);
	return error;
}

static enum stytch_class
perform(struct sending *sending, const struct step *step,
    struct sending_outcome *outcome)
{
	const struct method_call *send =
	    &sending->method->send[step->person->kind];
	CLEANUP(stytch_call_free)
	struct stytch_call *call =
	    stytch_call_new(sending->agent->client, send->endpoint);
	CLEANUP(stytch_reply_free) struct stytch_reply *reply = NULL;
	struct stytch_error error = { .class_ = STYTCH_UNAVAILABLE };
	enum stytch_class class_;

	if (call == NULL)
		return fail(outcome, STYTCH_UNAVAILABLE, "memory");
	send->fill(step, call);
	if (secret_is_set(&sending->intermediate_token))
		stytch_call_set(call, "intermediate_session_token",
		    secret_reveal(&sending->intermediate_token));
	else if (secret_is_set(&sending->session_token))
		stytch_call_set(call, "session_token",
		    secret_reveal(&sending->session_token));
	if (set_challenge(sending, send, outcome->sent_at, call) != 0)
		return fail(outcome, STYTCH_UNAVAILABLE, "challenge");
	class_ = stytch_call_perform(call, &reply, &error);
	if (class_ != STYTCH_OK) {
		memcpy(outcome->request_id, error.request_id,
		    sizeof(outcome->request_id));
		return fail(outcome, class_, error.error_type);
	}
	if (!is_about(reply, step->person))
		return fail(outcome, STYTCH_PROTOCOL,
		    "the answer is about another identity");
	return STYTCH_OK;
}

static const struct contact *
same_contact(const struct sending *sending, const struct person *person)
{
	const struct contact *contact = NULL;

	if (!sending->method->is_usable(person, &contact) || contact == NULL ||
	    strcmp(contact->value, sending->address) != 0)
		return NULL;
	return contact;
}

static enum stytch_class
send_code(struct sending *sending, struct sending_outcome *outcome)
{
	CLEANUP(account_free) struct account *account = NULL;
	struct agent *agent = sending->agent;
	const char *method = sending->method->name;
	const struct throttle_code code = { sending->identity, method,
		sending->method->is_text };
	struct step step = { .ip_address = sending->ip_address,
		.locale = sending->locale };
	enum stytch_class class_ = find_account(sending, &account, outcome);

	if (class_ != STYTCH_OK)
		return class_;
	step.person = account->person;
	step.contact = same_contact(sending, account->person);
	if (step.contact == NULL)
		return fail(outcome, STYTCH_NOT_FOUND, "address changed");
	switch (throttle_send(agent->throttle, &sending->configuration->stytch,
	    &code, &outcome->sent_at)) {
	case THROTTLE_LIVE:
		return STYTCH_OK;
	case THROTTLE_HELD:
		return fail(outcome, STYTCH_DENIED, "no more messages today");
	case THROTTLE_SEND:
		break;
	}
	class_ = perform(sending, &step, outcome);
	if (class_ != STYTCH_OK)
		throttle_spent(agent->throttle, sending->identity, method);
	return class_;
}

static void
sending_main(void *argument)
{
	struct sending *sending = argument;
	struct sending_outcome outcome = { .class_ = STYTCH_UNAVAILABLE };

	outcome.class_ = send_code(sending, &outcome);
	(void)pthread_mutex_lock(&sending->lock);
	sending->outcome = outcome;
	sending->is_done = true;
	(void)pthread_cond_broadcast(&sending->changed);
	(void)pthread_mutex_unlock(&sending->lock);
	sending_release(&sending);
}

int
sending_start(const struct sending_order *order, struct sending **out_sending)
{
	struct sending *sending = calloc(1, sizeof(*sending));
	pthread_condattr_t clock;
	int error;

	if (sending == NULL)
		return -ENOMEM;
	(void)pthread_mutex_init(&sending->lock, NULL);
	(void)pthread_condattr_init(&clock);
	(void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&sending->changed, &clock);
	(void)pthread_condattr_destroy(&clock);
	sending->references = 2;
	error = copy_order(sending, order);
	if (error == 0)
		error = crew_start(order->agent->crew, sending_main, sending);
	if (error != 0) {
		sending_free(sending);
		return error;
	}
	*out_sending = sending;
	return 0;
}

void
sending_wait(struct sending *sending, int64_t deadline_ms,
    struct sending_outcome *out_outcome)
{
	const struct timespec until = {
		.tv_sec = (time_t)(deadline_ms / 1000),
		.tv_nsec = (long)(deadline_ms % 1000) * 1000000,
	};
	int error = 0;

	memset(out_outcome, 0, sizeof(*out_outcome));
	out_outcome->class_ = STYTCH_UNAVAILABLE;
	(void)pthread_mutex_lock(&sending->lock);
	while (!sending->is_done && error == 0)
		error = pthread_cond_timedwait(&sending->changed,
		    &sending->lock, &until);
	if (sending->is_done)
		*out_outcome = sending->outcome;
	(void)pthread_mutex_unlock(&sending->lock);
}
