/* SPDX-License-Identifier: MIT */
/* definitions: compiles behaviours from the text of config files. */
#ifndef SYNACKD_TESTS_UNIT_LIB_DEFINITIONS_H
#define SYNACKD_TESTS_UNIT_LIB_DEFINITIONS_H

#include "files.h"

#include "catalogue/compile.h"

/* The catalogue of the last define(), which the test frees, and the messages since. */
extern struct catalogue catalogue;
extern struct diag diag;

/* Reads the catalogue from a file t.conf with this text. The errors must be exactly these. */
void define(const char *source, const char *errors);

/* Returns a behaviour with one rule, whose definition is `rule`. The caller puts it. The catalogue
 * is freed. */
struct ruleset *one_rule(const char *rule);

/* Compiles such a rule, which must fail with these errors. They are without the prefix `t.conf:1:
 * behaviours.x.rules[0]`. */
void one_wrong(const char *rule, const char *expected);

/* Compiles a joined behaviour such as "a=1s+b", for endpoints[0].behaviour in e.conf:9. After an
 * error returns NULL and leaves the error in `diag`. The caller puts the ruleset. */
struct ruleset *compile_text(const char *text);

/* Compiles a joined behaviour, which must fail with this error. */
void compile_fails(const char *text, const char *expected);

/* Compiles a joined behaviour, which must succeed with these warnings. */
void compile_warns(const char *text, const char *expected);

#endif
