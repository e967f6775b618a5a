/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PAM stacks that name pam_stytch: a control must end the stack on a
 * refusal, let local accounts go on, and not be skipped.
 */
#include "config.h"

#include "stytchctl/check.h"
#include "stytchctl/pam_stack.h"

#include <dirent.h>
#include <security/_pam_types.h>
#include <string.h>
#include <unistd.h>

#define NAME "pam"
#define MODULE "pam_stytch.so"
#define CHANGE_AUTH \
	"auth [success=N user_unknown=ignore authinfo_unavail=ignore " \
	"default=die] pam_stytch.so, N lines past pam_deny"
#define CHANGE_REST "[success=ok user_unknown=ignore default=die] pam_stytch.so"

static const char *
change_for(enum pam_type type)
{
	return type == PAM_TYPE_AUTH ? CHANGE_AUTH : CHANGE_REST;
}

static bool
ends_refused(int action)
{
	return action == PAM_DOES_BAD || action == PAM_DOES_DIE;
}

/* What a control must do with each result of ours; NULL if it does. */
static const char *
control_fault(const struct pam_entry *entry, size_t *out_result)
{
	for (size_t i = 0; i < PAM_RESULT_COUNT; i++) {
		int action = entry->actions[i];

		*out_result = i;
		if (i == PAM_SUCCESS) {
			if (ends_refused(action) ||
			    (action == PAM_DOES_IGNORE &&
				entry->type == PAM_TYPE_AUTH))
				return "a granted login goes for nothing";
		} else if (i == PAM_USER_UNKNOWN) {
			if (action != PAM_DOES_IGNORE)
				return ends_refused(action)
				    ? "local accounts, root among them, are "
				      "refused"
				    : "whoever is no Stytch account is let in";
		} else if (i == PAM_AUTHINFO_UNAVAIL &&
		    entry->type == PAM_TYPE_AUTH && action == PAM_DOES_IGNORE) {
			continue; /* the local password is asked for next */
		} else if (!ends_refused(action)) {
			return "a refusal does not end in a refusal";
		}
	}
	return NULL;
}

/* Modules whose success is about local accounts or root alone. */
static bool
is_local_only(const char *module)
{
	return strcmp(module, "pam_localuser.so") == 0 ||
	    strcmp(module, "pam_rootok.so") == 0;
}

/* The entry before ours whose success skips ours, or NULL. */
static const struct pam_entry *
skipped_by(const struct pam_stack *stack, size_t ours)
{
	enum pam_type type = stack->entries[ours].type;

	for (size_t i = 0; i < ours; i++) {
		const struct pam_entry *entry = &stack->entries[i];
		int action = entry->actions[PAM_SUCCESS];
		int between = 0;

		if (entry->type != type || is_local_only(entry->module))
			continue;
		for (size_t j = i + 1; j < ours; j++)
			between += stack->entries[j].type == type;
		if (action == PAM_DOES_DONE || action > between)
			return entry;
	}
	return NULL;
}

static void
judge_order(struct check *check, const char *service,
    const struct pam_stack *stack, size_t ours)
{
	const struct pam_entry *entry = &stack->entries[ours];
	const struct pam_entry *skipper = skipped_by(stack, ours);

	if (skipper == NULL)
		return;
	/* In auth the other module lets nobody of ours in; it asks first. */
	check_add(check,
	    entry->type == PAM_TYPE_AUTH ? FINDING_WARNING : FINDING_FAIL, NAME,
	    "put the line of pam_stytch.so before the other",
	    "%s: %s of %s:%u skips pam_stytch in %s", service, skipper->module,
	    skipper->file, skipper->line, pam_type_name(entry->type));
}

static void
judge_entry(struct check *check, const char *service,
    const struct pam_stack *stack, size_t ours)
{
	const struct pam_entry *entry = &stack->entries[ours];
	size_t result;
	const char *fault = control_fault(entry, &result);

	if (entry->type == PAM_TYPE_PASSWORD)
		return;
	if (fault != NULL)
		check_add(check, FINDING_FAIL, NAME, change_for(entry->type),
		    "%s: %s:%u, %s on %s: %s", service, entry->file,
		    entry->line, pam_type_name(entry->type),
		    pam_result_name(result), fault);
	judge_order(check, service, stack, ours);
}

/* True where the service uses pam_stytch. */
static bool
judge_service(struct check *check, const char *folder, const char *service)
{
	static struct pam_stack stack;
	bool has[PAM_TYPE_COUNT] = { false };
	int result;

	memset(&stack, 0, sizeof(stack));
	result = pam_stack_read(folder, service, &stack);
	for (size_t i = 0; i < stack.count; i++)
		if (strcmp(stack.entries[i].module, MODULE) == 0) {
			has[stack.entries[i].type] = true;
			judge_entry(check, service, &stack, i);
		}
	if (!has[PAM_TYPE_AUTH] && !has[PAM_TYPE_ACCOUNT] &&
	    !has[PAM_TYPE_SESSION])
		return false;
	if (result != 0)
		check_add(check, FINDING_FAIL, NAME, "mend the file", "%s: %s",
		    service, stack.fault);
	if (!has[PAM_TYPE_ACCOUNT])
		check_add(check, FINDING_FAIL, NAME, "account " CHANGE_REST,
		    "%s: no account line: a login by key is never refused",
		    service);
	if (has[PAM_TYPE_AUTH] && !has[PAM_TYPE_SESSION])
		check_add(check, FINDING_WARNING, NAME, "session " CHANGE_REST,
		    "%s: no session line: logins are not ended in Stytch",
		    service);
	return true;
}

static void
check_module(struct check *check)
{
	if (access(check->pam_module, R_OK) != 0)
		check_add(check, FINDING_FAIL, NAME,
		    "install pam_stytch.so there", "%s cannot be read",
		    check->pam_module);
}

/* Each service of the folder; how many use us. */
static unsigned
judge_folder(struct check *check, const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *file;
	unsigned used = 0;

	if (dir == NULL)
		return 0;
	while ((file = readdir(dir)) != NULL) {
		/* common-* are parts; their services are judged. */
		if (file->d_name[0] == '.' ||
		    strncmp(file->d_name, "common-", 7) == 0 ||
		    strstr(file->d_name, ".pam-old") != NULL ||
		    strstr(file->d_name, ".dpkg-") != NULL)
			continue;
		used += judge_service(check, folder, file->d_name);
	}
	(void)closedir(dir);
	return used;
}

void
check_pam(struct check *check)
{
	char folder[4096];
	unsigned failures = check->failures;
	unsigned used;
	int len = snprintf(folder, sizeof(folder), "%s/pam.d", check->etc);

	if (len < 0 || (size_t)len >= sizeof(folder))
		return;
	check_module(check);
	used = judge_folder(check, folder);
	if (used == 0)
		check_add(check, FINDING_FAIL, NAME,
		    "pam-auth-update --enable stytch mkhomedir",
		    "no service in %s uses pam_stytch.so", folder);
	else if (check->failures == failures)
		check_add(check, FINDING_OK, NAME, NULL,
		    "%u services use pam_stytch.so, and refusals end there",
		    used);
}
