/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of connected apps, machines, impersonation and fraud. */
#include "config.h"

#include "sandbox/store.h"

const char *const store_schema_apps[] = {
	/* kind: 'm2m' or 'app'.  Secrets are kept as their SHA-256; details is
     * the client as the API answers it. */
	"CREATE TABLE IF NOT EXISTS clients ("
	" number INTEGER PRIMARY KEY AUTOINCREMENT, client_id TEXT NOT NULL,"
	" project_id TEXT NOT NULL, kind TEXT NOT NULL, secret TEXT NOT NULL,"
	" next_secret TEXT NOT NULL, details TEXT NOT NULL,"
	" UNIQUE (project_id, client_id));",

	/* What a person granted an app; codes and refresh tokens of it go with
     * it.  organization_id is '' for a user. */
	"CREATE TABLE IF NOT EXISTS grants ("
	" grant_id TEXT PRIMARY KEY, project_id TEXT NOT NULL,"
	" client_id TEXT NOT NULL, owner_id TEXT NOT NULL,"
	" organization_id TEXT NOT NULL, scope TEXT NOT NULL,"
	" session_id TEXT NOT NULL, nonce TEXT NOT NULL,"
	" created_at INTEGER NOT NULL);",
	"CREATE INDEX IF NOT EXISTS grants_owner ON grants (owner_id);",
	"CREATE INDEX IF NOT EXISTS grants_client ON grants (client_id);",

	/* kind: 'code' or 'refresh'; value is the SHA-256. */
	"CREATE TABLE IF NOT EXISTS grant_tokens ("
	" value TEXT PRIMARY KEY, grant_id TEXT NOT NULL REFERENCES grants"
	" (grant_id) ON DELETE CASCADE, kind TEXT NOT NULL,"
	" redirect_url TEXT NOT NULL, challenge TEXT NOT NULL,"
	" expires_at INTEGER NOT NULL, used INTEGER NOT NULL);",
	"CREATE INDEX IF NOT EXISTS grant_tokens_grant"
	" ON grant_tokens (grant_id);",

	/* Access tokens that were not revoked, by their jti. */
	"CREATE TABLE IF NOT EXISTS access_tokens ("
	" jti TEXT PRIMARY KEY, grant_id TEXT NOT NULL REFERENCES grants"
	" (grant_id) ON DELETE CASCADE, expires_at INTEGER NOT NULL);",
	"CREATE INDEX IF NOT EXISTS access_tokens_grant"
	" ON access_tokens (grant_id);",

	"CREATE TABLE IF NOT EXISTS impersonations ("
	" token TEXT PRIMARY KEY, project_id TEXT NOT NULL,"
	" owner_id TEXT NOT NULL, impersonator_id TEXT NOT NULL,"
	" impersonator_email TEXT NOT NULL, expires_at INTEGER NOT NULL);",

	/* details: the answer of fingerprint.lookup but for its verdict. */
	"CREATE TABLE IF NOT EXISTS telemetry ("
	" telemetry_id TEXT PRIMARY KEY, project_id TEXT NOT NULL,"
	" reasons TEXT NOT NULL, details TEXT NOT NULL,"
	" created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL);",

	/* What users and members logged in with, as of telemetry. */
	"CREATE TABLE IF NOT EXISTS devices ("
	" owner_id TEXT NOT NULL, attribute TEXT NOT NULL,"
	" value TEXT NOT NULL, first_seen INTEGER NOT NULL,"
	" last_seen INTEGER NOT NULL,"
	" PRIMARY KEY (owner_id, attribute, value)) WITHOUT ROWID;",

	/* expires_at 0: never. */
	"CREATE TABLE IF NOT EXISTS fraud_rules ("
	" number INTEGER PRIMARY KEY AUTOINCREMENT, project_id TEXT NOT NULL,"
	" type TEXT NOT NULL, identifier TEXT NOT NULL, action TEXT NOT NULL,"
	" description TEXT NOT NULL, created_at INTEGER NOT NULL,"
	" updated_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,"
	" UNIQUE (project_id, type, identifier));",

	"CREATE TABLE IF NOT EXISTS verdict_reasons ("
	" project_id TEXT NOT NULL, reason TEXT NOT NULL,"
	" action TEXT NOT NULL, description TEXT NOT NULL,"
	" created_at INTEGER NOT NULL, PRIMARY KEY (project_id, reason));",
	NULL,
};
