/* SPDX-License-Identifier: BSD-2-Clause */
/* What authenticators sign, and attestation objects (WebAuthn 6.1, 6.5). */
#ifndef SANDBOX_AUTHENTICATOR_H
#define SANDBOX_AUTHENTICATOR_H

#include "sandbox/cbor_read.h"

#include <stdbool.h>

#define RP_ID_HASH_LEN 32
#define AAGUID_LEN 16
#define CREDENTIAL_ID_MAX 1023

/* Flags of authenticator data. */
#define FLAG_USER_PRESENT 0x01
#define FLAG_USER_VERIFIED 0x04
#define FLAG_BACKUP_ELIGIBLE 0x08
#define FLAG_BACKED_UP 0x10
#define FLAG_ATTESTED 0x40
#define FLAG_EXTENSIONS 0x80

/* Authenticator data, pointing into the bytes that were read. */
struct authenticator_data {
	const uint8_t *rp_id_hash;
	uint8_t flags;
	uint32_t counter;
	const uint8_t *aaguid; /* NULL: it attests no credential */
	struct bytes credential_id;
	struct bytes public_key; /* a COSE key, not looked into */
};

/*
 * Read authenticator data.  0, or -EBADMSG: cut short, followed by more,
 * CBOR that is none, backed up without being eligible.
 */
int authenticator_data_read(struct bytes bytes,
    struct authenticator_data *out_data) MUST_CHECK;

/* An attestation object. */
struct attestation {
	cbor_item_t *object;
	const cbor_item_t *statement; /* of object */
	struct bytes bytes;           /* the authenticator data, of object */
	struct authenticator_data data;
};

#define ATTESTATION_INIT \
	{ \
		.object = NULL \
	}

void attestation_clear(struct attestation *attestation);

/* Read one whose data attests a credential.  0, -EBADMSG, -ENOMEM. */
int attestation_read(struct bytes bytes, struct attestation *out_attestation)
    MUST_CHECK;

/*
 * Whether the statement is one: "none", or "packed" by the credential's own
 * key or by a certificate (whose issuer is not asked for).  0; -EBADMSG where
 * it is not, or its signature not over data and client_hash; -ENOTSUP for
 * another format or algorithm; -ENOMEM.
 */
int attestation_check(const struct attestation *attestation,
    struct bytes client_hash) MUST_CHECK;

#endif
