/* SPDX-License-Identifier: MIT */
#include "behaviour/numbers.h"

#include "base/text.h"

#include <string.h>

/* Parses `2-4`, or a single number. */
static bool parse_span(const char *text, uint64_t *from, uint64_t *to)
{
	const char *dash = strchr(text, '-');
	char first[24];

	if (!dash) {
		*to = 0;
		if (!number_parse(text, from))
			return false;
		*to = *from;
		return true;
	}
	if (dash - text >= (long)sizeof(first))
		return false;
	memcpy(first, text, (size_t)(dash - text));
	first[dash - text] = '\0';
	return number_parse(first, from) && number_parse(dash + 1, to);
}

/* If the text begins with the word, advances it past the word and returns true. */
static bool skip_word(const char **text, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*text, word, len) != 0)
		return false;
	*text += len;
	return true;
}

bool numbers_parse(const char *text, uint32_t least, struct numbers *out)
{
	struct numbers r = {.given = true, .negated = skip_word(&text, "not ")};
	bool every = skip_word(&text, "every ");
	bool less = !every && *text == '<', more = !every && *text == '>';
	bool equal = (less || more) && text[1] == '=';
	uint64_t from, to;

	text += less || more;
	text += equal;
	if (!parse_span(text, &from, &to) || from > to || to >= UINT32_MAX)
		return false;
	if (from < (every ? 1 : least) || ((less || more || every) && strchr(text, '-')))
		return false;
	r.every = every ? (uint32_t)from : 0;
	r.from = (uint32_t)(less || every ? least : from + (more && !equal));
	r.to = more || every ? UINT32_MAX : (uint32_t)to;
	if (less && !equal) {
		/* If the limit is 0, the set is empty. */
		r.from += to == 0;
		r.to -= to != 0;
	}
	*out = r;
	return true;
}

bool numbers_overlap(const struct numbers *a, const struct numbers *b)
{
	if (!a->given || !b->given || a->negated || b->negated)
		return true;
	return a->to >= b->from && b->to >= a->from;
}
