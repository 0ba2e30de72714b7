/* SPDX-License-Identifier: MIT */
/* One line on a terminal that says how far a command is, written over itself. */
#ifndef SYNACKCTL_PROGRESS_H
#define SYNACKCTL_PROGRESS_H

#include "base/clock.h"
#include "screen.h"

#include <stdbool.h>

/* Is there one: is standard error a terminal, and no --quiet given? */
bool progress_wanted(void);

/* Show this line in place of the one before, cut to the terminal's width less one column. */
void progress_show(const char *line);

/* Take the line away. */
void progress_clear(void);

/*
 * Add a bar, `12 of 125, about 40 s left`, and a name, as far as there is room for each in a line
 * of one column less than the screen has (80 if that is unknown). `over` is at most `count`, which
 * is not 0.
 */
void progress_add_bar(struct text *out, const struct screen *screen, size_t over, size_t count,
		      nstime left, const char *name);

#endif
