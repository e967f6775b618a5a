/* SPDX-License-Identifier: BSD-2-Clause */
/* Clients of OAuth: state, secrets, rotation. */
#include "config.h"

#include "sandbox/client.h"

#include <string.h>

/* How the two kinds differ. */
static const struct {
	const char *name;   /* in the store */
	const char *object; /* in answers */
	const char *list;   /* in those of searches */
	enum api_error not_found, rotating, not_rotating;
} kinds[] = {
	[CLIENT_M2M] = { "m2m", "m2m_client", "m2m_clients",
	    API_M2M_CLIENT_NOT_FOUND, API_M2M_CLIENT_ALREADY_ROTATING_SECRET,
	    API_M2M_CLIENT_NOT_ROTATING_SECRET },
	[CLIENT_APP] = { "app", "connected_app", "connected_apps",
	    API_CONNECTED_APP_NOT_FOUND,
	    API_CONNECTED_APP_ALREADY_ROTATING_SECRET,
	    API_CONNECTED_APP_NOT_ROTATING_SECRET },
};

void
client_clear(struct client *client)
{
	json_free(&client->details);
	memset(client, 0, sizeof(*client));
}

static void
copy_text(char *out, size_t size, const char *text)
{
	size_t len = strnlen(text, size - 1);

	memcpy(out, text, len);
	out[len] = '\0';
}

enum api_error
client_find(struct request *rq, enum client_kind kind, const char *id,
    struct client *out)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;

	client_clear(out);
	query_open(&query, rq->store,
	    "SELECT client_id, secret, next_secret, details FROM clients "
	    "WHERE project_id = ? AND client_id = ? AND kind = ?",
	    "sss", rq->project->id, id, kinds[kind].name);
	if (!query_next(&query))
		return kinds[kind].not_found;
	out->kind = kind;
	query_copy(&query, 0, out->id.text, sizeof(out->id.text));
	query_copy(&query, 1, out->secret, sizeof(out->secret));
	query_copy(&query, 2, out->next_secret, sizeof(out->next_secret));
	out->details = json_parse_stored(query_text(&query, 3), "{}");
	return API_OK;
}

enum api_error
client_param(struct request *rq, enum client_kind kind, struct client *out)
{
	return client_find(rq, kind, param_string(rq, "client_id"), out);
}

void
client_insert(struct request *rq, const struct client *client)
{
	CLEANUP(string_free) char *details = json_text(client->details);

	store_run(rq->store,
	    "INSERT INTO clients (client_id, project_id, kind, secret, "
	    "next_secret, details) VALUES (?, ?, ?, ?, ?, ?)",
	    "ssssss", client->id.text, rq->project->id,
	    kinds[client->kind].name, client->secret, client->next_secret,
	    details);
}

static void
save(struct request *rq, const struct client *client)
{
	CLEANUP(string_free) char *details = json_text(client->details);

	store_run(rq->store,
	    "UPDATE clients SET secret = ?, next_secret = ?, details = ? "
	    "WHERE project_id = ? AND client_id = ?",
	    "sssss", client->secret, client->next_secret, details,
	    rq->project->id, client->id.text);
}

static void
drop(struct request *rq, const struct client *client)
{
	store_run(rq->store,
	    "DELETE FROM clients WHERE project_id = ? AND client_id = ?", "ss",
	    rq->project->id, client->id.text);
	store_run(rq->store,
	    "DELETE FROM grants WHERE project_id = ? AND client_id = ?", "ss",
	    rq->project->id, client->id.text);
	store_run(rq->store,
	    "DELETE FROM registrations WHERE project_id = ? AND kind = "
	    "'connected_app' AND registration_id = ?",
	    "ss", rq->project->id, client->id.text);
}

const char *
client_text(const struct client *client, const char *name)
{
	const char *text = json_string(client->details, name);

	return text != NULL ? text : "";
}

/* Set a copy of the details in the reply; it is returned. */
static cJSON *
reply(struct request *rq, const struct client *client)
{
	cJSON *copy = json_copy(client->details);

	json_set(rq->reply, kinds[client->kind].object, copy);
	return copy;
}

static void
reply_secret(struct request *rq, const struct client *client, const char *name,
    const char *secret)
{
	cJSON *object = reply(rq, client);

	cJSON_DeleteItemFromObjectCaseSensitive(object, "creation_method");
	if (secret[0] != '\0')
		json_set_string(object, name, secret);
}

void
client_reply_new(struct request *rq, const struct client *client,
    const char *secret)
{
	reply_secret(rq, client, "client_secret", secret);
}

/* ---- What the API does to both kinds alike. ---- */

enum api_error
client_get(struct request *rq, enum client_kind kind)
{
	CLEANUP(client_clear) struct client client = CLIENT_INIT;
	enum api_error error = client_param(rq, kind, &client);

	if (error == API_OK)
		(void)reply(rq, &client);
	return error;
}

