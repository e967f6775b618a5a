/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A magic link.  Nothing can be polled for a click, so its end is pasted; the
 * token alone, stolen, is worthless, since the verifier (PKCE) is here.
 */
#include "config.h"

#include "stytchd/methods/magic_link.h"

#include "common/buf.h"

#include <errno.h>
#include <string.h>

#define TOKEN_MAX 512

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool
is_token_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '=' ||
	    c == '.' || c == '~' || c == '+' || c == '/';
}

/* Decode len bytes of a query's value; every character must be a token's. */
static int
decode(const char *value, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len; i++) {
		char c = value[i];

		if (c == '%') {
			int high = i + 2 < len ? hex_value(value[i + 1]) : -1;
			int low = high < 0 ? -1 : hex_value(value[i + 2]);

			if (low < 0)
				return -EINVAL;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (!is_token_character(c))
			return -EINVAL;
		buf_addc(out, c);
	}
	return buf_error(out);
}

/* The value of a query parameter in len bytes of query, or NULL. */
static const char *
find_parameter(const char *query, size_t len, const char *name, size_t *out_len)
{
	size_t name_len = strlen(name);

	while (len > 0) {
		const char *end = memchr(query, '&', len);
		size_t part = end == NULL ? len : (size_t)(end - query);

		if (part > name_len && query[name_len] == '=' &&
		    memcmp(query, name, name_len) == 0) {
			*out_len = part - name_len - 1;
			return query + name_len + 1;
		}
		if (end == NULL)
			return NULL;
		query += part + 1;
		len -= part + 1;
	}
	return NULL;
}

static bool
is_link_type(const char *type, size_t len)
{
	static const char *const types[] = { "magic_links",
		"multi_tenant_magic_links" };

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (len == strlen(types[i]) && memcmp(type, types[i], len) == 0)
			return true;
	return false;
}

int
magic_link_read(const char *typed, struct secret *out_token)
{
	CLEANUP(buf_clear) struct buf token = BUF_INIT(TOKEN_MAX);
	const char *query, *value, *type;
	size_t len, value_len = 0, type_len = 0;
	int error;

	typed += strspn(typed, " \t");
	len = strcspn(typed, " \t\r\n#");
	query = memchr(typed, '?', len);
	if (query == NULL) {
		value = typed;
		value_len = len;
	} else {
		len -= (size_t)(++query - typed);
		value = find_parameter(query, len, "token", &value_len);
		type =
		    find_parameter(query, len, "stytch_token_type", &type_len);
		if (value == NULL ||
		    (type != NULL && !is_link_type(type, type_len)))
			return -EINVAL;
	}
	error = decode(value, value_len, &token);
	if (error == 0 && token.len < 16)
		error = -EINVAL;
	if (error == 0)
		error = secret_set(out_token, buf_text(&token), token.len);
	return error == -E2BIG ? -EINVAL : error;
}

static void
fill_send(const struct step *step, struct stytch_call *call)
{
	method_fill_email(step, call);
	stytch_call_set_int(call, "login_expiration_minutes", LINK_MINUTES);
	method_fill_locale(step, call);
}

static void
fill_send_member(const struct step *step, struct stytch_call *call)
{
	method_fill_member_email(step, call);
	stytch_call_set_int(call, "login_expiration_minutes", LINK_MINUTES);
	method_fill_locale(step, call);
}

static void
fill_verify_member(const struct step *step, struct stytch_call *call)
{
	/* The token says it all. */
	(void)step;
	(void)call;
}

/* clang-format off */
const struct method method_magic_link = {
	.name = "magic_link",
	.menu = "Link by email to %s",
	.prompt = "Link sent to %s. Open it, and paste the address it ends at: ",
	.kind = WIRE_PROMPT_CODE,
	.factor = FACTOR_MAILBOX,
	.b2b_primary = true,
	.b2b_auth_method = "magic_link",
	.evidence_types = { "magic_link", NULL },
	.evidence_delivery = "email",
	.send = {
		[PROJECT_CONSUMER] = { STYTCH_MAGIC_LINKS_EMAIL_SEND, fill_send, NULL, "code_challenge" },
		[PROJECT_B2B] = { STYTCH_B2B_MAGIC_LINKS_EMAIL_LOGIN_OR_SIGNUP, fill_send_member, NULL, "pkce_code_challenge" },
	},
	.verify = {
		[PROJECT_CONSUMER] = { STYTCH_MAGIC_LINKS_AUTHENTICATE, method_fill_attributes, "token", "code_verifier" },
		[PROJECT_B2B] = { STYTCH_B2B_MAGIC_LINKS_AUTHENTICATE, fill_verify_member, "magic_links_token", "pkce_code_verifier" },
	},
	.is_usable = method_has_email,
	.read_answer = magic_link_read,
};
/* clang-format on */
