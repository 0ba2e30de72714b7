/* SPDX-License-Identifier: MIT */
#ifndef SYNACKD_CATALOGUE_COMPILE_USE_H
#define SYNACKD_CATALOGUE_COMPILE_USE_H

#include "base/key.h"
#include "behaviour/rule.h"
#include "catalogue/catalogue.h"
#include "schema/schema.h"

/* Apply the `use` of a behaviour, which may have none, to the settings and the service of `rs`,
 * and note each that it changed in rs->uses. Errors go to the reader. */
void use_compile(const struct schema_reader *r, const struct behaviour *b, struct ruleset *rs);

/* The keys of `use` that are the service's; the others are tcp_settings_keys. */
extern const struct key use_service_keys[];
extern const size_t use_service_keys_count;

#endif
