/* SPDX-License-Identifier: MIT */
/* The parameters of behaviours, and the values that an endpoint gives them. */
#ifndef SYNACKD_CATALOGUE_PARAMETERS_H
#define SYNACKD_CATALOGUE_PARAMETERS_H

#include "catalogue/catalogue.h"
#include "schema/schema.h"

const char *parameter_type_name(enum parameter_type t); /* static text: "duration" */

/* Read the group `parameters` of a definition into *b. What is wrong is said by the reader. */
void parameters_read(const struct schema_reader *r, config_setting_t *group, struct behaviour *b);
void parameters_free(struct behaviour *b);

/* A behaviour with a value for each of its parameters. */
struct arguments {
	const struct behaviour *behaviour;
	char **value; /* owned, in the order of the parameters */
	bool *given;  /* likewise: is it not the default? */
};

void arguments_init(struct arguments *a, const struct behaviour *b); /* the defaults */
void arguments_free(struct arguments *a);

/* Give the parameter `name` (NULL: the first) another value. Returns false if there is none of the
 * name, it has one already, or the value is not of its type and range; *wrong is a message for
 * people then, that the caller frees. */
bool arguments_set(struct arguments *a, const char *name, const char *text, char **wrong);

/* Put values in the place of `$name`; `$$` is a dollar sign. A schema_reader's `expand`; `arg` is a
 * struct arguments. */
char *arguments_expand(void *arg, const char *text, char **wrong);

/* Keys that it reads. */
extern const struct key parameter_keys[];
extern const size_t parameter_keys_count;

#endif
