/* SPDX-License-Identifier: BSD-2-Clause */
/* Owners of passwords: members or addresses. */
#include "config.h"

#include "sandbox/b2b_password.h"

#include "sandbox/session.h"
#include "sandbox/settings.h"

#include <ctype.h>
#include <string.h>

bool
passwords_cross_org(struct request *rq)
{
	return settings_bool(rq, "cross_org_passwords");
}

enum api_error
passwords_need_cross_org(struct request *rq, bool cross_org)
{
	if (passwords_cross_org(rq) == cross_org)
		return API_OK;
	return cross_org ? API_CROSS_ORG_PASSWORDS_NOT_ENABLED
			 : API_CROSS_ORG_PASSWORDS_ENABLED;
}

/* Addresses have an '@', ids of members have none: they cannot clash. */
struct password_owner
password_owner_address(const char *address)
{
	struct password_owner owner = { "" };

	for (size_t i = 0; i + 1 < sizeof(owner.id) && address[i] != '\0'; i++)
		owner.id[i] = (char)tolower((unsigned char)address[i]);
	return owner;
}

struct password_owner
password_owner_of(struct request *rq, const struct member *member)
{
	struct password_owner owner = { "" };

	if (passwords_cross_org(rq))
		return password_owner_address(
		    member_text(member, "email_address"));
	memcpy(owner.id, member->id.text, sizeof(member->id.text));
	return owner;
}

/* End the sessions of everybody with that address. */
static void
end_sessions(struct request *rq, const char *address,
    const char *kept_session_id)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;

	query_open(&query, rq->store,
	    "SELECT m.member_id FROM members m JOIN organizations o USING "
	    "(organization_id) WHERE o.project_id = ? AND m.email_address = ?",
	    "ss", rq->project->id, address);
	while (query_next(&query))
		session_revoke_owner(rq, query_text(&query, 0),
		    kept_session_id);
}

enum api_error
password_renew_address(struct request *rq, const char *address,
    const char *password, const char *kept_session_id)
{
	const struct password_owner owner = password_owner_address(address);
	enum api_error error = password_accept(rq, password, address);

	if (error != API_OK)
		return error;
	password_set(rq, MEMBER_PASSWORD, owner.id, password);
	end_sessions(rq, address, kept_session_id);
	return API_OK;
}

enum api_error
password_renew(struct request *rq, const struct member *member,
    const char *password, const char *kept_session_id)
{
	const char *address = member_text(member, "email_address");
	enum api_error error;

	if (passwords_cross_org(rq))
		return password_renew_address(rq, address, password,
		    kept_session_id);
	error = password_accept(rq, password, address);
	if (error != API_OK)
		return error;
	password_set(rq, MEMBER_PASSWORD, member->id.text, password);
	session_revoke_owner(rq, member->id.text, kept_session_id);
	return API_OK;
}
