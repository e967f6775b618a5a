/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One step of a login: choose a method, send what it sends, ask, count, check.
 * Somebody and nobody go through the same lines; only the calls differ.
 */
#include "config.h"

#include "stytchd/login_internal.h"

#include "common/buf.h"
#include "common/wire_socket.h"
#include "stytchd/pkce.h"
#include "stytchd/sending.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#define PROMPT_MAX 4000
#define MENU_TRIES 3

/* One step under way. */
struct attempt {
	struct login *login;
	const struct method *method;
	const struct contact *contact;
	struct sending *sending; /* NULL: nothing was sent */
	struct secret answer;    /* as the API wants it */
};

static void
attempt_clear(struct attempt *attempt)
{
	sending_release(&attempt->sending);
	secret_clear(&attempt->answer);
}

/* Add form with its %s, if it has one, replaced by mask. */
static void
add_form(struct buf *text, const char *form, const char *mask)
{
	const char *place = strstr(form, "%s");

	if (place == NULL) {
		buf_adds(text, form);
		return;
	}
	buf_add(text, form, (size_t)(place - form));
	buf_adds(text, mask);
	buf_adds(text, place + 2);
}

/* Where a method's code goes, as it may be shown. */
static void
get_mask(const struct login *login, const struct method *method,
    char mask[MASK_SIZE])
{
	const struct contact *contact = NULL;

	mask[0] = '\0';
	if (login->is_decoy)
		memcpy(mask,
		    method->factor == FACTOR_PHONE ? login->decoy.phone
						   : login->decoy.email,
		    MASK_SIZE);
	else if (method->is_usable(login->account->person, &contact) &&
	    contact != NULL)
		mask_contact(contact->value, mask);
}

static enum verdict
ask(struct login *login, const struct question *question,
    struct secret *out_answer)
{
	enum conversation_end end = conversation_ask(login->conversation,
	    question, out_answer, &login->answered_at_ms);

	return end == CONVERSATION_GOES_ON ? VERDICT_GOES_ON
					   : login_ended(login, end);
}

static int
write_menu(const struct login *login, const struct choices *choices,
    struct buf *text)
{
	buf_adds(text, "How do you want to log in?\n");
	for (unsigned i = 0; i < choices->count; i++) {
		const struct method *method = method_get(choices->methods[i]);
		char mask[MASK_SIZE];

		get_mask(login, method, mask);
		buf_addf(text, " %u. ", i + 1);
		add_form(text, method->menu, mask);
		buf_addc(text, '\n');
	}
	buf_addf(text, "Number (1-%u) [1]: ", choices->count);
	return buf_error(text);
}

/* 1 for nothing typed; 0 for what is no number of the menu. */
static unsigned
read_number(const char *typed, unsigned count)
{
	size_t len;

	typed += strspn(typed, " \t");
	len = strcspn(typed, " \t\r\n.");
	if (len == 0 && *typed == '\0')
		return 1;
	if (len != 1 || typed[0] < '1' || typed[0] > '9' ||
	    (unsigned)(typed[0] - '0') > count)
		return 0;
	return (unsigned)(typed[0] - '0');
}

static enum verdict
ask_menu(struct login *login, const struct choices *choices,
    enum method_id *out_method)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(PROMPT_MAX);
	struct question question = { WIRE_PROMPT_MENU, true, NULL };

	if (write_menu(login, choices, &text) != 0)
		return login_says(login, VERDICT_UNAVAILABLE, "no memory");
	question.text = buf_text(&text);
	for (int tries = 0; tries < MENU_TRIES; tries++) {
		CLEANUP(secret_clear) struct secret typed = SECRET_INIT;
		enum verdict verdict = ask(login, &question, &typed);
		unsigned number;

		if (verdict != VERDICT_GOES_ON)
			return verdict;
		number = read_number(secret_reveal(&typed), choices->count);
		if (number > 0) {
			*out_method = choices->methods[number - 1];
			return VERDICT_GOES_ON;
		}
	}
	return login_says(login, VERDICT_REFUSED, "no method chosen");
}

