/* SPDX-License-Identifier: MIT */
#include "base/diag.h"

#include <stdarg.h>

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

void diag_warn(struct diag *d, const char *file, unsigned line, const char *key, const char *fmt,
	       ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(d, file, line, key, "warning: ", fmt, ap);
	va_end(ap);
	d->warnings++;
}

void diag_free(struct diag *d)
{
	text_free(&d->lines);
	*d = (struct diag){0};
}
