/* SPDX-License-Identifier: MIT */
/* compile_value: parses values that several parts of a definition share: probabilities and scopes.
 */
#ifndef SYNACKD_CATALOGUE_COMPILE_VALUE_H
#define SYNACKD_CATALOGUE_COMPILE_VALUE_H

#include "behaviour/rule.h"

/* Parses `0.25` or `25%`, from 0 to 1. Returns false if the text is invalid, with a message in
 * *wrong that the caller frees. */
bool probability_parse(const char *text, double *out, char **wrong);

/* Parses the name of a scope; *out is an enum rule_scope. Returns false if the name is unknown,
 * with a message in *wrong that the caller frees. */
bool rule_scope_parse(const char *text, uint8_t *out, char **wrong);

#endif
