/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an authentication's answer proves.  A 200 is not a login: the answer
 * must be about the person who was asked, must hold a session, and the
 * session must hold the factors that were run.  Pure functions over JSON.
 */
#ifndef STYTCHD_PROOF_H
#define STYTCHD_PROOF_H

#include "stytchd/methods/method.h"

struct cJSON;

/* Texts point into the answer. */
struct proof {
	bool is_complete; /* a session; else B2B: something is owed */
	const char *session_id;
	const char *session_token;
	int64_t expires_at; /* seconds; of the session */
	const char *intermediate_token;
	bool owes_primary;
	method_set primary_allowed;
	bool owes_mfa;
	method_set mfa_options;
	bool text_is_sent;           /* Stytch has sent the text message */
	const struct cJSON *person;  /* the user or member object, or NULL */
	const struct cJSON *factors; /* of the session, or NULL */
	int64_t now;                 /* Stytch's clock, by the session */
};

enum proof_fault {
	PROOF_GOOD,
	PROOF_MALFORMED, /* not what the API promises */
	PROOF_STRANGER,  /* about somebody else */
	PROOF_FOREIGN,   /* impersonated, imported or by a trusted token */
};

/* Why a proof is not taken, for the event. */
const char *proof_fault_text(enum proof_fault fault);

/*
 * Read an answer to a call made for person.  out_proof is written on
 * PROOF_GOOD only.
 */
enum proof_fault proof_read(const struct cJSON *answer,
    const struct person *person, struct proof *out_proof) MUST_CHECK;

/*
 * Whether the session holds method's factor, met at most max_age seconds
 * before Stytch's now.
 */
bool proof_has_factor(const struct proof *proof, const struct method *method,
    int64_t max_age);

/*
 * Seconds since 1970 of an RFC 3339 time in UTC ("2026-01-02T03:04:05.678Z"),
 * or -1.
 */
int64_t timestamp_read(const char *text);

#endif
