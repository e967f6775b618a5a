/* SPDX-License-Identifier: BSD-2-Clause */
/* What the three one-time codes share: email, text message, WhatsApp. */
#ifndef STYTCHD_METHODS_OTP_H
#define STYTCHD_METHODS_OTP_H

#include "stytchd/methods/method.h"

/* Consumer: send to a phone number; check a code by the address's id. */
void otp_fill_send_phone(const struct step *step, struct stytch_call *call);
void otp_fill_verify(const struct step *step, struct stytch_call *call);

bool otp_has_phone(const struct person *person,
    const struct contact **out_contact);

#endif
