/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The values that every test project knows: addresses, codes and tokens of
 * one user who is nowhere stored.  They mean nothing in a live project.
 */
#ifndef SANDBOX_MAGIC_H
#define SANDBOX_MAGIC_H

#include "sandbox/sandbox.h"

#define MAGIC_USER "user-test-e3795c81-f849-4167-bfda-e4a6e9c280fd"
#define MAGIC_EMAIL "sandbox@stytch.com"
#define MAGIC_EMAIL_ID "email-test-23873e89-d4ed-4e92-b3b9-e5c7198fa286"
#define MAGIC_PHONE "+10000000000"
#define MAGIC_PHONE_ID "phone-number-test-7c1ea1d4-41ae-4f0c-9e9c-2b3f1bd26b10"
#define MAGIC_TOTP_ID "totp-test-5b9b1f0e-3b3d-4a5e-8f53-09c3f2c8a2d1"
#define MAGIC_CODE "000000"
#define MAGIC_RECOVERY_CODE "a1b2-c3d4-e5f6"
#define MAGIC_LINK "DOYoip3rvIMMW5lgItikFK-Ak1CfMsgjuiCyI7uuU94="
#define MAGIC_LINK_SPENT "3pzjQpgksDlGKWEwUq2Up--hCHC_0oamfLHyfspKDFU="
#define MAGIC_LINK_UNKNOWN "CprTtwhnRNiMBiUS2jSLcWYrfuO2POeBNdo5HhW6qTM="
#define MAGIC_SESSION "WJtR5BCy38Szd5AfoDpf0iqFKEt4EE5JhjlWUY7l3FtY"
#define MAGIC_SESSION_UNKNOWN "59cnLELtq5cFVS6uYK9f-pAWzBkhqZl8AvLhbhOvKNWw"
#define MAGIC_SESSION_ID "session-test-eb94233f-8800-4ebd-8645-51dc15f9d028"
#define MAGIC_WALLET "0x6df2dB4Fb3DA35d241901Bd53367770BF03123f1"
#define MAGIC_WALLET_ID \
	"crypto-wallet-test-8f2c1c53-6d0e-4c53-9b0f-0d5a1b7d4e29"
#define MAGIC_SIGNATURE "0x0c4f82edc3c818b6beff4b89e0682994e5878074609903cecdfb"

/* Whether value (may be NULL) is that magic one, in a test project. */
bool magic_is(const struct request *rq, const char *value, const char *magic)
    MUST_CHECK;

/* Set the members of the magic user. */
void magic_describe_user(const struct request *rq, cJSON *object);

#endif
