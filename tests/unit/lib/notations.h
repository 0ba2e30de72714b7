/* SPDX-License-Identifier: MIT */
/* notations: parses the segment notation in tests, and has values for its names. */
#ifndef SYNACKD_TESTS_UNIT_LIB_NOTATIONS_H
#define SYNACKD_TESTS_UNIT_LIB_NOTATIONS_H

#include "wire/notation.h"

/* Each name has a different value, such as iss 1000 and irs 2000. */
extern const struct expr_values values;

/* Parses a notation. An invalid one fails the test. The caller frees the result. */
struct notation notation_of(const char *text);

#endif
