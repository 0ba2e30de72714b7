/* SPDX-License-Identifier: MIT */
/* printer: writes results to standard output, unless --quiet is given. */
#ifndef SYNACKCTL_PRINTER_H
#define SYNACKCTL_PRINTER_H

#include "screen.h"

#include <jansson.h>
#include <stdbool.h>

/* From now on nothing is printed, for --quiet. */
void printer_silence(void);
bool printer_is_silent(void);

/* Prints a result as text. Lines wider than `screen` are folded (fold.h). */
void printer_text(const struct screen *screen, const char *text);

/* Prints lines for programs, which are never folded. */
void printer_lines(const char *text);

/* Prints JSON with indentation; `null` for NULL. */
void printer_json(const json_t *json);

#endif
