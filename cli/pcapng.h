/* SPDX-License-Identifier: MIT */
#ifndef SYNACKCTL_PCAPNG_H
#define SYNACKCTL_PCAPNG_H

#include <jansson.h>
#include <stdbool.h>

/*
 * Write the segments of a trace, a result of that method with `octets`, as a pcapng of raw IP: with
 * the rule that changed a segment, and what became of it, as its comment. What never was on the
 * wire is not in it. False: *error (owned by the caller) says why.
 */
bool pcapng_write(const char *path, const json_t *trace, char **error);

#endif
