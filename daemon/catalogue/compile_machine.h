/* SPDX-License-Identifier: MIT */
/* How a rule moves the machine. */
#ifndef SYNACKD_CATALOGUE_COMPILE_MACHINE_H
#define SYNACKD_CATALOGUE_COMPILE_MACHINE_H

#include "behaviour/rule.h"
#include "schema/schema.h"

/* Compile the list `machine`, or the one text in its place. What is wrong is said by the reader;
 * *out can be freed with its ruleset whatever happened. */
void rule_compile_machine(const struct schema_reader *r, config_setting_t *list, struct rule *out);

#endif
