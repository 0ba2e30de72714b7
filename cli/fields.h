/* SPDX-License-Identifier: MIT */
/* fields: the members of a result, and their text. The functions do not trust the daemon: a missing
 * member, or a member of another type, reads as empty. */
#ifndef SYNACKCTL_FIELDS_H
#define SYNACKCTL_FIELDS_H

#include "base/clock.h"
#include "base/text.h"

#include <jansson.h>

/* Returns "" if there is none. The object owns the string. */
const char *field_string(const json_t *object, const char *key);
json_int_t field_int(const json_t *object, const char *key); /* 0 if there is none */

/* Returns a time or a duration, in ns, limited to 0 and NS_NEVER / 2, so that the sum or difference
 * of two cannot overflow. */
nstime field_time(const json_t *object, const char *key);

/* Returns a string, an integer, a real or a boolean as text; "" for all other types. The caller
 * frees it. */
char *field_text(const json_t *object, const char *key);

/* Adds a number with commas: `1,234,567`. */
void text_add_count(struct text *t, json_int_t n);

/* Adds a number and a noun, in the plural unless the number is 1: `1 endpoint`, `2 endpoints`. */
void text_add_counted(struct text *t, json_int_t n, const char *noun);

/* Adds the integer members that are not 0, as `added 3, lost 1`, or `none`. */
void text_add_counters(struct text *t, json_t *counters);

/* Adds a duration in its two largest units: `3 h 12 min`, `4.2 s`. */
void text_add_age(struct text *t, nstime age);

/* Adds the remaining lifetime of an endpoint, or nothing if the lifetime has no limit. */
void text_add_left(struct text *t, const json_t *endpoint);

#endif
