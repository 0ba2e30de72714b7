/* SPDX-License-Identifier: MIT */
/* progress: one line on a terminal that shows the progress of a command and overwrites itself. */
#ifndef SYNACKCTL_PROGRESS_H
#define SYNACKCTL_PROGRESS_H

#include "base/clock.h"
#include "screen.h"

#include <stdbool.h>

/* Returns true if standard error is a terminal and --quiet is not given. */
bool progress_wanted(void);

/* Shows a line in place of the previous one, cut to the width of the terminal less one column. */
void progress_show(const char *line);

/* Clears the line. */
void progress_clear(void);

/* Adds a bar, `12 of 125, about 40 s left`, and a name, each only if it fits into the width of the
 * screen (80 if unknown) less one column. `over` must be at most `count`, and `count` not 0. */
void progress_add_bar(struct text *out, const struct screen *screen, size_t over, size_t count,
		      nstime left, const char *name);

#endif
