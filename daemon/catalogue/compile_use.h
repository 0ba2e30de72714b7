/* SPDX-License-Identifier: MIT */
/* compile_use: applies the key `use` of a behaviour. */
#ifndef SYNACKD_CATALOGUE_COMPILE_USE_H
#define SYNACKD_CATALOGUE_COMPILE_USE_H

#include "base/key.h"
#include "behaviour/rule.h"
#include "catalogue/catalogue.h"
#include "schema/schema.h"

/* Applies the key `use` of a behaviour, which may be absent, to the settings and the service of
 * `rs`. Records each setting that changed in rs->uses. The reader reports errors. */
void use_compile(const struct schema_reader *r, const struct behaviour *b, struct ruleset *rs);

/* The keys of `use` that belong to the service; the others are tcp_settings_keys. */
extern const struct key use_service_keys[];
extern const size_t use_service_keys_count;

#endif
