/* SPDX-License-Identifier: MIT */
/* Tests of config files: what one comes to, or all that is wrong in it. */
#ifndef SYNACKD_TESTS_UNIT_LIB_LOADING_H
#define SYNACKD_TESTS_UNIT_LIB_LOADING_H

#include "files.h"

#include "config/config.h"

#define ACCEPT "behaviours = { accept = { number = 1; summary = \"Opens\"; }; };\n"

/* config_load must say this of m.conf in the current folder: "" for a config without errors. */
void load_expecting(const char *errors);

/* Likewise of an m.conf with this text, in a folder of its own. */
void wrong(const char *source, const char *errors);

/* Returns the config of an m.conf with this text, which must have no errors and no warnings. The
 * caller frees it, and leaves the folder. */
struct config *right(const char *source);

/* Returns the endpoint of this name, or NULL. */
const struct endpoint_config *config_find_endpoint(const struct config *c, const char *name);

#endif
