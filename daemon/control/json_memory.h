/* SPDX-License-Identifier: MIT */
/*
 * json_memory: detects failed allocations of jansson. jansson omits a value for which memory runs
 * out, so an object may be incomplete without an error. The code that builds an object calls
 * json_memory_failed() once, at the end. Each thread has a flag of its own.
 */
#ifndef SYNACKD_CONTROL_JSON_MEMORY_H
#define SYNACKD_CONTROL_JSON_MEMORY_H

#include <stdbool.h>

void json_memory_watch(void); /* call before jansson is used */

/* Returns true if an allocation failed since the last call. */
bool json_memory_failed(void);

#endif
