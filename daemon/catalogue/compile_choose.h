/* SPDX-License-Identifier: MIT */
/* compile_choose: reads the key `choose` of a behaviour: its alternatives and the method of choice.
 */
#ifndef SYNACKD_CATALOGUE_COMPILE_CHOOSE_H
#define SYNACKD_CATALOGUE_COMPILE_CHOOSE_H

#include "behaviour/choose.h"
#include "schema/schema.h"

#define CHOOSE_MAX 32 /* alternatives */

struct choosing {
	uint8_t by;  /* enum choose_by */
	uint8_t per; /* enum rule_scope */
	nstime within;
	unsigned count;
	struct {
		uint32_t weight;
		char *text; /* owned: behaviours in the syntax of an endpoint */
	} item[CHOOSE_MAX];
};

/* Reads the group. The reader reports errors. *out can be freed even after an error. */
void choosing_read(const struct schema_reader *r, config_setting_t *group, struct choosing *out);
void choosing_free(struct choosing *c);

/* The keys of `choose`. */
extern const struct key choose_keys[];
extern const size_t choose_keys_count;

#endif
