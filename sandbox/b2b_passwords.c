/* SPDX-License-Identifier: BSD-2-Clause */
/* Passwords in an organization; whose they are is b2b_password.h's matter. */
#include "config.h"

#include "sandbox/b2b_join.h"
#include "sandbox/b2b_login.h"
#include "sandbox/b2b_mail.h"
#include "sandbox/b2b_password.h"
#include "sandbox/link.h"
#include "sandbox/lock.h"
#include "sandbox/settings.h"

#include <string.h>

#define FRESH_US (5 * MINUTE_US)

static const struct mail reset_mail = {
	.kind = "password_reset",
	.token_type = "multi_tenant_passwords",
	.type = "RESET_PASSWORD",
	.url = "reset_password_redirect_url",
	.minutes = "reset_password_expiration_minutes",
	.challenge = "code_challenge",
	.fallback = 30,
};

/* The password is right: what is still owed, or a session. */
static enum api_error
finish(struct request *rq, struct party *party, struct login *login)
{
	return login_primary(rq, party, login,
	    factor_make(rq, "password", "knowledge"));
}

static enum api_error
check_policy(const struct party *party)
{
	return policy_auth_allowed(&party->organization, &party->member,
		   "password")
	    ? API_OK
	    : API_OPERATION_RESTRICTED_BY_ORGANIZATION_AUTH_METHODS;
}

/* Whether the password is the member's; a wrong one is counted. */
static enum api_error
check_password(struct request *rq, const struct party *party,
    const char *password)
{
	const struct member *member = &party->member;
	const struct password_owner owner = password_owner_of(rq, member);
	struct password current;
	enum api_error error = check_policy(party);

	if (error == API_OK)
		error = lock_check(rq, member->id.text);
	if (error == API_OK && !password_find(rq, owner.id, &current))
		error = API_MEMBER_PASSWORD_NOT_FOUND;
	if (error != API_OK)
		return error;
	return login_settle(rq, member,
	    password_matches(rq, owner.id, password)
		? API_OK
		: API_UNAUTHORIZED_CREDENTIALS);
}

enum api_error
b2b_passwords_authenticate(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	CLEANUP(login_clear) struct login login = LOGIN_INIT;
	const char *password = param_string(rq, "password");
	const struct member *member = &party.member;
	bool magic = join_magic(rq, &party);
	enum api_error error = magic ? API_OK : party_by_email(rq, &party);

	if (error == API_OK)
		error = login_begin(rq, &party, &login);
	if (error == API_OK && magic)
		return finish(rq, &party, &login);
	if (error == API_OK)
		error = check_password(rq, &party, password);
	if (error != API_OK)
		return error;
	error = password_check_current(rq, password_owner_of(rq, member).id,
	    password, member_text(member, "email_address"));
	if (error == API_RESET_PASSWORD)
		error = API_MEMBER_RESET_PASSWORD;
	return error != API_OK ? error : finish(rq, &party, &login);
}

/* ---- Strength ---- */

enum api_error
b2b_passwords_strength_check(struct request *rq)
{
	struct password_strength strength;
	cJSON *zxcvbn = json_object();
	cJSON *luds = json_object();

	password_check_strength(rq, param_string(rq, "email_address"),
	    &strength);
	password_set_zxcvbn(zxcvbn, &strength);
	password_set_luds(luds, &strength);
	json_set(rq->reply, "zxcvbn_feedback", zxcvbn);
	json_set(rq->reply, "luds_feedback", luds);
	return API_OK;
}

/* ---- Migration ---- */

/* The address's member, made if there is none: proven and active. */
static enum api_error
migrated_member(struct request *rq, struct party *party, bool *out_created)
{
	const char *address = param_string(rq, "email_address");
	struct member *member = &party->member;
	enum api_error error = API_OK;

	*out_created =
	    !member_by_email(rq, &party->organization, address, member);
	if (*out_created) {
		if (!member_email_is_free(rq, &party->organization, address))
			return API_DUPLICATE_MEMBER_EMAIL;
		member_init(rq, &party->organization, address, "active",
		    member);
		error = member_take_external_id(rq, member);
	} else if (member_is(member, "deleted")) {
		return API_MEMBER_NOT_FOUND;
	}
	if (error == API_OK)
		error = member_take_fields(rq, &party->organization, member);
	if (error != API_OK)
		return error;
	if (param_bool(rq, "set_phone_number_verified", false) &&
	    member->phone_id.text[0] != '\0')
		json_set_bool(member->body, "mfa_phone_number_verified", true);
	json_set_bool(member->body, "email_address_verified", true);
	json_set_string(member->body, "status", "active");
	member_save(rq, member);
	return API_OK;
}

