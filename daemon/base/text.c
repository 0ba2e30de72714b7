/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void out_of_memory(void)
{
	fputs("synackd: out of memory\n", stderr);
	abort();
}

void *xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *xrealloc(void *p, size_t size)
{
	p = realloc(p, size ? size : 1);
	if (!p)
		out_of_memory();
	return p;
}

char *xstrdup(const char *s)
{
	char *copy = strdup(s);

	if (!copy)
		out_of_memory();
	return copy;
}

char *xasprintf(const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		out_of_memory();
	va_end(ap);
	return s;
}

static void text_room(struct text *t, size_t more)
{
	size_t need = t->len + more + 1;

	if (need <= t->cap)
		return;
	t->cap = need < 64 ? 64 : need * 2;
	t->s = xrealloc(t->s, t->cap);
}

void text_addn(struct text *t, const char *s, size_t n)
{
	text_room(t, n);
	if (n)
		memcpy(t->s + t->len, s, n);
	t->len += n;
	t->s[t->len] = '\0';
}

void text_add(struct text *t, const char *s)
{
	text_addn(t, s, strlen(s));
}

void text_addv(struct text *t, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	text_room(t, 64);
	n = vsnprintf(t->s + t->len, t->cap - t->len, fmt, ap);
	if (n > 0 && (size_t)n >= t->cap - t->len) {
		text_room(t, (size_t)n);
		vsnprintf(t->s + t->len, t->cap - t->len, fmt, again);
	}
	if (n > 0)
		t->len += (size_t)n;
	va_end(again);
}

void text_addf(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_addv(t, fmt, ap);
	va_end(ap);
}

const char *text_str(const struct text *t)
{
	return t->len ? t->s : "";
}

void text_clear(struct text *t)
{
	t->len = 0;
	if (t->s)
		t->s[0] = '\0';
}

size_t text_fits(const char *s, size_t room)
{
	size_t n = strnlen(s, room);

	while (n == room && room && ((unsigned char)s[n] & 0xc0) == 0x80)
		n = --room;
	return n;
}

void text_free(struct text *t)
{
	free(t->s);
	*t = (struct text){0};
}

void text_add_hex(struct text *t, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		text_addf(t, "%02x", bytes[i]);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int hex_decode(const char *hex, size_t len, uint8_t *out, size_t max)
{
	if (len % 2 || len / 2 > max)
		return -1;
	for (size_t i = 0; i < len; i += 2) {
		int high = hex_digit(hex[i]), low = hex_digit(hex[i + 1]);

		if (high < 0 || low < 0)
			return -1;
		out[i / 2] = (uint8_t)(high << 4 | low);
	}
	return (int)(len / 2);
}

#define SUGGEST_MAX 63

static bool same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Returns the number of edits (insert, delete, replace, swap of neighbours) from a to b,
 * ignoring case. Both have at most SUGGEST_MAX characters. */
static unsigned edit_distance(const char *a, const char *b)
{
	unsigned row[3][SUGGEST_MAX + 2];
	size_t la = strlen(a), lb = strlen(b);

	for (size_t j = 0; j <= lb; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= la; i++) {
		unsigned *now = row[i % 3], *up = row[(i + 2) % 3], *up2 = row[(i + 1) % 3];

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= lb; j++) {
			unsigned best = up[j - 1] + !same_letter(a[i - 1], b[j - 1]);

			if (up[j] + 1 < best)
				best = up[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) &&
			    same_letter(a[i - 2], b[j - 1]) && up2[j - 2] + 1 < best)
				best = up2[j - 2] + 1;
			now[j] = best;
		}
	}
	return row[la % 3][lb];
}

const char *suggest(const char *word, const char *(*candidate)(size_t i, const void *arg),
		    const void *arg)
{
	const char *nearest = NULL, *c;
	size_t len = strlen(word);
	unsigned least = SUGGEST_MAX;

	if (len > SUGGEST_MAX)
		return NULL;
	for (size_t i = 0; (c = candidate(i, arg)); i++) {
		size_t longer = strlen(c) > len ? strlen(c) : len;
		unsigned d;

		if (longer > SUGGEST_MAX)
			continue;
		d = edit_distance(word, c);
		if (d < least && 3 * d <= longer) {
			nearest = c;
			least = d;
		}
	}
	return nearest;
}

bool text_expected(char **wrong, const char *text, const char *fmt, ...)
{
	struct text message = {0};
	va_list ap;

	text_add(&message, "expected ");
	va_start(ap, fmt);
	text_addv(&message, fmt, ap);
	va_end(ap);
	text_addf(&message, ", got '%s'", text);
	*wrong = message.s;
	return false;
}

bool number_parse(const char *text, uint64_t *out)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = hex ? text + 2 : text;
	size_t len = strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789");
	unsigned long long value;
	char *end;

	/* 19 decimal or 16 hexadecimal digits always fit. */
	if (!len || digits[len] || len > (hex ? 16 : 19))
		return false;
	value = strtoull(digits, &end, hex ? 16 : 10);
	*out = value;
	return true;
}
