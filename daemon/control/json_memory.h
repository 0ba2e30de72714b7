/* SPDX-License-Identifier: MIT */
/*
 * jansson takes a value that found no memory for none, so an object may lack values without an
 * error. With its allocations watched, the builder of an object asks once, at the end, whether all
 * of it is there. Each thread has an answer of its own.
 */
#ifndef SYNACKD_CONTROL_JSON_MEMORY_H
#define SYNACKD_CONTROL_JSON_MEMORY_H

#include <stdbool.h>

void json_memory_watch(void); /* before jansson is used */

/* Has an allocation failed since the last call? */
bool json_memory_failed(void);

#endif
