/* SPDX-License-Identifier: MIT */
#include "printer.h"

#include "fold.h"

#include <stdlib.h>

static bool silent;

void printer_silence(void)
{
	silent = true;
}

bool printer_is_silent(void)
{
	return silent;
}

void printer_lines(const char *text)
{
	if (!silent)
		fputs(text, stdout);
}

void printer_text(const struct screen *screen, const char *text)
{
	struct text folded = {0};

	fold_add(&folded, text, screen->width);
	printer_lines(text_str(&folded));
	text_free(&folded);
}

void printer_json(const json_t *json)
{
	char *text = json_dumps(json, JSON_INDENT(2) | JSON_ENCODE_ANY | JSON_REAL_PRECISION(16));

	printer_lines(text ? text : "null");
	printer_lines("\n");
	free(text);
}
