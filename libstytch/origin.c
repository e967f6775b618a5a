/* SPDX-License-Identifier: BSD-2-Clause */
/* Base URLs: https, or plain to this host alone; see origin.h. */
#include "config.h"

#include "libstytch/origin.h"

#include "common/buf.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <sys/un.h>

#define URL_MAX 1024
#define LOOPBACK_NET 127

static void
url_cleanup(CURLU **url)
{
	curl_url_cleanup(*url);
}

static void
part_free(char **part)
{
	curl_free(*part);
}

/* 127.0.0.0/8 or [::1], in figures: a name may come to mean another host. */
static bool
is_loopback(const char *host)
{
	struct in_addr address;

	if (strcmp(host, "[::1]") == 0)
		return true;
	return inet_pton(AF_INET, host, &address) == 1 &&
	    ntohl(address.s_addr) >> 24 == LOOPBACK_NET;
}

static bool
has_part(CURLU *url, CURLUPart part)
{
	CLEANUP(part_free) char *text = NULL;

	return curl_url_get(url, part, &text, 0) == CURLUE_OK;
}

static int
check_url(CURLU *url, bool allow_plain, bool *out_plain)
{
	CLEANUP(part_free) char *scheme = NULL;
	CLEANUP(part_free) char *host = NULL;

	if (curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK)
		return -EINVAL;
	if (has_part(url, CURLUPART_USER) ||
	    has_part(url, CURLUPART_PASSWORD) ||
	    has_part(url, CURLUPART_QUERY) || has_part(url, CURLUPART_FRAGMENT))
		return -EINVAL;
	*out_plain = strcmp(scheme, "http") == 0;
	if (*out_plain)
		return allow_plain && is_loopback(host) ? 0 : -EINVAL;
	return strcmp(scheme, "https") == 0 ? 0 : -EINVAL;
}

static int
parse_url(const char *text, bool allow_plain, struct origin *out_origin)
{
	CLEANUP(url_cleanup) CURLU *url = curl_url();
	CLEANUP(part_free) char *whole = NULL;
	CLEANUP(buf_clear) struct buf prefix = BUF_INIT(URL_MAX);
	CURLUcode code;
	bool is_plain;
	const char *host = strstr(text, "://");
	size_t len;
	int error;

	/* curl would read https:///a as host a. */
	if (host == NULL || host[3] == '/')
		return -EINVAL;
	if (url == NULL)
		return -ENOMEM;
	code = curl_url_set(url, CURLUPART_URL, text, CURLU_PATH_AS_IS);
	if (code != CURLUE_OK)
		return code == CURLUE_OUT_OF_MEMORY ? -ENOMEM : -EINVAL;
	error = check_url(url, allow_plain, &is_plain);
	if (error != 0)
		return error;
	/* As curl reads it, so that what was judged is what is used. */
	if (curl_url_get(url, CURLUPART_URL, &whole, 0) != CURLUE_OK)
		return -ENOMEM;
	len = strlen(whole);
	while (len > 0 && whole[len - 1] == '/')
		len--;
	buf_add(&prefix, whole, len);
	error = buf_take(&prefix, &out_origin->prefix);
	if (error == 0)
		out_origin->is_plain = is_plain;
	return error == -E2BIG ? -EINVAL : error;
}

static int
parse_unix(const char *path, bool allow_plain, struct origin *out_origin)
{
	struct sockaddr_un address;
	struct origin origin = ORIGIN_INIT;

	if (!allow_plain || path[0] != '/' ||
	    strlen(path) >= sizeof(address.sun_path))
		return -EINVAL;
	origin.prefix = strdup("http://localhost");
	origin.unix_path = strdup(path);
	origin.is_plain = true;
	if (origin.prefix == NULL || origin.unix_path == NULL) {
		origin_clear(&origin);
		return -ENOMEM;
	}
	*out_origin = origin;
	return 0;
}

int
origin_parse(const char *url, bool allow_plain, struct origin *out_origin)
{
	static const char unix_scheme[] = "unix:";
	size_t len = sizeof(unix_scheme) - 1;

	if (strncmp(url, unix_scheme, len) == 0)
		return parse_unix(url + len, allow_plain, out_origin);
	return parse_url(url, allow_plain, out_origin);
}

void
origin_clear(struct origin *origin)
{
	string_free(&origin->prefix);
	string_free(&origin->unix_path);
	origin->is_plain = false;
}
