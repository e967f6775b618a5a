/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two sides of one human being: the person, as Stytch has them, and the
 * account, as this host has them.  Both are plain values that own their
 * strings.
 */
#ifndef STYTCHD_ACCOUNT_H
#define STYTCHD_ACCOUNT_H

#include "stytchd/configuration.h"

struct cJSON;

enum person_status {
	PERSON_PENDING, /* made or invited, nothing proven yet */
	PERSON_ACTIVE,
	PERSON_GONE, /* deleted in Stytch, or out of scope */
};

/* An email address or a phone number. */
struct contact {
	char *id;    /* email_id or phone_id; NULL for a member's */
	char *value; /* address, or number in E.164 */
	bool verified;
};

/* A user (consumer) or a member (B2B). */
struct person {
	enum project_kind kind;
	char *identity;     /* user_id or member_id */
	char *organization; /* B2B: organization_id; else NULL */
	char *external_id;  /* NULL: none */
	char *full_name;    /* clean, may be "" */
	enum person_status status;
	bool locked;
	struct contact *emails;
	size_t email_count;
	struct contact *phones; /* a member: the MFA phone */
	size_t phone_count;
	char *totp_id; /* a verified registration, or NULL */
	bool has_password;
	bool has_recovery_codes;
	struct text_list roles;       /* role ids */
	struct text_list scim_groups; /* group names, from scim_attributes */
	char *trusted_unix; /* trusted_metadata.unix as JSON, or NULL */
};

/*
 * Read a user or a member object of the API.  Strings are checked for length
 * and UTF-8 and otherwise raw.  Returns 0, -EPROTO (not such an object, no
 * id), -ENOMEM.
 */
int person_parse(const struct cJSON *object, enum project_kind kind,
    struct person **out_person) MUST_CHECK;

/* The person as a JSON text for the state, and back. */
int person_format(const struct person *person, char **out_json) MUST_CHECK;
int person_read(const char *json, struct person **out_person) MUST_CHECK;

/* Free and set to NULL. */
void person_free(struct person **person);

/* An account of this host, with the person who owns it. */
struct account {
	char *name;
	uint32_t uid; /* never 0 */
	uint32_t gid; /* the private group, same number */
	char *gecos;
	char *home;
	char *shell;
	uint32_t *gids;     /* supplementary, granted local ones included */
	char **group_names; /* as many as gids; a granted local group's too */
	size_t group_count;
	struct person *person;
};

void account_free(struct account **account);

/* Whether the account is in the group of that name. */
bool account_in_group(const struct account *account, const char *group);

#endif
