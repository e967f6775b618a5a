/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of EIP-4361: the caller's words, checked, and put in its form. */
#include "config.h"

#include "sandbox/siwe.h"

#include <ctype.h>
#include <string.h>

#define CHAIN_ID_MAX "9223372036854775771"
#define RESERVED_AND_UNRESERVED "-._~:/?#[]@!$&'()*+,;=%"

/* Whether text has nothing but characters of URIs (RFC 3986), and some. */
static bool
is_uri_text(const char *text)
{
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (!isalnum((unsigned char)*text) &&
		    strchr(RESERVED_AND_UNRESERVED, *text) == NULL)
			return false;
	}
	return true;
}

/* A URI has a scheme: a letter first, then something behind a colon. */
static bool
is_uri(const char *text)
{
	size_t scheme = strcspn(text, ":");

	return is_uri_text(text) && isalpha((unsigned char)text[0]) &&
	    text[scheme] == ':' && text[scheme + 1] != '\0' &&
	    strcspn(text, "/?#") > scheme;
}

static bool
is_chain_id(const char *text)
{
	size_t len = strlen(text);
	size_t max = strlen(CHAIN_ID_MAX);

	if (len == 0 || strspn(text, "0123456789") != len || text[0] == '0')
		return false;
	return len < max || (len == max && strcmp(text, CHAIN_ID_MAX) <= 0);
}

/* A line: no control character, or the message could say another thing. */
static bool
is_line(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	}
	return true;
}

static enum api_error
check(const cJSON *params)
{
	const char *domain = json_string(params, "domain");
	const char *uri = json_string(params, "uri");
	const char *chain_id = json_string(params, "chain_id");
	const char *statement = json_string(params, "statement");
	const char *request_id = json_string(params, "message_request_id");
	const cJSON *resource;

	if (domain == NULL || !is_uri_text(domain) ||
	    strpbrk(domain, "/?#") != NULL)
		return API_INVALID_SIWE_DOMAIN;
	if (uri == NULL || !is_uri(uri))
		return API_INVALID_SIWE_URI;
	if (chain_id != NULL && !is_chain_id(chain_id))
		return API_INVALID_SIWE_CHAIN_ID;
	if (statement != NULL && !is_line(statement))
		return API_INVALID_SIWE_STATEMENT;
	if (request_id != NULL &&
	    (!is_uri_text(request_id) || strpbrk(request_id, "/?#[]") != NULL))
		return API_INVALID_SIWE_MESSAGE_REQUEST_ID;
	cJSON_ArrayForEach (resource, json_get(params, "resources")) {
		if (!cJSON_IsString(resource) || !is_uri(resource->valuestring))
			return API_INVALID_SIWE_RESOURCE;
	}
	return API_OK;
}

/* A time of the parameters stays as it is written; without one it is now. */
static enum api_error
set_time(const struct request *rq, const char *name, cJSON *known)
{
	const char *text = json_string(known, name);
	int64_t when;

	if (text == NULL)
		json_set_time(known, name, rq->now_us);
	else if (time_parse(text, &when) != 0)
		return API_INVALID_REQUEST_VALUE;
	return API_OK;
}

enum api_error
siwe_read(const struct request *rq, const cJSON *params, cJSON **out_known)
{
	cJSON *known = json_copy(params);
	enum api_error error = check(known);

	*out_known = known;
	if (error == API_OK)
		error = set_time(rq, "issued_at", known);
	if (error == API_OK)
		error = set_time(rq, "not_before", known);
	if (error == API_OK && json_string(known, "chain_id") == NULL)
		json_set_string(known, "chain_id", "1");
	return error;
}

static void
write_field(const cJSON *known, const char *label, const char *name,
    struct buf *out)
{
	const char *value = json_string(known, name);

	if (value != NULL)
		buf_addf(out, "\n%s: %s", label, value);
}

void
siwe_write(const cJSON *known, const char *address, const char *nonce,
    struct buf *out)
{
	const char *statement = json_string(known, "statement");
	const cJSON *resources = json_get(known, "resources");
	const char *domain = json_string(known, "domain");
	const cJSON *resource;

	buf_addf(out,
	    "%s wants you to sign in with your Ethereum account:\n%s\n\n",
	    domain != NULL ? domain : "", address);
	if (statement != NULL)
		buf_addf(out, "%s\n", statement);
	write_field(known, "URI", "uri", out);
	buf_adds(out, "\nVersion: 1");
	write_field(known, "Chain ID", "chain_id", out);
	buf_addf(out, "\nNonce: %s", nonce);
	write_field(known, "Issued At", "issued_at", out);
	write_field(known, "Not Before", "not_before", out);
	write_field(known, "Request ID", "message_request_id", out);
	if (resources == NULL || resources->child == NULL)
		return;
	buf_adds(out, "\nResources:");
	cJSON_ArrayForEach (resource, resources)
		buf_addf(out, "\n- %s", resource->valuestring);
}
