/* SPDX-License-Identifier: MIT */
#include "base/diag.h"

#include <stdarg.h>
#include <string.h>

static void add(struct diag *d, const char *file, unsigned line, const char *key,
		const char *severity, const char *fmt, va_list ap)
{
	if (file)
		text_addf(&d->lines, "%s:", file);
	if (file && line)
		text_addf(&d->lines, "%u:", line);
	if (file)
		text_add(&d->lines, " ");
	if (key)
		text_addf(&d->lines, "%s: ", key);
	text_add(&d->lines, severity);
	text_addv(&d->lines, fmt, ap);
	text_add(&d->lines, "\n");
}

void diag_error(struct diag *d, const char *file, unsigned line, const char *key, const char *fmt,
		...)
{
	va_list ap;

	va_start(ap, fmt);
	add(d, file, line, key, "", fmt, ap);
	va_end(ap);
	d->errors++;
}

/* Returns true if the last line, at offset `last`, repeats an earlier one. */
static bool said_before(const struct diag *d, size_t last)
{
	const char *all = text_str(&d->lines), *line = all + last, *at = all;

	while ((at = strstr(at, line)) < line) {
		if (at == all || at[-1] == '\n')
			return true;
		at++;
	}
	return false;
}

void diag_warn(struct diag *d, const char *file, unsigned line, const char *key, const char *fmt,
	       ...)
{
	size_t last = d->lines.len;
	va_list ap;

	va_start(ap, fmt);
	add(d, file, line, key, d->strict ? "" : "warning: ", fmt, ap);
	va_end(ap);
	if (said_before(d, last)) {
		d->lines.len = last;
		d->lines.s[last] = '\0';
		return;
	}
	d->errors += d->strict;
	d->warnings += !d->strict;
}

void diag_free(struct diag *d)
{
	text_free(&d->lines);
	*d = (struct diag){0};
}
