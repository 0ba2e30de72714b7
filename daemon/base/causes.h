/* SPDX-License-Identifier: MIT */
/* The causes of a packet, or of what is odd about it, as numbers of trace/label.h. */
#ifndef SYNACKD_BASE_CAUSES_H
#define SYNACKD_BASE_CAUSES_H

#include <stdint.h>

#define CAUSES_LABELS_MAX 4
#define CAUSES_USES_MAX   3

/* A zeroed one is empty. Marks for which there is no room are left out. */
struct causes {
	uint8_t labels, uses;
	uint16_t label[CAUSES_LABELS_MAX]; /* the behaviours whose rules changed or made it */
	uint16_t use[CAUSES_USES_MAX];     /* the settings of behaviours that it shows */
};

/* Add one, unless it is there. */
void causes_add_label(struct causes *m, uint16_t label);
void causes_add_use(struct causes *m, uint16_t use);

#endif
