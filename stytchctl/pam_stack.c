/* SPDX-License-Identifier: BSD-2-Clause */
/* A reader of /etc/pam.d. */
#include "config.h"

#include "stytchctl/pam_stack.h"

#include "common/buf.h"
#include "stytchctl/file.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define INCLUDE_DEPTH_MAX 16
#define LINE_MAX_LEN 1024

static const char *const types[] = {
	[PAM_TYPE_AUTH] = "auth",
	[PAM_TYPE_ACCOUNT] = "account",
	[PAM_TYPE_SESSION] = "session",
	[PAM_TYPE_PASSWORD] = "password",
};
_Static_assert(ARRAY_LEN(types) == PAM_TYPE_COUNT, "one name a type");

/* By number: _pam_types.h. */
static const char *const results[] = { "success", "open_err", "symbol_err",
	"service_err", "system_err", "buf_err", "perm_denied", "auth_err",
	"cred_insufficient", "authinfo_unavail", "user_unknown", "maxtries",
	"new_authtok_reqd", "acct_expired", "session_err", "cred_unavail",
	"cred_expired", "cred_err", "no_module_data", "conv_err", "authtok_err",
	"authtok_recover_err", "authtok_lock_busy", "authtok_disable_aging",
	"try_again", "ignore", "abort", "authtok_expired", "module_unknown",
	"bad_item", "conv_again", "incomplete" };
_Static_assert(ARRAY_LEN(results) == PAM_RESULT_COUNT, "one name a result");

static const struct {
	const char *name;
	int action;
} actions[] = {
	{ "ignore", PAM_DOES_IGNORE },
	{ "ok", PAM_DOES_OK },
	{ "done", PAM_DOES_DONE },
	{ "bad", PAM_DOES_BAD },
	{ "die", PAM_DOES_DIE },
	{ "reset", PAM_DOES_RESET },
};

/* The words that stand for a list of actions: pam.conf(5). */
static const struct {
	const char *name;
	const char *stands_for;
} controls[] = {
	{ "required",
	    "success=ok new_authtok_reqd=ok ignore=ignore default=bad" },
	{ "requisite",
	    "success=ok new_authtok_reqd=ok ignore=ignore default=die" },
	{ "sufficient", "success=done new_authtok_reqd=done default=ignore" },
	{ "optional", "success=ok new_authtok_reqd=ok default=ignore" },
};

/* A word of a line, not ended by a NUL. */
struct word {
	const char *text;
	size_t len;
};

/* One file being read. */
struct source {
	struct pam_stack *stack;
	const char *file;
	unsigned line;
	int (
	    *include)(struct pam_stack *stack, const char *file, void *context);
	void *context;
};

const char *
pam_type_name(enum pam_type type)
{
	return types[type];
}

const char *
pam_result_name(size_t result)
{
	return result < ARRAY_LEN(results) ? results[result] : "?";
}

static bool
word_is(struct word word, const char *text)
{
	return strlen(text) == word.len &&
	    strncasecmp(word.text, text, word.len) == 0;
}

/* The next word; an opening bracket takes all up to its end. */
static struct word
next_word(const char **at)
{
	struct word word;

	*at += strspn(*at, " \t\r");
	word.text = *at;
	if (**at == '[') {
		word.len = strcspn(*at, "]");
		word.len += word.text[word.len] == ']';
	} else {
		word.len = strcspn(*at, " \t\r");
	}
	*at += word.len;
	return word;
}

static int
refuse(const struct source *source, int error, const char *why)
{
	CLEANUP(buf_clear) struct buf clean = BUF_INIT(128);

	buf_add_clean(&clean, source->file, 127);
	if (source->stack->fault[0] == '\0' &&
	    snprintf(source->stack->fault, sizeof(source->stack->fault),
		"%s:%u: %s", buf_text(&clean), source->line, why) < 0)
		source->stack->fault[0] = '\0';
	return error;
}

/* A number to jump, or a name; -1000 is neither. */
static int
action_value(struct word word)
{
	int jump = 0;

	for (size_t i = 0; i < ARRAY_LEN(actions); i++)
		if (word_is(word, actions[i].name))
			return actions[i].action;
	if (word.len == 0 || word.len > 4)
		return -1000;
	for (size_t i = 0; i < word.len; i++) {
		if (!isdigit((unsigned char)word.text[i]))
			return -1000;
		jump = jump * 10 + (word.text[i] - '0');
	}
	return jump; /* 0 is "ignore" to libpam too */
}

/* One result=action into entry; remembered in set, default sets the rest. */
static bool
set_action(struct pam_entry *entry, unsigned *set, struct word pair)
{
	const char *equals = memchr(pair.text, '=', pair.len);
	struct word name = { pair.text, 0 };
	struct word value;
	int action;

	if (equals == NULL)
		return false;
	name.len = (size_t)(equals - pair.text);
	value.text = equals + 1;
	value.len = pair.len - name.len - 1;
	action = action_value(value);
	if (action == -1000)
		return false;
	for (unsigned i = 0; i < PAM_RESULT_COUNT; i++) {
		bool all = word_is(name, "default");

		if ((all && (*set & 1u << i) == 0) ||
		    word_is(name, results[i])) {
			entry->actions[i] = action;
			*set |= 1u << i;
		}
	}
	return true;
}

static bool
set_actions(struct pam_entry *entry, struct word control)
{
	char text[LINE_MAX_LEN];
	const char *at = text;
	unsigned set = 0;

	if (control.len >= sizeof(text))
		return false;
	memcpy(text, control.text, control.len);
	text[control.len] = '\0';
	/* What a control leaves out is "bad" to libpam. */
	for (size_t i = 0; i < PAM_RESULT_COUNT; i++)
		entry->actions[i] = PAM_DOES_BAD;
	for (;;) {
		struct word pair = next_word(&at);

		if (pair.len == 0)
			return set != 0;
		if (!set_action(entry, &set, pair))
			return false;
	}
}

