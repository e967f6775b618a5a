/* SPDX-License-Identifier: BSD-2-Clause */
/* What no single key of stytch.conf can tell: the keys among each other. */
#include "config.h"

#include "stytchd/configuration_internal.h"
#include "stytchd/grammar.h"
#include "stytchd/grant.h"
#include "stytchd/template.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define RANGE_MIN_SIZE 1000

/* Ids that no range may hold, whoever they belong to (systemd's UIDS-GIDS). */
static const struct id_range reserved_ids[] = {
	{ 0, 999 },                     /* system users */
	{ 61184, 65519 },               /* systemd's dynamic users */
	{ 65534, 65535 },               /* nobody, and 16-bit -1 */
	{ UINT32_MAX - 1, UINT32_MAX }, /* 32-bit -2 and -1 */
};

/* Complain of one option, at its line where it has one. */
static int
fault(struct builder *builder, enum option_id option, const char *why)
{
	builder->key = option_table[option].key;
	builder->line = builder->lines[option];
	return builder_fail(builder, -EINVAL, "%s", why);
}

static bool
is_said(const struct builder *builder, enum option_id option)
{
	return builder->lines[option] != 0;
}

static bool
starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

static int
check_project(struct builder *builder)
{
	const struct configuration_stytch *stytch =
	    &builder->configuration->stytch;

	if (stytch->kind < 0)
		return fault(builder, OPTION_ID_stytch_kind,
		    "required: consumer or b2b");
	if ((!starts_with(stytch->project_id, "project-live-") &&
		!starts_with(stytch->project_id, "project-test-")) ||
	    !grammar_is_id(stytch->project_id))
		return fault(builder, OPTION_ID_stytch_project_id,
		    "not of the form project-live-... or project-test-...");
	if (stytch->secret_file == NULL)
		return fault(builder, OPTION_ID_stytch_secret_file, "empty");
	if (stytch->connect_timeout > stytch->request_timeout)
		return fault(builder, OPTION_ID_stytch_connect_timeout,
		    "longer than request_timeout");
	return 0;
}

static int
check_organizations(struct builder *builder)
{
	const struct configuration_stytch *stytch =
	    &builder->configuration->stytch;
	bool b2b = stytch->kind == PROJECT_B2B;

	if (b2b && !is_said(builder, OPTION_ID_stytch_organizations))
		return fault(builder, OPTION_ID_stytch_organizations,
		    "required for b2b: whose members may have accounts");
	if (!b2b && stytch->organizations.count > 0)
		return fault(builder, OPTION_ID_stytch_organizations,
		    "a consumer project has none");
	for (size_t i = 0; i < stytch->organizations.count; i++)
		if (!starts_with(stytch->organizations.items[i],
			"organization-") ||
		    !grammar_is_id(stytch->organizations.items[i]))
			return fault(builder, OPTION_ID_stytch_organizations,
			    "ids (organization-live-...), no slugs");
	return 0;
}

/* http:// to this host, with or without port. */
static bool
is_loopback(const char *url)
{
	static const char *const hosts[] = { "http://127.0.0.1",
		"http://localhost", "http://[::1]" };

	for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
		const char *rest = url + strlen(hosts[i]);

		if (!starts_with(url, hosts[i]))
			continue;
		if (rest[0] == ':')
			rest += 1 + strspn(rest + 1, "0123456789");
		if (rest[0] == '\0' || rest[0] == '/')
			return true;
	}
	return false;
}

static int
check_urls(struct builder *builder)
{
	const struct configuration_stytch *stytch =
	    &builder->configuration->stytch;
	const char *url = stytch->base_url;

	if (stytch->sandbox && url == NULL)
		return fault(builder, OPTION_ID_stytch_sandbox,
		    "needs a base_url: nothing of a sandbox is for Stytch");
	if (url != NULL && !starts_with(url, "https://") && !stytch->sandbox)
		return fault(builder, OPTION_ID_stytch_base_url,
		    "must be https (else sandbox = yes)");
	if (url != NULL && !starts_with(url, "https://") &&
	    !starts_with(url, "unix:/") && !is_loopback(url))
		return fault(builder, OPTION_ID_stytch_base_url,
		    "plain HTTP goes to loopback or a unix socket alone");
	if (stytch->proxy != NULL && starts_with(stytch->proxy, "unix:"))
		return fault(builder, OPTION_ID_stytch_proxy,
		    "a proxy is http, https, socks5 or socks5h");
	return 0;
}

