/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pam_outcome CONFDIR SERVICE PHASE...: run the phases of a PAM stack for the
 * user root, in one handle, and print the number of the last one's result.
 * Stops at the first failure.  Nobody answers a prompt.
 */
#include "common/attr.h"

#include <security/pam_appl.h>

#include <stdio.h>
#include <string.h>

static const struct phase {
	const char *name;
	int (*run)(pam_handle_t *handle, int flags);
	int flags;
} phases[] = {
	{ "auth", pam_authenticate, 0 },
	{ "setcred", pam_setcred, PAM_ESTABLISH_CRED },
	{ "account", pam_acct_mgmt, 0 },
	{ "open", pam_open_session, 0 },
	{ "close", pam_close_session, 0 },
};

static int
converse(int count, const struct pam_message **messages,
    struct pam_response **out_responses, void *context)
{
	(void)count;
	(void)messages;
	(void)out_responses;
	(void)context;
	return PAM_CONV_ERR;
}

static int
phase_run(pam_handle_t *handle, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(phases); i++)
		if (strcmp(phases[i].name, name) == 0)
			return phases[i].run(handle, phases[i].flags);
	return -1;
}

int
main(int argc, char **argv)
{
	const struct pam_conv conversation = { converse, NULL };
	pam_handle_t *handle = NULL;
	int result = PAM_SUCCESS;

	if (argc < 4 ||
	    pam_start_confdir(argv[2], "root", &conversation, argv[1],
		&handle) != PAM_SUCCESS)
		return 2;
	for (int i = 3; i < argc && result == PAM_SUCCESS; i++)
		result = phase_run(handle, argv[i]);
	(void)printf("%d\n", result);
	(void)pam_end(handle, result);
	return 0;
}
