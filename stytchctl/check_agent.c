/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the agent answers, and its map can be read. */
#include "config.h"

#include "stytchctl/check.h"

#include "common/buf.h"
#include "common/wire_socket.h"
#include "nss_stytch/map_load.h"
#include "stytchctl/admin.h"
#include "stytchd/configuration.h"

#include <string.h>
#include <unistd.h>

#define NAME "agent"
#define CONNECT_WAIT_MS 5000

static bool
count_row(void *context, const struct cJSON *object, const char *text)
{
	unsigned *rows = context;

	(void)object;
	(void)text;
	*rows += 1;
	return true;
}

/* root.sock must answer a verb; what it says is "status"'s to show. */
static void
check_root(struct check *check)
{
	struct ctl quiet = *check->ctl;
	FILE *nowhere = fopen("/dev/null", "we");
	unsigned rows = 0;

	quiet.err = nowhere != NULL ? nowhere : check->ctl->err;
	if (admin_ask(&quiet, "status", NULL, count_row, &rows) != CTL_OK ||
	    rows == 0)
		check_add(check, FINDING_FAIL, NAME,
		    "systemctl start stytchd; look into its journal",
		    "the agent does not answer on root.sock");
	else
		check_add(check, FINDING_OK, NAME, NULL,
		    "the agent answers on root.sock");
	if (nowhere != NULL)
		(void)fclose(nowhere);
}

static void
check_public(struct check *check, const char *runtime_dir)
{
	CLEANUP(fd_close) int fd = -1;
	int result = wire_connect(runtime_dir, "public.sock",
	    wire_now_ms() + CONNECT_WAIT_MS, &fd);

	if (result != 0)
		check_add(check, FINDING_FAIL, NAME,
		    "systemctl start stytchd-public.socket",
		    "%s/public.sock: %s", runtime_dir, admin_reason(result));
	else
		check_add(check, FINDING_OK, NAME, NULL,
		    "the agent listens on public.sock");
}

void
check_agent(struct check *check)
{
	CLEANUP(string_free) char *runtime_dir = NULL;

	if (ctl_runtime_dir(check->ctl, &runtime_dir) != 0)
		return;
	if (geteuid() == 0)
		check_root(check);
	check_public(check, runtime_dir);
}

void
check_map(struct check *check)
{
	static const char change[] =
	    "stytchctl sync; if that does not help, look into the agent's "
	    "journal";
	CLEANUP(map_unload) struct map_mapping mapping = MAP_MAPPING_INIT;
	CLEANUP(buf_clear) struct buf path = BUF_INIT(8192);
	const char *why = NULL;
	int result;

	if (check->configuration == NULL)
		return;
	buf_addf(&path, "%s/accounts.map",
	    check->configuration->stytch.state_dir);
	result = buf_error(&path);
	if (result == 0)
		result = map_load(buf_text(&path), &mapping);
	if (result == 0)
		result = map_verify(&mapping.map, &why);
	if (result != 0)
		check_add(check, FINDING_FAIL, "map", change, "%s: %s",
		    buf_text(&path), why != NULL ? why : strerror(-result));
	else
		check_add(check, FINDING_OK, "map", NULL, "%s has %lu accounts",
		    buf_text(&path),
		    (unsigned long)mapping.map.count[MAP_ACCOUNT]);
}
