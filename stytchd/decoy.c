/* SPDX-License-Identifier: BSD-2-Clause */
/* Masks and decoys; see decoy.h. */
#include "config.h"

#include "stytchd/decoy.h"

#include "common/buf.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define DOMAINS_MAX 64
#define DOMAIN_SIZE 256

struct decoys {
	const struct keyring *keyring;
	pthread_mutex_t lock; /* of the domains */
	char *domains[DOMAINS_MAX];
	size_t count;
};

static bool
is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9');
}

void
mask_contact(const char *value, char out_mask[MASK_SIZE])
{
	CLEANUP(buf_clear) struct buf mask = BUF_INIT(MASK_SIZE - 1);
	const char *at = strrchr(value, '@');
	size_t len = strlen(value);

	if (at != NULL && is_alphanumeric(value[0]))
		buf_addc(&mask, value[0]);
	buf_adds(&mask, "\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2"); /* bullets */
	if (at != NULL)
		buf_add_clean(&mask, at, DOMAIN_SIZE);
	else if (len > 4)
		buf_add_clean(&mask, value + len - 2, 2);
	memcpy(out_mask, buf_text(&mask), strlen(buf_text(&mask)) + 1);
}

int
decoys_new(const struct keyring *keyring, struct decoys **out_decoys)
{
	struct decoys *decoys = calloc(1, sizeof(*decoys));

	if (decoys == NULL)
		return -ENOMEM;
	decoys->keyring = keyring;
	(void)pthread_mutex_init(&decoys->lock, NULL);
	*out_decoys = decoys;
	return 0;
}

void
decoys_free(struct decoys **decoys)
{
	if (*decoys == NULL)
		return;
	for (size_t i = 0; i < (*decoys)->count; i++)
		free((*decoys)->domains[i]);
	(void)pthread_mutex_destroy(&(*decoys)->lock);
	free(*decoys);
	*decoys = NULL;
}

void
decoys_note_domain(struct decoys *decoys, const char *address)
{
	const char *at = strrchr(address, '@');
	bool is_new;

	if (at == NULL || at[1] == '\0' || strlen(at) >= DOMAIN_SIZE)
		return;
	(void)pthread_mutex_lock(&decoys->lock);
	is_new = decoys->count < DOMAINS_MAX;
	for (size_t i = 0; is_new && i < decoys->count; i++)
		is_new = strcmp(decoys->domains[i], at + 1) != 0;
	if (is_new) {
		char *copy = strdup(at + 1);

		if (copy != NULL)
			decoys->domains[decoys->count++] = copy;
	}
	(void)pthread_mutex_unlock(&decoys->lock);
}

/* A number from the name and a word of what it is for. */
static int
draw(const struct keyring *keyring, const char *what, const char *name,
    uint32_t *out_number)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(1024);
	uint8_t digest[KEYRING_DIGEST_SIZE];
	int error;

	buf_addf(&text, "%s:%s", what, name);
	error = buf_error(&text);
	if (error == 0)
		error = keyring_digest(keyring, KEYRING_DECOY, buf_text(&text),
		    digest);
	if (error == 0)
		memcpy(out_number, digest, sizeof(*out_number));
	return error;
}

/*
 * The domain that wins for this name (rendezvous hashing): a new domain moves
 * few names, and none but to itself.
 */
static int
draw_domain(struct decoys *decoys, const char *name,
    char out_domain[DOMAIN_SIZE])
{
	uint32_t best = 0, number = 0;
	int error = 0;

	memcpy(out_domain, "gmail.com", sizeof("gmail.com"));
	(void)pthread_mutex_lock(&decoys->lock);
	for (size_t i = 0; error == 0 && i < decoys->count; i++) {
		const char *domain = decoys->domains[i];

		error = draw(decoys->keyring, domain, name, &number);
		if (error != 0 || number < best)
			continue;
		best = number;
		memcpy(out_domain, domain, strlen(domain) + 1);
	}
	(void)pthread_mutex_unlock(&decoys->lock);
	return error;
}

/* Most people's addresses begin as their names do, but not all. */
static int
make_email(struct decoys *decoys, const char *name, char *out_mask)
{
	char domain[DOMAIN_SIZE], address[DOMAIN_SIZE + 4];
	char first = name[0];
	uint32_t number = 0;
	int error = draw(decoys->keyring, "letter", name, &number);
	int len;

	if (error == 0)
		error = draw_domain(decoys, name, domain);
	if (error != 0)
		return error;
	if (number % 8 == 0 || !is_alphanumeric(first))
		first = (char)('a' + number / 8 % 26);
	len = snprintf(address, sizeof(address), "%c@%s", first, domain);
	if (len < 0 || (size_t)len >= sizeof(address))
		return -EIO;
	mask_contact(address, out_mask);
	return 0;
}

static int
make_phone(const struct keyring *keyring, const char *name, char *out_mask)
{
	char digits[16];
	uint32_t number = 0;
	int error = draw(keyring, "phone", name, &number);
	int len;

	if (error != 0)
		return error;
	len = snprintf(digits, sizeof(digits), "+15550%02u", number % 100);
	if (len < 0 || (size_t)len >= sizeof(digits))
		return -EIO;
	mask_contact(digits, out_mask);
	return 0;
}

/* Whether a login of service can begin with these. */
static bool
can_begin(enum project_kind kind, const struct configuration_service *service,
    method_set usable)
{
	const struct progress nothing = { .kind = kind };
	struct choices choices;

	return policy_next(service, &nothing, usable, &choices) == POLICY_RUN;
}

int
decoy_make(struct decoys *decoys, enum project_kind kind,
    const struct configuration_service *service, const char *name,
    struct decoy *out_decoy)
{
	struct decoy decoy = { .usable = 0 };
	method_set all = 0;
	int error = 0;

	for (unsigned id = 0; error == 0 && id < METHOD_COUNT; id++) {
		const struct method *method = method_get((enum method_id)id);
		uint32_t number = 0;

		if (method->verify[kind].fill == NULL)
			continue;
		all |= METHOD_BIT(id);
		error = draw(decoys->keyring, method->name, name, &number);
		if (number % 4 != 0)
			decoy.usable |= METHOD_BIT(id);
	}
	if (!can_begin(kind, service, decoy.usable))
		decoy.usable = all;
	if (error == 0)
		error = make_email(decoys, name, decoy.email);
	if (error == 0)
		error = make_phone(decoys->keyring, name, decoy.phone);
	if (error == 0)
		*out_decoy = decoy;
	return error;
}