/*
 * A caller that has a password at hand (use_first_pass) gives it to the first
 * prompt: one that needs nothing to be sent before.
 */
static enum method_id
choose_for_password(const struct choices *choices)
{
	for (unsigned i = 0; i < choices->count; i++)
		if (method_get(choices->methods[i])
			    ->verify[PROJECT_CONSUMER]
			    .fill != NULL &&
		    method_get(choices->methods[i])
			    ->send[PROJECT_CONSUMER]
			    .fill == NULL)
			return choices->methods[i];
	return choices->methods[0];
}

static enum verdict
choose(struct login *login, const struct choices *choices,
    enum method_id *out_method)
{
	uint32_t flags =
	    wire_u32(conversation_begin(login->conversation), WIRE_FLAGS, 0);

	*out_method = choices->methods[0];
	if (choices->count == 1)
		return VERDICT_GOES_ON;
	if ((flags & WIRE_FLAG_HAS_PASSWORD) != 0 &&
	    login->progress.used == 0) {
		*out_method = choose_for_password(choices);
		return VERDICT_GOES_ON;
	}
	return ask_menu(login, choices, out_method);
}

/* The remote host, where it is an address and not a name. */
static const char *
remote_address(const struct login *login)
{
	struct in6_addr address;

	if (login->rhost == NULL ||
	    (inet_pton(AF_INET, login->rhost, &address) != 1 &&
		inet_pton(AF_INET6, login->rhost, &address) != 1))
		return NULL;
	return login->rhost;
}

/* Start sending, unless nothing is to be sent or nobody is there. */
static enum verdict
start_sending(struct attempt *attempt)
{
	struct login *login = attempt->login;
	struct sending_order order = {
		.agent = login->agent,
		.configuration = login->configuration,
		.account = login->account,
		.method = attempt->method,
		.contact = attempt->contact,
		.ip_address = remote_address(login),
		.locale = conversation_text(login->conversation, WIRE_LOCALE),
		.session_token = &login->session_token,
		.intermediate_token = &login->intermediate_token,
	};

	if (login->is_decoy ||
	    attempt->method->send[login->account->person->kind].fill == NULL)
		return VERDICT_GOES_ON;
	if (login->text_is_sent && attempt->method->is_text) {
		throttle_sent(login->agent->throttle,
		    login->account->person->identity, attempt->method->name);
		return VERDICT_GOES_ON;
	}
	if (sending_start(&order, &attempt->sending) != 0)
		return login_says(login, VERDICT_UNAVAILABLE,
		    "cannot start sending");
	return VERDICT_GOES_ON;
}

static enum verdict
ask_answer(struct attempt *attempt, struct secret *typed)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(PROMPT_MAX);
	struct question question = { attempt->method->kind, false, NULL };
	char mask[MASK_SIZE];

	get_mask(attempt->login, attempt->method, mask);
	add_form(&text, attempt->method->prompt, mask);
	if (buf_error(&text) != 0)
		return login_says(attempt->login, VERDICT_UNAVAILABLE,
		    "no memory");
	question.text = buf_text(&text);
	return ask(attempt->login, &question, typed);
}

/*
 * The session that the answer's factor joins: an intermediate one comes first,
 * as nothing else may be given with it.
 */
static void
set_session(const struct login *login, struct stytch_call *call)
{
	stytch_call_set_int(call, "session_duration_minutes",
	    login->service->session_duration / 60000);
	if (secret_is_set(&login->intermediate_token))
		stytch_call_set(call, "intermediate_session_token",
		    secret_reveal(&login->intermediate_token));
	else if (secret_is_set(&login->session_token))
		stytch_call_set(call, "session_token",
		    secret_reveal(&login->session_token));
}

