/* SPDX-License-Identifier: MIT */
#include "fold.h"

#include "screen.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define HANG       2
#define INDENT_MAX 30 /* of a continuation line, to leave columns for its text */

/* Returns the length of the escape sequence of color.c at `s`, in octets, or 0. */
static size_t escape(const char *s)
{
	return *s == '\033' ? strcspn(s, "m") + 1 : 0;
}

/* Returns the first `n` octets of `s` without their escape sequences. The caller frees the copy. */
static char *plain(const char *s, size_t n)
{
	struct text out = {0};

	text_add(&out, "");
	for (const char *end = s + n; s < end;) {
		size_t skip = escape(s);

		if (!skip)
			text_addn(&out, s, 1);
		s += skip ? skip : 1;
	}
	return out.s;
}

/* Returns the number of octets of `s` that correspond to the first `n` octets of plain(s). */
static size_t with_escapes(const char *s, size_t n)
{
	const char *at = s;

	while (n || escape(at)) {
		size_t skip = escape(at);

		n -= !skip;
		at += skip ? skip : 1;
	}
	return (size_t)(at - s);
}

static void fold_line(struct text *out, const char *s, size_t len, unsigned width)
{
	char *whole = plain(s, len), *rest = whole;
	size_t indent = strspn(whole, " ") + HANG, taken = 0, n;
	size_t room = width;

	if (indent > INDENT_MAX || indent >= width / 2)
		indent = HANG;
	while (columns(rest) > room) {
		size_t blanks = strspn(rest, " ");

		n = blanks + line_break(rest + blanks, room > blanks ? room - blanks : 1);
		n = with_escapes(s + taken, n);
		text_addn(out, s + taken, n);
		text_add(out, "\n");
		text_repeat(out, " ", indent);
		taken += n;
		taken += strspn(s + taken, " ");
		free(whole);
		whole = rest = plain(s + taken, len - taken);
		room = width - indent;
	}
	text_addn(out, s + taken, len - taken);
	free(whole);
}

void fold_add(struct text *out, const char *s, unsigned width)
{
	while (*s) {
		size_t len = strcspn(s, "\n");

		if (width)
			fold_line(out, s, len, width);
		else
			text_addn(out, s, len);
		s += len;
		if (*s == '\n')
			text_addn(out, s++, 1);
	}
}

/* Returns the columns of the word at `s`, of `len` octets. An option includes its value. */
static size_t unit_columns(const char *s, size_t len)
{
	const char *value = s + len + strspn(s + len, " ");

	if (len <= 2 || strncmp(s, "--", 2) != 0 || *value == '-')
		return columns_n(s, len);
	return columns_n(s, (size_t)(value - s) + strcspn(value, " "));
}

void fold_add_command(struct text *out, const char *s, unsigned width)
{
	size_t indent = strspn(s, " ") + 2 * HANG, used = 0;
	bool first = true;

	while (*s) {
		size_t blanks = strspn(s, " "), len = strcspn(s + blanks, " ");
		size_t takes = columns_n(s + blanks, len), unit = unit_columns(s + blanks, len);
		size_t behind = s[blanks + len] ? 2 : 0; /* columns for a space and a backslash */

		if (width && !first && used + blanks + unit + behind > width) {
			text_add(out, " \\\n");
			text_repeat(out, " ", indent);
			used = indent;
		} else {
			text_addn(out, s, blanks);
			used += blanks;
		}
		text_addn(out, s + blanks, len);
		used += takes;
		first = first && (*s == ' ' ? strchr("$#", s[blanks]) : NULL);
		s += blanks + len;
	}
}

/* Adds one paragraph of `len` octets. Its line ends become spaces. */
static void add_paragraph(struct text *out, const char *s, size_t len, unsigned width)
{
	char *line = strndup(s, len);

	if (!line)
		return;
	for (char *c = line; (c = strchr(c, '\n')); c++)
		*c = ' ';
	for (const char *rest = line; *rest;) {
		size_t n = width ? line_break(rest, width) : strlen(rest);

		text_addn(out, rest, n);
		text_add(out, "\n");
		rest += n;
		rest += strspn(rest, " ");
	}
	free(line);
}

/* Returns the length of the paragraph at `s`. */
static size_t paragraph_end(const char *s)
{
	const char *at = s;

	while (*at && *at != '\n' && *at != ' ') {
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	return (size_t)(at - s);
}

void fold_add_paragraphs(struct text *out, const char *s, unsigned width)
{
	while (*s) {
		size_t len = strcspn(s, "\n");
		char *line;

		if (*s == '\n') {
			text_add(out, "\n");
			s++;
		} else if (*s == ' ') {
			line = strndup(s, len);
			fold_add_command(out, line ? line : "", width);
			text_add(out, "\n");
			free(line);
			s += len;
			s += *s == '\n';
		} else {
			len = paragraph_end(s);
			add_paragraph(out, s, s[len - 1] == '\n' ? len - 1 : len, width);
			s += len;
		}
	}
}
