/* SPDX-License-Identifier: BSD-2-Clause */
/* Throw-away certificates; see certificate.h. */
#include "config.h"

#include "tests/unit/certificate.h"

#include "common/attr.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static void
must(bool condition, const char *what)
{
	if (!condition) {
		(void)fprintf(stderr, "certificate: %s\n", what);
		abort();
	}
}

static void
add_extension(X509 *x509, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;

	X509V3_set_ctx(&context, x509, x509, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	must(extension != NULL && X509_add_ext(x509, extension, -1) == 1,
	    "extension");
	X509_EXTENSION_free(extension);
}

/* The text of a memory BIO, which is freed. */
static char *
take_text(BIO *bio)
{
	char *data = NULL, *text;
	long len = BIO_get_mem_data(bio, &data);

	must(len > 0, "text");
	text = strndup(data, (size_t)len);
	must(text != NULL, "memory");
	BIO_free(bio);
	return text;
}

void
certificate_make(const char *subject_alt_name, long in_seconds,
    struct certificate *out_certificate)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x509 = X509_new();
	BIO *cert_bio = BIO_new(BIO_s_mem()), *key_bio = BIO_new(BIO_s_mem());
	X509_NAME *name;

	must(key != NULL && x509 != NULL && cert_bio != NULL && key_bio != NULL,
	    "memory");
	must(X509_set_version(x509, X509_VERSION_3) == 1 &&
		ASN1_INTEGER_set(X509_get_serialNumber(x509), 1) == 1 &&
		X509_gmtime_adj(X509_getm_notBefore(x509), -86400) != NULL &&
		X509_gmtime_adj(X509_getm_notAfter(x509), in_seconds) != NULL &&
		X509_set_pubkey(x509, key) == 1,
	    "fields");
	name = X509_get_subject_name(x509);
	must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
		 (const unsigned char *)"test", -1, -1, 0) == 1 &&
		X509_set_issuer_name(x509, name) == 1,
	    "name");
	add_extension(x509, NID_subject_alt_name, subject_alt_name);
	add_extension(x509, NID_basic_constraints, "critical,CA:TRUE");
	must(X509_sign(x509, key, EVP_sha256()) > 0, "signature");
	must(PEM_write_bio_X509(cert_bio, x509) == 1 &&
		PEM_write_bio_PrivateKey(key_bio, key, NULL, NULL, 0, NULL,
		    NULL) == 1,
	    "PEM");
	out_certificate->cert_pem = take_text(cert_bio);
	out_certificate->key_pem = take_text(key_bio);
	X509_free(x509);
	EVP_PKEY_free(key);
}

void
certificate_clear(struct certificate *certificate)
{
	string_free(&certificate->cert_pem);
	string_free(&certificate->key_pem);
}