static int
set_verifier(const struct attempt *attempt,
    const struct sending_outcome *outcome, struct stytch_call *call)
{
	CLEANUP(secret_clear) struct secret verifier = SECRET_INIT;
	const struct person *person = attempt->login->account->person;
	const char *parameter = attempt->method->verify[person->kind].pkce;
	int error;

	if (parameter == NULL)
		return 0;
	error = pkce_verifier(attempt->login->agent->keyring, person->identity,
	    outcome->sent_at, &verifier);
	if (error == 0)
		stytch_call_set(call, parameter, secret_reveal(&verifier));
	return error;
}

/* Ask Stytch about the answer. */
static enum stytch_class
perform(struct attempt *attempt, const struct sending_outcome *outcome,
    struct stytch_reply **out_reply, struct stytch_error *error)
{
	struct login *login = attempt->login;
	const struct person *person = login->account->person;
	const struct method_call *verify =
	    &attempt->method->verify[person->kind];
	CLEANUP(stytch_call_free)
	struct stytch_call *call =
	    stytch_call_new(login->agent->client, verify->endpoint);
	struct step step = { .person = person,
		.contact = attempt->contact,
		.ip_address = remote_address(login) };
	int64_t began_ms = wire_now_ms();
	enum stytch_class class_;

	if (call == NULL)
		return STYTCH_UNAVAILABLE;
	verify->fill(&step, call);
	stytch_call_set(call, verify->answer, secret_reveal(&attempt->answer));
	set_session(login, call);
	if (set_verifier(attempt, outcome, call) != 0)
		return STYTCH_UNAVAILABLE;
	class_ = stytch_call_perform(call, out_reply, error);
	pace_note(login->agent->pace, class_, wire_now_ms() - began_ms);
	return class_;
}

/* Nobody's answer: the same waiting, and never right. */
static enum verdict
check_decoy(struct login *login)
{
	int64_t took_ms = 0;
	enum stytch_class class_ = pace_imitate(login->agent->pace, &took_ms);

	(void)conversation_wait(login->conversation, wire_now_ms() + took_ms);
	if (login->is_untold)
		return login_says(login, VERDICT_UNAVAILABLE,
		    "account cannot be looked up");
	return login_failed(login, class_, "", "");
}

/* Whether a failed call says that the session at hand is no more. */
static bool
is_session_lost(const struct login *login, enum stytch_class class_,
    const struct stytch_error *error)
{
	return login->progress.has_session &&
	    login->kept_session_id[0] != '\0' &&
	    (class_ == STYTCH_EXPIRED || class_ == STYTCH_NOT_FOUND ||
		class_ == STYTCH_MISCONFIGURED) &&
	    (strcmp(error->error_type, "session_not_found") == 0 ||
		strcmp(error->error_type, "invalid_session_token") == 0);
}

/* The kept session has ended elsewhere: go on without it. */
static enum verdict
drop_kept_session(struct login *login)
{
	secret_clear(&login->session_token);
	login->kept_session_id[0] = '\0';
	login->progress.has_session = false;
	login->progress.met = 0;
	return VERDICT_GOES_ON;
}

/* What the code's sending came to, where there was one. */
static enum verdict
wait_for_sending(struct attempt *attempt, struct sending_outcome *outcome)
{
	struct login *login = attempt->login;

	memset(outcome, 0, sizeof(*outcome));
	if (attempt->sending == NULL)
		return VERDICT_GOES_ON;
	sending_wait(attempt->sending,
	    wire_now_ms() + login->configuration->stytch.request_timeout,
	    outcome);
	if (outcome->class_ == STYTCH_OK)
		return VERDICT_GOES_ON;
	return login_failed(login, outcome->class_, outcome->error_type,
	    outcome->request_id);
}

static void
forget_code(const struct attempt *attempt)
{
	const struct person *person = attempt->login->account->person;

	if (attempt->method->send[person->kind].fill != NULL)
		throttle_spent(attempt->login->agent->throttle,
		    person->identity, attempt->method->name);
}

