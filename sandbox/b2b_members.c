/* SPDX-License-Identifier: BSD-2-Clause */
/* The endpoints that make, read, change and end members. */
#include "config.h"

#include "sandbox/b2b.h"
#include "sandbox/b2b_password.h"
#include "sandbox/b2b_rbac.h"
#include "sandbox/session.h"
#include "sandbox/totp.h"

#include <string.h>
#include <strings.h>

/* Load what the request names, and ask whether its caller may go on. */
static enum api_error
begin(struct request *rq, struct party *party)
{
	enum api_error error = party_params(rq, party);

	return error != API_OK
	    ? error
	    : rbac_check_caller(rq, &party->organization, &party->member);
}

static enum api_error
save_and_reply(struct request *rq, struct party *party)
{
	member_save(rq, &party->member);
	party_reply(rq, party);
	return API_OK;
}

enum api_error
member_take_phone(struct request *rq, struct member *member)
{
	const char *number = param_string(rq, "mfa_phone_number");
	const char *had = member_text(member, "mfa_phone_number");

	if (number == NULL || strcmp(number, had) == 0)
		return API_OK;
	if (*had != '\0')
		return API_DUPLICATE_MEMBER_PHONE_NUMBER_FOR_MEMBER;
	if (store_int(rq->store, 0,
		"SELECT count(*) FROM members WHERE organization_id = ? AND "
		"phone_number = ? AND status <> 'deleted'",
		"ss", member->organization_id.text, number) > 0)
		return API_DUPLICATE_MEMBER_PHONE_NUMBER;
	member_set_phone(rq, member, number);
	return API_OK;
}

enum api_error
member_take_fields(struct request *rq, const struct organization *organization,
    struct member *member)
{
	static const char *const copied[] = { "name", "is_breakglass",
		"mfa_enrolled" };
	enum api_error error = member_take_phone(rq, member);

	for (size_t i = 0; i < ARRAY_LEN(copied); i++) {
		if (param_has(rq, copied[i]))
			json_set(member->body, copied[i],
			    json_copy(param_json(rq, copied[i])));
	}
	if (error == API_OK)
		error = member_merge(member, "trusted_metadata",
		    param_json(rq, "trusted_metadata"));
	if (error == API_OK)
		error = member_merge(member, "untrusted_metadata",
		    param_json(rq, "untrusted_metadata"));
	if (error == API_OK && param_has(rq, "roles"))
		error = member_set_roles(rq, organization, member,
		    param_json(rq, "roles"));
	return error;
}

enum api_error
member_take_external_id(struct request *rq, struct member *member)
{
	return param_has(rq, "external_id")
	    ? member_set_external_id(rq, member,
		  param_string(rq, "external_id"))
	    : API_OK;
}

enum api_error
b2b_members_create(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	const char *address = param_string(rq, "email_address");
	enum api_error error = organization_param(rq, &party.organization);

	if (error == API_OK)
		error = rbac_check_caller(rq, &party.organization, NULL);
	if (error != API_OK)
		return error;
	if (!member_email_is_free(rq, &party.organization, address))
		return API_DUPLICATE_MEMBER_EMAIL;
	error = policy_domain_free(rq, &party.organization, address);
	if (error != API_OK)
		return error;
	member_init(rq, &party.organization, address,
	    param_bool(rq, "create_member_as_pending", false) ? "pending"
							      : "active",
	    &party.member);
	error = member_take_fields(rq, &party.organization, &party.member);
	if (error == API_OK)
		error = member_take_external_id(rq, &party.member);
	return error != API_OK ? error : save_and_reply(rq, &party);
}

enum api_error
b2b_member_get(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	const char *address = param_string(rq, "email_address");
	enum api_error error = organization_param(rq, &party.organization);

	if (error != API_OK)
		return error;
	if (!param_has(rq, "member_id")) {
		error = party_by_email(rq, &party);
	} else {
		error = member_find(rq, &party.organization,
		    param_string(rq, "member_id"), &party.member);
		if (error == API_OK && address != NULL &&
		    strcasecmp(member_text(&party.member, "email_address"),
			address) != 0)
			error = API_MEMBER_NOT_FOUND;
	}
	if (error != API_OK)
		return error;
	party_reply(rq, &party);
	return API_OK;
}

enum api_error
b2b_members_dangerously_get(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	enum api_error error;

	if (!member_by_id(rq, param_string(rq, "member_id"), &party.member) ||
	    (member_is(&party.member, "deleted") &&
		!param_bool(rq, "include_deleted", false)))
		return API_MEMBER_NOT_FOUND;
	error = organization_find(rq, party.member.organization_id.text,
	    &party.organization);
	if (error != API_OK)
		return error;
	party_reply(rq, &party);
	return API_OK;
}

