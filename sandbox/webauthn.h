/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * WebAuthn's two ceremonies, seen by the server: what a browser answers (level
 * 3, RegistrationResponseJSON and AuthenticationResponseJSON), the challenge
 * that it is for, and the checks that both ceremonies share.
 */
#ifndef SANDBOX_WEBAUTHN_H
#define SANDBOX_WEBAUTHN_H

#include "sandbox/authenticator.h"
#include "sandbox/sandbox.h"

#define WEBAUTHN_DOMAIN_MAX 253
#define WEBAUTHN_MINUTES 5 /* that a challenge lives */

/* A ceremony: what differs between making a credential and using one. */
struct webauthn_kind {
	const char *type;       /* of client data, and of the challenge */
	const char *object;     /* the response's member that is CBOR */
	bool is_signed;         /* whether it has a signature */
	enum api_error missing; /* no such challenge is open */
	enum api_error refusal; /* something does not fit */
};
extern const struct webauthn_kind webauthn_create, webauthn_get;

struct webauthn_domain {
	char text[WEBAUTHN_DOMAIN_MAX + 1]; /* in small letters */
};

/*
 * A domain as a relying party's id: a name of hosts, no address, no port.
 * API_OK or API_INVALID_WEBAUTHN_REGISTRATION_DOMAIN.
 */
enum api_error webauthn_read_domain(const char *text,
    struct webauthn_domain *out_domain) MUST_CHECK;

/* A credential as it came, in pieces. */
struct webauthn_credential {
	cJSON *json;
	cJSON *client; /* the client data */
	uint8_t *block;
	size_t size, used;
	struct bytes id;
	struct bytes client_data;
	struct bytes object;
	struct bytes signature;   /* of an assertion */
	struct bytes user_handle; /* of an assertion; data NULL: none */
	uint8_t client_hash[32];  /* SHA-256 of the client data */
};

#define WEBAUTHN_CREDENTIAL_INIT \
	{ \
		.json = NULL, .client = NULL, .block = NULL \
	}

void webauthn_credential_clear(struct webauthn_credential *credential);

/*
 * Read the text of a credential.  API_OK, one of the
 * API_INVALID_PUBLIC_KEY_CREDENTIAL errors, API_INTERNAL_SERVER_ERROR
 * without memory.  *out is cleared first.
 */
enum api_error webauthn_credential_read(const char *text,
    const struct webauthn_kind *kind, struct webauthn_credential *out)
    MUST_CHECK;

/* What a start left for its end. */
struct webauthn_ceremony {
	char challenge[64];
	struct id user_id; /* "": whoever has a credential */
	struct webauthn_domain domain;
	cJSON *details; /* an object */
};

#define WEBAUTHN_CEREMONY_INIT \
	{ \
		.challenge = "", .details = NULL \
	}

void webauthn_ceremony_clear(struct webauthn_ceremony *ceremony);

/* Begin: challenge is set, the rest is the caller's, and all of it kept. */
void webauthn_begin(struct request *rq, const struct webauthn_kind *kind,
    struct webauthn_ceremony *ceremony);

/* The live one that the credential is for: API_OK, or kind's refusals. */
enum api_error webauthn_find(struct request *rq,
    const struct webauthn_kind *kind,
    const struct webauthn_credential *credential, struct webauthn_ceremony *out)
    MUST_CHECK;

/* It is over: its challenge is good no more. */
void webauthn_end(struct request *rq, const struct webauthn_ceremony *ceremony);

/*
 * Whether client data and authenticator data are of this ceremony: origin,
 * hash of the domain, user present and, where it was required, verified.
 * API_OK or kind's refusal.
 */
enum api_error webauthn_check(struct request *rq,
    const struct webauthn_kind *kind, const struct webauthn_ceremony *ceremony,
    const struct webauthn_credential *credential,
    const struct authenticator_data *data) MUST_CHECK;

/* Whether the text is an origin of pages of the domain or below it. */
bool webauthn_origin_fits(const char *origin, const char *domain);

#endif
