/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An authenticator and its browser, in process: real keys and signatures, and
 * every way to get one thing wrong.  What it sends is put together here byte
 * by byte, so that reader and writer of CBOR are not one library.
 */
#ifndef TESTS_UNIT_SANDBOX_PASSKEY_H
#define TESTS_UNIT_SANDBOX_PASSKEY_H

#include "tests/unit/sandbox_drive.h"

#include <openssl/evp.h>

#define PASSKEY_DOMAIN "example.com"
#define PASSKEY_ORIGIN "https://login.example.com"

struct passkey {
	EVP_PKEY *key;
	int algorithm; /* COSE's number */
	uint8_t id[20];
	uint32_t counter;
	char user_handle[128]; /* in base64url */
};

/* What is to be wrong, or other than usual, in one answer. */
struct twist {
	const char *type;      /* of the client data */
	const char *challenge; /* in base64url */
	const char *origin;
	const char *domain; /* whose hash is signed */
	const char *format; /* "packed": by itself; "x5c": by certificate */
	const char *user_handle; /* in base64url; "": none */
	const char *with_client; /* members added to the client data: ",.." */
	const char *drop;        /* a member of the response not sent */
	const char *replace;     /* a member of it whose value is instead */
	const char *value;       /* this */
	const uint8_t *other_id; /* 20 bytes: another id in the attestation */
	int flags_off, flags_on;
	int algorithm;           /* that the key says; 0: its own */
	int statement_alg;       /* that the statement says; 0: its own */
	size_t cut;              /* bytes off the end of the CBOR or data */
	const char *append;      /* behind it */
	const char *append_data; /* behind the data inside the attestation */
	bool bad_signature;
	bool other_aaguid; /* in the certificate */
	bool plain_name;   /* a certificate without the unit's name */
	int64_t counter;   /* to say; 0: the next one */
};

/* Make a key; COSE_ES256, COSE_EDDSA or COSE_RS256. */
void passkey_make(struct passkey *passkey, int algorithm);
void passkey_clear(struct passkey *passkey);

/*
 * What the browser makes of options, as the text of public_key_credential;
 * twist may be NULL.  Freed by the caller (string_free()).
 */
char *passkey_create(struct passkey *passkey, const char *options,
    const struct twist *twist);
char *passkey_get(struct passkey *passkey, const char *options,
    const struct twist *twist);

/* POST a body to which the credential's text is added. */
cJSON *passkey_send(struct sandbox *sandbox, const char *target,
    const char *body, const char *credential);

/* Start, answer, register; the answer of the end. */
cJSON *passkey_register(struct sandbox *sandbox, struct passkey *passkey,
    const char *user_id, const struct twist *twist);
/* The same of a login; user_id NULL: whoever has a passkey. */
cJSON *passkey_login(struct sandbox *sandbox, struct passkey *passkey,
    const char *user_id, const struct twist *twist);

/* The same where only what becomes of it matters. */
void passkey_registers(void **state, struct passkey *passkey,
    const char *user_id, const struct twist *twist, enum api_error error);
void passkey_logs_in(void **state, struct passkey *passkey, const char *user_id,
    const struct twist *twist, enum api_error error);

/* The options in an answer, read; freed by the caller. */
cJSON *passkey_options(const cJSON *answer, const char *name);

/*
 * cmocka's setup and teardown of most tests: users "ann" and "bob", and a key
 * of each (ES256, EdDSA) that is not registered.
 */
extern struct passkey ann, bob;
int passkey_setup(void **state);
int passkey_teardown(void **state);

/* Set settings, a JSON object, of the Consumer project. */
void passkey_settings(void **state, const char *settings);

#endif
