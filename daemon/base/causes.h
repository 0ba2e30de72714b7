/* SPDX-License-Identifier: MIT */
/* causes: the behaviours that caused a packet or its anomalies, as numbers of trace/label.h. */
#ifndef SYNACKD_BASE_CAUSES_H
#define SYNACKD_BASE_CAUSES_H

#include <stdint.h>

#define CAUSES_LABELS_MAX 4
#define CAUSES_USES_MAX   3

/* A zeroed struct is an empty set. Additions to a full list are ignored. */
struct causes {
	uint8_t labels, uses;
	uint16_t label[CAUSES_LABELS_MAX]; /* behaviours whose rules changed the packet */
	uint16_t use[CAUSES_USES_MAX];     /* settings of behaviours that show in the packet */
};

/* Adds a number, unless the set contains it. */
void causes_add_label(struct causes *m, uint16_t label);
void causes_add_use(struct causes *m, uint16_t use);

#endif
