/* SPDX-License-Identifier: BSD-2-Clause */
/* Letting somebody in; see login.h. */
#include "config.h"

#include "stytchd/login.h"

#include "common/wire_socket.h"
#include "stytchd/login_internal.h"

#include <errno.h>
#include <security/_pam_types.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
static const struct {
	uint32_t code;
	enum event_verdict event;
} verdicts[] = {
	[VERDICT_REFUSED]     = { PAM_AUTH_ERR,         EVENT_REFUSED },
	[VERDICT_GRANTED]     = { PAM_SUCCESS,          EVENT_GRANTED },
	[VERDICT_GOES_ON]     = { PAM_AUTHINFO_UNAVAIL, EVENT_UNAVAILABLE },
	[VERDICT_CANCELLED]   = { PAM_ABORT,            EVENT_CANCELLED },
	[VERDICT_THROTTLED]   = { PAM_MAXTRIES,         EVENT_REFUSED },
	[VERDICT_LOCAL]       = { PAM_USER_UNKNOWN,     EVENT_REFUSED },
	[VERDICT_UNAVAILABLE] = { PAM_AUTHINFO_UNAVAIL, EVENT_UNAVAILABLE },
	[VERDICT_ALARM]       = { PAM_AUTH_ERR,         EVENT_ALARM },
};

static const struct {
	enum verdict verdict;
	const char *reason;
} ends[] = {
	[CONVERSATION_GOES_ON]   = { VERDICT_UNAVAILABLE, "" },
	[CONVERSATION_CANCELLED] = { VERDICT_CANCELLED,   "cancelled" },
	[CONVERSATION_CLOSED]    = { VERDICT_CANCELLED,   "hung up" },
	[CONVERSATION_MALFORMED] = { VERDICT_CANCELLED,   "malformed packet" },
	[CONVERSATION_LATE]      = { VERDICT_REFUSED,     "no answer in time" },
	[CONVERSATION_REMOVED]   = { VERDICT_REFUSED,     "person removed" },
	[CONVERSATION_STOPPED]   = { VERDICT_UNAVAILABLE, "the agent stops" },
	[CONVERSATION_FAILED]    = { VERDICT_UNAVAILABLE, "conversation failed" },
};
/* clang-format on */

enum verdict
login_says(struct login *login, enum verdict verdict, const char *reason)
{
	login->reason = reason;
	return verdict;
}

enum verdict
login_ended(struct login *login, enum conversation_end end)
{
	return login_says(login, ends[end].verdict, ends[end].reason);
}

enum verdict
login_state_failed(struct login *login, int error)
{
	int len = snprintf(login->reason_text, sizeof(login->reason_text),
	    "state: %s", store_strerror(error));

	return login_says(login, VERDICT_UNAVAILABLE,
	    len < 0 ? "state" : login->reason_text);
}

enum verdict
login_held(struct login *login, int error)
{
	if (error == -EAGAIN)
		return login_says(login, VERDICT_THROTTLED,
		    "too many failures");
	return login_state_failed(login, error);
}

static enum verdict
class_verdict(enum stytch_class class_)
{
	switch (class_) {
	case STYTCH_OK:
		return VERDICT_GOES_ON;
	case STYTCH_REJECTED:
	case STYTCH_EXPIRED:
	case STYTCH_LOCKED:
	case STYTCH_NOT_FOUND:
	case STYTCH_DENIED:
		return VERDICT_REFUSED;
	case STYTCH_THROTTLED:
		return VERDICT_THROTTLED;
	case STYTCH_MISCONFIGURED:
	case STYTCH_UNAVAILABLE:
	case STYTCH_PROTOCOL:
		return VERDICT_UNAVAILABLE;
	}
	return VERDICT_UNAVAILABLE;
}

