/* SPDX-License-Identifier: MIT */
/* The rings of the workers' traces, when a config gives them another size. */
#ifndef SYNACKD_RUNTIME_TRACE_RINGS_H
#define SYNACKD_RUNTIME_TRACE_RINGS_H

#include "runtime/live_state.h"

/* Allocate a ring for each worker if `config` wants another size than there is, else *out is NULL.
 * Returns false if there is no memory, which is an error in `diag`. */
bool trace_rings_make(struct daemon *d, const struct config *config, struct trace **out,
		      struct diag *diag);

/* Give the rings to the workers, with the newest records of their traces; frees `rings`, which may
 * be NULL. */
void trace_rings_use(struct daemon *d, struct trace *rings);

/* Free rings that no worker got. NULL is fine. */
void trace_rings_free(struct daemon *d, struct trace *rings);

#endif
