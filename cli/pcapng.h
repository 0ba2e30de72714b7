/* SPDX-License-Identifier: MIT */
/* pcapng: writes traces as a capture file, draft-ietf-opsawg-pcapng. */
#ifndef SYNACKCTL_PCAPNG_H
#define SYNACKCTL_PCAPNG_H

#include <jansson.h>
#include <stdbool.h>

/*
 * Writes the segments of a trace, or of all traces in the member `traces`, as a pcapng of raw IP,
 * in order of time. `trace` is a result of METHOD_TRACE with `octets`. The comments of a segment
 * are: its fate, the rule that changed it, the settings of `use` that it shows, and the actions of
 * rules before it; the last segment also has the actions after it. Segments that were never on the
 * wire are omitted. Returns false if the file cannot be written, with the reason in *error, which
 * the caller frees.
 */
bool pcapng_write(const char *path, const json_t *trace, char **error);

#endif
