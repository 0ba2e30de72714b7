/* SPDX-License-Identifier: MIT */
#include "behaviour/where.h"

#include "base/container.h"
#include "base/text.h"

#include <string.h>

/* An operator that begins with another one must precede it. */
static const struct {
	const char *text;
	enum comparison how;
} operators[] = {
	{"<=", COMPARE_LE}, {">=", COMPARE_GE}, {"!=", COMPARE_NE},
	{"<", COMPARE_LT},  {">", COMPARE_GT},  {"=", COMPARE_EQ},
};

static const char *operator_scan(const char *at, uint8_t *how)
{
	for (size_t i = 0; i < COUNT_OF(operators); i++) {
		size_t len = strlen(operators[i].text);

		if (strncmp(at, operators[i].text, len) == 0) {
			*how = (uint8_t)operators[i].how;
			return at + len;
		}
	}
	return NULL;
}

static const char *blanks(const char *at)
{
	return at + strspn(at, " ");
}

/* Returns the text after the comparison; or NULL, and sets *error to the expected syntax. */
static const char *comparing_scan(const char *at, struct comparing *out, const char **error)
{
	at = expr_parse(blanks(at), &out->left, error);
	if (!at)
		return NULL;
	at = operator_scan(blanks(at), &out->how);
	if (!at) {
		*error = "expected one of <, <=, =, !=, >= and > between two expressions";
		return NULL;
	}
	at = expr_parse(blanks(at), &out->right, error);
	return at ? blanks(at) : NULL;
}

bool where_parse(const char *text, struct where *out, char **wrong)
{
	const char *at = text, *error = NULL;

	*out = (struct where){0};
	do {
		if (out->count == WHERE_MAX)
			return text_expected(wrong, text, "at most %d comparisons", WHERE_MAX);
		at = comparing_scan(at, &out->all[out->count++], &error);
		if (!at)
			return text_expected(wrong, text, "a comparison, as in snd.wnd = 0 (%s)",
					     error);
	} while (*at == ',' && at++);
	if (*at)
		return text_expected(wrong, text, "a comma between comparisons");
	return true;
}

static bool comparing_holds(const struct comparing *c, const struct expr_values *values)
{
	uint32_t left = expr_eval(&c->left, values), right = expr_eval(&c->right, values);

	switch ((enum comparison)c->how) {
	case COMPARE_LT: return left < right;
	case COMPARE_LE: return left <= right;
	case COMPARE_EQ: return left == right;
	case COMPARE_NE: return left != right;
	case COMPARE_GE: return left >= right;
	case COMPARE_GT: return left > right;
	}
	return false;
}

bool where_holds(const struct where *w, const struct expr_values *values)
{
	for (unsigned i = 0; i < w->count; i++)
		if (!comparing_holds(&w->all[i], values))
			return false;
	return true;
}
