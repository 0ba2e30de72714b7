/* SPDX-License-Identifier: MIT */
/* The notation as tests write it, and values for its names. */
#ifndef SYNACKD_TESTS_UNIT_LIB_NOTATIONS_H
#define SYNACKD_TESTS_UNIT_LIB_NOTATIONS_H

#include "wire/notation.h"

/* Each name has another value: iss 1000, irs 2000. */
extern const struct expr_values values;

/* Returns what the text is read as; one that is wrong fails the test. The caller frees it. */
struct notation notation_of(const char *text);

#endif
