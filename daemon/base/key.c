/* SPDX-License-Identifier: MIT */
#include "base/key.h"

#include "base/clock.h"
#include "base/text.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool size_number(const char *text, uint64_t *out)
{
	static const char units[] = "kMG";
	size_t len = strlen(text);
	const char *unit = len ? strchr(units, text[len - 1]) : NULL;
	char digits[24];
	uint64_t value;
	unsigned shift;

	if (!unit)
		return number_parse(text, out);
	if (len > sizeof(digits) || strncmp(text, "0x", 2) == 0)
		return false;
	memcpy(digits, text, len - 1);
	digits[len - 1] = '\0';
	shift = 10 * (unsigned)(unit - units + 1);
	if (!number_parse(digits, &value) || value > UINT64_MAX >> shift)
		return false;
	*out = value << shift;
	return true;
}

static bool duration_number(const char *text, uint64_t *out)
{
	nstime t;

	if (!duration_parse(text, &t))
		return false;
	*out = (uint64_t)t;
	return true;
}

/* Parsers of the types that have a numeric value and a range. */
static bool (*const number_of[])(const char *text, uint64_t *out) = {
	[KEY_NUMBER] = number_parse,
	[KEY_SEQUENCE] = number_parse,
	[KEY_SIZE] = size_number,
	[KEY_DURATION] = duration_number,
};

static uint64_t greatest(const struct key *key)
{
	switch (key->type) {
	case KEY_NUMBER: return UINT64_MAX >> (64 - 8 * key->size);
	case KEY_SEQUENCE: return UINT32_MAX;
	case KEY_SIZE: return SIZE_MAX;
	default: return INT64_MAX;
	}
}

static bool out_of_range(const struct key *key, const char *text, char **wrong)
{
	const char *kind = key->type == KEY_DURATION ? "a duration"
			   : key->type == KEY_SIZE   ? "a size"
						     : "a number";
	const char *min = key->min ? key->min : "0";

	if (key->max)
		return text_expected(wrong, text, "%s from %s to %s", kind, min, key->max);
	if (key->type == KEY_SEQUENCE)
		return text_expected(wrong, text, "a number below 2^32, such as 0xCE66AE01");
	if (key->type == KEY_NUMBER)
		return text_expected(wrong, text, "%s from %s to %" PRIu64, kind, min,
				     greatest(key));
	return text_expected(wrong, text, "%s of at least %s", kind, min);
}

static bool malformed(const struct key *key, const char *text, char **wrong)
{
	if (key->type == KEY_DURATION)
		return text_expected(wrong, text, "a duration such as 300ms or 3s");
	if (key->type == KEY_SIZE)
		return text_expected(wrong, text, "a size such as 64k, 16M or 1G");
	return out_of_range(key, text, wrong);
}

static void store_number(const struct key *key, uint64_t value, void *field)
{
	switch (key->type) {
	case KEY_SIZE: *(size_t *)field = (size_t)value; return;
	case KEY_DURATION: *(nstime *)field = (nstime)value; return;
	default: break;
	}
	switch (key->type == KEY_SEQUENCE ? 4 : key->size) {
	case 1: *(uint8_t *)field = (uint8_t)value; return;
	case 2: *(uint16_t *)field = (uint16_t)value; return;
	default: *(uint32_t *)field = (uint32_t)value; return;
	}
}

static bool read_number(const struct key *key, const char *text, void *field, char **wrong)
{
	uint64_t value, bound;

	if (!number_of[key->type](text, &value))
		return malformed(key, text, wrong);
	if (value > greatest(key) ||
	    (key->min && number_of[key->type](key->min, &bound) && value < bound) ||
	    (key->max && number_of[key->type](key->max, &bound) && value > bound))
		return out_of_range(key, text, wrong);
	store_number(key, value, field);
	return true;
}

static bool read_bool(const char *text, bool *field, char **wrong)
{
	if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		return text_expected(wrong, text, "true or false");
	*field = text[0] == 't';
	return true;
}

static bool read_text(const struct key *key, const char *text, char **field, char **wrong)
{
	const char *min = key->min ? key->min : "0";
	size_t len = strlen(text);
	uint64_t bound;

	if ((number_parse(min, &bound) && len < bound) ||
	    (key->max && number_parse(key->max, &bound) && len > bound))
		return key->max ? text_expected(wrong, text, "a text of %s to %s octets", min,
						key->max)
				: text_expected(wrong, text, "a text of at least %s octets", min);
	free(*field);
	*field = xstrdup(text);
	return true;
}

static bool read_choice(const struct key *key, const char *text, uint8_t *field, char **wrong)
{
	struct text list = {0};

	for (uint8_t i = 0; key->choices[i]; i++) {
		if (strcmp(key->choices[i], text) == 0) {
			*field = i;
			text_free(&list);
			return true;
		}
		if (i)
			text_add(&list, key->choices[i + 1] ? ", " : " or ");
		text_add(&list, key->choices[i]);
	}
	text_expected(wrong, text, "%s", text_str(&list));
	text_free(&list);
	return false;
}

static bool read_field(const struct key *key, const char *text, void *target, char **wrong)
{
	void *field = (char *)target + key->offset;

	switch (key->type) {
	case KEY_BOOL: return read_bool(text, field, wrong);
	case KEY_NUMBER:
	case KEY_SEQUENCE:
	case KEY_SIZE:
	case KEY_DURATION: return read_number(key, text, field, wrong);
	case KEY_TEXT: return read_text(key, text, field, wrong);
	case KEY_CHOICE: return read_choice(key, text, field, wrong);
	case KEY_CUSTOM: return key->parse(text, target, wrong);
	case KEY_OTHER: break;
	}
	return text_expected(wrong, text, "a group");
}

bool key_read(const struct key *key, const char *text, void *target, char **wrong)
{
	if (!read_field(key, text, target, wrong))
		return false;
	if (key->has_offset)
		*(bool *)((char *)target + key->has_offset) = true;
	return true;
}

static uint64_t load_number(const struct key *key, const void *field)
{
	if (key->type == KEY_SIZE)
		return *(const size_t *)field;
	switch (key->type == KEY_SEQUENCE ? 4 : key->size) {
	case 1: return *(const uint8_t *)field;
	case 2: return *(const uint16_t *)field;
	default: return *(const uint32_t *)field;
	}
}

char *key_format(const struct key *key, const void *target)
{
	const void *field = (const char *)target + key->offset;
	char text[32];

	switch (key->type) {
	case KEY_BOOL: return xstrdup(*(const bool *)field ? "true" : "false");
	case KEY_NUMBER:
	case KEY_SEQUENCE:
	case KEY_SIZE: return xasprintf("%" PRIu64, load_number(key, field));
	case KEY_DURATION:
		return xstrdup(duration_format(*(const nstime *)field, text, sizeof(text)));
	case KEY_TEXT: return xstrdup(*(char *const *)field);
	case KEY_CHOICE: return xstrdup(key->choices[*(const uint8_t *)field]);
	case KEY_CUSTOM:
	case KEY_OTHER: break;
	}
	return key->format(target);
}

void key_defaults(const struct key *keys, size_t count, void *target)
{
	for (size_t i = 0; i < count; i++) {
		char *wrong = NULL;
		bool right;

		if (!keys[i].fallback || keys[i].type == KEY_OTHER)
			continue;
		right = key_read(&keys[i], keys[i].fallback, target, &wrong);
		assert(right && "a key rejects its default");
		(void)right;
	}
}
