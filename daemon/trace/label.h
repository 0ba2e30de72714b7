/* SPDX-License-Identifier: MIT */
/* Names of rules as small numbers: a trace outlives the rules that it speaks of. Names are only
 * ever added, from the main thread; any thread may ask. */
#ifndef SYNACKD_TRACE_LABEL_H
#define SYNACKD_TRACE_LABEL_H

#include <stdint.h>

#define LABELS_MAX 4096

/* The number of a name, the same one each time; 0 (which is "") when the table is full. */
uint16_t label_intern(const char *name);
const char *label_name(uint16_t label);

#endif
