/* SPDX-License-Identifier: MIT */
/* Where the files are that belong to this program: in its build tree, or where it was installed. */
#ifndef SYNACKCTL_PLACE_H
#define SYNACKCTL_PLACE_H

#include <stdbool.h>

bool place_in_build_tree(void);

/* The list of what is shipped, for completion: `KIND<TAB>NAME<TAB>summary` a line, of the kinds
 * behaviour, suite and profile. */
const char *place_catalogue(void);

#endif
