/* SPDX-License-Identifier: MIT */
#include "screen.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#define WIDTH_LEAST 20
#define WIDTH_MOST  1000

static unsigned width_of(int fd)
{
	const char *set = getenv("COLUMNS");
	unsigned long asked = set ? strtoul(set, NULL, 10) : 0;
	struct winsize size;

	if (!asked && ioctl(fd, TIOCGWINSZ, &size) == 0)
		asked = size.ws_col;
	if (!asked)
		return 0;
	return asked < WIDTH_LEAST ? WIDTH_LEAST : asked > WIDTH_MOST ? WIDTH_MOST : asked;
}

static enum color_when color_when;

void screen_use_color(enum color_when when)
{
	color_when = when;
}

static bool has_color(int fd)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	bool dumb = !term || strcmp(term, "dumb") == 0;

	if (color_when != COLOR_AUTO)
		return color_when == COLOR_ALWAYS;
	return isatty(fd) && !dumb && !(no_color && *no_color);
}

struct screen screen_of(FILE *f)
{
	return (struct screen){
		.width = width_of(fileno(f)),
		.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
		.color = has_color(fileno(f)),
	};
}

/* Returns the length of the character at `s` in octets, of which `left` remain. Sets *wide to its
 * columns, or to -1 if it cannot be displayed. */
static size_t character(const char *s, size_t left, int *wide)
{
	mbstate_t state = {0};
	wchar_t c;
	size_t n = mbrtowc(&c, s, left, &state);

	if (n != 0 && n <= left) {
		*wide = wcwidth(c);
		return n;
	}
	*wide = -1;
	for (n = 1; n < left && ((unsigned char)s[n] & 0xc0) == 0x80; n++)
		;
	return n;
}

size_t columns_n(const char *s, size_t n)
{
	size_t sum = 0;
	int wide;

	for (const char *end = s + n; s < end;) {
		s += character(s, (size_t)(end - s), &wide);
		sum += wide < 0 ? 1 : (size_t)wide;
	}
	return sum;
}

size_t columns(const char *s)
{
	return columns_n(s, strlen(s));
}

char *printable(const char *s)
{
	struct text out = {0};
	size_t step;
	int wide;

	for (size_t left = strlen(s); left; s += step, left -= step) {
		step = character(s, left, &wide);
		if (wide < 0)
			text_add(&out, "?");
		else
			text_addn(&out, s, step);
	}
	return out.s ? out.s : xstrdup("");
}

size_t line_break(const char *s, size_t width)
{
	size_t at = 0, used = 0, best = 0, left = strlen(s), step;
	int wide;

	for (; at < left; at += step) {
		if (s[at] == ' ' && at)
			best = at;
		step = character(s + at, left - at, &wide);
		used += wide < 0 ? 1 : (size_t)wide;
		if (used > width)
			return best ? best : at ? at : step;
		if (s[at] == ',' || s[at] == '+')
			best = at + 1;
	}
	return at;
}

void text_repeat(struct text *t, const char *c, size_t n)
{
	while (n--)
		text_add(t, c);
}
