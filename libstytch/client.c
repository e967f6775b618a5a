/* SPDX-License-Identifier: BSD-2-Clause */
/* A client from its configuration; see stytch.h. */
#include "config.h"

#include "libstytch/client.h"

#include "libstytch/error.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

#define API_LIVE "https://api.stytch.com"
#define API_TEST "https://test.stytch.com"
#define FRAUD "https://telemetry.stytch.com"
#define LIVE_PREFIX "project-live-"

#define CREDENTIAL_MAX 512

/* clang-format off */
static const struct {
	const char *name;
	unsigned fallback, min, max;
} limits[] = {
	{ "connect_timeout_ms", 5000,  100, 60000 },
	{ "total_timeout_ms",   15000, 500, 100000 },
	{ "max_connections",    8,     1,   POOL_MAX },
};
/* clang-format on */

static enum stytch_class
misconfigured(struct stytch_error *error, const char *name, const char *message)
{
	return error_set(error, STYTCH_MISCONFIGURED, name, message);
}

static enum stytch_class
out_of_memory(struct stytch_error *error)
{
	return error_set(error, STYTCH_UNAVAILABLE, "", "out of memory");
}

/* A credential stands in a header, and a colon parts the two. */
static bool
is_credential(const char *text, bool colon_allowed)
{
	size_t len = text == NULL ? 0 : strlen(text);

	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~' ||
		    (text[i] == ':' && !colon_allowed))
			return false;
	return len > 0 && len <= CREDENTIAL_MAX;
}

static enum stytch_class
read_limit(size_t which, unsigned value, unsigned *out_value,
    struct stytch_error *error)
{
	if (value == 0)
		value = limits[which].fallback;
	if (value < limits[which].min || value > limits[which].max)
		return misconfigured(error, limits[which].name,
		    "is out of range");
	*out_value = value;
	return STYTCH_OK;
}

/* "Authorization: Basic ..." of project_id:secret. */
static int
make_authorization(const struct stytch_config *config,
    struct secret *out_header)
{
	static const char start[] = "Authorization: Basic ";
	CLEANUP(buf_clear) struct buf plain = BUF_INIT(2 * CREDENTIAL_MAX + 1);
	CLEANUP(secret_clear) struct secret header = SECRET_INIT;
	size_t start_len = sizeof(start) - 1;
	int encoded_len;

	buf_adds(&plain, config->project_id);
	buf_addc(&plain, ':');
	buf_adds(&plain, config->secret);
	if (buf_error(&plain) != 0)
		return buf_error(&plain);
	header.len = start_len + (plain.len + 2) / 3 * 4;
	header.bytes = calloc(1, header.len + 1);
	if (header.bytes == NULL)
		return -ENOMEM;
	memcpy(header.bytes, start, start_len);
	encoded_len = EVP_EncodeBlock((unsigned char *)header.bytes + start_len,
	    (const unsigned char *)buf_text(&plain), (int)plain.len);
	if (encoded_len < 0)
		return -ENOMEM;
	*out_header = header;
	header = (struct secret)SECRET_INIT;
	return 0;
}

static enum stytch_class
set_origin(const char *name, const char *url, bool allow_plain,
    struct origin *out_origin, struct stytch_error *error)
{
	int failure = origin_parse(url, allow_plain, out_origin);

	if (failure == -ENOMEM)
		return out_of_memory(error);
	if (failure != 0)
		return misconfigured(error, name,
		    allow_plain
			? "is not https, unix:/PATH or http to a loopback address"
			: "is not an https URL");
	return STYTCH_OK;
}

static enum stytch_class
set_origins(struct stytch_client *client, const struct stytch_config *config,
    struct stytch_error *error)
{
	bool is_live =
	    strncmp(config->project_id, LIVE_PREFIX, strlen(LIVE_PREFIX)) == 0;
	const char *base_url = config->base_url;
	const char *fraud_url = config->fraud_url;
	enum stytch_class class_;

	if (fraud_url == NULL)
		fraud_url = base_url != NULL ? base_url : FRAUD;
	if (base_url == NULL)
		base_url = is_live ? API_LIVE : API_TEST;
	class_ = set_origin("base_url", base_url, config->allow_plain,
	    &client->api, error);
	if (class_ == STYTCH_OK)
		class_ = set_origin("fraud_url", fraud_url, config->allow_plain,
		    &client->fraud, error);
	return class_;
}

