/* SPDX-License-Identifier: MIT */
/* groups: the groups in the definition of a behaviour, with the keys of each. */
#ifndef SYNACKD_CATALOGUE_GROUPS_H
#define SYNACKD_CATALOGUE_GROUPS_H

#include "schema/schema.h"

/* Ends with a NULL name. */
extern const struct key_group catalogue_groups[];

#endif