static bool
read_control(struct pam_entry *entry, struct word control)
{
	if (control.len > 2 && control.text[0] == '[' &&
	    control.text[control.len - 1] == ']') {
		control.text++;
		control.len -= 2;
		return set_actions(entry, control);
	}
	for (size_t i = 0; i < ARRAY_LEN(controls); i++)
		if (word_is(control, controls[i].name)) {
			control.text = controls[i].stands_for;
			control.len = strlen(controls[i].stands_for);
			return set_actions(entry, control);
		}
	return false;
}

static int
include_file(const struct source *source, struct word name)
{
	char file[256];

	if (name.len == 0 || name.len >= sizeof(file))
		return refuse(source, -EINVAL, "an include without a file");
	if (source->include == NULL)
		return refuse(source, -ELOOP, "an include too deep");
	memcpy(file, name.text, name.len);
	file[name.len] = '\0';
	return source->include(source->stack, file, source->context);
}

/* Copy the module's last component and the place of the line. */
static bool
set_place(struct pam_entry *entry, const struct source *source,
    struct word module)
{
	const char *slash = memrchr(module.text, '/', module.len);

	if (slash != NULL) {
		module.len -= (size_t)(slash + 1 - module.text);
		module.text = slash + 1;
	}
	if (module.len == 0 || module.len >= sizeof(entry->module) ||
	    strlen(source->file) >= sizeof(entry->file))
		return false;
	memcpy(entry->module, module.text, module.len);
	memcpy(entry->file, source->file, strlen(source->file));
	entry->line = source->line;
	return true;
}

/*
 * "include" and "substack" take the lines of one type; as libpam's own list
 * is by type, the others do no harm but in the order of @include, so that
 * they are dropped here.
 */
static int
include_type(const struct source *source, enum pam_type type, struct word name)
{
	size_t before = source->stack->count;
	size_t kept = before;
	int result = include_file(source, name);

	for (size_t i = before; i < source->stack->count; i++)
		if (source->stack->entries[i].type == type)
			source->stack->entries[kept++] =
			    source->stack->entries[i];
	source->stack->count = kept;
	return result;
}

static int
add_entry(const struct source *source, enum pam_type type, const char *at)
{
	struct pam_entry entry = { .type = type };
	struct word control = next_word(&at);
	struct word module = next_word(&at);

	if (word_is(control, "include") || word_is(control, "substack"))
		return include_type(source, type, module);
	if (!read_control(&entry, control))
		return refuse(source, -EINVAL, "no such control");
	if (!set_place(&entry, source, module))
		return refuse(source, -EINVAL, "no module");
	if (source->stack->count == PAM_ENTRIES_MAX)
		return refuse(source, -E2BIG, "too many lines");
	source->stack->entries[source->stack->count++] = entry;
	return 0;
}

static int
add_line(const struct source *source, const char *line)
{
	const char *at = line;
	struct word first = next_word(&at);

	if (first.len == 0)
		return 0;
	if (word_is(first, "@include"))
		return include_file(source, next_word(&at));
	if (first.text[0] == '-') {
		first.text++;
		first.len--;
	}
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (word_is(first, types[i]))
			return add_entry(source, (enum pam_type)i, at);
	return refuse(source, -EINVAL, "no such type");
}

int
pam_stack_add(struct pam_stack *stack, const char *file, const char *text,
    int (*include)(struct pam_stack *stack, const char *file, void *context),
    void *context)
{
	struct source source = { stack, file, 0, include, context };
	CLEANUP(buf_clear) struct buf line = BUF_INIT(LINE_MAX_LEN);
	int result = 0;

	while (*text != '\0' && result == 0) {
		size_t len = strcspn(text, "\n");
		size_t used = strcspn(text, "#\n");
		bool goes_on = used > 0 && used == len && text[len] == '\n' &&
		    text[used - 1] == '\\';

		source.line++;
		buf_add(&line, text, used - (goes_on ? 1 : 0));
		text += len + (text[len] == '\n');
		if (goes_on) {
			buf_addc(&line, ' ');
			continue;
		}
		if (buf_error(&line) != 0)
			return refuse(&source, -EINVAL, "the line is too long");
		result = add_line(&source, buf_text(&line));
		buf_reset(&line);
	}
	return result;
}

/* Where files lie, and how deep we are. */
struct reading {
	const char *folder;
	unsigned depth;
};

static int
read_file(struct pam_stack *stack, const char *file, void *context)
{
	const struct reading *reading = context;
	struct reading deeper = { reading->folder, reading->depth + 1 };
	CLEANUP(buf_clear) struct buf path = BUF_INIT(4096);
	CLEANUP(string_free) char *text = NULL;
	struct source source = { stack, file, 0, NULL, NULL };
	int result;

	if (*file == '/')
		buf_adds(&path, file);
	else
		buf_addf(&path, "%s/%s", reading->folder, file);
	if (buf_error(&path) != 0)
		return buf_error(&path);
	result = file_read(buf_text(&path), 65536, &text);
	if (result != 0)
		return refuse(&source, result, strerror(-result));
	return pam_stack_add(stack, file, text,
	    deeper.depth < INCLUDE_DEPTH_MAX ? read_file : NULL, &deeper);
}

int
pam_stack_read(const char *folder, const char *service, struct pam_stack *stack)
{
	struct reading reading = { folder, 0 };

	return read_file(stack, service, &reading);
}
