/* SPDX-License-Identifier: BSD-2-Clause */
/* Passcodes sent: six digits, good once, one that is live for each method. */
#ifndef SANDBOX_OTP_H
#define SANDBOX_OTP_H

#include "sandbox/sandbox.h"

struct otp_wish {
	const char *method_id; /* what it proves: an email_id, a phone_id, .. */
	const char *owner_id;  /* user or member */
	const char *channel;   /* "sms", "whatsapp", "email" */
	const char *to;
	int64_t minutes;
};

/*
 * Send a code; those sent before for the method are void.  API_OK, or why
 * the message cannot go (message_send()).
 */
enum api_error otp_send(struct request *rq, const struct otp_wish *wish)
    MUST_CHECK;

/*
 * Use a code up.  API_OK; API_INVALID_CODE (not six digits),
 * API_OTP_CODE_NOT_FOUND (wrong), API_UNABLE_TO_AUTH_OTP_CODE (used, void,
 * expired), API_ATTRIBUTE_MISMATCH.  The caller counts the failure.
 */
enum api_error otp_use(struct request *rq, const char *method_id,
    const char *code) MUST_CHECK;

/* The owner and the channel of the method's last code; false: never one. */
bool otp_last(struct request *rq, const char *method_id,
    struct id *out_owner_id, char *out_channel, size_t channel_size);

#endif
