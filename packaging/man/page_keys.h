/* SPDX-License-Identifier: MIT */
/* page_keys: the tables of config keys, as lists of a man page. */
#ifndef SYNACKD_PACKAGING_MAN_PAGE_KEYS_H
#define SYNACKD_PACKAGING_MAN_PAGE_KEYS_H

#include "config/config.h"

#include <stdbool.h>

/* Writes the keys of the group `name` ("" is the top level of the main file) as a list. `table` is
 * the number of one of its tables, from 1 up, or 0 for all of them. Returns false if there is no
 * such table. */
bool page_keys(const char *name, unsigned table);

/* Writes each setting that a behaviour may `use`, and the segments that show it. */
void page_uses(const struct config *c);

#endif
