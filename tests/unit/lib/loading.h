/* SPDX-License-Identifier: MIT */
/* loading: loads config files, which must have given errors or none. */
#ifndef SYNACKD_TESTS_UNIT_LIB_LOADING_H
#define SYNACKD_TESTS_UNIT_LIB_LOADING_H

#include "files.h"

#include "config/config.h"

#define ACCEPT "behaviours = { accept = { number = 1; summary = \"Opens\"; }; };\n"

/* Loads m.conf of the current directory. The messages must be exactly these, "" for none. */
void load_expecting(const char *errors);

/* The same for an m.conf with this text, in a directory of its own. */
void wrong(const char *source, const char *errors);

/* Returns the config of an m.conf with this text, which must have no errors and no warnings. The
 * caller frees it, and leaves the directory. */
struct config *right(const char *source);

/* Returns the endpoint of this name, or NULL. */
const struct endpoint_config *config_find_endpoint(const struct config *c, const char *name);

#endif
