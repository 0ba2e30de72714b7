/* SPDX-License-Identifier: MIT */
/* source: checks the text of a config file for errors that libconfig 1.5 does not report. */
#ifndef SYNACKD_SCHEMA_SOURCE_H
#define SYNACKD_SCHEMA_SOURCE_H

#include "base/diag.h"

/*
 * Checks a file before it is parsed: it must be a readable regular file of at most 16 MB. It must
 * not contain a bare integer of 2^31 or more, which would wrap silently, \x00 in a string, which
 * libconfig discards, or @include, which would lose paths and lines.
 *
 * Returns false if the file cannot be parsed. All errors are reported in `diag`; with an error in a
 * number or string alone the result is true.
 */
bool schema_check_source(const char *path, struct diag *diag);

#endif