enum api_error
client_update(struct request *rq, enum client_kind kind,
    enum api_error (*take)(struct request *rq, cJSON *details))
{
	CLEANUP(client_clear) struct client client = CLIENT_INIT;
	enum api_error error = client_param(rq, kind, &client);

	if (error == API_OK)
		error = take(rq, client.details);
	if (error != API_OK)
		return error;
	save(rq, &client);
	(void)reply(rq, &client);
	return API_OK;
}

enum api_error
client_delete(struct request *rq, enum client_kind kind)
{
	CLEANUP(client_clear) struct client client = CLIENT_INIT;
	enum api_error error = client_param(rq, kind, &client);

	if (error != API_OK)
		return error;
	drop(rq, &client);
	json_set_string(rq->reply, "client_id", client.id.text);
	return API_OK;
}

static void
add(struct request *rq, enum client_kind kind, const char *id, cJSON *list)
{
	CLEANUP(client_clear) struct client client = CLIENT_INIT;

	if (client_find(rq, kind, id, &client) == API_OK)
		json_push(list, json_copy(client.details));
}

static void
add_app(struct request *rq, const char *id, cJSON *list)
{
	add(rq, CLIENT_APP, id, list);
}

static void
add_machine(struct request *rq, const char *id, cJSON *list)
{
	add(rq, CLIENT_M2M, id, list);
}

enum api_error
client_search(struct request *rq, enum client_kind kind,
    const struct search *search)
{
	CLEANUP(json_free) cJSON *values = json_array();
	struct search whole = *search;
	cJSON *results = json_array();

	whole.select = "SELECT number, client_id FROM clients"
		       " WHERE project_id = ? AND kind = ?";
	whole.count = "SELECT count(*) FROM clients"
		      " WHERE project_id = ? AND kind = ?";
	whole.values = values;
	whole.add = kind == CLIENT_APP ? add_app : add_machine;
	json_push_string(values, rq->project->id);
	json_push_string(values, kinds[kind].name);
	json_set(rq->reply, kinds[kind].list, results);
	return search_run(rq, &whole, results);
}

/* ---- Secrets. ---- */

static const char *
last_four(const char *secret)
{
	size_t len = strlen(secret);

	return len > 4 ? secret + len - 4 : secret;
}

static void
hash_secret(const char *secret, char *out, size_t size)
{
	struct token hash;

	pkce_challenge(secret, &hash);
	copy_text(out, size, hash.text);
}

void
client_set_secret(struct client *client, const char *secret)
{
	hash_secret(secret, client->secret, sizeof(client->secret));
	json_set_string(client->details, "client_secret_last_four",
	    last_four(secret));
}

bool
client_has_secret(const struct client *client, const char *secret)
{
	char hash[64];

	if (secret == NULL || secret[0] == '\0')
		return false;
	hash_secret(secret, hash, sizeof(hash));
	return (client->secret[0] != '\0' &&
		   text_equal(client->secret, hash)) ||
	    (client->next_secret[0] != '\0' &&
		text_equal(client->next_secret, hash));
}

enum api_error
client_rotate_start(struct request *rq, enum client_kind kind)
{
	CLEANUP(client_clear) struct client client = CLIENT_INIT;
	enum api_error error = client_param(rq, kind, &client);
	struct token secret;

	if (error != API_OK)
		return error;
	if (client.secret[0] == '\0')
		return API_PUBLIC_CONNECTED_APPS_DO_NOT_HAVE_SECRETS;
	if (client.next_secret[0] != '\0')
		return kinds[kind].rotating;
	token_make(TOKEN_LEN, &secret);
	hash_secret(secret.text, client.next_secret,
	    sizeof(client.next_secret));
	json_set_string(client.details, "next_client_secret_last_four",
	    last_four(secret.text));
	save(rq, &client);
	reply_secret(rq, &client, "next_client_secret", secret.text);
	return API_OK;
}

/* End a rotation: with the new secret, or the old one. */
static enum api_error
rotate_end(struct request *rq, enum client_kind kind, bool with_new)
{
	CLEANUP(client_clear) struct client client = CLIENT_INIT;
	enum api_error error = client_param(rq, kind, &client);

	if (error != API_OK)
		return error;
	if (client.next_secret[0] == '\0')
		return kinds[kind].not_rotating;
	if (with_new) {
		memcpy(client.secret, client.next_secret,
		    sizeof(client.secret));
		json_set(client.details, "client_secret_last_four",
		    json_copy(json_get(client.details,
			"next_client_secret_last_four")));
	}
	client.next_secret[0] = '\0';
	json_set_null(client.details, "next_client_secret_last_four");
	save(rq, &client);
	(void)reply(rq, &client);
	return API_OK;
}

enum api_error
client_rotate_cancel(struct request *rq, enum client_kind kind)
{
	return rotate_end(rq, kind, false);
}

enum api_error
client_rotate(struct request *rq, enum client_kind kind)
{
	return rotate_end(rq, kind, true);
}