/*
 * Take the address that the member had into the retired ones, or with unlink
 * set it free; the member may return to one retired before.
 */
static void
retire_email(struct request *rq, const struct member *member,
    const char *address, bool unlink)
{
	store_run(rq->store,
	    "DELETE FROM retired_emails WHERE member_id = ? AND email_address "
	    "= ?",
	    "ss", member->id.text, address);
	if (!unlink)
		store_run(rq->store,
		    "INSERT OR REPLACE INTO retired_emails VALUES (?, ?, ?, ?)",
		    "ssss", member->email_id.text, member->id.text,
		    member->organization_id.text,
		    member_text(member, "email_address"));
}

void
member_change_email(struct request *rq, struct member *member,
    const char *address, bool unlink)
{
	retire_email(rq, member, address, unlink);
	password_delete(rq, member->id.text);
	request_id_make(rq, "email", &member->email_id);
	json_set_string(member->body, "email_address", address);
	json_set_bool(member->body, "email_address_verified", false);
}

bool
member_may_take_email(struct request *rq, const struct member *member,
    const char *address)
{
	return store_int(rq->store, 0,
		   "SELECT (SELECT count(*) FROM members WHERE organization_id "
		   "= ?1 AND email_address = ?2 AND member_id <> ?3) + (SELECT "
		   "count(*) FROM retired_emails WHERE organization_id = ?1 "
		   "AND email_address = ?2 AND member_id <> ?3)",
		   "sss", member->organization_id.text, address,
		   member->id.text) == 0;
}

static enum api_error
take_email(struct request *rq, const struct organization *organization,
    struct member *member)
{
	const char *address = param_string(rq, "email_address");
	enum api_error error;

	if (address == NULL ||
	    strcasecmp(address, member_text(member, "email_address")) == 0)
		return API_OK;
	if (!member_may_take_email(rq, member, address))
		return API_DUPLICATE_MEMBER_EMAIL;
	error = policy_domain_free(rq, organization, address);
	if (error == API_OK)
		member_change_email(rq, member, address,
		    param_bool(rq, "unlink_email", false));
	return error;
}

/* The method asked first must be one that the member has. */
static enum api_error
take_default_method(struct request *rq, struct member *member)
{
	const char *method = param_string(rq, "default_mfa_method");

	if (method == NULL)
		return API_OK;
	if (!endpoint_list_has("sms_otp|totp", method))
		return API_INVALID_MFA_DEFAULT_METHOD;
	if (strcmp(method, "totp") == 0
		? !member_has_totp(rq, member)
		: *member_text(member, "mfa_phone_number") == '\0')
		return API_DEFAULT_MFA_MEMBER_MISSING_FACTOR;
	json_set_string(member->body, "default_mfa_method", method);
	return API_OK;
}

enum api_error
b2b_members_update(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	enum api_error error = begin(rq, &party);

	if (error == API_OK)
		error =
		    member_take_fields(rq, &party.organization, &party.member);
	if (error == API_OK)
		error = member_take_external_id(rq, &party.member);
	if (error == API_OK)
		error = take_email(rq, &party.organization, &party.member);
	if (error == API_OK)
		error = take_default_method(rq, &party.member);
	return error != API_OK ? error : save_and_reply(rq, &party);
}

/* End what lets a member go on: sessions, also intermediate ones, codes. */
static void
end_sessions(struct request *rq, const struct member *member)
{
	session_revoke_owner(rq, member->id.text, NULL);
	store_run(rq->store,
	    "DELETE FROM intermediate_sessions WHERE member_id = ?", "s",
	    member->id.text);
	store_run(rq->store, "UPDATE otps SET live = 0 WHERE owner_id = ?", "s",
	    member->id.text);
	store_run(rq->store, "DELETE FROM links WHERE owner_id = ?", "s",
	    member->id.text);
}

enum api_error
b2b_members_delete(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	enum api_error error = begin(rq, &party);

	if (error != API_OK)
		return error;
	end_sessions(rq, &party.member);
	json_set_string(party.member.body, "status", "deleted");
	member_save(rq, &party.member);
	json_set_string(rq->reply, "member_id", party.member.id.text);
	return API_OK;
}

