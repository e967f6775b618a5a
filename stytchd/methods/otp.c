/* SPDX-License-Identifier: BSD-2-Clause */
/* What the one-time codes share; see otp.h. */
#include "config.h"

#include "stytchd/methods/otp.h"

void
otp_fill_send_phone(const struct step *step, struct stytch_call *call)
{
	stytch_call_set(call, "phone_number", step->contact->value);
	stytch_call_set_int(call, "expiration_minutes", CODE_MINUTES);
	method_fill_attributes(step, call);
	method_fill_locale(step, call);
}

void
otp_fill_verify(const struct step *step, struct stytch_call *call)
{
	stytch_call_set(call, "method_id", step->contact->id);
	method_fill_attributes(step, call);
}

bool
otp_has_phone(const struct person *person, const struct contact **out_contact)
{
	*out_contact = contact_choose(person->phones, person->phone_count);
	return *out_contact != NULL;
}
