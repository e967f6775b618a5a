/* SPDX-License-Identifier: BSD-2-Clause */
/* stytchctl limits write. */
#include "config.h"

#include "common/buf.h"
#include "nss_stytch/map_retire.h"
#include "stytchctl/command.h"
#include "stytchctl/file.h"
#include "stytchctl/limits_text.h"
#include "stytchd/configuration.h"

#include <errno.h>
#include <string.h>

#define LIMITS_PATH SYSCONFDIR "/stytch/nss.limits"

/*
 * Running processes read the limits with a map: have them read both again.  A
 * map that is not there, or is none, is in no process.
 */
static int
tell_readers(const char *state_dir)
{
	static const char *const maps[] = { "accounts.map",
		"accounts.new.map" };
	int result = 0;

	for (size_t i = 0; i < ARRAY_LEN(maps); i++) {
		CLEANUP(buf_clear) struct buf path = BUF_INIT(8192);
		int error;

		buf_addf(&path, "%s/%s", state_dir, maps[i]);
		error = buf_error(&path);
		if (error == 0)
			error = map_reread(buf_text(&path));
		if (error != 0 && error != -ENOENT && error != -EBADMSG)
			result = error;
	}
	return result;
}

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
	result = tell_readers(configuration->stytch.state_dir);
	if (result != 0) {
		(void)fprintf(ctl->err,
		    "stytchctl: running processes keep the old limits until the next sync: %s\n",
		    strerror(-result));
		return CTL_REFUSED;
	}
	return CTL_OK;
}