static enum verdict
check_person(struct attempt *attempt)
{
	CLEANUP(stytch_reply_free) struct stytch_reply *reply = NULL;
	struct stytch_error error = { .class_ = STYTCH_UNAVAILABLE };
	struct login *login = attempt->login;
	struct sending_outcome outcome;
	enum verdict verdict = wait_for_sending(attempt, &outcome);
	enum stytch_class class_;

	if (verdict != VERDICT_GOES_ON)
		return verdict;
	class_ = perform(attempt, &outcome, &reply, &error);
	if (is_session_lost(login, class_, &error))
		return drop_kept_session(login);
	if (class_ == STYTCH_OK || class_ == STYTCH_EXPIRED)
		forget_code(attempt);
	if (class_ != STYTCH_OK)
		return login_failed(login, class_, error.error_type,
		    error.request_id);
	return login_take(login, reply, attempt->method);
}

/* A code of an authenticator app counts once, whatever Stytch says. */
static enum verdict
check_burning(struct attempt *attempt)
{
	struct login *login = attempt->login;
	method_set bit = METHOD_BIT(method_find(attempt->method->name));
	char ticket[KEYRING_HEX_SIZE];
	enum verdict verdict;
	int error;

	if (login->is_decoy)
		return check_decoy(login);
	if (!attempt->method->burns)
		return check_person(attempt);
	error = burnt_take(login->agent->burnt,
	    login->account->person->identity, &attempt->answer, ticket);
	if (error == -EALREADY)
		return login_says(login, VERDICT_REFUSED, "code used before");
	if (error != 0)
		return login_state_failed(login, error);
	verdict = check_person(attempt);
	error = burnt_settle(login->agent->burnt, ticket,
	    (login->progress.used & bit) != 0);
	if (error != 0 && verdict == VERDICT_GOES_ON)
		return login_state_failed(login, error);
	return verdict;
}

/* Count before asking, and settle by what came of it. */
static enum verdict
check_counted(struct attempt *attempt, bool is_readable)
{
	struct login *login = attempt->login;
	struct throttle *throttle = login->agent->throttle;
	const struct configuration_stytch *limits =
	    &login->configuration->stytch;
	enum verdict verdict;
	int error;

	error = throttle_reserve(throttle, limits, &login->party);
	if (error != 0)
		return login_held(login, error);
	if (is_readable)
		verdict = check_burning(attempt);
	else
		verdict = login_says(login, VERDICT_REFUSED,
		    "not an answer of this kind");
	error = throttle_settle(throttle, limits, &login->party,
	    verdict == VERDICT_REFUSED);
	return error == 0 ? verdict : login_state_failed(login, error);
}

enum verdict
login_step(struct login *login, const struct choices *choices)
{
	CLEANUP(attempt_clear)
	struct attempt attempt = { .login = login, .answer = SECRET_INIT };
	CLEANUP(secret_clear) struct secret typed = SECRET_INIT;
	enum method_id id = METHOD_COUNT;
	enum verdict verdict = choose(login, choices, &id);
	int error;

	if (verdict != VERDICT_GOES_ON)
		return verdict;
	attempt.method = login->method = method_get(id);
	if (!login->is_decoy &&
	    !attempt.method->is_usable(login->account->person,
		&attempt.contact))
		return login_says(login, VERDICT_REFUSED, "method not usable");
	verdict = start_sending(&attempt);
	if (verdict == VERDICT_GOES_ON)
		verdict = ask_answer(&attempt, &typed);
	if (verdict != VERDICT_GOES_ON)
		return verdict;
	error =
	    attempt.method->read_answer(secret_reveal(&typed), &attempt.answer);
	if (error == -ENOMEM)
		return login_says(login, VERDICT_UNAVAILABLE, "no memory");
	return check_counted(&attempt, error == 0);
}
