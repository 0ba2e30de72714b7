/* SPDX-License-Identifier: MIT */
/* The key `choose` of a behaviour: its alternatives, and how one of them is chosen. */
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
		char *text; /* owned: as an operator would write it */
	} item[CHOOSE_MAX];
};

/* What is wrong is said by the reader. *out can be freed whatever happened. */
void choosing_read(const struct schema_reader *r, config_setting_t *group, struct choosing *out);
void choosing_free(struct choosing *c);

/* Keys that it reads. */
extern const struct key choose_keys[];
extern const size_t choose_keys_count;

#endif
