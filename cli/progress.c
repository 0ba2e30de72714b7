/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include "fields.h"
#include "printer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BAR_MOST      30
#define BAR_LEAST     10
#define WIDTH_DEFAULT 80

static size_t room_of(const struct screen *screen)
{
	return (screen->width ? screen->width : WIDTH_DEFAULT) - 1;
}

bool progress_wanted(void)
{
	return isatty(STDERR_FILENO) && !printer_is_silent();
}

/* Returns the number of octets of `s` that fit into `room` columns. */
static size_t fits(const char *s, size_t room)
{
	size_t n = strlen(s);

	while (n && columns_n(s, n) > room)
		n--;
	while (n && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	return n;
}

void progress_show(const char *line)
{
	struct screen screen = screen_of(stderr);

	fprintf(stderr, "\r%.*s\033[K", (int)fits(line, room_of(&screen)), line);
	fflush(stderr);
}

void progress_clear(void)
{
	progress_show("");
}

void progress_add_bar(struct text *out, const struct screen *screen, size_t over, size_t count,
		      nstime left, const char *name)
{
	struct text words = {0};
	size_t room = room_of(screen), bar, full;

	text_addf(&words, "%zu of %zu, about ", over, count);
	text_add_age(&words, left / NS_PER_S * NS_PER_S);
	text_add(&words, " left");
	room -= columns(text_str(&words)) < room ? columns(text_str(&words)) : room;
	bar = room > BAR_MOST ? BAR_MOST : room > BAR_LEAST ? room - 1 : 0;
	full = bar * over / count;
	text_repeat(out, screen->utf8 ? "█" : "#", full);
	text_repeat(out, screen->utf8 ? "░" : "-", bar - full);
	text_add(out, bar ? " " : "");
	text_add(out, text_str(&words));
	room -= bar ? bar + 1 : 0;
	if (room > 2 && *name) {
		text_add(out, "  ");
		text_addn(out, name, fits(name, room - 2));
	}
	text_free(&words);
}
