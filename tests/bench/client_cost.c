/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a call of libstytch costs beside plain libcurl with the same body.
 *
 *	client_cost cost URL CALLS libstytch|curl
 *	client_cost memory URL libstytch|curl
 *
 * cost makes CALLS requests of one kind over one warm connection; under
 * callgrind, client_cost.sh takes two lengths of run apart, so that what
 * starting costs is not counted.  memory prints the heap in use, in bytes,
 * while 8 connections are warm.
 */
#include "config.h"

#include "common/attr.h"

#include <curl/curl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <stytch/stytch.h>

#define PROJECT "project-test-00000000-0000-4000-8000-000000000001"
#define SECRET "secret-test-0000000000000000000000000000000000000000000="
#define EMAIL "nobody@example.com"
#define METHOD "email-test-00000000-0000-4000-8000-000000000002"
#define BODY \
	"{\"method_id\":\"" METHOD "\",\"code\":\"123456\"," \
	"\"session_duration_minutes\":60}"
#define CONNECTIONS 8

/* ---- libstytch ------------------------------------------------------------ */

static struct stytch_client *
new_client(const char *url)
{
	struct stytch_config config = {
		.size = sizeof(config),
		.project_id = PROJECT,
		.secret = SECRET,
		.base_url = url,
		.max_connections = CONNECTIONS,
		.allow_plain = true,
	};
	struct stytch_client *client = NULL;

	return stytch_client_new(&config, &client, NULL) == STYTCH_OK ? client
								      : NULL;
}

/* Whether the API answered, be it with a refusal. */
static bool
call_libstytch(struct stytch_client *client)
{
	struct stytch_call *call =
	    stytch_call_new(client, STYTCH_OTPS_AUTHENTICATE);
	struct stytch_reply *reply = NULL;
	struct stytch_error error = { .http_status = 200 };

	stytch_call_set(call, "method_id", METHOD);
	stytch_call_set(call, "code", "123456");
	stytch_call_set_int(call, "session_duration_minutes", 60);
	(void)stytch_call_perform(call, &reply, &error);
	stytch_reply_free(&reply);
	stytch_call_free(&call);
	return error.http_status != 0;
}

/* ---- plain libcurl -------------------------------------------------------- */

/* Keep the answer, as any caller would. */
struct answer {
	char data[65536];
	size_t len;
};

static size_t
take(char *data, size_t size, size_t count, void *context)
{
	struct answer *answer = context;

	if (size * count > sizeof(answer->data) - answer->len)
		return 0;
	memcpy(answer->data + answer->len, data, size * count);
	answer->len += size * count;
	return size * count;
}

struct plain {
	CURL *handle;
	struct curl_slist *headers;
	struct answer answer;
};

static bool
call_curl(struct plain *plain)
{
	long status = 0;

	plain->answer.len = 0;
	if (curl_easy_setopt(plain->handle, CURLOPT_POSTFIELDS, BODY) !=
		CURLE_OK ||
	    curl_easy_perform(plain->handle) != CURLE_OK)
		return false;
	(void)curl_easy_getinfo(plain->handle, CURLINFO_RESPONSE_CODE, &status);
	return status != 0;
}

static bool
plain_open(struct plain *plain, const char *url)
{
	char full[512];

	(void)snprintf(full, sizeof(full), "%s/v1/otps/authenticate", url);
	plain->handle = curl_easy_init();
	plain->headers =
	    curl_slist_append(NULL, "Content-Type: application/json");
	if (plain->handle == NULL || plain->headers == NULL)
		return false;
	return curl_easy_setopt(plain->handle, CURLOPT_URL, full) == CURLE_OK &&
	    curl_easy_setopt(plain->handle, CURLOPT_USERPWD,
		PROJECT ":" SECRET) == CURLE_OK &&
	    curl_easy_setopt(plain->handle, CURLOPT_HTTPHEADER,
		plain->headers) == CURLE_OK &&
	    curl_easy_setopt(plain->handle, CURLOPT_PROXY, "") == CURLE_OK &&
	    curl_easy_setopt(plain->handle, CURLOPT_WRITEFUNCTION, take) ==
	    CURLE_OK &&
	    curl_easy_setopt(plain->handle, CURLOPT_WRITEDATA,
		&plain->answer) == CURLE_OK;
}

static void
plain_close(struct plain *plain)
{
	curl_easy_cleanup(plain->handle);
	curl_slist_free_all(plain->headers);
}

/* ---- what is measured ------------------------------------------------------ */

static int
cost(const char *url, long calls, bool is_ours)
{
	struct stytch_client *client = is_ours ? new_client(url) : NULL;
	static struct plain plain;
	bool works = is_ours ? client != NULL : plain_open(&plain, url);

	while (works && calls-- > 0)
		works = is_ours ? call_libstytch(client) : call_curl(&plain);
	stytch_client_free(&client);
	if (!is_ours)
		plain_close(&plain);
	if (!works)
		(void)fputs("client_cost: no answer\n", stderr);
	return works ? 0 : 1;
}

/* Several at once need a connection each. */
struct together {
	pthread_barrier_t start;
	struct stytch_client *client;
};

static void *
call_together(void *context)
{
	struct together *together = context;

	(void)pthread_barrier_wait(&together->start);
	for (int i = 0; i < 20; i++)
		if (!call_libstytch(together->client))
			return together;
	return NULL;
}

static bool
warm_up(struct stytch_client *client)
{
	struct together together = { .client = client };
	pthread_t threads[CONNECTIONS];
	bool works = client != NULL;
	void *failed;

	if (pthread_barrier_init(&together.start, NULL, CONNECTIONS) != 0)
		return false;
	for (size_t i = 0; i < CONNECTIONS; i++)
		if (pthread_create(&threads[i], NULL, call_together,
			&together) != 0)
			return false;
	for (size_t i = 0; i < CONNECTIONS; i++) {
		(void)pthread_join(threads[i], &failed);
		works = works && failed == NULL;
	}
	(void)pthread_barrier_destroy(&together.start);
	return works;
}

static int
memory(const char *url, bool is_ours)
{
	static struct plain plain[CONNECTIONS];
	struct stytch_client *client = NULL;
	bool works = true;

	if (is_ours) {
		client = new_client(url);
		works = warm_up(client);
	}
	for (size_t i = 0; !is_ours && i < CONNECTIONS; i++)
		works =
		    works && plain_open(&plain[i], url) && call_curl(&plain[i]);
	(void)printf("%zu\n", mallinfo2().uordblks + mallinfo2().hblkhd);
	stytch_client_free(&client);
	for (size_t i = 0; !is_ours && i < CONNECTIONS; i++)
		plain_close(&plain[i]);
	return works ? 0 : 1;
}

int
main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "cost") == 0)
		return cost(argv[2], strtol(argv[3], NULL, 10),
		    strcmp(argv[4], "libstytch") == 0);
	if (argc == 4 && strcmp(argv[1], "memory") == 0)
		return memory(argv[2], strcmp(argv[3], "libstytch") == 0);
	(void)fputs("usage: client_cost cost URL CALLS libstytch|curl\n"
		    "       client_cost memory URL libstytch|curl\n",
	    stderr);
	return 2;
}
