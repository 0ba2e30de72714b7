/* SPDX-License-Identifier: MIT */
/* Tests of behaviours as config files define them. */
#ifndef SYNACKD_TESTS_UNIT_LIB_DEFINITIONS_H
#define SYNACKD_TESTS_UNIT_LIB_DEFINITIONS_H

#include "files.h"

#include "catalogue/compile.h"

/* The catalogue of the last define(), which the test frees, and what was said since. */
extern struct catalogue catalogue;
extern struct diag diag;

/* Reads the catalogue from one file, t.conf, with this text. The errors must be these. */
void define(const char *source, const char *errors);

/* Returns a behaviour of one rule, from the text that stands for the rule in a file. The caller
 * puts it; the catalogue is free already. */
struct ruleset *one_rule(const char *rule);

/* Such a rule must be refused with these errors, without the `t.conf:1: behaviours.x.rules[0]` that
 * stands in front of each. */
void one_wrong(const char *rule, const char *expected);

/* Compiles a joined behaviour such as "a=1s+b", as e.conf:9 has it for endpoints[0].behaviour.
 * Returns NULL after an error, which is in `diag`. The caller puts the ruleset. */
struct ruleset *compile_text(const char *text);

/* Compiles a joined behaviour, which must fail with this error. */
void compile_fails(const char *text, const char *expected);

/* Compiles a joined behaviour, which must succeed with these warnings. */
void compile_warns(const char *text, const char *expected);

#endif
