/* SPDX-License-Identifier: MIT */
/* What is wrong with the input: collected, so that all of it can be said at once. */
#ifndef SYNACKD_BASE_DIAG_H
#define SYNACKD_BASE_DIAG_H

#include "base/text.h"

/* A zeroed one is ready. */
struct diag {
	bool strict;       /* a warning is an error */
	struct text lines; /* one `file:line: key: what was expected` per line */
	unsigned errors;
	unsigned warnings; /* `file:line: key: warning: …` */
};

/* `line` 0 leaves the line out; `key` NULL leaves the key out. The message takes no final stop. */
void diag_error(struct diag *d, const char *file, unsigned line, const char *key, const char *fmt,
		...) __attribute__((format(printf, 5, 6)));
/* A warning that was given already is not given again. */
void diag_warn(struct diag *d, const char *file, unsigned line, const char *key, const char *fmt,
	       ...) __attribute__((format(printf, 5, 6)));
void diag_free(struct diag *d); /* what is in it; *d is zeroed then */

#endif