enum verdict
login_failed(struct login *login, enum stytch_class class_,
    const char *error_type, const char *request_id)
{
	int len = snprintf(login->reason_text, sizeof(login->reason_text),
	    "%s%s%s", stytch_class_name(class_),
	    error_type[0] == '\0' ? "" : " ", error_type);

	if (len < 0)
		login->reason_text[0] = '\0';
	len = snprintf(login->request_id, sizeof(login->request_id), "%s",
	    request_id);
	if (len < 0)
		login->request_id[0] = '\0';
	if (class_ == STYTCH_MISCONFIGURED)
		log_error("Stytch refuses this host's calls: %s (request %s);"
			  " run stytchctl check",
		    error_type, request_id);
	return login_says(login, class_verdict(class_), login->reason_text);
}

static int
keep_text(char *out, size_t size, const char *text)
{
	size_t len = strlen(text);

	if (len >= size)
		return -EINVAL;
	memcpy(out, text, len + 1);
	return 0;
}

/* ---- what an answer brings ---- */

static enum verdict
take_owed(struct login *login, const struct proof *proof)
{
	struct progress *progress = &login->progress;
	const char *token = proof->intermediate_token;

	if (secret_set(&login->intermediate_token, token, strlen(token)) != 0)
		return login_says(login, VERDICT_UNAVAILABLE, "no memory");
	progress->has_intermediate = true;
	progress->owes_primary = proof->owes_primary;
	progress->primary_allowed = proof->primary_allowed;
	progress->owes_mfa = proof->owes_mfa;
	progress->mfa_options = proof->mfa_options;
	login->text_is_sent = proof->text_is_sent;
	return VERDICT_GOES_ON;
}

/* Every factor of this login must be in the session, lately met. */
static bool
session_holds_factors(const struct login *login, const struct proof *proof)
{
	for (unsigned id = 0; id < METHOD_COUNT; id++)
		if ((login->progress.used & METHOD_BIT(id)) != 0 &&
		    !proof_has_factor(proof, method_get((enum method_id)id),
			FRESH_SECONDS))
			return false;
	return true;
}

static enum verdict
take_session(struct login *login, const struct proof *proof)
{
	const char *token = proof->session_token;
	bool is_kept = strcmp(proof->session_id, login->kept_session_id) == 0;

	if (!is_kept && login->session_id[0] != '\0' &&
	    strcmp(proof->session_id, login->session_id) != 0)
		login_discard(login);
	if (!is_kept &&
	    keep_text(login->session_id, sizeof(login->session_id),
		proof->session_id) != 0)
		return login_says(login, VERDICT_UNAVAILABLE,
		    "session id is too long");
	if (!session_holds_factors(login, proof))
		return login_says(login, VERDICT_ALARM,
		    "the session lacks a factor of this login");
	if (secret_set(&login->session_token, token, strlen(token)) != 0)
		return login_says(login, VERDICT_UNAVAILABLE, "no memory");
	secret_clear(&login->intermediate_token);
	login->progress.has_intermediate = false;
	login->progress.owes_primary = false;
	login->progress.owes_mfa = false;
	login->progress.has_session = true;
	login->expires_at = proof->expires_at;
	return VERDICT_GOES_ON;
}

/* The person as they are now, and the account with its groups. */
static enum verdict
take_person(struct login *login, const struct proof *proof)
{
	int error;

	if (proof->person == NULL)
		return VERDICT_GOES_ON;
	error = directory_admit(login->agent->directory, proof->person,
	    &login->account);
	if (error == -EINVAL)
		return login_says(login, VERDICT_ALARM,
		    proof_fault_text(PROOF_STRANGER));
	if (error != 0)
		return login_says(login, VERDICT_UNAVAILABLE,
		    "the person cannot be read");
	return VERDICT_GOES_ON;
}

enum verdict
login_take(struct login *login, const struct stytch_reply *reply,
    const struct method *method)
{
	struct proof proof;
	enum proof_fault fault = proof_read(stytch_reply_json(reply),
	    login->account->person, &proof);
	enum verdict verdict;

	(void)!keep_text(login->request_id, sizeof(login->request_id),
	    stytch_reply_request_id(reply));
	if (fault != PROOF_GOOD)
		return login_says(login,
		    fault == PROOF_MALFORMED ? VERDICT_UNAVAILABLE
					     : VERDICT_ALARM,
		    proof_fault_text(fault));
	if (method != NULL)
		policy_note(login->service, &login->progress,
		    method_find(method->name));
	verdict = proof.is_complete ? take_session(login, &proof)
				    : take_owed(login, &proof);
	return verdict == VERDICT_GOES_ON ? take_person(login, &proof)
					  : verdict;
}

