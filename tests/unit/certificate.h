/* SPDX-License-Identifier: BSD-2-Clause */
/* Throw-away certificates for tests of TLS. */
#ifndef TESTS_UNIT_CERTIFICATE_H
#define TESTS_UNIT_CERTIFICATE_H

/* Both are the caller's, freed with free(). */
struct certificate {
	char *cert_pem;
	char *key_pem;
};

/*
 * Make a key and a certificate signed by itself, for subject_alt_name
 * ("IP:127.0.0.1"), which ends in_seconds from now.  Fails the test where it
 * cannot.
 */
void certificate_make(const char *subject_alt_name, long in_seconds,
    struct certificate *out_certificate);

void certificate_clear(struct certificate *certificate);

#endif
