/* SPDX-License-Identifier: MIT */
/* diag: collects the errors and warnings about an input, for printing together. */
#ifndef SYNACKD_BASE_DIAG_H
#define SYNACKD_BASE_DIAG_H

#include "base/text.h"

/* A zeroed struct is empty. */
struct diag {
	bool strict;       /* warnings count as errors */
	struct text lines; /* one `file:line: key: message` per line */
	unsigned errors;
	unsigned warnings; /* lines `file:line: key: warning: message` */
};

/* Adds an error. `line` 0 omits the line number; `key` NULL omits the key. The message ends
 * without a full stop. */
void diag_error(struct diag *d, const char *file, unsigned line, const char *key, const char *fmt,
		...) __attribute__((format(printf, 5, 6)));
/* Adds a warning, or an error if d->strict. Ignores a warning that has been added before. */
void diag_warn(struct diag *d, const char *file, unsigned line, const char *key, const char *fmt,
	       ...) __attribute__((format(printf, 5, 6)));
void diag_free(struct diag *d); /* frees the contents and zeroes *d */

#endif
