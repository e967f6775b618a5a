/* SPDX-License-Identifier: BSD-2-Clause */
/* The account and session phases; see admission.h. */
#include "config.h"

#include "stytchd/admission.h"

#include "stytchd/event.h"
#include "stytchd/login_internal.h"

#include <security/_pam_types.h>
#include <string.h>

/* One question under way. */
struct admission {
	struct agent *agent;
	const struct conversation *conversation;
	const struct configuration_service *service;
	struct login_asker asker;
	struct account *account;
	const char *reason;
};

static void
admission_clear(struct admission *admission)
{
	account_free(&admission->account);
}

static struct admission
admission_of(struct agent *agent, const struct conversation *conversation,
    const struct configuration *configuration)
{
	const struct wire_message *begin = conversation_begin(conversation);

	return (struct admission){
		.agent = agent,
		.conversation = conversation,
		.service = configuration_service(configuration,
		    wire_text(begin, WIRE_SERVICE)),
		.asker = {
			.id = wire_text(begin, WIRE_LOGIN),
			.user = wire_text(begin, WIRE_USER),
			.service = wire_text(begin, WIRE_SERVICE),
			.process = {
				.pid = conversation_peer(conversation)->pid,
				.start = wire_u64(begin, WIRE_PROCESS_START, 0),
			},
		},
	};
}

static uint32_t
say(struct admission *admission, uint32_t code, const char *reason)
{
	admission->reason = reason;
	return code;
}

static void
write_event(const struct admission *admission, uint32_t code)
{
	const struct event event = {
		.verdict = code == PAM_SUCCESS     ? EVENT_GRANTED
		    : code == PAM_AUTHINFO_UNAVAIL ? EVENT_UNAVAILABLE
						   : EVENT_REFUSED,
		.operation = "account",
		.account = admission->asker.user,
		.identity = admission->account == NULL
		    ? NULL
		    : admission->account->person->identity,
		.service = admission->asker.service,
		.rhost = conversation_rhost(admission->conversation),
		.tty = conversation_text(admission->conversation, WIRE_TTY),
		.reason = admission->reason,
	};

	if (code != PAM_USER_UNKNOWN)
		event_write(&event);
}

static bool
is_allowed(const void *policy, const struct account *account)
{
	return policy_allows(policy, account);
}

/*
 * A name that was ever given out is ours, its owner gone or not: the profiles
 * hand names that are not ours on to pam_unix, which lets a key login pass.
 */
static uint32_t
nobody(struct admission *admission)
{
	if (directory_name_is_given(admission->agent->directory,
		admission->asker.user))
		return say(admission, PAM_ACCT_EXPIRED, "the person is gone");
	return say(admission, PAM_USER_UNKNOWN, "not ours");
}

static uint32_t
find_account(struct admission *admission)
{
	switch (directory_find(admission->agent->directory,
	    admission->asker.user, &admission->account)) {
	case DIRECTORY_FOUND:
		return PAM_SUCCESS;
	case DIRECTORY_ABSENT:
		return nobody(admission);
	case DIRECTORY_UNAVAILABLE:
		break;
	}
	return say(admission, PAM_AUTHINFO_UNAVAIL,
	    "account cannot be looked up");
}

/* [service] authorization, without a session of the person's. */
static uint32_t
check_authorization(struct admission *admission)
{
	struct stytch_error error = { .class_ = STYTCH_UNAVAILABLE };

	if (admission->service->authorization == NULL)
		return say(admission, PAM_SUCCESS, "");
	switch (authorization_by_roles(admission->agent->client,
	    admission->service, admission->account->person, &error)) {
	case STYTCH_OK:
		return say(admission, PAM_SUCCESS, "");
	case STYTCH_DENIED:
		return say(admission, PAM_PERM_DENIED, "not authorized");
	case STYTCH_REJECTED:
	case STYTCH_EXPIRED:
	case STYTCH_THROTTLED:
	case STYTCH_LOCKED:
	case STYTCH_NOT_FOUND:
	case STYTCH_MISCONFIGURED:
	case STYTCH_UNAVAILABLE:
	case STYTCH_PROTOCOL:
		break;
	}
	return say(admission, PAM_AUTHINFO_UNAVAIL,
	    "authorization cannot be told");
}

