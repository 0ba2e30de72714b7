/* SPDX-License-Identifier: MIT */
/* Standard output: the result of a command, and how much of it is printed. */
#ifndef SYNACKCTL_PRINTER_H
#define SYNACKCTL_PRINTER_H

#include "screen.h"

#include <jansson.h>
#include <stdbool.h>

/* Print nothing from now on: --quiet. */
void printer_silence(void);
bool printer_is_silent(void);

/* Print a result for people: lines that are wider than `screen` are folded (fold.h). */
void printer_text(const struct screen *screen, const char *text);

/* Print lines that programs read: they stay as they are. */
void printer_lines(const char *text);

/* Print JSON, indented. NULL is null. */
void printer_json(const json_t *json);

#endif
