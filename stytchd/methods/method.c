/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of methods, and what its rows share; see method.h. */
#include "config.h"

#include "stytchd/methods/method.h"

#include <errno.h>
#include <string.h>

static const struct method *const methods[] = {
	[METHOD_OTP_EMAIL] = &method_otp_email,
	[METHOD_OTP_SMS] = &method_otp_sms,
	[METHOD_OTP_WHATSAPP] = &method_otp_whatsapp,
	[METHOD_TOTP] = &method_totp,
	[METHOD_PASSWORD] = &method_password,
	[METHOD_MAGIC_LINK] = &method_magic_link,
	[METHOD_RECOVERY_CODE] = &method_recovery_code,
};
_Static_assert(ARRAY_LEN(methods) == METHOD_COUNT, "one row a method");

const struct method *
method_get(enum method_id id)
{
	return methods[id];
}

enum method_id
method_find(const char *name)
{
	unsigned id = 0;

	while (id < METHOD_COUNT && strcmp(methods[id]->name, name) != 0)
		id++;
	return (enum method_id)id;
}

method_set
method_set_of(const struct text_list *names)
{
	method_set set = 0;

	for (size_t i = 0; i < names->count; i++) {
		enum method_id id = method_find(names->items[i]);

		if (id != METHOD_COUNT)
			set |= METHOD_BIT(id);
	}
	return set;
}

method_set
method_usable(const struct person *person)
{
	method_set set = 0;

	for (unsigned id = 0; id < METHOD_COUNT; id++) {
		const struct contact *contact;

		if (methods[id]->verify[person->kind].fill != NULL &&
		    methods[id]->is_usable(person, &contact))
			set |= METHOD_BIT(id);
	}
	return set;
}

const struct contact *
contact_choose(const struct contact *contacts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (contacts[i].verified)
			return &contacts[i];
	return count == 0 ? NULL : &contacts[0];
}

bool
method_has_email(const struct person *person,
    const struct contact **out_contact)
{
	*out_contact = contact_choose(person->emails, person->email_count);
	return *out_contact != NULL;
}

int
method_read_code(const char *typed, struct secret *out_answer)
{
	char digits[12];
	size_t len = 0;
	int error = 0;

	for (; *typed != '\0' && error == 0; typed++) {
		if (*typed == ' ' || *typed == '-')
			continue;
		if (*typed < '0' || *typed > '9' || len == sizeof(digits))
			error = -EINVAL;
		else
			digits[len++] = *typed;
	}
	if (len < 4)
		error = -EINVAL;
	if (error == 0)
		error = secret_set(out_answer, digits, len);
	explicit_bzero(digits, sizeof(digits));
	return error;
}

int
method_read_password(const char *typed, struct secret *out_answer)
{
	if (typed[0] == '\0')
		return -EINVAL;
	return secret_set(out_answer, typed, strlen(typed));
}

void
method_fill_member(const struct step *step, struct stytch_call *call)
{
	stytch_call_set(call, "organization_id", step->person->organization);
	stytch_call_set(call, "member_id", step->person->identity);
}

void
method_fill_member_email(const struct step *step, struct stytch_call *call)
{
	stytch_call_set(call, "organization_id", step->person->organization);
	stytch_call_set(call, "email_address", step->contact->value);
}

void
method_fill_user(const struct step *step, struct stytch_call *call)
{
	stytch_call_set(call, "user_id", step->person->identity);
}

void
method_fill_email(const struct step *step, struct stytch_call *call)
{
	stytch_call_set(call, "email", step->contact->value);
}

void
method_fill_attributes(const struct step *step, struct stytch_call *call)
{
	if (step->ip_address != NULL)
		stytch_call_set(call, "attributes.ip_address",
		    step->ip_address);
}

/* The languages that mails and text messages both come in; English is theirs. */
void
method_fill_locale(const struct step *step, struct stytch_call *call)
{
	static const char *const languages[][2] = {
		{ "es", "es" },
		{ "fr", "fr" },
		{ "pt_BR", "pt-br" },
	};

	for (size_t i = 0; step->locale != NULL && i < ARRAY_LEN(languages);
	     i++)
		if (strncmp(step->locale, languages[i][0],
			strlen(languages[i][0])) == 0)
			stytch_call_set(call, "locale", languages[i][1]);
}
