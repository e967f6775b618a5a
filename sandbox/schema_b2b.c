/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of B2B projects; the shared ones are in schema.c. */
#include "config.h"

#include "sandbox/store.h"

/*
 * body is what the API answers, but for what is derived when it is asked for
 * (locks, TOTP, sources of roles).  A member that was deleted keeps the row:
 * address and external id stay taken.  number orders the pages of a search.
 */
const char *const store_schema_b2b[] = {
	"CREATE TABLE IF NOT EXISTS organizations ("
	" number INTEGER PRIMARY KEY AUTOINCREMENT,"
	" organization_id TEXT NOT NULL UNIQUE, project_id TEXT NOT NULL,"
	" slug TEXT NOT NULL COLLATE NOCASE, external_id TEXT,"
	" name TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (project_id, slug),"
	" UNIQUE (project_id, external_id));",

	"CREATE TABLE IF NOT EXISTS members ("
	" number INTEGER PRIMARY KEY AUTOINCREMENT,"
	" member_id TEXT NOT NULL UNIQUE, organization_id TEXT NOT NULL"
	" REFERENCES organizations (organization_id) ON DELETE CASCADE,"
	" email_id TEXT NOT NULL UNIQUE,"
	" email_address TEXT NOT NULL COLLATE NOCASE, external_id TEXT,"
	" status TEXT NOT NULL, phone_id TEXT NOT NULL,"
	" phone_number TEXT NOT NULL, roles TEXT NOT NULL, body TEXT NOT NULL,"
	" UNIQUE (organization_id, email_address),"
	" UNIQUE (organization_id, external_id));",
	"CREATE INDEX IF NOT EXISTS members_email ON members (email_address);",
	"CREATE INDEX IF NOT EXISTS members_page"
	" ON members (organization_id, number, status);",

	/* Addresses that a member had before. */
	"CREATE TABLE IF NOT EXISTS retired_emails ("
	" email_id TEXT PRIMARY KEY, member_id TEXT NOT NULL"
	" REFERENCES members (member_id) ON DELETE CASCADE,"
	" organization_id TEXT NOT NULL,"
	" email_address TEXT NOT NULL COLLATE NOCASE,"
	" UNIQUE (organization_id, email_address));",
	"CREATE INDEX IF NOT EXISTS retired_emails_member"
	" ON retired_emails (member_id);",

	/* An address that is being changed, until it is proven. */
	"CREATE TABLE IF NOT EXISTS email_updates ("
	" email_id TEXT PRIMARY KEY, member_id TEXT NOT NULL UNIQUE"
	" REFERENCES members (member_id) ON DELETE CASCADE,"
	" email_address TEXT NOT NULL COLLATE NOCASE,"
	" expires_at INTEGER NOT NULL);",

	/* member_id and organization_id are '' for one of discovery. */
	"CREATE TABLE IF NOT EXISTS intermediate_sessions ("
	" token TEXT PRIMARY KEY, project_id TEXT NOT NULL,"
	" email_address TEXT NOT NULL COLLATE NOCASE,"
	" member_id TEXT NOT NULL, organization_id TEXT NOT NULL,"
	" expires_at INTEGER NOT NULL, factors TEXT NOT NULL);",

	/* The provider's tenant of one that began with OAuth. */
	"CREATE TABLE IF NOT EXISTS intermediate_tenants ("
	" token TEXT PRIMARY KEY REFERENCES intermediate_sessions (token)"
	" ON DELETE CASCADE, provider TEXT NOT NULL, tenant_id TEXT NOT NULL);",

	/* kind is enum connection_kind's. */
	"CREATE TABLE IF NOT EXISTS sso_connections ("
	" number INTEGER PRIMARY KEY AUTOINCREMENT,"
	" connection_id TEXT NOT NULL UNIQUE, organization_id TEXT NOT NULL"
	" REFERENCES organizations (organization_id) ON DELETE CASCADE,"
	" kind INTEGER NOT NULL, body TEXT NOT NULL);",
	"CREATE INDEX IF NOT EXISTS sso_connections_organization"
	" ON sso_connections (organization_id);",

	/* next_token is '' while none is being rotated to. */
	"CREATE TABLE IF NOT EXISTS scim_connections ("
	" connection_id TEXT PRIMARY KEY, organization_id TEXT NOT NULL UNIQUE"
	" REFERENCES organizations (organization_id) ON DELETE CASCADE,"
	" token TEXT NOT NULL, next_token TEXT NOT NULL, body TEXT NOT NULL);",
	"CREATE TABLE IF NOT EXISTS scim_users ("
	" number INTEGER PRIMARY KEY AUTOINCREMENT,"
	" member_id TEXT NOT NULL UNIQUE REFERENCES members (member_id)"
	" ON DELETE CASCADE, connection_id TEXT NOT NULL REFERENCES"
	" scim_connections (connection_id) ON DELETE CASCADE,"
	" body TEXT NOT NULL);",
	"CREATE INDEX IF NOT EXISTS scim_users_connection"
	" ON scim_users (connection_id);",
	"CREATE TABLE IF NOT EXISTS scim_groups ("
	" number INTEGER PRIMARY KEY AUTOINCREMENT,"
	" group_id TEXT NOT NULL UNIQUE, connection_id TEXT NOT NULL"
	" REFERENCES scim_connections (connection_id) ON DELETE CASCADE,"
	" external_id TEXT NOT NULL, name TEXT NOT NULL,"
	" UNIQUE (connection_id, name));",
	"CREATE TABLE IF NOT EXISTS scim_group_members ("
	" group_id TEXT NOT NULL REFERENCES scim_groups (group_id)"
	" ON DELETE CASCADE, member_id TEXT NOT NULL REFERENCES members"
	" (member_id) ON DELETE CASCADE, PRIMARY KEY (group_id, member_id));",
	"CREATE INDEX IF NOT EXISTS scim_group_members_member"
	" ON scim_group_members (member_id);",

	/* What a search found so far; one request at a time holds the store. */
	"CREATE TEMP TABLE IF NOT EXISTS search_hits (number INTEGER PRIMARY KEY);",
	NULL,
};