void
login_discard(struct login *login)
{
	if (login->session_id[0] != '\0')
		logins_discard(login->agent->logins, login->account->person,
		    login->session_id);
	login->session_id[0] = '\0';
}

/* ---- the session of the login before (sudo's step-up) ---- */

/* Factors of the kept session that were met lately count. */
static void
count_kept_factors(struct login *login, const struct proof *proof)
{
	const struct text_list *methods = &login->service->methods;

	for (size_t i = 0; i < methods->count; i++) {
		enum method_id id = method_find(methods->items[i]);

		if (id != METHOD_COUNT &&
		    proof_has_factor(proof, method_get(id),
			login->service->factor_max_age / 1000))
			login->progress.met |= 1U << method_get(id)->factor;
	}
}

/* Ask Stytch what the kept session still holds; without it, it is not used. */
static bool
refresh_kept_session(struct login *login)
{
	const struct person *person = login->account->person;
	CLEANUP(stytch_call_free)
	struct stytch_call *call = stytch_call_new(login->agent->client,
	    person->kind == PROJECT_B2B ? STYTCH_B2B_SESSIONS_AUTHENTICATE
					: STYTCH_SESSIONS_AUTHENTICATE);
	CLEANUP(stytch_reply_free) struct stytch_reply *reply = NULL;
	struct proof proof;

	if (call == NULL)
		return false;
	stytch_call_set(call, "session_token",
	    secret_reveal(&login->session_token));
	if (stytch_call_perform(call, &reply, NULL) != STYTCH_OK ||
	    proof_read(stytch_reply_json(reply), person, &proof) !=
		PROOF_GOOD ||
	    !proof.is_complete ||
	    strcmp(proof.session_id, login->kept_session_id) != 0)
		return false;
	if (take_session(login, &proof) != VERDICT_GOES_ON ||
	    take_person(login, &proof) != VERDICT_GOES_ON)
		return false;
	count_kept_factors(login, &proof);
	return true;
}

/*
 * The session of the account's open login on this host.  Never for a remote
 * caller: that somebody is logged in here proves nothing about somebody else
 * who connects.
 */
static void
find_kept_session(struct login *login)
{
	bool counts = login->service->factor_max_age > 0;

	if (login->rhost != NULL ||
	    (!counts && login->progress.kind != PROJECT_B2B))
		return;
	if (logins_session(login->agent->logins,
		login->account->person->identity, &login->session_token,
		login->kept_session_id) != 0)
		return;
	if (counts && !refresh_kept_session(login)) {
		secret_clear(&login->session_token);
		login->kept_session_id[0] = '\0';
		login->progress.has_session = false;
		return;
	}
	login->progress.has_session = true;
}

/* ---- who it is ---- */

/* A caller of the public socket may ask for its own account alone. */
static bool
is_own_account(const struct login *login)
{
	const struct peer *peer = conversation_peer(login->conversation);

	return !peer->is_public ||
	    (login->account != NULL && login->account->uid == peer->uid);
}

static enum verdict
make_decoy(struct login *login)
{
	login->is_decoy = true;
	if (decoy_make(login->agent->decoys,
		(enum project_kind)login->configuration->stytch.kind,
		login->service, login->user, &login->decoy) != 0)
		return login_says(login, VERDICT_UNAVAILABLE, "decoy");
	login->usable = login->decoy.usable;
	return VERDICT_GOES_ON;
}

/* Somebody who cannot begin a login looks like nobody. */
static enum verdict
meet_person(struct login *login)
{
	const struct person *person = login->account->person;
	struct choices choices;

	login->progress.kind = person->kind;
	login->usable = method_usable(person);
	if (conversation_set_identity(login->conversation, person->identity) !=
	    0)
		return login_says(login, VERDICT_UNAVAILABLE, "no memory");
	if (person->status != PERSON_ACTIVE)
		return make_decoy(login);
	find_kept_session(login);
	if (policy_next(login->service, &login->progress, login->usable,
		&choices) == POLICY_STUCK)
		return make_decoy(login);
	return VERDICT_GOES_ON;
}

