/* SPDX-License-Identifier: BSD-2-Clause */
/* The service's policy; see policy.h. */
#include "config.h"

#include "stytchd/policy.h"

/* Add to choices what list names and set holds, in the list's order. */
static void
add_choices(const struct text_list *list, method_set set,
    struct choices *choices)
{
	for (size_t i = 0; i < list->count; i++) {
		enum method_id id = method_find(list->items[i]);
		bool is_new = id != METHOD_COUNT && (set & METHOD_BIT(id)) != 0;

		for (unsigned j = 0; j < choices->count; j++)
			is_new = is_new && choices->methods[j] != id;
		if (is_new)
			choices->methods[choices->count++] = id;
	}
}

static method_set
primary_methods(void)
{
	method_set set = 0;

	for (unsigned id = 0; id < METHOD_COUNT; id++)
		if (method_get((enum method_id)id)->b2b_primary)
			set |= METHOD_BIT(id);
	return set;
}

static method_set
secondary_methods(void)
{
	method_set set = 0;

	for (unsigned id = 0; id < METHOD_COUNT; id++)
		if (method_get((enum method_id)id)->b2b_secondary)
			set |= METHOD_BIT(id);
	return set;
}

/* Methods whose factor is not met yet. */
static method_set
unmet_methods(unsigned met)
{
	method_set set = 0;

	for (unsigned id = 0; id < METHOD_COUNT; id++)
		if ((met & (1U << method_get((enum method_id)id)->factor)) == 0)
			set |= METHOD_BIT(id);
	return set;
}

static long
count_bits(unsigned set)
{
	long count = 0;

	for (; set != 0; set &= set - 1)
		count++;
	return count;
}

static enum policy_next
run_or_stuck(const struct choices *choices)
{
	return choices->count > 0 ? POLICY_RUN : POLICY_STUCK;
}

/* The organization's own demands, which come before the service's. */
static enum policy_next
next_of_organization(const struct configuration_service *service,
    const struct progress *progress, method_set usable, struct choices *choices)
{
	method_set set = usable & ~progress->used;

	if (progress->owes_primary) {
		set &= primary_methods() & progress->primary_allowed;
		add_choices(&service->methods, set, choices);
		add_choices(&service->primary, set, choices);
	} else {
		set &= secondary_methods() & progress->mfa_options;
		add_choices(&service->methods, set, choices);
	}
	return run_or_stuck(choices);
}

static enum policy_next
next_of_service(const struct configuration_service *service,
    const struct progress *progress, method_set usable, struct choices *choices)
{
	method_set listed = method_set_of(&service->methods);
	method_set set =
	    usable & ~progress->used & unmet_methods(progress->met);

	if (progress->kind == PROJECT_B2B && !progress->has_session) {
		method_set first = set & primary_methods();

		if ((first & listed) == 0 && (set & listed) != 0) {
			/* All that is left needs a session: make one. */
			add_choices(&service->primary,
			    usable & ~progress->used & primary_methods(),
			    choices);
			return run_or_stuck(choices);
		}
		set = first;
	}
	add_choices(&service->methods, set, choices);
	return run_or_stuck(choices);
}

enum policy_next
policy_next(const struct configuration_service *service,
    const struct progress *progress, method_set usable,
    struct choices *out_choices)
{
	struct choices choices = { .count = 0 };
	enum policy_next next;

	if (progress->has_intermediate)
		next =
		    next_of_organization(service, progress, usable, &choices);
	else if (count_bits(progress->met) >= service->factors &&
	    progress->has_session)
		next = POLICY_MET;
	else
		next = next_of_service(service, progress, usable, &choices);
	*out_choices = choices;
	return next;
}

void
policy_note(const struct configuration_service *service,
    struct progress *progress, enum method_id method)
{
	progress->used |= METHOD_BIT(method);
	if (text_list_has(&service->methods, method_get(method)->name))
		progress->met |= 1U << method_get(method)->factor;
}

bool
policy_allows(const struct configuration_service *service,
    const struct account *account)
{
	if (!service->enabled)
		return false;
	if (service->allow_users.count == 0 && service->allow_groups.count == 0)
		return true;
	if (text_list_has(&service->allow_users, account->name))
		return true;
	for (size_t i = 0; i < service->allow_groups.count; i++)
		if (account_in_group(account, service->allow_groups.items[i]))
			return true;
	return false;
}
