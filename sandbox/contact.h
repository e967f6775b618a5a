/* SPDX-License-Identifier: BSD-2-Clause */
/* Email addresses and phone numbers of users. */
#ifndef SANDBOX_CONTACT_H
#define SANDBOX_CONTACT_H

#include "sandbox/sandbox.h"

enum contact_kind {
	CONTACT_EMAIL,
	CONTACT_PHONE,
};

struct contact {
	enum contact_kind kind;
	char id[96]; /* email_id or phone_id: the method_id of codes */
	char user_id[96];
	char address[256];
	bool verified;
};

/* By address; by id; false where there is none. */
bool contact_find(struct request *rq, enum contact_kind kind,
    const char *address, struct contact *out_contact) MUST_CHECK;
bool contact_by_id(struct request *rq, enum contact_kind kind, const char *id,
    struct contact *out_contact) MUST_CHECK;
/* By the id of either kind. */
bool contact_by_method(struct request *rq, const char *method_id,
    struct contact *out_contact) MUST_CHECK;

struct contact_wish {
	enum contact_kind kind;
	const char *user_id;
	const char *address;
	const char *id; /* NULL: one is made */
	bool verified;
	int64_t attached_until; /* dropped then if not verified; 0: kept */
};

/* Add an address that nobody has. */
void contact_add(struct request *rq, const struct contact_wish *wish,
    struct contact *out_contact);
void contact_delete(struct request *rq, const struct contact *contact);

/*
 * The address was proven: it is verified, stays, and its pending user is
 * active.  Unless by_password, a password set before that first proof must be
 * reset: whoever set it need not own the address.
 */
void contact_prove(struct request *rq, const struct contact *contact,
    bool by_password);

/* The user's, as the API's "emails" or "phone_numbers". */
cJSON *contact_list(struct request *rq, enum contact_kind kind,
    const char *user_id) MUST_CHECK;
/* How many the user has; of these, how many are not verified. */
int64_t contact_count(struct request *rq, const char *user_id);
int64_t contact_count_unverified(struct request *rq, const char *user_id);

#endif
