/* SPDX-License-Identifier: MIT */
/* The catalogue is complete: what is wrong in it is said, once. */
#ifndef SYNACKD_CATALOGUE_CATALOGUE_FINISH_H
#define SYNACKD_CATALOGUE_CATALOGUE_FINISH_H

#include "catalogue/catalogue.h"

/*
 * When all files are there: names and numbers are unique over all of them; every rule of every
 * behaviour is compiled once with the default parameters, so that what is wrong in it is said here,
 * with its line. Sorts the behaviours by number, then by name.
 */
void catalogue_finish(struct catalogue *c, struct diag *diag);

#endif