/* Nobody vouches: ask Stytch how the person is now. */
static uint32_t
check_fresh(struct admission *admission)
{
	const struct person *person;

	switch (directory_refresh(admission->agent->directory,
	    &admission->account)) {
	case STYTCH_OK:
		break;
	case STYTCH_NOT_FOUND:
		return say(admission, PAM_ACCT_EXPIRED, "the person is gone");
	case STYTCH_REJECTED:
	case STYTCH_EXPIRED:
	case STYTCH_THROTTLED:
	case STYTCH_LOCKED:
	case STYTCH_DENIED:
	case STYTCH_MISCONFIGURED:
	case STYTCH_UNAVAILABLE:
	case STYTCH_PROTOCOL:
		return say(admission, PAM_AUTHINFO_UNAVAIL,
		    "Stytch cannot be asked");
	}
	person = admission->account->person;
	if (person->status != PERSON_ACTIVE)
		return say(admission, PAM_ACCT_EXPIRED, "not active");
	if (person->locked)
		return say(admission, PAM_ACCT_EXPIRED, "locked");
	if (!policy_allows(admission->service, admission->account))
		return say(admission, PAM_PERM_DENIED,
		    "not on the service's lists");
	return check_authorization(admission);
}

static uint32_t
check_account(struct admission *admission)
{
	const struct peer *peer = conversation_peer(admission->conversation);
	uint32_t code;

	if (directory_name_is_local(admission->asker.user))
		return say(admission, PAM_USER_UNKNOWN, "a local name");
	switch (logins_standing(admission->agent->logins, &admission->asker,
	    is_allowed, admission->service)) {
	case LOGIN_ALLOWED:
		return say(admission, PAM_SUCCESS, "login just granted");
	case LOGIN_REFUSED:
		return say(admission, PAM_PERM_DENIED,
		    "not on the service's lists");
	case LOGIN_NONE:
		break;
	}
	code = find_account(admission);
	if (code != PAM_SUCCESS)
		return code;
	if (peer->is_public && admission->account->uid != peer->uid)
		return say(admission, PAM_PERM_DENIED,
		    "not the caller's own account");
	return check_fresh(admission);
}

uint32_t
admission_account(struct agent *agent, struct conversation *conversation,
    struct configuration *configuration, char out_id[LOGIN_ID_SIZE])
{
	CLEANUP(admission_clear)
	struct admission admission =
	    admission_of(agent, conversation, configuration);
	uint32_t code = check_account(&admission);

	out_id[0] = '\0';
	write_event(&admission, code);
	return code;
}

/* sudo opens the session of its target: the login's own user comes with it. */
static bool
redeem(struct admission *admission)
{
	const char *ruser =
	    conversation_text(admission->conversation, WIRE_RUSER);

	if (logins_redeem(admission->agent->logins, &admission->asker) == 0)
		return true;
	if (ruser == NULL)
		return false;
	admission->asker.user = ruser;
	return logins_redeem(admission->agent->logins, &admission->asker) == 0;
}

uint32_t
admission_open(struct agent *agent, struct conversation *conversation,
    struct configuration *configuration, char out_id[LOGIN_ID_SIZE])
{
	CLEANUP(admission_clear)
	struct admission admission =
	    admission_of(agent, conversation, configuration);
	uint32_t code;

	out_id[0] = '\0';
	if (conversation_peer(conversation)->is_public)
		return PAM_SESSION_ERR;
	if (admission.asker.id != NULL) {
		if (redeem(&admission)) {
			memcpy(out_id, admission.asker.id, LOGIN_ID_SIZE);
			return PAM_SUCCESS;
		}
		admission.asker.user =
		    conversation_text(conversation, WIRE_USER);
	}
	/* A forged id is just not found: the same as none. */
	if (directory_name_is_local(admission.asker.user))
		return PAM_USER_UNKNOWN;
	code = find_account(&admission);
	return code == PAM_ACCT_EXPIRED ? PAM_SESSION_ERR : code;
}

uint32_t
admission_close(struct agent *agent, struct conversation *conversation,
    struct configuration *configuration, char out_id[LOGIN_ID_SIZE])
{
	const char *id = conversation_text(conversation, WIRE_LOGIN);

	(void)configuration;
	out_id[0] = '\0';
	if (conversation_peer(conversation)->is_public)
		return PAM_SESSION_ERR;
	if (id != NULL) {
		logins_end(agent->logins, id);
		return PAM_SUCCESS;
	}
	return directory_name_is_local(
		   conversation_text(conversation, WIRE_USER))
	    ? PAM_USER_UNKNOWN
	    : PAM_SUCCESS;
}

/* Passwords are not changed here: the next module of the stack may. */
uint32_t
admission_chauthtok(struct agent *agent, struct conversation *conversation,
    struct configuration *configuration, char out_id[LOGIN_ID_SIZE])
{
	(void)agent;
	(void)conversation;
	(void)configuration;
	out_id[0] = '\0';
	return PAM_USER_UNKNOWN;
}
