/* SPDX-License-Identifier: BSD-2-Clause */
/* Owners and modes of what the agent reads and writes. */
#include "config.h"

#include "stytchctl/check.h"

#include "common/buf.h"
#include "stytchctl/file.h"
#include "stytchctl/limits_text.h"
#include "stytchd/configuration.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define NAME "files"

/* What a file or folder must be. */
struct wanted {
	mode_t type;
	mode_t never; /* bits that must not be set */
	mode_t must;  /* bits that must be */
	bool of_agent;
	const char *mode; /* in words, for the change */
};

static const struct wanted configuration_wanted = { S_IFREG, 022, S_IROTH,
	false, "root:root 0644" };
static const struct wanted state_wanted = { S_IFDIR, 022, 0755, true,
	"stytchd:stytchd 0755" };
static const struct wanted private_wanted = { S_IFDIR, 077, 0700, true,
	"stytchd:stytchd 0700" };
static const struct wanted database_wanted = { S_IFREG, 077, 0600, true,
	"stytchd:stytchd 0600" };
static const struct wanted map_wanted = { S_IFREG, 022, 0444, true,
	"stytchd:stytchd 0644" };
static const struct wanted limits_wanted = { S_IFREG, 022, 0444, false,
	"root:root 0644" };

static void
judge(struct check *check, const char *path, const struct wanted *wanted)
{
	struct stat status;

	if (lstat(path, &status) != 0)
		check_add(check, FINDING_FAIL, NAME,
		    "start the agent once, or make it", "%s: %s", path,
		    strerror(errno));
	else if ((status.st_mode & S_IFMT) != wanted->type)
		check_add(check, FINDING_FAIL, NAME,
		    "move it away: it is of the wrong kind", "%s is not a %s",
		    path, wanted->type == S_IFDIR ? "folder" : "file");
	else if ((status.st_mode & wanted->never) != 0 ||
	    (status.st_mode & wanted->must) != wanted->must)
		check_add(check, FINDING_FAIL, NAME, wanted->mode,
		    "%s has mode %04o", path,
		    (unsigned)(status.st_mode & 07777));
	else if (wanted->of_agent ? status.st_uid != check->agent_uid
				  : status.st_uid != 0)
		check_add(check, FINDING_FAIL, NAME, wanted->mode,
		    "%s belongs to uid %lu", path,
		    (unsigned long)status.st_uid);
}

static void
judge_in(struct check *check, const char *folder, const char *name,
    const struct wanted *wanted)
{
	CLEANUP(buf_clear) struct buf path = BUF_INIT(8192);

	buf_addf(&path, "%s/%s", folder, name);
	if (buf_error(&path) == 0)
		judge(check, buf_text(&path), wanted);
}

/* The systemd credential takes the secret file's place. */
static bool
has_credential(const struct check *check)
{
	CLEANUP(buf_clear) struct buf path = BUF_INIT(4096);
	struct stat status;

	buf_addf(&path, "%s/credstore/stytch-secret", check->etc);
	return buf_error(&path) == 0 && stat(buf_text(&path), &status) == 0;
}

static void
judge_secret(struct check *check, const char *path)
{
	static const char change[] = "chown stytchd and chmod 0600 the file";
	struct stat status;

	if (has_credential(check))
		return;
	if (lstat(path, &status) != 0)
		check_add(check, FINDING_FAIL, NAME,
		    "put the project's secret there, of user stytchd, mode "
		    "0600",
		    "%s: %s", path, strerror(errno));
	else if (!S_ISREG(status.st_mode))
		check_add(check, FINDING_FAIL, NAME,
		    "put the secret itself there", "%s is not a file", path);
	else if ((status.st_mode & 0177) != 0)
		check_add(check, FINDING_FAIL, NAME, change, "%s has mode %04o",
		    path, (unsigned)(status.st_mode & 07777));
	else if (status.st_uid != check->agent_uid)
		check_add(check, FINDING_FAIL, NAME, change,
		    "%s belongs to uid %lu: the agent cannot read it", path,
		    (unsigned long)status.st_uid);
}

void
check_files(struct check *check)
{
	const struct configuration *configuration = check->configuration;
	unsigned failures = check->failures;

	if (check->agent_uid == 0)
		check_add(check, FINDING_FAIL, NAME, "run systemd-sysusers",
		    "the host has no user stytchd");
	if (configuration == NULL)
		return;
	judge(check, check->ctl->config, &configuration_wanted);
	judge_secret(check, configuration->stytch.secret_file);
	judge(check, configuration->stytch.state_dir, &state_wanted);
	judge_in(check, configuration->stytch.state_dir, "private",
	    &private_wanted);
	judge_in(check, configuration->stytch.state_dir, "private/state.db",
	    &database_wanted);
	judge_in(check, configuration->stytch.state_dir, "accounts.map",
	    &map_wanted);
	judge_in(check, check->etc, "stytch/nss.limits", &limits_wanted);
	if (check->failures == failures)
		check_add(check, FINDING_OK, NAME, NULL,
		    "owners and modes are right");
}

void
check_limits(struct check *check)
{
	static const char change[] = "stytchctl limits write";
	CLEANUP(buf_clear) struct buf groups = BUF_INIT(4096);
	CLEANUP(buf_clear) struct buf path = BUF_INIT(4096);
	CLEANUP(string_free) char *wanted = NULL;
	CLEANUP(string_free) char *found = NULL;
	struct limits_fault fault;
	int result;

	if (check->configuration == NULL)
		return;
	buf_addf(&groups, "%s/group", check->etc);
	buf_addf(&path, "%s/stytch/nss.limits", check->etc);
	if (buf_error(&groups) != 0 || buf_error(&path) != 0)
		return;
	if (limits_text(check->configuration, buf_text(&groups), &wanted,
		&fault) != 0) {
		check_add(check, FINDING_FAIL, "limits",
		    "mend [accounts] or [groups] of the configuration", "%s",
		    fault.text);
		return;
	}
	result = file_read(buf_text(&path), 1 << 20, &found);
	if (result != 0)
		check_add(check, FINDING_FAIL, "limits", change,
		    "%s: %s: no account is served", buf_text(&path),
		    strerror(-result));
	else if (strcmp(wanted, found) != 0)
		check_add(check, FINDING_FAIL, "limits", change,
		    "%s is not what the configuration says", buf_text(&path));
	else
		check_add(check, FINDING_OK, "limits", NULL,
		    "%s is what the configuration says", buf_text(&path));
}
