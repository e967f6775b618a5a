/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Organizations and members: how the handlers of B2B projects find, change
 * and show them.  What the API answers as "organization" and "member" is kept
 * as the JSON body it is, beside the columns that are searched; saving writes
 * both, so that they cannot differ.
 */
#ifndef SANDBOX_B2B_H
#define SANDBOX_B2B_H

#include "sandbox/sandbox.h"

#include <stdbool.h>

#define SANDBOX_ORGANIZATION \
	"organization-test-007d9d4a-deac-4a87-ba0a-e6e8afba4d4b"

struct organization {
	struct id id;
	cJSON *body; /* as answered; NULL: none loaded */
};

#define ORGANIZATION_INIT \
	{ \
		.id = { "" }, .body = NULL \
	}

struct member {
	struct id id;
	struct id organization_id;
	struct id email_id;
	struct id phone_id; /* "": no phone */
	cJSON *body;        /* as answered, but for what member_json() adds */
	cJSON *roles;       /* the explicit ones: an array of role ids */
};

#define MEMBER_INIT \
	{ \
		.id = { "" }, .organization_id = { "" }, .email_id = { "" }, \
		.phone_id = { "" }, .body = NULL, .roles = NULL \
	}

/* A member and the organization, which most endpoints are about. */
struct party {
	struct organization organization;
	struct member member;
};

#define PARTY_INIT \
	{ \
		.organization = ORGANIZATION_INIT, .member = MEMBER_INIT \
	}

/* ---- Organizations (b2b_organization.c) ---- */

void organization_clear(struct organization *organization);

/*
 * Find by id, slug or external id.  API_OK or API_ORGANIZATION_NOT_FOUND;
 * what out held is cleared first, here and in all that follows.
 */
enum api_error organization_find(struct request *rq, const char *key,
    struct organization *out) MUST_CHECK;
/* The organization that the parameter organization_id names. */
enum api_error organization_param(struct request *rq, struct organization *out)
    MUST_CHECK;

/* A new one with every default, not saved yet. */
void organization_init(struct request *rq, const char *name,
    struct organization *out);
/*
 * Set what the object (a request's or a seed's) gives, check it, and save;
 * is_new tells creation from an update.  An error leaves nothing saved.
 */
enum api_error organization_apply(struct request *rq,
    struct organization *organization, const cJSON *values, bool is_new)
    MUST_CHECK;

/* Write a changed one; sets updated_at. */
void organization_save(struct request *rq, struct organization *organization);

const char *organization_text(const struct organization *organization,
    const char *name);
/* Whether the list called name has that text. */
bool organization_lists(const struct organization *organization,
    const char *name, const char *text);

/* ---- Members (b2b_member.c) ---- */

void member_clear(struct member *member);
void party_clear(struct party *party);

/* By member id or external id, deleted ones not: or API_MEMBER_NOT_FOUND. */
enum api_error member_find(struct request *rq,
    const struct organization *organization, const char *key,
    struct member *out) MUST_CHECK;
/* By address; deleted ones too.  Whether there is one. */
bool member_by_email(struct request *rq,
    const struct organization *organization, const char *address,
    struct member *out) MUST_CHECK;
/* By member id in any organization, deleted ones too. */
bool member_by_id(struct request *rq, const char *id, struct member *out)
    MUST_CHECK;
/* The organization and the member that organization_id and member_id name. */
enum api_error party_params(struct request *rq, struct party *out) MUST_CHECK;
/* The organization of organization_id, and its member with email_address. */
enum api_error party_by_email(struct request *rq, struct party *out) MUST_CHECK;
/* A live member by id, with the organization. */
enum api_error party_by_member(struct request *rq, const char *member_id,
    struct party *out) MUST_CHECK;

/* A new member with every default, not saved yet. */
void member_init(struct request *rq, const struct organization *organization,
    const char *address, const char *status, struct member *out);
/* Write a member, new or changed; sets updated_at. */
void member_save(struct request *rq, struct member *member);
/* The roles that the project or the organization has: else an error. */
enum api_error member_set_roles(struct request *rq,
    const struct organization *organization, struct member *member,
    const cJSON *roles) MUST_CHECK;