void
member_forget_all(struct request *rq, const struct organization *organization)
{
	static const char *const owned[] = {
#define OWNED(table, column) \
	"DELETE FROM " table " WHERE " column " IN (SELECT member_id FROM " \
	"members WHERE organization_id = ?)"
		OWNED("sessions", "owner_id"),
		OWNED("otps", "owner_id"),
		OWNED("links", "owner_id"),
		OWNED("totps", "owner_id"),
		OWNED("recovery_codes", "owner_id"),
		OWNED("passwords", "owner_id"),
		OWNED("locks", "owner_id"),
		OWNED("intermediate_sessions", "member_id"),
#undef OWNED
	};

	for (size_t i = 0; i < ARRAY_LEN(owned); i++)
		store_run(rq->store, owned[i], "s", organization->id.text);
}

enum api_error
b2b_members_reactivate(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	enum api_error error = organization_param(rq, &party.organization);

	if (error != API_OK)
		return error;
	if (!member_by_id(rq, param_string(rq, "member_id"), &party.member) ||
	    strcmp(party.member.organization_id.text,
		party.organization.id.text) != 0)
		return API_MEMBER_NOT_FOUND;
	error = rbac_check_caller(rq, &party.organization, &party.member);
	if (error != API_OK)
		return error;
	if (!member_is(&party.member, "deleted"))
		return API_NO_DELETED_MEMBER_FOUND_FOR_REACTIVATION;
	if (!member_flag(&party.member, "email_address_verified"))
		return API_EMAIL_UNVERIFIED_FOR_REACTIVATION;
	json_set_string(party.member.body, "status", "active");
	return save_and_reply(rq, &party);
}

/* Where the method asked first is gone, there is none, or the other one. */
static void
default_method_lost(struct request *rq, struct member *member,
    const char *method)
{
	const char *other = "";

	if (strcmp(member_text(member, "default_mfa_method"), method) != 0)
		return;
	if (member_has_totp(rq, member))
		other = "totp";
	else if (member_flag(member, "mfa_phone_number_verified"))
		other = "sms_otp";
	json_set_string(member->body, "default_mfa_method", other);
}

enum api_error
b2b_members_mfa_phone_numbers_delete(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	enum api_error error = begin(rq, &party);

	if (error != API_OK)
		return error;
	if (*member_text(&party.member, "mfa_phone_number") == '\0')
		return API_MEMBER_PHONE_NUMBER_NOT_FOUND;
	member_set_phone(rq, &party.member, "");
	party.member.phone_id.text[0] = '\0';
	default_method_lost(rq, &party.member, "sms_otp");
	return save_and_reply(rq, &party);
}

enum api_error
b2b_members_totp_delete(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	struct totp totp;
	enum api_error error = begin(rq, &party);

	if (error != API_OK)
		return error;
	if (!totp_find(rq, party.member.id.text, &totp))
		return API_TOTP_NOT_FOUND;
	totp_delete(rq, party.member.id.text);
	default_method_lost(rq, &party.member, "totp");
	return save_and_reply(rq, &party);
}

enum api_error
b2b_members_external_id_delete(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	enum api_error error = begin(rq, &party);

	if (error != API_OK)
		return error;
	json_set_string(party.member.body, "external_id", "");
	return save_and_reply(rq, &party);
}

/* The member of this organization whose password has that id. */
static enum api_error
find_by_password(struct request *rq, struct party *party)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;

	query_open(&query, rq->store,
	    "SELECT owner_id FROM passwords WHERE password_id = ?", "s",
	    param_string(rq, "member_password_id"));
	if (!query_next(&query) ||
	    member_find(rq, &party->organization, query_text(&query, 0),
		&party->member) != API_OK)
		return API_MEMBER_PASSWORD_NOT_FOUND;
	return API_OK;
}

enum api_error
b2b_members_passwords_delete(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	enum api_error error = passwords_need_cross_org(rq, false);

	if (error == API_OK)
		error = organization_param(rq, &party.organization);
	if (error == API_OK)
		error = find_by_password(rq, &party);
	if (error == API_OK)
		error =
		    rbac_check_caller(rq, &party.organization, &party.member);
	if (error != API_OK)
		return error;
	password_delete(rq, party.member.id.text);
	return save_and_reply(rq, &party);
}

enum api_error
b2b_members_unlink_retired_email(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	const char *email_id = param_string(rq, "email_id");
	const char *address = param_string(rq, "email_address");
	enum api_error error = begin(rq, &party);

	if (error != API_OK)
		return error;
	store_run(rq->store,
	    "DELETE FROM retired_emails WHERE member_id = ?1 AND (?2 IS NULL "
	    "OR email_id = ?2) AND (?3 IS NULL OR email_address = ?3)",
	    "sss", party.member.id.text, email_id, address);
	if (store_changes(rq->store) == 0)
		return API_EMAIL_NOT_FOUND;
	json_set_string(rq->reply, "organization_id",
	    party.organization.id.text);
	return save_and_reply(rq, &party);
}
