/* SPDX-License-Identifier: MIT */
/* catalogue_finish: checks the complete catalogue and reports its errors once. */
#ifndef SYNACKD_CATALOGUE_CATALOGUE_FINISH_H
#define SYNACKD_CATALOGUE_CATALOGUE_FINISH_H

#include "catalogue/catalogue.h"

/*
 * Call when all files were added. Checks that names and numbers are unique, and compiles every
 * behaviour once with its default parameters, so that errors in its rules are reported here, with
 * their lines. Sorts the behaviours by number, then by name.
 */
void catalogue_finish(struct catalogue *c, struct diag *diag);

#endif