/* Names come from trusted data unless the file says so by the unset default. */
static int
check_names(struct builder *builder)
{
	struct configuration_accounts *accounts =
	    &builder->configuration->accounts;
	bool b2b = builder->configuration->stytch.kind == PROJECT_B2B;
	static char metadata[] = "metadata", external_id[] = "external_id";
	static char *trusted[] = { metadata, external_id };
	bool email, template;

	if (b2b && !is_said(builder, OPTION_ID_accounts_name_from))
		accounts->name_from = (struct text_list){ trusted, 2 };
	email = text_list_has(&accounts->name_from, "email");
	template = text_list_has(&accounts->name_from, "template");
	if (text_list_has(&accounts->name_from, "metadata") &&
	    !text_list_has(&accounts->trust_unix, "username") &&
	    is_said(builder, OPTION_ID_accounts_name_from))
		return fault(builder, OPTION_ID_accounts_name_from,
		    "metadata needs trust_unix = username");
	if ((email || template) && !accounts->allow_self_asserted_names)
		return fault(builder, OPTION_ID_accounts_name_from,
		    "email and template need allow_self_asserted_names = yes");
	if ((email || template) && accounts->email_domains.count == 0)
		return fault(builder, OPTION_ID_accounts_name_from,
		    "email and template need email_domains");
	if (template && accounts->name_template == NULL)
		return fault(builder, OPTION_ID_accounts_name_from,
		    "template needs name_template");
	if (accounts->name_template != NULL &&
	    !template_is_name(accounts->name_template))
		return fault(builder, OPTION_ID_accounts_name_template,
		    "text of a name with {email_local}, {first_name}, "
		    "{last_name}, {first_initial}, at least one of them");
	return 0;
}

static bool
is_domain(const char *domain)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789.-";

	return domain[strspn(domain, plain)] == '\0' &&
	    strchr(domain, '.') != NULL && domain[0] != '.' &&
	    domain[strlen(domain) - 1] != '.' && strstr(domain, "..") == NULL;
}

static int
check_lists(struct builder *builder)
{
	const struct configuration_accounts *accounts =
	    &builder->configuration->accounts;

	for (size_t i = 0; i < accounts->email_domains.count; i++)
		if (!is_domain(accounts->email_domains.items[i]))
			return fault(builder, OPTION_ID_accounts_email_domains,
			    "domains in lower case, such as example.com");
	for (size_t i = 0; i < accounts->reserved_names.count; i++)
		if (!grammar_is_name(accounts->reserved_names.items[i]))
			return fault(builder, OPTION_ID_accounts_reserved_names,
			    "not the name of an account");
	if (!template_is_home(accounts->home))
		return fault(builder, OPTION_ID_accounts_home,
		    "an absolute path with {name} in it");
	if (!grammar_is_shell(accounts->shell))
		return fault(builder, OPTION_ID_accounts_shell,
		    "not a path that may stand in passwd");
	return 0;
}

static int
check_range(struct builder *builder, enum option_id option,
    const struct id_range *range)
{
	char why[128];

	if (range->last == 0)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(reserved_ids); i++) {
		if (range->first > reserved_ids[i].last ||
		    range->last < reserved_ids[i].first)
			continue;
		if (snprintf(why, sizeof(why), "holds reserved ids: %u-%u",
			reserved_ids[i].first, reserved_ids[i].last) < 0)
			why[0] = '\0';
		return fault(builder, option, why);
	}
	return 0;
}

static int
check_ranges(struct builder *builder)
{
	const struct id_range *range =
	    &builder->configuration->accounts.uid_range;

	if (range->last - range->first + 1 < RANGE_MIN_SIZE)
		return fault(builder, OPTION_ID_accounts_uid_range,
		    "fewer than 1000 ids: hosts would not agree on them");
	if (check_range(builder, OPTION_ID_accounts_uid_range, range) != 0)
		return builder->failure;
	return check_range(builder, OPTION_ID_accounts_pinned_range,
	    &builder->configuration->accounts.pinned_range);
}