enum api_error
b2b_passwords_migrate(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	struct password_owner owner;
	struct password current;
	bool created = false, has_one;
	enum api_error error = organization_param(rq, &party.organization);

	if (error == API_OK)
		error = migrated_member(rq, &party, &created);
	if (error != API_OK)
		return error;
	owner = password_owner_of(rq, &party.member);
	has_one = password_find(rq, owner.id, &current);
	/* Across organizations each is migrated, and the first hash stays. */
	if (has_one && !passwords_cross_org(rq))
		return API_PASSWORD_ALREADY_EXISTS;
	if (!has_one)
		error =
		    password_import(rq, MEMBER_PASSWORD, owner.id, rq->params);
	if (error != API_OK)
		return error;
	json_set_bool(rq->reply, "member_created", created);
	party_reply(rq, &party);
	return API_OK;
}

/* ---- Resets ---- */

enum api_error
b2b_passwords_email_reset_start(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	const struct member *member = &party.member;
	enum api_error error = party_by_email(rq, &party);

	if (error == API_OK)
		error = check_policy(&party);
	if (error == API_OK)
		error =
		    mail_send(rq, &reset_mail, member, member->email_id.text,
			member_text(member, "email_address"));
	if (error != API_OK)
		return error;
	json_set_string(rq->reply, "member_email_id", member->email_id.text);
	json_set_string(rq->reply, "member_id", member->id.text);
	json_set(rq->reply, "member",
	    member_json(rq, &party.organization, member));
	return API_OK;
}

enum api_error
b2b_passwords_email_reset(struct request *rq)
{
	CLEANUP(link_clear) struct link link = { .kind = "" };
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	CLEANUP(login_clear) struct login login = LOGIN_INIT;
	const char *token = param_string(rq, "password_reset_token");
	enum api_error error;

	if (link_find(rq, token, reset_mail.kind, &link) != LINK_GOOD ||
	    party_by_member(rq, link.owner_id, &party) != API_OK ||
	    strcmp(link.email_id, party.member.email_id.text) != 0)
		return API_UNABLE_TO_AUTH_PASSWORD_RESET_TOKEN;
	error = link_check_pkce(&link, param_string(rq, "code_verifier"));
	if (error == API_OK)
		error = check_policy(&party);
	if (error == API_OK)
		error = lock_check(rq, party.member.id.text);
	if (error == API_OK)
		error = login_begin(rq, &party, &login);
	if (error == API_OK)
		error = password_renew(rq, &party.member,
		    param_string(rq, "password"), NULL);
	if (error != API_OK)
		return error;
	link_use(rq, token);
	login_prove_email(rq, &party);
	json_set_string(rq->reply, "member_email_id",
	    party.member.email_id.text);
	return finish(rq, &party, &login);
}

enum api_error
b2b_passwords_existing_password_reset(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	CLEANUP(login_clear) struct login login = LOGIN_INIT;
	enum api_error error = party_by_email(rq, &party);

	if (error == API_OK)
		error = login_begin(rq, &party, &login);
	if (error == API_OK)
		error = check_password(rq, &party,
		    param_string(rq, "existing_password"));
	if (error == API_OK)
		error = password_renew(rq, &party.member,
		    param_string(rq, "new_password"), NULL);
	if (error != API_OK)
		return error;
	session_add_factor(rq, &login.session,
	    factor_make(rq, "password", "knowledge"));
	return login_primary(rq, &party, &login, NULL);
}

/* Whether a factor was proven in the last minutes. */
static bool
is_fresh(const struct request *rq, const struct session *session)
{
	const cJSON *factor;

	cJSON_ArrayForEach (factor, session->factors) {
		const char *text = json_string(factor, "last_authenticated_at");
		int64_t proven_us;

		if (text != NULL && time_parse(text, &proven_us) == 0 &&
		    rq->now_us - proven_us <= FRESH_US)
			return true;
	}
	return false;
}

enum api_error
b2b_passwords_session_reset(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	CLEANUP(login_clear) struct login login = LOGIN_INIT;
	CLEANUP(organization_clear)
	struct organization named = ORGANIZATION_INIT;
	enum api_error error =
	    session_from_params(rq, &login.session, &login.continued);

	if (error == API_OK)
		error = party_by_member(rq, login.session.owner_id, &party);
	if (error == API_OK)
		error = organization_param(rq, &named);
	if (error == API_OK &&
	    strcmp(named.id.text, party.organization.id.text) != 0)
		error = API_SESSION_AUTHORIZATION_TENANCY_ERROR;
	if (error == API_OK)
		error = check_policy(&party);
	if (error == API_OK && !is_fresh(rq, &login.session))
		error = API_SESSION_TOO_OLD_TO_RESET_PASSWORD;
	if (error == API_OK)
		error = password_renew(rq, &party.member,
		    param_string(rq, "password"), login.session.session_id);
	if (error != API_OK)
		return error;
	json_set_bool(rq->reply, "member_authenticated", true);
	json_set_null(rq->reply, "mfa_required");
	intermediate_reply(rq, NULL);
	return login_direct(rq, &party, &login);
}
