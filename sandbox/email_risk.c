/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * email.risk, from the form of the address and the setting inactive_emails
 * alone: nothing is asked of the network.
 */
#include "config.h"

#include "sandbox/sandbox.h"
#include "sandbox/settings.h"
#include "sandbox/validate.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define CHALLENGE_FROM 40
#define BLOCK_FROM 75

static bool
is_one_of(const char *text, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcasecmp(text, list[i]) == 0)
			return true;
	}
	return false;
}

static bool
is_role(const char *local)
{
	static const char *const roles[] = { "abuse", "admin", "billing",
		"contact", "help", "hostmaster", "info", "noreply", "no-reply",
		"office", "postmaster", "root", "sales", "security", "support",
		"webmaster" };

	return is_one_of(local, roles, ARRAY_LEN(roles));
}

static bool
is_disposable(const char *domain)
{
	static const char *const domains[] = { "10minutemail.com",
		"guerrillamail.com", "mailinator.com", "sharklasers.com",
		"temp-mail.org", "tempmail.com", "throwawaymail.com",
		"trashmail.com", "yopmail.com" };

	return is_one_of(domain, domains, ARRAY_LEN(domains));
}

/* Names that RFC 2606 keeps from the DNS have no records. */
static bool
has_records(const char *domain)
{
	const char *dot = strrchr(domain, '.');

	return dot != NULL && strcasecmp(dot, ".invalid") != 0 &&
	    strcasecmp(dot, ".test") != 0;
}

/*
 * The mailbox behind an address: lower case, no tag behind '+', and at Gmail
 * no dots.  Returns how many characters went.
 */
static int
normalize(const char *address, char *out, size_t size)
{
	const char *at = strrchr(address, '@');
	bool gmail = at != NULL && strcasecmp(at, "@gmail.com") == 0;
	int dropped = 0;
	bool tag = false;
	size_t len = 0;

	for (const char *c = address; *c != '\0' && len + 1 < size; c++) {
		bool local = at != NULL && c < at;

		tag = local && (tag || (*c == '+' && c != address));
		if (tag || (local && gmail && *c == '.'))
			dropped++;
		else
			out[len++] = (char)tolower((unsigned char)*c);
	}
	out[len] = '\0';
	return dropped;
}

/* The parts of an address that the verdict looks at. */
struct address {
	char normal[512];
	char local[512];
	const char *domain;
	int dropped;
	bool valid, bounces;
};

static void
address_read(struct request *rq, const char *text, struct address *out)
{
	CLEANUP(json_free)
	cJSON *bounced = settings_json(rq, "inactive_emails");
	char *at;

	out->valid = is_email(text);
	out->dropped = normalize(text, out->normal, sizeof(out->normal));
	out->bounces = json_has_string(bounced, text) ||
	    json_has_string(bounced, out->normal);
	memcpy(out->local, out->normal, sizeof(out->local));
	at = strrchr(out->local, '@');
	out->domain = at != NULL ? at + 1 : "";
	if (at != NULL)
		*at = '\0';
}

static int
score(const struct address *address)
{
	int sum = 0;

	if (!address->valid || !has_records(address->domain))
		return 100;
	sum += address->bounces ? 80 : 0;
	sum += is_disposable(address->domain) ? 80 : 0;
	sum += is_role(address->local) ? 40 : 0;
	sum += address->dropped > 20 ? 20 : address->dropped;
	return sum > 100 ? 100 : sum;
}

enum api_error
email_risk(struct request *rq)
{
	cJSON *address = json_object(), *domain = json_object();
	struct address read;
	int risk;

	address_read(rq, param_string(rq, "email_address"), &read);
	risk = score(&read);
	json_set_bool(address, "has_known_bounces", read.bounces);
	json_set_bool(address, "has_valid_syntax", read.valid);
	json_set_bool(address, "is_suspected_role_address",
	    is_role(read.local));
	json_set_string(address, "normalized_email", read.normal);
	json_set_int(address, "tumbling_character_count", read.dropped);
	json_set(rq->reply, "address_information", address);
	json_set_bool(domain, "has_mx_or_a_record", has_records(read.domain));
	json_set_bool(domain, "is_disposable_domain",
	    is_disposable(read.domain));
	json_set(rq->reply, "domain_information", domain);
	json_set_int(rq->reply, "risk_score", risk);
	json_set_string(rq->reply, "action",
	    risk >= BLOCK_FROM           ? "BLOCK"
		: risk >= CHALLENGE_FROM ? "CHALLENGE"
					 : "ALLOW");
	return API_OK;
}