static int
check_grant(struct builder *builder, const char *text)
{
	CLEANUP(grant_clear)
	struct grant grant = { NULL, NULL, NULL, { NULL, 0 } };
	const struct configuration_stytch *stytch =
	    &builder->configuration->stytch;
	int error = grant_parse(text, &grant);

	if (error == -ENOMEM)
		return builder_fail(builder, error, "out of memory");
	if (error != 0)
		return fault(builder, OPTION_ID_groups_grant,
		    "not GROUP:ORGANIZATION_ID:ROLE[:USER+USER]");
	if (strcmp(grant.group, "root") == 0)
		return fault(builder, OPTION_ID_groups_grant,
		    "root's group is nobody's");
	if (stytch->kind == PROJECT_B2B
		? !text_list_has(&stytch->organizations, grant.organization)
		: grant.organization[0] != '\0')
		return fault(builder, OPTION_ID_groups_grant,
		    stytch->kind == PROJECT_B2B
			? "its organization is not in organizations"
			: "a consumer project has no organization: "
			  "GROUP::ROLE");
	return 0;
}

static int
check_rename(struct builder *builder, const struct text_list *list, size_t nth)
{
	CLEANUP(rename_clear) struct rename one = { NULL, NULL, NULL };
	int error = rename_parse(list->items[nth], &one);

	if (error == -ENOMEM)
		return builder_fail(builder, error, "out of memory");
	if (error != 0)
		return fault(builder, OPTION_ID_groups_rename,
		    "not KIND:ID=NAME, or NAME is reserved");
	for (size_t i = 0; i < nth; i++) {
		CLEANUP(rename_clear)
		struct rename other = { NULL, NULL, NULL };

		if (rename_parse(list->items[i], &other) != 0)
			return builder_fail(builder, -ENOMEM, "out of memory");
		if (strcmp(other.name, one.name) == 0 ||
		    (strcmp(other.kind, one.kind) == 0 &&
			strcmp(other.id, one.id) == 0))
			return fault(builder, OPTION_ID_groups_rename,
			    "two lines for one group, or one name for two");
	}
	return 0;
}

static int
check_groups(struct builder *builder)
{
	const struct configuration_groups *groups =
	    &builder->configuration->groups;
	char name[GRAMMAR_NAME_MAX + 1];

	/* A prefix is what makes a name of the grammar when "x" follows. */
	if (groups->prefix != NULL &&
	    (snprintf(name, sizeof(name), "%sx", groups->prefix) < 0 ||
		!grammar_is_group(name)))
		return fault(builder, OPTION_ID_groups_prefix,
		    "not the beginning of a group's name");
	for (size_t i = 0; i < groups->rename.count; i++)
		if (check_rename(builder, &groups->rename, i) != 0)
			return builder->failure;
	for (size_t i = 0; i < groups->grant.count; i++)
		if (check_grant(builder, groups->grant.items[i]) != 0)
			return builder->failure;
	return 0;
}

static int
check_service(struct builder *builder, size_t nth)
{
	const struct configuration_service *service =
	    &builder->configuration->services[nth];
	const char *colon;
	enum option_id option;
	const char *why;

	if ((size_t)service->factors > service->methods.count) {
		option = OPTION_ID_service_factors;
		why = "more factors than methods";
	} else if (service->authorization != NULL &&
	    ((colon = strchr(service->authorization, ':')) == NULL ||
		colon == service->authorization || colon[1] == '\0' ||
		strchr(colon + 1, ':') != NULL)) {
		option = OPTION_ID_service_authorization;
		why = "not RESOURCE:ACTION";
	} else {
		return 0;
	}
	builder->key = option_table[option].key;
	builder->line = builder->service_lines[nth][option] != 0
	    ? builder->service_lines[nth][option]
	    : builder->service_lines[0][option];
	return builder_fail(builder, -EINVAL, "%s (of [service %s])", why,
	    service->name);
}

int
configuration_check(struct builder *builder)
{
	static int (*const checks[])(struct builder * builder) = {
		check_project,
		check_organizations,
		check_urls,
		check_names,
		check_lists,
		check_ranges,
		check_groups,
	};

	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		if (checks[i](builder) != 0)
			return builder->failure;
	for (size_t i = 0; i < builder->configuration->service_count; i++)
		if (check_service(builder, i) != 0)
			return builder->failure;
	return 0;
}
