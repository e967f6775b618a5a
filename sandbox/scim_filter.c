/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SCIM's filters (RFC 7644, 3.4.2.2): read and answered in one walk, so that
 * a filter is valid or not whatever it is asked of.
 */
#include "config.h"

#include "sandbox/b2b_scim.h"

#include <string.h>
#include <strings.h>

#define DEPTH_MAX 16
#define NAME_CHARS \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_$"

enum operator_ {
	OP_EQ,
	OP_NE,
	OP_CO,
	OP_SW,
	OP_EW,
	OP_GT,
	OP_GE,
	OP_LT,
	OP_LE,
	OP_PR,
	OP_COUNT
};

static const char *const operator_words[OP_COUNT] = {
	[OP_EQ] = "eq",
	[OP_NE] = "ne",
	[OP_CO] = "co",
	[OP_SW] = "sw",
	[OP_EW] = "ew",
	[OP_GT] = "gt",
	[OP_GE] = "ge",
	[OP_LT] = "lt",
	[OP_LE] = "le",
	[OP_PR] = "pr",
};

/* A filter under way. */
struct filter {
	const char *at;
	unsigned depth;  /* of parentheses */
	bool is_in_list; /* between [ and ], where no other [ may be */
	bool is_valid;
};

/* What a comparison is about: an attribute's value, and a part of it. */
struct subject {
	const cJSON *value;
	char sub[64]; /* "": none */
};

static bool read_either(struct filter *filter, const cJSON *object);

static bool
refuse(struct filter *filter)
{
	filter->is_valid = false;
	return false;
}

static bool
take_word(struct filter *filter, const char *word)
{
	size_t len = strlen(word);

	if (strncasecmp(filter->at, word, len) != 0 ||
	    strspn(filter->at + len, NAME_CHARS) != 0)
		return false;
	filter->at += len;
	filter->at += strspn(filter->at, " ");
	return true;
}

/* ---- comparing ---- */

static bool
sign_meets(int sign, enum operator_ op)
{
	switch (op) {
	case OP_EQ:
		return sign == 0;
	case OP_GT:
		return sign > 0;
	case OP_GE:
		return sign >= 0;
	case OP_LT:
		return sign < 0;
	case OP_LE:
		return sign <= 0;
	case OP_NE:
	case OP_CO:
	case OP_SW:
	case OP_EW:
	case OP_PR:
	case OP_COUNT:
		break;
	}
	return false;
}

/* Letters are the same in any case: few attributes are caseExact. */
static bool
text_meets(const char *text, enum operator_ op, const char *wanted)
{
	size_t len = strlen(text), wanted_len = strlen(wanted);

	if (op != OP_CO && op != OP_SW && op != OP_EW)
		return sign_meets(strcasecmp(text, wanted), op);
	if (wanted_len > len)
		return false;
	if (op == OP_SW)
		return strncasecmp(text, wanted, wanted_len) == 0;
	if (op == OP_EW)
		return strcasecmp(text + len - wanted_len, wanted) == 0;
	for (; len >= wanted_len; text++, len--)
		if (strncasecmp(text, wanted, wanted_len) == 0)
			return true;
	return false;
}

static bool
value_meets(const cJSON *value, enum operator_ op, const cJSON *wanted)
{
	if (cJSON_IsString(value) && cJSON_IsString(wanted))
		return text_meets(value->valuestring, op, wanted->valuestring);
	if (cJSON_IsNumber(value) && cJSON_IsNumber(wanted))
		return sign_meets((value->valuedouble > wanted->valuedouble) -
			(value->valuedouble < wanted->valuedouble),
		    op);
	return op == OP_EQ && cJSON_IsBool(value) && cJSON_IsBool(wanted) &&
	    cJSON_IsTrue(value) == cJSON_IsTrue(wanted);
}

/* The value itself, or its part; of an object without one its "value". */
static const cJSON *
part_of(const cJSON *value, const char *sub)
{
	if (sub[0] != '\0')
		return cJSON_GetObjectItem(value, sub);
	return cJSON_IsObject(value) ? cJSON_GetObjectItem(value, "value")
				     : value;
}

static bool
is_present(const struct subject *subject)
{
	const cJSON *value = subject->value, *item;

	if (!cJSON_IsArray(value)) {
		if (subject->sub[0] != '\0')
			value = cJSON_GetObjectItem(value, subject->sub);
		return value != NULL && !cJSON_IsNull(value);
	}
	cJSON_ArrayForEach (item, value) {
		if (subject->sub[0] == '\0' ||
		    cJSON_GetObjectItem(item, subject->sub) != NULL)
			return true;
	}
	return false;
}

/* Whether any value of the attribute meets it; none equals null. */
static bool
any_meets(const struct subject *subject, enum operator_ op, const cJSON *wanted)
{
	const cJSON *item;

	if (op == OP_NE)
		return !any_meets(subject, OP_EQ, wanted);
	if (cJSON_IsNull(wanted))
		return op == OP_EQ && !is_present(subject);
	if (!cJSON_IsArray(subject->value))
		return value_meets(part_of(subject->value, subject->sub), op,
		    wanted);
	cJSON_ArrayForEach (item, subject->value) {
		if (value_meets(part_of(item, subject->sub), op, wanted))
			return true;
	}
	return false;
}

