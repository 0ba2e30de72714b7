/* SPDX-License-Identifier: MIT */
#include "wire/notation_scan.h"

#include "base/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>

bool scan_fail(struct scan *s, const char *fmt, ...)
{
	struct text message = {0};
	va_list ap;

	if (*s->error)
		return false;
	text_addf(&message, "column %zu: ", (size_t)(s->at - s->text) + 1);
	va_start(ap, fmt);
	text_addv(&message, fmt, ap);
	va_end(ap);
	*s->error = message.s;
	return false;
}

void scan_blanks(struct scan *s)
{
	while (*s->at == ' ' || *s->at == '\t')
		s->at++;
}

bool scan_accept(struct scan *s, char c)
{
	if (*s->at != c)
		return false;
	s->at++;
	return true;
}

bool scan_expect(struct scan *s, char c)
{
	return scan_accept(s, c) || scan_fail(s, "expected %c", c);
}

void scan_word(struct scan *s, char word[WORD_MAX])
{
	size_t n = 0;

	for (; isalnum((unsigned char)*s->at); s->at++)
		if (n < WORD_MAX - 1)
			word[n++] = *s->at;
	word[n] = '\0';
}

bool scan_expr(struct scan *s, struct expr *out)
{
	const char *what;
	const char *end = expr_parse(s->at, out, &what);

	if (!end)
		return scan_fail(s, "%s", what);
	s->at = end;
	return true;
}

bool scan_number(struct scan *s, uint32_t max, uint32_t *out)
{
	const char *begin = s->at;
	struct expr e;

	if (!scan_expr(s, &e))
		return false;
	if (!expr_is_constant(&e) || e.constant < 0 || e.constant > max) {
		s->at = begin;
		return scan_fail(s, "expected a number from 0 to %" PRIu32, max);
	}
	*out = (uint32_t)e.constant;
	return true;
}

bool scan_unknown(struct scan *s, const char *at, const char *kind, const char *word,
		  const char *(*candidate)(size_t i, const void *arg))
{
	const char *near = suggest(word, candidate, NULL), *name;
	struct text message = {0};

	text_addf(&message, "expected %s (", kind);
	for (size_t i = 0; (name = candidate(i, NULL)); i++)
		text_addf(&message, "%s%s", i ? ", " : "", name);
	text_add(&message, ")");
	if (*word)
		text_addf(&message, ", got '%s'", word);
	if (near)
		text_addf(&message, "; did you mean '%s'?", near);
	s->at = at;
	scan_fail(s, "%s", text_str(&message));
	text_free(&message);
	return false;
}
