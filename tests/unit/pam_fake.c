/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of libpam that the module uses; see pam_fake.h. */
#include "config.h"

#include "tests/unit/pam_fake.h"

#include <security/pam_ext.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local unsigned fail_at;
static _Thread_local unsigned calls;

void
fake_fail_at(unsigned n)
{
	fail_at = n;
	calls = 0;
}

bool
fake_fails(void)
{
	return ++calls == fail_at;
}

unsigned
fake_calls(void)
{
	return calls;
}

static int
converse(int count, const struct pam_message **messages,
    struct pam_response **out_replies, void *data)
{
	struct pam_handle *pamh = data;
	struct fake_turn *turn = &pamh->turns[pamh->turn];

	if (fake_fails() || count != 1 || pamh->turn == FAKE_TURNS_MAX)
		return PAM_CONV_ERR;
	pamh->turn++;
	turn->style = messages[0]->msg_style;
	(void)snprintf(turn->text, sizeof(turn->text), "%s", messages[0]->msg);
	if (turn->user != NULL)
		pamh->user = turn->user;
	if (turn->result != PAM_SUCCESS || turn->no_reply)
		return turn->result;
	*out_replies = calloc(1, sizeof(**out_replies));
	if (*out_replies == NULL)
		return PAM_BUF_ERR;
	if (turn->answer != NULL)
		(*out_replies)->resp = strdup(turn->answer);
	return PAM_SUCCESS;
}

void
fake_init(struct pam_handle *pamh)
{
	static struct pam_conv conv;

	memset(pamh, 0, sizeof(*pamh));
	pamh->user = "alice";
	pamh->service = "sshd";
	conv = (struct pam_conv){ .conv = converse, .appdata_ptr = pamh };
	pamh->conv = &conv;
}

static void
drop_data(struct pam_handle *pamh, int status)
{
	if (pamh->data_name != NULL && pamh->data_free != NULL)
		pamh->data_free(pamh, pamh->data, status);
	free(pamh->data_name);
	pamh->data_name = NULL;
	pamh->data = NULL;
	pamh->data_free = NULL;
}

void
fake_end(struct pam_handle *pamh)
{
	drop_data(pamh, PAM_SUCCESS);
}

int
pam_get_item(const pam_handle_t *pamh, int type, const void **out_item)
{
	if (fake_fails())
		return PAM_SYSTEM_ERR;
	switch (type) {
	case PAM_USER:
		*out_item = pamh->user;
		return PAM_SUCCESS;
	case PAM_SERVICE:
		*out_item = pamh->service;
		return PAM_SUCCESS;
	case PAM_TTY:
		*out_item = pamh->tty;
		return PAM_SUCCESS;
	case PAM_RHOST:
		*out_item = pamh->rhost;
		return PAM_SUCCESS;
	case PAM_RUSER:
		*out_item = pamh->ruser;
		return PAM_SUCCESS;
	case PAM_AUTHTOK:
		*out_item = pamh->authtok;
		return PAM_SUCCESS;
	case PAM_CONV:
		*out_item = pamh->conv;
		return PAM_SUCCESS;
	default:
		return PAM_BAD_ITEM;
	}
}

int
pam_get_user(pam_handle_t *pamh, const char **out_user, const char *prompt)
{
	(void)prompt;
	if (fake_fails())
		return PAM_CONV_ERR;
	*out_user = pamh->user;
	return PAM_SUCCESS;
}

int
pam_set_data(pam_handle_t *pamh, const char *name, void *data,
    void (*data_free)(pam_handle_t *, void *, int))
{
	if (fake_fails())
		return PAM_BUF_ERR;
	if (pamh->data_name != NULL && strcmp(pamh->data_name, name) != 0)
		return PAM_SYSTEM_ERR; /* one name is all there is */
	drop_data(pamh, PAM_DATA_REPLACE);
	pamh->data_name = strdup(name);
	pamh->data = data;
	pamh->data_free = data_free;
	return pamh->data_name == NULL ? PAM_BUF_ERR : PAM_SUCCESS;
}

int
pam_get_data(const pam_handle_t *pamh, const char *name, const void **out_data)
{
	if (fake_fails() || pamh->data_name == NULL ||
	    strcmp(pamh->data_name, name) != 0)
		return PAM_NO_MODULE_DATA;
	*out_data = pamh->data;
	return PAM_SUCCESS;
}

int
pam_putenv(pam_handle_t *pamh, const char *entry)
{
	if (fake_fails())
		return PAM_BUF_ERR;
	if (strchr(entry, '=') == NULL)
		pamh->variable[0] = '\0';
	else if (snprintf(pamh->variable, sizeof(pamh->variable), "%s",
		     entry) >= (int)sizeof(pamh->variable))
		return PAM_BUF_ERR;
	return PAM_SUCCESS;
}

const char *
pam_getenv(pam_handle_t *pamh, const char *name)
{
	size_t len = strlen(name);

	if (strncmp(pamh->variable, name, len) != 0 ||
	    pamh->variable[len] != '=')
		return NULL;
	return pamh->variable + len + 1;
}

void
pam_syslog(const pam_handle_t *pamh, int priority, const char *format, ...)
{
	struct pam_handle *handle = pamh->conv == NULL
	    ? NULL
	    : pamh->conv->appdata_ptr; /* the same, and not const */
	size_t len;
	va_list arguments;

	(void)priority;
	if (handle == NULL)
		return;
	len = strlen(handle->log);
	va_start(arguments, format);
	(void)vsnprintf(handle->log + len, sizeof(handle->log) - len - 1,
	    format, arguments);
	va_end(arguments);
	len = strlen(handle->log);
	(void)memcpy(handle->log + len, "\n", 2);
}

const char *
pam_strerror(pam_handle_t *pamh, int code)
{
	(void)pamh;
	return code == PAM_SUCCESS ? "Success" : "Refused";
}
