/* SPDX-License-Identifier: MIT */
/* A first look at the text of a config file, for what libconfig 1.5 does not tell. */
#ifndef SYNACKD_SCHEMA_SOURCE_H
#define SYNACKD_SCHEMA_SOURCE_H

#include "base/diag.h"

/*
 * Check a file before it is parsed: it is a regular file of at most 16 MB and can be read, and it
 * has no bare integer from 2^31 on, which would wrap without a word, no \x00 in a string, which
 * libconfig discards, and no @include, whose paths and lines would be lost. Returns false if it is
 * not fit to be parsed. Errors are in `diag`; those in numbers and strings leave the file fit.
 */
bool schema_check_source(const char *path, struct diag *diag);

#endif