/* ---- reading ---- */

/* [SCHEMA:]ATTRIBUTE[.SUB]; what it means in the object. */
static bool
read_subject(struct filter *filter, const cJSON *object,
    struct subject *out_subject)
{
	size_t len = strspn(filter->at, NAME_CHARS ":.");
	char text[256], *name = text, *dot;

	if (len == 0 || len >= sizeof(text))
		return refuse(filter);
	memcpy(text, filter->at, len);
	text[len] = '\0';
	filter->at += len;
	if (strncasecmp(text, "urn:", 4) == 0) {
		const cJSON *extension;

		/* Its version has a dot; what follows the last colon may too. */
		name = strrchr(text, ':');
		*name++ = '\0';
		extension = cJSON_GetObjectItem(object, text);
		object = extension != NULL ? extension : object;
	}
	dot = strchr(name, '.');
	out_subject->sub[0] = '\0';
	if (dot != NULL) {
		*dot++ = '\0';
		if (*dot == '\0' || strlen(dot) >= sizeof(out_subject->sub))
			return refuse(filter);
		memcpy(out_subject->sub, dot, strlen(dot) + 1);
	}
	if (*name == '\0')
		return refuse(filter);
	out_subject->value = cJSON_GetObjectItem(object, name);
	return true;
}

static bool
read_operand(struct filter *filter, const struct subject *subject,
    enum operator_ op)
{
	const char *end = NULL;
	CLEANUP(json_free)
	cJSON *wanted = cJSON_ParseWithOpts(filter->at, &end, false);

	if (wanted == NULL || cJSON_IsObject(wanted) || cJSON_IsArray(wanted) ||
	    filter->at[-1] != ' ')
		return refuse(filter);
	filter->at = end;
	return any_meets(subject, op, wanted);
}

/* ATTRIBUTE[FILTER]: whether any item of the list meets it. */
static bool
read_selection(struct filter *filter, const cJSON *list)
{
	const char *start = ++filter->at, *end;
	const cJSON *item;
	bool any = false;

	if (filter->is_in_list)
		return refuse(filter);
	filter->is_in_list = true;
	(void)read_either(filter, NULL);
	end = filter->at;
	if (!filter->is_valid || *end != ']')
		return refuse(filter);
	cJSON_ArrayForEach (item, list) {
		filter->at = start;
		any = read_either(filter, item) || any;
	}
	filter->is_in_list = false;
	filter->at = end + 1;
	return any;
}

static bool
read_comparison(struct filter *filter, const cJSON *object)
{
	struct subject subject;

	if (!read_subject(filter, object, &subject))
		return false;
	if (*filter->at == '[' && subject.sub[0] == '\0')
		return read_selection(filter, subject.value);
	if (*filter->at != ' ')
		return refuse(filter);
	filter->at += strspn(filter->at, " ");
	for (int op = 0; op < OP_COUNT; op++)
		if (take_word(filter, operator_words[op]))
			return op == OP_PR ? is_present(&subject)
					   : read_operand(filter, &subject,
						 (enum operator_)op);
	return refuse(filter);
}

static bool
read_one(struct filter *filter, const cJSON *object)
{
	bool is_negated = take_word(filter, "not");
	bool meets;

	if (*filter->at != '(')
		return is_negated ? refuse(filter)
				  : read_comparison(filter, object);
	if (++filter->depth > DEPTH_MAX)
		return refuse(filter);
	filter->at += 1 + strspn(filter->at + 1, " ");
	meets = read_either(filter, object);
	if (!filter->is_valid || *filter->at != ')')
		return refuse(filter);
	filter->at++;
	filter->depth--;
	return meets != is_negated;
}

/* One that is followed by a word, a bracket or the end. */
static bool
read_spaced(struct filter *filter, const cJSON *object)
{
	bool meets = read_one(filter, object);

	filter->at += strspn(filter->at, " ");
	return meets;
}

static bool
read_all(struct filter *filter, const cJSON *object)
{
	bool meets = read_spaced(filter, object);

	while (filter->is_valid && take_word(filter, "and"))
		meets = read_spaced(filter, object) && meets;
	return meets;
}

static bool
read_either(struct filter *filter, const cJSON *object)
{
	bool meets = read_all(filter, object);

	while (filter->is_valid && take_word(filter, "or"))
		meets = read_all(filter, object) || meets;
	return meets;
}

bool
scim_filter(const cJSON *object, const char **text, bool *out_valid)
{
	struct filter filter = { .at = *text, .is_valid = true };
	bool meets = read_either(&filter, object);

	*out_valid = filter.is_valid;
	*text = filter.at;
	return filter.is_valid && meets;
}
