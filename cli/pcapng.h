/* SPDX-License-Identifier: MIT */
#ifndef SYNACKCTL_PCAPNG_H
#define SYNACKCTL_PCAPNG_H

#include <jansson.h>
#include <stdbool.h>

/*
 * Write the segments of a trace, or of all in `traces`, a result of METHOD_TRACE with `octets`, as
 * a pcapng of raw IP, in the order of their times. The comments of a segment have the rules that
 * changed it, its fate, the settings of `use` that it shows, and what rules did before it; the last
 * one also what they did behind it. A segment that was never on the wire is left out. Returns false
 * if the file cannot be written; *error, owned by the caller, says why.
 */
bool pcapng_write(const char *path, const json_t *trace, char **error);

#endif
