/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables of both kinds of project, and those of Consumer projects.  An
 * owner is a user or a member.  Times are microseconds; JSON is text.
 */
#include "config.h"

#include "sandbox/store.h"

const char *const store_schema[] = {
	"CREATE TABLE IF NOT EXISTS clock ("
	" only INTEGER PRIMARY KEY CHECK (only = 1),"
	" offset_us INTEGER NOT NULL, frozen_us INTEGER NOT NULL);",
	"INSERT OR IGNORE INTO clock VALUES (1, 0, 0);",

	"CREATE TABLE IF NOT EXISTS projects ("
	" project_id TEXT PRIMARY KEY, vertical INTEGER NOT NULL,"
	" secret TEXT NOT NULL, public_token TEXT NOT NULL,"
	" used INTEGER NOT NULL);",

	"CREATE TABLE IF NOT EXISTS jwks ("
	" kid TEXT PRIMARY KEY, project_id TEXT NOT NULL,"
	" private_pem TEXT NOT NULL, certificate TEXT NOT NULL,"
	" created_at INTEGER NOT NULL);",
	"CREATE INDEX IF NOT EXISTS jwks_newest"
	" ON jwks (project_id, created_at DESC, kid);",

	"CREATE TABLE IF NOT EXISTS settings ("
	" project_id TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,"
	" PRIMARY KEY (project_id, name));",

	/* What a person's phone and mailbox got. */
	"CREATE TABLE IF NOT EXISTS messages ("
	" number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL,"
	" project_id TEXT NOT NULL, recipient TEXT NOT NULL COLLATE NOCASE,"
	" channel TEXT NOT NULL, kind TEXT NOT NULL, code TEXT, token TEXT,"
	" link TEXT, text TEXT NOT NULL, created_at INTEGER NOT NULL);",
	"CREATE INDEX IF NOT EXISTS messages_recipient"
	" ON messages (recipient, number);",

	/* Codes sent.  A method_id has one that is live; old ones are kept to
     * tell a used code from a wrong one. */
	"CREATE TABLE IF NOT EXISTS otps ("
	" number INTEGER PRIMARY KEY, project_id TEXT NOT NULL,"
	" method_id TEXT NOT NULL, owner_id TEXT NOT NULL, kind TEXT NOT NULL,"
	" code TEXT NOT NULL, ip_address TEXT, user_agent TEXT,"
	" expires_at INTEGER NOT NULL, live INTEGER NOT NULL);",
	"CREATE INDEX IF NOT EXISTS otps_method ON otps (project_id, method_id);",

	/* Links sent (or handed out), by their token. */
	"CREATE TABLE IF NOT EXISTS links ("
	" token TEXT PRIMARY KEY, project_id TEXT NOT NULL,"
	" kind TEXT NOT NULL, owner_id TEXT NOT NULL, organization_id TEXT,"
	" email_id TEXT, email TEXT, token_type TEXT NOT NULL,"
	" redirect_url TEXT NOT NULL, challenge TEXT, ip_address TEXT,"
	" user_agent TEXT, details TEXT, expires_at INTEGER NOT NULL,"
	" used_at INTEGER);",
	"CREATE INDEX IF NOT EXISTS links_owner ON links (owner_id);",

	"CREATE TABLE IF NOT EXISTS totps ("
	" totp_id TEXT PRIMARY KEY, project_id TEXT NOT NULL,"
	" owner_id TEXT NOT NULL, secret TEXT NOT NULL,"
	" verified INTEGER NOT NULL, last_counter INTEGER NOT NULL DEFAULT -1,"
	" created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL);",
	"CREATE INDEX IF NOT EXISTS totps_owner ON totps (owner_id);",

	"CREATE TABLE IF NOT EXISTS recovery_codes ("
	" recovery_code_id TEXT PRIMARY KEY, owner_id TEXT NOT NULL,"
	" totp_id TEXT NOT NULL, code TEXT NOT NULL, position INTEGER NOT NULL,"
	" used_at INTEGER);",
	"CREATE INDEX IF NOT EXISTS recovery_codes_owner"
	" ON recovery_codes (owner_id);",

	/* set_at: when it was set; config: salts and parameters of the hash. */
	"CREATE TABLE IF NOT EXISTS passwords ("
	" password_id TEXT PRIMARY KEY, project_id TEXT NOT NULL,"
	" owner_id TEXT NOT NULL UNIQUE, hash_type TEXT NOT NULL,"
	" hash TEXT NOT NULL, config TEXT, requires_reset INTEGER NOT NULL,"
	" set_at INTEGER NOT NULL);",

	"CREATE TABLE IF NOT EXISTS sessions ("
	" session_id TEXT PRIMARY KEY, project_id TEXT NOT NULL,"
	" owner_id TEXT NOT NULL, organization_id TEXT, token TEXT NOT NULL"
	" UNIQUE, factors TEXT NOT NULL, claims TEXT NOT NULL, ip_address TEXT,"
	" user_agent TEXT, started_at INTEGER NOT NULL,"
	" last_accessed_at INTEGER NOT NULL, expires_at INTEGER NOT NULL);",
	"CREATE INDEX IF NOT EXISTS sessions_owner ON sessions (owner_id);",

	/* Consecutive failures of an owner. */
	"CREATE TABLE IF NOT EXISTS locks ("
	" owner_id TEXT PRIMARY KEY, failures INTEGER NOT NULL,"
	" locked_at INTEGER NOT NULL, expires_at INTEGER NOT NULL);",

	/* Tokens from elsewhere that are good once, by their jti. */
	"CREATE TABLE IF NOT EXISTS used_tokens (jti TEXT PRIMARY KEY);",

	/* What a key is to sign; subject is the wallet's address, or the
     * domain. */
	"CREATE TABLE IF NOT EXISTS challenges ("
	" challenge TEXT PRIMARY KEY, project_id TEXT NOT NULL,"
	" kind TEXT NOT NULL, owner_id TEXT NOT NULL, subject TEXT NOT NULL,"
	" details TEXT, expires_at INTEGER NOT NULL);",
	"CREATE INDEX IF NOT EXISTS challenges_subject"
	" ON challenges (project_id, kind, subject);",

	/* Passkeys, biometrics, wallets, OAuth, connected apps of an owner. */
	"CREATE TABLE IF NOT EXISTS registrations ("
	" registration_id TEXT NOT NULL, project_id TEXT NOT NULL,"
	" owner_id TEXT NOT NULL, kind TEXT NOT NULL, details TEXT NOT NULL,"
	" created_at INTEGER NOT NULL, PRIMARY KEY (owner_id, registration_id));",
	"CREATE INDEX IF NOT EXISTS registrations_id"
	" ON registrations (registration_id);",

	/* Passkeys' other half: what signs, and is not shown with the user. */
	"CREATE TABLE IF NOT EXISTS webauthn_credentials ("
	" registration_id TEXT PRIMARY KEY, project_id TEXT NOT NULL,"
	" owner_id TEXT NOT NULL, credential_id TEXT NOT NULL,"
	" domain TEXT NOT NULL, public_key TEXT NOT NULL,"
	" user_handle TEXT NOT NULL, transports TEXT, counter INTEGER NOT NULL,"
	" UNIQUE (project_id, credential_id),"
	" FOREIGN KEY (owner_id, registration_id) REFERENCES registrations"
	" (owner_id, registration_id) ON DELETE CASCADE);",
	"CREATE INDEX IF NOT EXISTS webauthn_credentials_owner"
	" ON webauthn_credentials (owner_id, domain);",

	"CREATE TABLE IF NOT EXISTS users ("
	" number INTEGER PRIMARY KEY AUTOINCREMENT, user_id TEXT NOT NULL UNIQUE,"
	" project_id TEXT NOT NULL, external_id TEXT, status TEXT NOT NULL,"
	" first_name TEXT NOT NULL DEFAULT '',"
	" middle_name TEXT NOT NULL DEFAULT '',"
	" last_name TEXT NOT NULL DEFAULT '',"
	" trusted_metadata TEXT NOT NULL DEFAULT '{}',"
	" untrusted_metadata TEXT NOT NULL DEFAULT '{}',"
	" roles TEXT NOT NULL DEFAULT '[]', created_at INTEGER NOT NULL,"
	" UNIQUE (project_id, external_id));",

	/* attached_until: an address being attached is dropped then; 0: stays.
     * proven_by: the first method that proved it. */
	"CREATE TABLE IF NOT EXISTS emails ("
	" email_id TEXT PRIMARY KEY, project_id TEXT NOT NULL,"
	" user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,"
	" email TEXT NOT NULL COLLATE NOCASE, verified INTEGER NOT NULL,"
	" verified_at INTEGER NOT NULL DEFAULT 0,"
	" attached_until INTEGER NOT NULL DEFAULT 0,"
	" position INTEGER NOT NULL DEFAULT 0, UNIQUE (project_id, email));",
	"CREATE INDEX IF NOT EXISTS emails_user ON emails (user_id);",
	"CREATE INDEX IF NOT EXISTS emails_attached ON emails (attached_until)"
	" WHERE attached_until > 0;",

	"CREATE TABLE IF NOT EXISTS phones ("
	" phone_id TEXT PRIMARY KEY, project_id TEXT NOT NULL,"
	" user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,"
	" phone_number TEXT NOT NULL, verified INTEGER NOT NULL,"
	" verified_at INTEGER NOT NULL DEFAULT 0,"
	" attached_until INTEGER NOT NULL DEFAULT 0,"
	" position INTEGER NOT NULL DEFAULT 0,"
	" UNIQUE (project_id, phone_number));",
	"CREATE INDEX IF NOT EXISTS phones_user ON phones (user_id);",
	"CREATE INDEX IF NOT EXISTS phones_attached ON phones (attached_until)"
	" WHERE attached_until > 0;",
	NULL,
};
