/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A way to prove who one is: a row of what is asked and which call of the API
 * checks the answer.  login.c does the asking, sending, counting and
 * comparing for every method alike, so that the login of nobody, which takes
 * the same path without the calls, cannot be told from a real one.
 */
#ifndef STYTCHD_METHODS_METHOD_H
#define STYTCHD_METHODS_METHOD_H

#include "common/secret.h"
#include "common/wire.h"
#include "stytchd/account.h"

#include <stytch/stytch.h>

/* The names are those of conf/options.def. */
enum method_id {
	METHOD_OTP_EMAIL,
	METHOD_OTP_SMS,
	METHOD_OTP_WHATSAPP,
	METHOD_TOTP,
	METHOD_PASSWORD,
	METHOD_MAGIC_LINK,
	METHOD_RECOVERY_CODE,
	METHOD_COUNT
};

/* A set of methods: bit id is method id. */
typedef unsigned method_set;
#define METHOD_BIT(id) (1U << (id))
#define METHOD_ALL ((1U << METHOD_COUNT) - 1)

/* What a method proves; two methods of one factor are one factor. */
enum factor {
	FACTOR_MAILBOX,
	FACTOR_PHONE,
	FACTOR_AUTHENTICATOR,
	FACTOR_KNOWLEDGE,
};

/* What a call is made from. */
struct step {
	const struct person *person;
	const struct contact *contact; /* of a method that has one */
	const char *ip_address;        /* of the remote host, or NULL */
	const char *locale;            /* of the caller, or NULL */
};

/* A call of the API; fill sets what the endpoint wants.  fill NULL: none. */
struct method_call {
	enum stytch_endpoint endpoint;
	void (*fill)(const struct step *step, struct stytch_call *call);
	const char *answer; /* parameter that takes the answer */
	const char *pkce;   /* parameter of the challenge or the verifier */
};

#define PROJECT_KINDS 2

struct method {
	const char *name;
	const char *menu;   /* %s: where the code goes, masked */
	const char *prompt; /* likewise */
	enum wire_prompt_kind kind;
	enum factor factor;
	bool is_text; /* counts for sms_per_day */
	bool burns;   /* an accepted answer is refused again here too */
	/* B2B: may be the first step, or may follow one */
	bool b2b_primary;
	bool b2b_secondary;
	/* its name in an organization's allowed_auth_methods, or NULL */
	const char *b2b_auth_method;
	/* the factor in a session: type, and delivery if not NULL */
	const char *evidence_types[2];
	const char *evidence_delivery;
	struct method_call send[PROJECT_KINDS];
	struct method_call verify[PROJECT_KINDS];
	/* Whether the person has it; *out_contact is NULL if it has none. */
	bool (*is_usable)(const struct person *person,
	    const struct contact **out_contact);
	/* What was typed as the API wants it.  0, -EINVAL, -ENOMEM. */
	int (*read_answer)(const char *typed, struct secret *out_answer);
};

extern const struct method method_otp_email;
extern const struct method method_otp_sms;
extern const struct method method_otp_whatsapp;
extern const struct method method_totp;
extern const struct method method_password;
extern const struct method method_magic_link;
extern const struct method method_recovery_code;

/* The row of an id. */
const struct method *method_get(enum method_id id);

/* The id of a name, or METHOD_COUNT. */
enum method_id method_find(const char *name);

/* The methods named in a list; unknown names are left out. */
method_set method_set_of(const struct text_list *names);

/* Those that the person can use. */
method_set method_usable(const struct person *person);

/* ---- shared by the rows ---- */

/* The first verified address or number, else the first; NULL: none. */
const struct contact *contact_choose(const struct contact *contacts,
    size_t count);

bool method_has_email(const struct person *person,
    const struct contact **out_contact);

/* Digits alone, 4 to 12, blanks and hyphens dropped. */
int method_read_code(const char *typed, struct secret *out_answer) MUST_CHECK;
/* As typed, but not empty. */
int method_read_password(const char *typed, struct secret *out_answer)
    MUST_CHECK;

/* organization_id and member_id; organization_id and email_address. */
void method_fill_member(const struct step *step, struct stytch_call *call);
void method_fill_member_email(const struct step *step,
    struct stytch_call *call);
/* user_id. */
void method_fill_user(const struct step *step, struct stytch_call *call);
/* email. */
void method_fill_email(const struct step *step, struct stytch_call *call);
/* attributes.ip_address, where it is known. */
void method_fill_attributes(const struct step *step, struct stytch_call *call);
/* The language of a message, where the API has it. */
void method_fill_locale(const struct step *step, struct stytch_call *call);

#define CODE_MINUTES 5  /* life of a code */
#define LINK_MINUTES 10 /* life of a magic link */

#endif
