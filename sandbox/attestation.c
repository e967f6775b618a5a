/* SPDX-License-Identifier: BSD-2-Clause */
/* Attestation statements (WebAuthn 8.2, 8.7). */
#include "config.h"

#include "sandbox/authenticator.h"
#include "sandbox/cose.h"

#include "common/buf.h"

#include <errno.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

#define SIGNED_MAX 65536
#define AAGUID_OID "1.3.6.1.4.1.45724.1.1.4" /* id-fido-gen-ce-aaguid */

static void
certificate_free(X509 **certificate)
{
	X509_free(*certificate);
}

static void
object_free(ASN1_OBJECT **object)
{
	ASN1_OBJECT_free(*object);
}

/* ---- Certificates of authenticators (WebAuthn 8.2.1). ---- */

static bool
has_name(const X509_NAME *name, int kind, const char *wanted)
{
	int at = X509_NAME_get_index_by_NID(name, kind, -1);
	const ASN1_STRING *text;

	if (at < 0)
		return false;
	text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
	return wanted == NULL ||
	    (ASN1_STRING_length(text) == (int)strlen(wanted) &&
		memcmp(ASN1_STRING_get0_data(text), wanted, strlen(wanted)) ==
		    0);
}

/* The authenticator's model, if the certificate says it, is the data's. */
static int
check_aaguid(const X509 *certificate, const uint8_t *aaguid)
{
	CLEANUP(object_free) ASN1_OBJECT *oid = OBJ_txt2obj(AAGUID_OID, 1);
	X509_EXTENSION *extension;
	const ASN1_OCTET_STRING *value;
	const uint8_t *bytes;
	int at;

	if (oid == NULL)
		return -ENOMEM;
	at = X509_get_ext_by_OBJ(certificate, oid, -1);
	if (at < 0)
		return 0;
	extension = X509_get_ext(certificate, at);
	value = X509_EXTENSION_get_data(extension);
	bytes = ASN1_STRING_get0_data(value);
	/* An octet string in the octet string. */
	return X509_EXTENSION_get_critical(extension) == 0 &&
		ASN1_STRING_length(value) == 2 + AAGUID_LEN &&
		bytes[0] == V_ASN1_OCTET_STRING && bytes[1] == AAGUID_LEN &&
		memcmp(bytes + 2, aaguid, AAGUID_LEN) == 0
	    ? 0
	    : -EBADMSG;
}

static int
check_certificate(X509 *certificate, const uint8_t *aaguid)
{
	const X509_NAME *subject = X509_get_subject_name(certificate);

	if (X509_get_version(certificate) != X509_VERSION_3 ||
	    !has_name(subject, NID_countryName, NULL) ||
	    !has_name(subject, NID_organizationName, NULL) ||
	    !has_name(subject, NID_organizationalUnitName,
		"Authenticator Attestation") ||
	    !has_name(subject, NID_commonName, NULL) ||
	    (X509_get_extension_flags(certificate) & EXFLAG_BCONS) == 0 ||
	    X509_check_ca(certificate) != 0)
		return -EBADMSG;
	return check_aaguid(certificate, aaguid);
}

static int
check_by_certificate(const struct attestation *attestation, int64_t algorithm,
    struct bytes text, struct bytes signature)
{
	const cbor_item_t *list = cbor_at(attestation->statement, "x5c");
	CLEANUP(certificate_free) X509 *certificate = NULL;
	const uint8_t *end;
	struct bytes der;
	EVP_PKEY *key;
	int rc;

	if (!cbor_isa_array(list) || cbor_array_size(list) == 0 ||
	    !cbor_take_bytes(cbor_array_handle(list)[0], &der))
		return -EBADMSG;
	end = der.data;
	certificate = d2i_X509(NULL, &end, (long)der.len);
	if (certificate == NULL || end != der.data + der.len)
		return -EBADMSG;
	rc = check_certificate(certificate, attestation->data.aaguid);
	if (rc != 0)
		return rc;
	key = X509_get0_pubkey(certificate);
	return key != NULL ? cose_check(algorithm, key, text, signature)
			   : -EBADMSG;
}

/* ---- Formats. ---- */

/* Signed by the credential itself: it must be of that algorithm. */
static int
check_by_itself(const struct attestation *attestation, int64_t algorithm,
    struct bytes text, struct bytes signature)
{
	CLEANUP(cose_key_clear) struct cose_key key = COSE_KEY_INIT;
	int rc = cose_key_read(attestation->data.public_key, &key);

	if (rc != 0)
		return rc;
	return key.algorithm == algorithm
	    ? cose_check(algorithm, key.key, text, signature)
	    : -EBADMSG;
}

static int
check_packed(const struct attestation *attestation, struct bytes client_hash)
{
	const cbor_item_t *statement = attestation->statement;
	CLEANUP(buf_clear) struct buf signed_text = BUF_INIT(SIGNED_MAX);
	struct bytes text, signature;
	int64_t algorithm;

	if (!cbor_take_int(cbor_at(statement, "alg"), &algorithm) ||
	    !cbor_take_bytes(cbor_at(statement, "sig"), &signature) ||
	    cbor_at(statement, "ecdaaKeyId") != NULL)
		return -EBADMSG;
	buf_add(&signed_text, attestation->bytes.data, attestation->bytes.len);
	buf_add(&signed_text, client_hash.data, client_hash.len);
	if (buf_error(&signed_text) != 0)
		return buf_error(&signed_text);
	text.data = (const uint8_t *)buf_text(&signed_text);
	text.len = signed_text.len;
	return cbor_at(statement, "x5c") != NULL
	    ? check_by_certificate(attestation, algorithm, text, signature)
	    : check_by_itself(attestation, algorithm, text, signature);
}

int
attestation_check(const struct attestation *attestation,
    struct bytes client_hash)
{
	const cbor_item_t *format = cbor_at(attestation->object, "fmt");

	if (format == NULL || !cbor_isa_string(format))
		return -EBADMSG;
	if (cbor_is_text(format, "none"))
		return cbor_map_size(attestation->statement) == 0 ? 0
								  : -EBADMSG;
	return cbor_is_text(format, "packed")
	    ? check_packed(attestation, client_hash)
	    : -ENOTSUP;
}
