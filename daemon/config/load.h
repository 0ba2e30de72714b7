/* SPDX-License-Identifier: MIT */
/* The files of a config: the main file, and the files that its key `load` names. */
#ifndef SYNACKD_CONFIG_LOAD_H
#define SYNACKD_CONFIG_LOAD_H

#include "config/config.h"

/* Parse one file. The caller owns it, by config_destroy() and free(). Returns NULL if it cannot be
 * read or has a syntax error, which is in `diag`. */
config_t *config_parse_file(const char *path, struct diag *diag);

/*
 * Parse the files that the key `load` in the root of the main file names; without that key, the
 * behaviours, suites and profiles in the directory `shipped` (NULL: no files). Add their
 * behaviours, suites and profiles to the config; the catalogue owns the files. A file is read once,
 * and the main file is not read again. Returns false if a file or a pattern is missing or cannot
 * be parsed, which is in `diag` as all other errors are.
 */
bool config_load_files(struct config *c, config_setting_t *root, const char *shipped,
		       struct diag *diag);

#endif
