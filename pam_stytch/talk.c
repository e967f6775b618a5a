/* SPDX-License-Identifier: BSD-2-Clause */
/* The application's conversation function; see talk.h. */
#include "config.h"

#include "pam_stytch/talk.h"

#include "common/wire.h"

#include <errno.h>
#include <string.h>

static const char fake_start[] = "\b\n\r\177";

void
answer_free(char **answer)
{
	if (*answer != NULL)
		explicit_bzero(*answer, strlen(*answer));
	free(*answer);
	*answer = NULL;
}

bool
answer_is_sendable(const char *answer)
{
	size_t len = strnlen(answer, WIRE_ANSWER_MAX + 1);
	size_t fake_len = sizeof(fake_start) - 1;

	if (len < fake_len)
		fake_len = len;
	return len == 0 ||
	    (len <= WIRE_ANSWER_MAX &&
		memcmp(answer, fake_start, fake_len) != 0);
}

/*
 * One message through the conversation.  What a conversation that fails
 * leaves in the reply is undefined, so it is not looked at then.
 */
static int
converse(pam_handle_t *pamh, int style, const char *text, char **out_answer)
{
	const struct pam_message message = { .msg_style = style, .msg = text };
	const struct pam_message *messages = &message;
	struct pam_response *replies = NULL;
	const void *item = NULL;
	const struct pam_conv *conv;

	if (pam_get_item(pamh, PAM_CONV, &item) != PAM_SUCCESS || item == NULL)
		return -ECANCELED;
	conv = item;
	if (conv->conv == NULL ||
	    conv->conv(1, &messages, &replies, conv->appdata_ptr) !=
		PAM_SUCCESS)
		return -ECANCELED;
	*out_answer = replies == NULL ? NULL : replies->resp;
	free(replies);
	return 0;
}

int
talk_ask(pam_handle_t *pamh, bool echo, const char *text, char **out_answer)
{
	char *answer = NULL;
	int error = converse(pamh,
	    echo ? PAM_PROMPT_ECHO_ON : PAM_PROMPT_ECHO_OFF, text, &answer);

	if (error != 0)
		return error;
	if (answer == NULL)
		return -ECANCELED;
	*out_answer = answer;
	return 0;
}

int
talk_show(pam_handle_t *pamh, bool is_error, const char *text)
{
	CLEANUP(answer_free) char *answer = NULL;

	return converse(pamh, is_error ? PAM_ERROR_MSG : PAM_TEXT_INFO, text,
	    &answer);
}

const char *
talk_first_pass(const struct call *call)
{
	const void *item = NULL;

	if ((!call->options.use_first_pass && !call->options.try_first_pass) ||
	    pam_get_item(call->pamh, PAM_AUTHTOK, &item) != PAM_SUCCESS)
		return NULL;
	return item;
}
