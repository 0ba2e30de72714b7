/* SPDX-License-Identifier: MIT */
/* Values that several parts of a definition have: probabilities and scopes. */
#ifndef SYNACKD_CATALOGUE_COMPILE_VALUE_H
#define SYNACKD_CATALOGUE_COMPILE_VALUE_H

#include "behaviour/rule.h"

/* `0.25` or `25%`, from 0 to 1. Returns false if it is not one, and *wrong is a message for people
 * that the caller frees. */
bool probability_parse(const char *text, double *out, char **wrong);

/* The name of a scope: *out is enum rule_scope. Returns false likewise. */
bool rule_scope_parse(const char *text, uint8_t *out, char **wrong);

#endif
