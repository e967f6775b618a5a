/* SPDX-License-Identifier: BSD-2-Clause */
/* stytchctl limits write. */
#include "config.h"

#include "stytchctl/command.h"
#include "stytchctl/file.h"
#include "stytchctl/limits_text.h"
#include "stytchd/configuration.h"

#include <string.h>

#define LIMITS_PATH SYSCONFDIR "/stytch/nss.limits"

enum ctl_exit
limits_run(const struct ctl *ctl)
{
	CLEANUP(configuration_unref) struct configuration *configuration = NULL;
	CLEANUP(string_free) char *text = NULL;
	struct configuration_error error;
	struct limits_fault fault;
	int result;

	if (configuration_load(ctl->config, &configuration, &error) != 0) {
		(void)fprintf(ctl->err, "stytchctl: %s\n", error.text);
		return CTL_USAGE;
	}
	result = limits_text(configuration, SYSCONFDIR "/group", &text, &fault);
	if (result != 0) {
		(void)fprintf(ctl->err, "stytchctl: %s: %s\n", ctl->config,
		    fault.text);
		return CTL_USAGE;
	}
	result = file_replace(LIMITS_PATH, text);
	if (result != 0) {
		(void)fprintf(ctl->err, "stytchctl: " LIMITS_PATH ": %s\n",
		    strerror(-result));
		return CTL_REFUSED;
	}
	return CTL_OK;
}
