/* SPDX-License-Identifier: MIT */
/* trace_rings: replaces the rings of the workers' traces when a config changes their size. */
#ifndef SYNACKD_RUNTIME_TRACE_RINGS_H
#define SYNACKD_RUNTIME_TRACE_RINGS_H

#include "runtime/live_state.h"

/* Allocates a ring for each worker if `config` has another size; otherwise sets *out to NULL.
 * Returns false, with an error in `diag`, if memory runs out. */
bool trace_rings_make(struct daemon *d, const struct config *config, struct trace **out,
		      struct diag *diag);

/* Gives the rings to the workers and moves the newest records of their traces into them. Frees
 * `rings`, which may be NULL. */
void trace_rings_use(struct daemon *d, struct trace *rings);

/* Frees rings that no worker has. NULL is ignored. */
void trace_rings_free(struct daemon *d, struct trace *rings);

#endif
