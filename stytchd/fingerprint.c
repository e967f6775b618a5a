/* SPDX-License-Identifier: BSD-2-Clause */
/* A digest of what decides about accounts; see fingerprint.h. */
#include "config.h"

#include "stytchd/fingerprint.h"

#include "common/buf.h"

#include <xxhash.h>

static void
add_list(struct buf *text, const struct text_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		buf_addf(text, "%s,", list->items[i]);
	buf_addc(text, '\n');
}

int
fingerprint_make(const struct configuration *configuration, char **out_text)
{
	const struct configuration_stytch *stytch = &configuration->stytch;
	const struct configuration_accounts *accounts =
	    &configuration->accounts;
	const struct configuration_groups *groups = &configuration->groups;
	CLEANUP(buf_clear) struct buf text = BUF_INIT(1 << 20);
	CLEANUP(buf_clear) struct buf digest = BUF_INIT(64);

	buf_addf(&text, "1 %d %s\n", stytch->kind, stytch->project_id);
	add_list(&text, &stytch->organizations);
	add_list(&text, &accounts->name_from);
	add_list(&text, &accounts->email_domains);
	add_list(&text, &accounts->trust_unix);
	add_list(&text, &accounts->reserved_names);
	buf_addf(&text, "%d %s %u-%u %u-%u %s %s\n",
	    accounts->allow_self_asserted_names,
	    accounts->name_template == NULL ? "" : accounts->name_template,
	    accounts->uid_range.first, accounts->uid_range.last,
	    accounts->pinned_range.first, accounts->pinned_range.last,
	    accounts->home, accounts->shell);
	buf_addf(&text, "%s %d %d %d\n",
	    groups->prefix == NULL ? "" : groups->prefix, groups->organizations,
	    groups->roles, groups->scim);
	add_list(&text, &groups->rename);
	add_list(&text, &groups->grant);
	if (buf_error(&text) != 0)
		return buf_error(&text);
	buf_addf(&digest, "%016llx",
	    (unsigned long long)XXH3_64bits(buf_text(&text), text.len));
	return buf_take(&digest, out_text);
}
