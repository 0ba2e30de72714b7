/* SPDX-License-Identifier: MIT */
/* The groups in the definition of a behaviour, with the keys that each takes. */
#ifndef SYNACKD_CATALOGUE_GROUPS_H
#define SYNACKD_CATALOGUE_GROUPS_H

#include "schema/schema.h"

/* All of them; ends with a NULL name. */
extern const struct key_group catalogue_groups[];

#endif
