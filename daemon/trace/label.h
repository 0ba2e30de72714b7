/* SPDX-License-Identifier: MIT */
/*
 * label: names of rules as small numbers, for trace records, which outlive the rules.
 *
 * Names are never removed. Only the main thread adds names; any thread may look them up.
 */
#ifndef SYNACKD_TRACE_LABEL_H
#define SYNACKD_TRACE_LABEL_H

#include <stdint.h>

#define LABELS_MAX 4096

/* Returns the number of a name, always the same, or 0 (the name "") if the table is full. */
uint16_t label_intern(const char *name);
const char *label_name(uint16_t label);

#endif