static enum verdict
find_account(struct login *login)
{
	enum directory_answer answer = directory_find(login->agent->directory,
	    login->user, &login->account);

	/* It is asked all the same: only unknown names end up here. */
	login->is_untold = answer == DIRECTORY_UNAVAILABLE;
	if (!is_own_account(login))
		return login_says(login, VERDICT_REFUSED,
		    "not the caller's own account");
	return VERDICT_GOES_ON;
}

static enum verdict
check_throttle(struct login *login)
{
	const struct person *person =
	    login->account == NULL ? NULL : login->account->person;
	const struct peer *peer = conversation_peer(login->conversation);
	char uid[32] = "";
	int error;

	/* Whoever may claim anything counts as far away. */
	if (peer->is_public &&
	    snprintf(uid, sizeof(uid), "uid %lu", (unsigned long)peer->uid) < 0)
		return login_says(login, VERDICT_UNAVAILABLE, "uid");
	error = throttle_party(login->agent->throttle,
	    person == NULL ? NULL : person->identity, login->user,
	    peer->is_public ? uid : login->rhost, &login->party);
	if (error != 0)
		return login_says(login, VERDICT_UNAVAILABLE, "digest");
	error = throttle_check(login->agent->throttle,
	    &login->configuration->stytch, &login->party);
	return error == 0 ? VERDICT_GOES_ON : login_held(login, error);
}

static enum verdict
login_find(struct login *login)
{
	enum verdict verdict;

	if (directory_name_is_local(login->user))
		return login_says(login, VERDICT_LOCAL, "a local name");
	if (!login->service->enabled)
		return login_says(login, VERDICT_REFUSED,
		    "the service is not enabled");
	verdict = find_account(login);
	if (verdict == VERDICT_GOES_ON)
		verdict = check_throttle(login);
	if (verdict != VERDICT_GOES_ON)
		return verdict;
	login->progress.kind =
	    (enum project_kind)login->configuration->stytch.kind;
	return login->account == NULL ? make_decoy(login) : meet_person(login);
}

/* ---- the end of it ---- */

static enum verdict
authorize(struct login *login)
{
	struct stytch_error error = { .class_ = STYTCH_UNAVAILABLE };
	const struct person *person = login->account->person;
	enum stytch_class class_;

	if (person->status != PERSON_ACTIVE || person->locked)
		return login_says(login, VERDICT_REFUSED,
		    "the person is not active, or locked");
	if (!policy_allows(login->service, login->account))
		return login_says(login, VERDICT_REFUSED,
		    "not on the service's lists");
	if (login->service->authorization == NULL)
		return VERDICT_GOES_ON;
	class_ = authorization_by_session(login->agent->client, login->service,
	    person, &login->session_token, &error);
	if (class_ != STYTCH_OK)
		return login_failed(login, class_, error.error_type,
		    error.request_id);
	return VERDICT_GOES_ON;
}

static struct process_id
parent_of(const struct wire_message *begin)
{
	return (struct process_id){
		.pid = (pid_t)wire_u32(begin, WIRE_PARENT_PID, 0),
		.start = wire_u64(begin, WIRE_PARENT_START, 0),
	};
}

/* The one place where a login becomes a success. */
static enum verdict
grant(struct login *login, char out_id[LOGIN_ID_SIZE])
{
	const struct wire_message *begin =
	    conversation_begin(login->conversation);
	enum conversation_end end = conversation_wait(login->conversation, 0);
	struct login_grant grant = {
		.service = conversation_text(login->conversation, WIRE_SERVICE),
		.process = {
			.pid = conversation_peer(login->conversation)->pid,
			.start = wire_u64(begin, WIRE_PROCESS_START, 0),
		},
		.parent = parent_of(begin),
		.session_id = login->session_id,
		.session_token = &login->session_token,
		.expires_at = login->expires_at,
		.owns_session = login->session_id[0] != '\0',
	};

	if (end != CONVERSATION_GOES_ON)
		return login_ended(login, end);
	if (logins_grant(login->agent->logins, &grant, &login->account,
		out_id) != 0)
		return login_says(login, VERDICT_UNAVAILABLE,
		    "the login cannot be kept");
	login->session_id[0] = '\0'; /* the login's from now on */
	/* Who was removed before the grant was there to be found. */
	end = conversation_ended(login->conversation);
	if (end != CONVERSATION_GOES_ON) {
		logins_withdraw(login->agent->logins, out_id);
		return login_ended(login, end);
	}
	throttle_succeeded(login->agent->throttle, &login->party);
	return login_says(login, VERDICT_GRANTED, "");
}