/* Link a phone that is not verified yet, in place of the one before. */
void member_set_phone(struct request *rq, struct member *member,
    const char *number);
/* API_DUPLICATE_MEMBER_EXTERNAL_ID where another one has it; else set. */
enum api_error member_set_external_id(struct request *rq, struct member *member,
    const char *external_id) MUST_CHECK;
/* Merge an object into trusted_metadata or untrusted_metadata. */
enum api_error member_merge(struct member *member, const char *name,
    const cJSON *changes) MUST_CHECK;
/* Whether no one else in the organization has, or had, the address. */
bool member_email_is_free(struct request *rq,
    const struct organization *organization, const char *address);

/*
 * Set what creation and update have in common, from the parameters: name,
 * phone, enrolment, metadata, roles.
 */
enum api_error member_take_fields(struct request *rq,
    const struct organization *organization, struct member *member) MUST_CHECK;

/*
 * The same of mfa_phone_number alone: a member has one phone, and it is
 * nobody else's in the organization.
 */
enum api_error member_take_phone(struct request *rq, struct member *member)
    MUST_CHECK;
/* The same of external_id. */
enum api_error member_take_external_id(struct request *rq,
    struct member *member) MUST_CHECK;

/*
 * Give the member another address, not verified yet; the old one is retired,
 * or with unlink free.  The password goes.
 */
void member_change_email(struct request *rq, struct member *member,
    const char *address, bool unlink);
/* Whether no other member has, or had, that address. */
bool member_may_take_email(struct request *rq, const struct member *member,
    const char *address);
/* Whether there is a verified TOTP. */
bool member_has_totp(struct request *rq, const struct member *member);
/* Whether there is a verified TOTP or a verified phone. */
bool member_has_second(struct request *rq, const struct member *member);
/* Remove what the organization's members own in the shared tables. */
void member_forget_all(struct request *rq,
    const struct organization *organization);

const char *member_text(const struct member *member, const char *name);
bool member_flag(const struct member *member, const char *name);
bool member_is(const struct member *member, const char *status);

/* The member as the API answers it: locks, TOTP, roles with their sources. */
cJSON *member_json(struct request *rq, const struct organization *organization,
    const struct member *member);
/*
 * The ids of all roles, explicit and implicit; with a session's factors those
 * that count in it.
 */
cJSON *member_role_ids(struct request *rq,
    const struct organization *organization, const struct member *member,
    const cJSON *factors);
/* Set member_id, member and organization of the reply. */
void party_reply(struct request *rq, const struct party *party);

/* ---- Policy of an organization (b2b_policy.c) ---- */

/* What follows the '@', or "". */
const char *address_domain(const char *address);

/* Whether a method (its name in allowed_auth_methods) may be used. */
bool policy_auth_allowed(const struct organization *organization,
    const struct member *member, const char *method);
/* The same of "sms_otp" and "totp"; recovery codes are always allowed. */
bool policy_mfa_allowed(const struct organization *organization,
    const struct member *member, const char *method);
/* Whether a second factor is owed by this member. */
bool policy_mfa_required(const struct organization *organization,
    const struct member *member);
/* Whether an address that is no member yet may join by a login; and why not. */
enum api_error policy_email_jit(struct request *rq,
    const struct organization *organization, const char *address) MUST_CHECK;
/* A tenant of an OAuth provider: somebody's workspace there. */
struct tenant {
	char provider[32]; /* "slack", "hubspot", ..; "": none */
	char id[256];
};
/* Set it; false where it has no room. */
bool tenant_set(struct tenant *tenant, const char *provider, const char *id)
    MUST_CHECK;
/* Whether people of that tenant may join. */
bool policy_tenant_jit(const struct organization *organization,
    const struct tenant *tenant);
enum api_error policy_invite(struct request *rq,
    const struct organization *organization, const char *address) MUST_CHECK;
/* API_OK, or the domain is claimed by another organization. */
enum api_error policy_domain_free(struct request *rq,
    const struct organization *organization, const char *address) MUST_CHECK;
/* Merge changes into the metadata called name, in a body; NULL: none. */
enum api_error metadata_apply(cJSON *body, const char *name,
    const cJSON *changes) MUST_CHECK;

#endif
