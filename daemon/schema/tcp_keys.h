/* SPDX-License-Identifier: MIT */
/* The keys of struct tcp_settings: endpoints have them, and a behaviour's `use`. */
#ifndef SYNACKD_SCHEMA_TCP_KEYS_H
#define SYNACKD_SCHEMA_TCP_KEYS_H

#include "schema/schema.h"

extern const struct key tcp_keys[];
extern const size_t tcp_keys_count;

/* The words of the key `closed`, by enum closed_policy; ends with NULL. */
extern const char *const closed_policy_names[];

#endif