/* Step after step, until nothing is owed or a step refuses. */
static enum verdict
login_walk(struct login *login, char out_id[LOGIN_ID_SIZE])
{
	enum verdict verdict = login_find(login);

	if (verdict != VERDICT_GOES_ON)
		return verdict;
	for (unsigned step = 0; step < STEPS_MAX; step++) {
		struct choices choices;

		switch (policy_next(login->service, &login->progress,
		    login->usable, &choices)) {
		case POLICY_STUCK:
			return step == 0
			    ? login_says(login, VERDICT_UNAVAILABLE,
				  "no method can begin this service's logins")
			    : login_says(login, VERDICT_REFUSED,
				  "a factor is owed that no method gives");
		case POLICY_RUN:
			verdict = login_step(login, &choices);
			break;
		case POLICY_MET:
			verdict = authorize(login);
			return verdict == VERDICT_GOES_ON ? grant(login, out_id)
							  : verdict;
		}
		if (verdict != VERDICT_GOES_ON)
			return verdict;
	}
	return login_says(login, VERDICT_REFUSED, "too many steps");
}

/* A remote refusal comes at the next multiple of answer_step. */
static void
hold_verdict(const struct login *login, enum verdict verdict)
{
	int64_t step = login->service->answer_step;
	int64_t took;

	if (verdict == VERDICT_GRANTED || login->rhost == NULL || step == 0 ||
	    login->answered_at_ms == 0)
		return;
	took = wire_now_ms() - login->answered_at_ms;
	(void)conversation_wait(login->conversation,
	    login->answered_at_ms + (took / step + 1) * step);
}

static void
write_event(const struct login *login, enum verdict verdict,
    const char *identity)
{
	const struct event event = {
		.verdict = verdicts[verdict].event,
		.operation = "authenticate",
		.account = login->user,
		.identity = identity,
		.service = conversation_text(login->conversation, WIRE_SERVICE),
		.rhost = login->rhost,
		.tty = conversation_text(login->conversation, WIRE_TTY),
		.method = login->method == NULL ? NULL : login->method->name,
		.reason = login->reason,
		.request_id = login->request_id,
	};

	if (verdict == VERDICT_LOCAL)
		return;
	event_write(&event);
	if (login->configuration->stytch.sandbox)
		log_warning("sandbox = yes: this host believes a sandbox, not"
			    " Stytch");
}

static void
login_clear(struct login *login)
{
	secret_clear(&login->session_token);
	secret_clear(&login->intermediate_token);
	account_free(&login->account);
}

uint32_t
login_run(struct agent *agent, struct conversation *conversation,
    struct configuration *configuration, char out_id[LOGIN_ID_SIZE])
{
	CLEANUP(login_clear)
	struct login login = {
		.agent = agent,
		.conversation = conversation,
		.configuration = configuration,
		.service = configuration_service(configuration,
		    conversation_text(conversation, WIRE_SERVICE)),
		.user = conversation_text(conversation, WIRE_USER),
		.rhost = conversation_rhost(conversation),
	};
	char identity[SESSION_ID_SIZE] = "";
	enum verdict verdict = VERDICT_REFUSED;

	verdict = login_walk(&login, out_id);
	if (login.party.is_known)
		(void)!keep_text(identity, sizeof(identity),
		    login.party.subject);
	if (verdict != VERDICT_GRANTED)
		login_discard(&login);
	hold_verdict(&login, verdict);
	write_event(&login, verdict, identity);
	return verdicts[verdict].code;
}
