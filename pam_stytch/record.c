/* SPDX-License-Identifier: BSD-2-Clause */
/* What a handle knows between the phases; see record.h. */
#include "config.h"

#include "pam_stytch/record.h"

#include <errno.h>
#include <string.h>

static const char data_name[] = "pam_stytch_record";

static void
record_free(struct record **record)
{
	if (*record != NULL)
		explicit_bzero(*record, sizeof(**record));
	free(*record);
	*record = NULL;
}

static void
data_free(pam_handle_t *pamh, void *data, int status)
{
	struct record *record = data;

	(void)pamh;
	(void)status;
	record_free(&record);
}

bool
login_is_valid(const char *text)
{
	return text != NULL &&
	    strnlen(text, WIRE_LOGIN_LEN + 1) == WIRE_LOGIN_LEN &&
	    strspn(text, "0123456789abcdef") == WIRE_LOGIN_LEN;
}

const struct record *
record_get(pam_handle_t *pamh)
{
	const void *data = NULL;

	if (pam_get_data(pamh, data_name, &data) != PAM_SUCCESS)
		return NULL;
	return data;
}

int
record_keep(pam_handle_t *pamh, const char *user, const char *login,
    bool is_authenticated)
{
	CLEANUP(record_free) struct record *record = NULL;
	bool has_login = login != NULL && login[0] != '\0';
	size_t user_len = strlen(user);

	if (user_len >= sizeof(record->user))
		return -E2BIG;
	if (has_login && !login_is_valid(login))
		return -EINVAL;
	record = calloc(1, sizeof(*record));
	if (record == NULL)
		return -ENOMEM;
	memcpy(record->user, user, user_len + 1);
	if (has_login)
		memcpy(record->login, login, sizeof(record->login));
	record->is_authenticated = is_authenticated;
	if (pam_set_data(pamh, data_name, record, data_free) != PAM_SUCCESS)
		return -ENOMEM;
	record = NULL;
	return 0;
}

void
record_forget(pam_handle_t *pamh)
{
	if (record_get(pamh) != NULL)
		(void)pam_set_data(pamh, data_name, NULL, NULL);
	record_unexport(pamh);
}

int
record_export(pam_handle_t *pamh, const char *login)
{
	char entry[sizeof(RECORD_VARIABLE) + 1 + WIRE_LOGIN_LEN] =
	    RECORD_VARIABLE "=";

	if (!login_is_valid(login))
		return -EINVAL;
	memcpy(entry + sizeof(RECORD_VARIABLE), login, WIRE_LOGIN_LEN + 1);
	if (pam_putenv(pamh, entry) != PAM_SUCCESS)
		return -ENOMEM;
	return 0;
}

const char *
record_imported(pam_handle_t *pamh)
{
	const char *login = pam_getenv(pamh, RECORD_VARIABLE);

	return login_is_valid(login) ? login : NULL;
}

void
record_unexport(pam_handle_t *pamh)
{
	if (pam_getenv(pamh, RECORD_VARIABLE) != NULL)
		(void)pam_putenv(pamh, RECORD_VARIABLE);
}
