/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and numbers, given once and for ever; see ledger.h. */
#include "config.h"

#include "stytchd/ledger.h"

#include "stytchd/store.h"

#include <errno.h>
#include <string.h>
#include <xxhash.h>

#define PROBES_MAX 65536

/* The configuration keeps ranges clear of these; a pin is checked here. */
static const struct id_range reserved[] = {
	{ 0, 999 },
	{ 61184, 65519 },
	{ 65534, 65535 },
	{ UINT32_MAX - 1, UINT32_MAX },
};

bool
ledger_is_reserved(uint32_t id)
{
	for (size_t i = 0; i < ARRAY_LEN(reserved); i++)
		if (id >= reserved[i].first && id <= reserved[i].last)
			return true;
	return false;
}

uint32_t
ledger_hash(const struct id_range *range, const char *owner)
{
	uint64_t size = (uint64_t)range->last - range->first + 1;

	return range->first +
	    (uint32_t)(XXH3_64bits(owner, strlen(owner)) % size);
}

/* The owner of a name: 1 where it is this owner, 0 where nobody, -EEXIST. */
static int
name_owner(struct sqlite3 *database, const char *owner, const char *name)
{
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	int result = store_prepare(database,
	    "SELECT owner = ? FROM names WHERE name = ?", &select);

	if (result != 0)
		return result;
	store_bind_text(select, 1, owner);
	store_bind_text(select, 2, name);
	result = store_step(select);
	if (result != 1)
		return result;
	return store_int(select, 0) != 0 ? 1 : -EEXIST;
}

int
ledger_give_name(struct sqlite3 *database, const char *owner, const char *name)
{
	CLEANUP(store_done) struct sqlite3_stmt *insert = NULL;
	int result = name_owner(database, owner, name);

	if (result != 0)
		return result < 0 ? result : 0;
	result = store_prepare(database,
	    "INSERT INTO names (name, owner, given) VALUES (?, ?, ?)", &insert);
	if (result != 0)
		return result;
	store_bind_text(insert, 1, name);
	store_bind_text(insert, 2, owner);
	store_bind_int(insert, 3, store_now());
	return store_run(insert);
}

int
ledger_has_name(struct sqlite3 *database, const char *name)
{
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	int result = store_prepare(database,
	    "SELECT 1 FROM names WHERE name = ?", &select);

	if (result != 0)
		return result;
	store_bind_text(select, 1, name);
	return store_step(select);
}

/* The number that owner has: 1, or 0 for none. */
static int
find_id(struct sqlite3 *database, const char *owner, uint32_t *out_id)
{
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	int result = store_prepare(database,
	    "SELECT id FROM ids WHERE owner = ?", &select);

	if (result != 0)
		return result;
	store_bind_text(select, 1, owner);
	result = store_step(select);
	if (result == 1)
		*out_id = (uint32_t)store_int(select, 0);
	return result;
}

/* Give id to owner: 1, or 0 where somebody has it already. */
static int
try_id(struct sqlite3 *database, const struct rules *rules, const char *owner,
    uint32_t id)
{
	CLEANUP(store_done) struct sqlite3_stmt *insert = NULL;
	int result;

	if (ledger_is_reserved(id) || local_has_id(rules->local, id))
		return 0;
	result = store_prepare(database,
	    "INSERT INTO ids (id, owner, given) VALUES (?, ?, ?)"
	    " ON CONFLICT (id) DO NOTHING RETURNING id",
	    &insert);
	if (result != 0)
		return result;
	store_bind_int(insert, 1, id);
	store_bind_text(insert, 2, owner);
	store_bind_int(insert, 3, store_now());
	result = store_step(insert);
	return result;
}

int
ledger_give_id(struct sqlite3 *database, const struct rules *rules,
    const char *owner, uint32_t pin, uint32_t *out_id)
{
	const struct id_range *range =
	    &rules->configuration->accounts.uid_range;
	uint64_t size = (uint64_t)range->last - range->first + 1;
	uint64_t start = ledger_hash(range, owner) - range->first;
	int result = find_id(database, owner, out_id);

	if (result != 0)
		return result < 0 ? result : 0;
	if (pin != 0)
		result = try_id(database, rules, owner, pin);
	if (result == 1)
		*out_id = pin;
	for (uint64_t i = 0; result == 0 && i < size && i < PROBES_MAX; i++) {
		uint32_t id = (uint32_t)(range->first + (start + i) % size);

		result = try_id(database, rules, owner, id);
		if (result == 1)
			*out_id = id;
	}
	if (result == 0)
		return -ENOSPC;
	return result < 0 ? result : 0;
}
