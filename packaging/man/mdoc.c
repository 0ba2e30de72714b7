/* SPDX-License-Identifier: MIT */
#include "mdoc.h"

#include "base/text.h"
#include "fold.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXAMPLE_WIDTH 58 /* columns that remain in an indented example of a list */
#define WIDTH         60 /* octets before escapes; mandoc -Tlint reports lines of more than 80 */

/* Returns the code point of the character at `s`; *len is its number of octets in UTF-8. */
static unsigned decode(const char *s, int *len)
{
	const unsigned char *u = (const unsigned char *)s;

	*len = u[0] < 0x80 ? 1 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
	switch (*len) {
	case 1: return u[0];
	case 2: return (u[0] & 0x1fu) << 6 | (u[1] & 0x3fu);
	case 3: return (u[0] & 0xfu) << 12 | (u[1] & 0x3fu) << 6 | (u[2] & 0x3fu);
	default:
		return (u[0] & 7u) << 18 | (u[1] & 0x3fu) << 12 | (u[2] & 0x3fu) << 6 |
		       (u[3] & 0x3fu);
	}
}

/* Returns true if a quotation begins at `s`, and ends within the text from `begin` to `end`. */
static bool opens_quote(const char *s, const char *begin, const char *end)
{
	return (*s == '`' || *s == '\'') && (s == begin || strchr(" (", s[-1])) &&
	       memchr(s + 1, *s, (size_t)(end - s - 1));
}

/* In prose, `word` and 'word' become words in quotation marks. */
static void put(const char *s, size_t len, bool prose)
{
	const char *begin = s, *end = s + len;
	char quote = '\0';
	int step;

	for (; s < end; s += step) {
		unsigned c = decode(s, &step);

		if (c >= 0x80) {
			printf("\\[u%04X]", c);
		} else if (c == '\\') {
			fputs("\\e", stdout);
		} else if (prose && !quote && opens_quote(s, begin, end)) {
			fputs("\\(oq", stdout);
			quote = *s;
		} else if (*s == quote) {
			fputs("\\(cq", stdout);
			quote = '\0';
		} else {
			putchar((int)c);
		}
	}
}

void mdoc_macro(const char *fmt, ...)
{
	char *line;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&line, fmt, ap) < 0)
		abort();
	va_end(ap);
	putchar('.');
	put(line, strlen(line), false);
	putchar('\n');
	free(line);
}

/* Writes a text line. A line that begins as a macro is escaped. */
static void put_line(const char *s, size_t len, bool prose)
{
	if (len && (*s == '.' || *s == '\''))
		fputs("\\&", stdout);
	put(s, len, prose);
	putchar('\n');
}

/* Returns the offset after the first sentence of the text, or `len` if it has only one. */
static size_t sentence(const char *s, size_t len)
{
	for (size_t i = 1; i + 3 < len; i++) {
		size_t next = i + 1 + (s[i + 1] == ')');

		if (strchr(".?", s[i]) && s[i - 1] != ' ' && isspace((unsigned char)s[next]) &&
		    !islower((unsigned char)s[next + 1]))
			return next;
	}
	return len;
}

static void put_wrapped(const char *s, size_t len)
{
	while (len > WIDTH) {
		size_t n = WIDTH;

		while (n && s[n] != ' ')
			n--;
		if (!n)
			break;
		put_line(s, n, true);
		s += n + 1;
		len -= n + 1;
	}
	put_line(s, len, true);
}

static void put_sentences(const char *s, size_t len)
{
	while (len) {
		size_t n = sentence(s, len);

		put_wrapped(s, n);
		s += n;
		len -= n;
		while (len && isspace((unsigned char)*s)) {
			s++;
			len--;
		}
	}
}

void mdoc_text(const char *text)
{
	size_t len = strlen(text), end;
	char *line;

	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	end = len && text[len - 1] == ')' ? len - 1 : len; /* "(It does.)" is a sentence */
	line = xasprintf("%.*s%s", (int)len, text,
			 end && !strchr(".?!:", text[end - 1]) ? "." : "");
	for (char *c = line; *c; c++)
		if (*c == '\n')
			*c = ' ';
	put_sentences(line, strlen(line));
	free(line);
}

/* Copies adjacent lines of one kind, prose or example, to `out`. Returns the first line after them.
 */
static const char *block(const char *s, bool example, struct text *out)
{
	text_clear(out);
	while (*s && *s != '\n' && (*s == ' ') == example) {
		size_t len = strcspn(s, "\n");
		size_t blank = example ? strspn(s, " ") : 0;

		text_addn(out, s + blank, len - blank);
		text_add(out, "\n");
		s += len + (s[len] == '\n');
	}
	return s;
}

/* Writes command lines, each folded to fit a page of 80 columns. */
static void put_example(const char *s)
{
	struct text folded = {0};

	mdoc_macro("Bd -literal -offset indent");
	while (*s) {
		size_t len = strcspn(s, "\n");
		char *line = xasprintf("%.*s", (int)len, s);

		fold_add_command(&folded, line, EXAMPLE_WIDTH);
		text_add(&folded, "\n");
		free(line);
		s += len + 1;
	}
	for (s = text_str(&folded); *s; s += strcspn(s, "\n") + 1)
		put_line(s, strcspn(s, "\n"), false);
	mdoc_macro("Ed");
	text_free(&folded);
}

void mdoc_paragraphs(const char *text)
{
	struct text part = {0};
	bool later = false;

	while (*text) {
		if (*text == '\n') {
			text++;
			continue;
		}
		if (*text == ' ') {
			text = block(text, true, &part);
			put_example(text_str(&part));
		} else {
			if (later)
				mdoc_macro("Pp");
			text = block(text, false, &part);
			mdoc_text(text_str(&part));
		}
		later = true;
	}
	text_free(&part);
}
