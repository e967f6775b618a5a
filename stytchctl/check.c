/* SPDX-License-Identifier: BSD-2-Clause */
/* stytchctl check: every part in turn, then the sum. */
#include "config.h"

#include "stytchctl/check.h"

#include "common/buf.h"
#include "stytchd/configuration.h"

#include <cjson/cJSON.h>
#include <pwd.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#define AGENT_USER "stytchd"

static const char *const result_names[] = {
	[FINDING_OK] = "ok",
	[FINDING_WARNING] = "warning",
	[FINDING_FAIL] = "FAIL",
};

static void (*const parts[])(struct check *check) = {
	check_files,
	check_limits,
	check_agent,
	check_map,
	check_nsswitch,
	check_pam,
	check_credentials,
};

/* One finding as a JSON row. */
static void
print_json(struct check *check, enum finding_result result, const char *name,
    const char *text, const char *change)
{
	cJSON *row = cJSON_CreateObject();
	char *printed = NULL;

	if (cJSON_AddStringToObject(row, "check", name) != NULL &&
	    cJSON_AddStringToObject(row, "result",
		result == FINDING_FAIL ? "fail" : result_names[result]) !=
		NULL &&
	    cJSON_AddStringToObject(row, "text", text) != NULL &&
	    (change == NULL ||
		cJSON_AddStringToObject(row, "change", change) != NULL))
		printed = cJSON_PrintUnformatted(row);
	if (printed == NULL)
		check->failures++; /* memory: say so by the exit code */
	else
		(void)table_add_row(&check->table, row, printed);
	cJSON_free(printed);
	cJSON_Delete(row);
}

void
check_add(struct check *check, enum finding_result result, const char *name,
    const char *change, const char *format, ...)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(4096);
	char raw[4096];
	va_list arguments;
	int len;

	va_start(arguments, format);
	len = vsnprintf(raw, sizeof(raw), format, arguments);
	va_end(arguments);
	buf_add_clean(&text, len < 0 ? "" : raw, sizeof(raw) - 1);
	check->failures += result == FINDING_FAIL;
	check->warnings += result == FINDING_WARNING;
	if ((check->ctl->options & OPTION_JSON) != 0) {
		print_json(check, result, name, buf_text(&text), change);
		return;
	}
	(void)fprintf(check->ctl->out, "%-8s %s: %s\n", result_names[result],
	    name, buf_text(&text));
	if (change != NULL)
		(void)fprintf(check->ctl->out, "         change: %s\n", change);
}

uid_t
check_find_agent(const char *etc)
{
	CLEANUP(buf_clear) struct buf path = BUF_INIT(4096);
	const struct passwd *entry;
	uid_t uid = 0;
	FILE *file;

	buf_addf(&path, "%s/passwd", etc);
	file = fopen(buf_text(&path), "re");
	if (file == NULL)
		return 0;
	while (uid == 0 && (entry = fgetpwent(file)) != NULL)
		if (strcmp(entry->pw_name, AGENT_USER) == 0)
			uid = entry->pw_uid;
	(void)fclose(file);
	return uid;
}

static void
check_configuration(struct check *check,
    const struct configuration_error *error)
{
	if (check->configuration == NULL) {
		check_add(check, FINDING_FAIL, "configuration",
		    "mend it as stytch.conf(5) says", "%s", error->text);
		return;
	}
	check_add(check, FINDING_OK, "configuration", NULL, "%s is right",
	    check->ctl->config);
	if (check->configuration->stytch.sandbox)
		check_add(check, FINDING_FAIL, "sandbox",
		    "remove sandbox = yes; it allows plain HTTP",
		    "sandbox = yes: this is no real host");
}

enum ctl_exit
check_run(const struct ctl *ctl)
{
	struct configuration *configuration = NULL;
	struct configuration_error error = { .text = "" };
	struct check check = {
		.ctl = ctl,
		.etc = SYSCONFDIR,
		.pam_module = PAMDIR "/pam_stytch.so",
		.nss_library = "libnss_stytch.so.2",
		.agent_uid = check_find_agent(SYSCONFDIR),
		.table = TABLE_INIT(ctl->out, (ctl->options & OPTION_JSON) != 0,
		    false),
	};

	if (configuration_load(ctl->config, &configuration, &error) == 0)
		check.configuration = configuration;
	if (geteuid() != 0)
		check_add(&check, FINDING_WARNING, "user", "run it as root",
		    "not everything can be seen without root");
	check_configuration(&check, &error);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		parts[i](&check);
	configuration_unref(&configuration);
	if (table_end(&check.table) != 0)
		check.failures++;
	table_clear(&check.table);
	if ((ctl->options & OPTION_JSON) == 0)
		(void)fprintf(ctl->out, "%u failed, %u warnings\n",
		    check.failures, check.warnings);
	return check.failures == 0 ? CTL_OK : CTL_REFUSED;
}