static bool
is_proxy_url(const char *url)
{
	static const char *const schemes[] = { "http://", "https://",
		"socks5://", "socks5h://" };

	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (strncmp(url, schemes[i], strlen(schemes[i])) == 0)
			return url[strlen(schemes[i])] != '\0';
	return false;
}

static int
copy_text(const char *text, char **out_copy)
{
	if (text == NULL)
		return 0;
	*out_copy = strdup(text);
	return *out_copy == NULL ? -ENOMEM : 0;
}

static enum stytch_class
check_config(const struct stytch_config *config, struct stytch_error *error)
{
	if (config->size != sizeof(*config))
		return misconfigured(error, "size",
		    "is not that of the struct");
	if (!is_credential(config->project_id, false))
		return misconfigured(error, "project_id",
		    "is missing or malformed");
	if (!is_credential(config->secret, true))
		return misconfigured(error, "secret",
		    "is missing or malformed");
	if (config->proxy != NULL && !is_proxy_url(config->proxy))
		return misconfigured(error, "proxy",
		    "is not an http, https, socks5 or socks5h URL");
	return STYTCH_OK;
}

static int
set_up_kept(struct stytch_client *client)
{
	if (session_keys_init(&client->session_keys[0]) != 0)
		return -ENOMEM;
	if (session_keys_init(&client->session_keys[1]) != 0) {
		session_keys_clear(&client->session_keys[0]);
		return -ENOMEM;
	}
	client->has_session_keys = true;
	client->has_policies = policies_init(&client->policies) == 0;
	return client->has_policies ? 0 : -ENOMEM;
}

static enum stytch_class
set_up(struct stytch_client *client, const struct stytch_config *config,
    struct stytch_error *error)
{
	struct transport *transport = &client->transport;
	unsigned max_connections = 0;
	enum stytch_class class_;

	class_ = read_limit(0, config->connect_timeout_ms,
	    &transport->connect_timeout_ms, error);
	if (class_ == STYTCH_OK)
		class_ = read_limit(1, config->total_timeout_ms,
		    &client->total_timeout_ms, error);
	if (class_ == STYTCH_OK)
		class_ = read_limit(2, config->max_connections,
		    &max_connections, error);
	if (class_ == STYTCH_OK)
		class_ = set_origins(client, config, error);
	if (class_ != STYTCH_OK)
		return class_;
	if (transport_init_library() != 0 ||
	    copy_text(config->ca_file, &transport->ca_file) != 0 ||
	    copy_text(config->proxy, &transport->proxy) != 0 ||
	    copy_text(config->project_id, &client->project_id) != 0 ||
	    make_authorization(config, &transport->authorization) != 0 ||
	    pool_init(&transport->pool, max_connections) != 0 ||
	    set_up_kept(client) != 0)
		return out_of_memory(error);
	return STYTCH_OK;
}

enum stytch_class
stytch_client_new(const struct stytch_config *config,
    struct stytch_client **out_client, struct stytch_error *error)
{
	CLEANUP(stytch_client_free) struct stytch_client *client = NULL;
	struct stytch_error ignored;
	enum stytch_class class_;

	if (error == NULL)
		error = &ignored;
	if (config == NULL || out_client == NULL)
		return misconfigured(error, "config", "is missing");
	class_ = check_config(config, error);
	if (class_ != STYTCH_OK)
		return class_;
	client = calloc(1, sizeof(*client));
	if (client == NULL)
		return out_of_memory(error);
	class_ = set_up(client, config, error);
	if (class_ == STYTCH_OK)
		*out_client = STEAL(client);
	return class_;
}

void
stytch_client_free(struct stytch_client **client)
{
	if (client == NULL || *client == NULL)
		return;
	if ((*client)->has_session_keys) {
		session_keys_clear(&(*client)->session_keys[0]);
		session_keys_clear(&(*client)->session_keys[1]);
	}
	if ((*client)->has_policies)
		policies_clear(&(*client)->policies);
	transport_clear(&(*client)->transport);
	origin_clear(&(*client)->api);
	origin_clear(&(*client)->fraud);
	string_free(&(*client)->project_id);
	free(*client);
	*client = NULL;
}
