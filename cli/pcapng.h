/* SPDX-License-Identifier: MIT */
#ifndef SYNACKCTL_PCAPNG_H
#define SYNACKCTL_PCAPNG_H

#include <jansson.h>
#include <stdbool.h>

/*
 * Write the segments of a trace, or of all in `traces`, a result of METHOD_TRACE with `octets`, as
 * a pcapng of raw IP, in the order of their times. The comment of a segment has the rule that
 * changed it, and its fate. A segment that was never on the wire is left out. Returns false if the
 * file cannot be written; *error, owned by the caller, says why.
 */
bool pcapng_write(const char *path, const json_t *trace, char **error);

#endif
