/* SPDX-License-Identifier: MIT */
/* load: parses the files of a config: the main file, and the files that its key `load` names. */
#ifndef SYNACKD_CONFIG_LOAD_H
#define SYNACKD_CONFIG_LOAD_H

#include "config/config.h"

/* Parses one file. The caller frees it by config_destroy() and free(). Returns NULL if it cannot be
 * read or has a syntax error, which is reported in `diag`. */
config_t *config_parse_file(const char *path, struct diag *diag);

/*
 * Parses the files that the key `load` in the root of the main file names; without that key, the
 * behaviours, suites and profiles in the directory `shipped` (NULL: no files). Adds their
 * behaviours, suites and profiles to the config; the catalogue owns the files. Reads each file
 * once, and not the main file again.
 *
 * Returns false if a file or a pattern is missing or cannot be parsed. That error, and all others,
 * are reported in `diag`.
 */
bool config_load_files(struct config *c, config_setting_t *root, const char *shipped,
		       struct diag *diag);

#endif
