/* SPDX-License-Identifier: MIT */
/* What stands in a result, and how it is written. Nothing here trusts the daemon: what is missing
 * or of another type reads as empty. */
#ifndef SYNACKCTL_FIELDS_H
#define SYNACKCTL_FIELDS_H

#include "base/clock.h"
#include "base/text.h"

#include <jansson.h>

/* "" when there is none; owned by the object. */
const char *field_string(const json_t *object, const char *key);
json_int_t field_int(const json_t *object, const char *key); /* 0 when there is none */

/* A time or a duration in ns, brought between 0 and half of what fits: two can be subtracted. */
nstime field_time(const json_t *object, const char *key);

/* Any scalar as text: a string as it is, an integer, a real, true, false; "" for the rest. The
 * caller's. */
char *field_text(const json_t *object, const char *key);

/* Add a number with commas, `1,234,567`. */
void text_add_count(struct text *t, json_int_t n);

/* Add a number and a noun, in the plural unless the number is 1: `1 endpoint`, `1,234 endpoints`.
 */
void text_add_counted(struct text *t, json_int_t n, const char *noun);

/* Add `added 3, lost 1`: the members that are integers and not 0, or `none`. */
void text_add_counters(struct text *t, json_t *counters);

/* Add how long something has lasted, in the two units that matter: `3 h 12 min`, `4.2 s`. */
void text_add_age(struct text *t, nstime age);

/* Add how long an endpoint is still there: of its `until`; nothing when it stays. */
void text_add_left(struct text *t, const json_t *endpoint);

#endif
