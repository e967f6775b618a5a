/* SPDX-License-Identifier: BSD-2-Clause */
/* The BEGIN packet; see begin.h. */
#include "config.h"

#include "pam_stytch/begin.h"

#include "pam_stytch/process.h"
#include "pam_stytch/talk.h"

#include <errno.h>
#include <locale.h>
#include <string.h>

#define LOCALE_MAX_LEN 32

/* Add a text item of the handle; one that is not set is left out. */
static int
add_item(const struct call *call, struct wire_writer *packet,
    enum wire_field field, int type)
{
	const void *item = NULL;

	if (pam_get_item(call->pamh, type, &item) != PAM_SUCCESS)
		return -EIO;
	wire_add_text(packet, field, item);
	return 0;
}

/* language_COUNTRY of the application, where it has set one; "en_US". */
static void
add_locale(struct wire_writer *packet)
{
	const char *name = setlocale(LC_MESSAGES, NULL);
	char locale[LOCALE_MAX_LEN + 1] = "";
	size_t len;

	if (name == NULL || strcmp(name, "C") == 0 ||
	    strcmp(name, "POSIX") == 0 || strncmp(name, "C.", 2) == 0)
		return;
	len = strspn(name,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");
	if (len > LOCALE_MAX_LEN ||
	    (name[len] != '\0' && name[len] != '.' && name[len] != '@'))
		return;
	memcpy(locale, name, len);
	wire_add_text(packet, WIRE_LOCALE, locale);
}

static void
add_process(const struct call *call, struct wire_writer *packet)
{
	struct process process;

	process_read(call->host->proc_dir, &process);
	if (process.has_audit_session)
		wire_add_u32(packet, WIRE_AUDIT_SESSION, process.audit_session);
	if (process.has_start)
		wire_add_u64(packet, WIRE_PROCESS_START, process.start);
	if (process.has_parent) {
		wire_add_u32(packet, WIRE_PARENT_PID, process.parent_pid);
		wire_add_u64(packet, WIRE_PARENT_START, process.parent_start);
	}
}

static void
add_flags(const struct call *call, enum wire_operation operation,
    struct wire_writer *packet)
{
	uint32_t flags = 0;

	if ((call->flags & PAM_SILENT) != 0)
		flags |= WIRE_FLAG_SILENT;
	if (operation == WIRE_AUTHENTICATE) {
		if ((call->flags & PAM_DISALLOW_NULL_AUTHTOK) != 0)
			flags |= WIRE_FLAG_NO_EMPTY;
		if (talk_first_pass(call) != NULL)
			flags |= WIRE_FLAG_HAS_PASSWORD;
	}
	if (flags != 0)
		wire_add_u32(packet, WIRE_FLAGS, flags);
}

/* A value that does not fit is kept by the writer as its first failure. */
int
begin_write(const struct call *call, const struct request *request,
    struct wire_writer *packet)
{
	wire_start(packet, WIRE_BEGIN);
	wire_add_u32(packet, WIRE_OPERATION, request->operation);
	wire_add_text(packet, WIRE_USER, request->user);
	wire_add_text(packet, WIRE_RUNAS, request->runas);
	wire_add_text(packet, WIRE_LOGIN, request->login);
	if (add_item(call, packet, WIRE_SERVICE, PAM_SERVICE) != 0 ||
	    add_item(call, packet, WIRE_TTY, PAM_TTY) != 0 ||
	    add_item(call, packet, WIRE_RHOST, PAM_RHOST) != 0 ||
	    add_item(call, packet, WIRE_RUSER, PAM_RUSER) != 0)
		return -EIO;
	add_locale(packet);
	add_process(call, packet);
	add_flags(call, request->operation, packet);
	return wire_finish(packet);
}
