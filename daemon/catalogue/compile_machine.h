/* SPDX-License-Identifier: MIT */
/* compile_machine: compiles the operations of a rule on the connection. */
#ifndef SYNACKD_CATALOGUE_COMPILE_MACHINE_H
#define SYNACKD_CATALOGUE_COMPILE_MACHINE_H

#include "behaviour/rule.h"
#include "schema/schema.h"

/* Compiles the key `machine`, a list of texts or one text. The reader reports errors. *out can be
 * freed with its ruleset even after an error. */
void rule_compile_machine(const struct schema_reader *r, config_setting_t *list, struct rule *out);

#endif
