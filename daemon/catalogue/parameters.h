/* SPDX-License-Identifier: MIT */
/* parameters: the parameters of behaviours, and the values that an endpoint gives them. */
#ifndef SYNACKD_CATALOGUE_PARAMETERS_H
#define SYNACKD_CATALOGUE_PARAMETERS_H

#include "catalogue/catalogue.h"
#include "schema/schema.h"

const char *parameter_type_name(
	enum parameter_type t); /* Returns a static text such as "duration". */

/* Reads the group `parameters` of a definition into *b. The reader reports errors. */
void parameters_read(const struct schema_reader *r, config_setting_t *group, struct behaviour *b);
void parameters_free(struct behaviour *b);

/* A behaviour with a value for each of its parameters. */
struct arguments {
	const struct behaviour *behaviour;
	char **value; /* owned, in the order of the parameters */
	bool *given;  /* owned; true if the value is not the default */
};

void arguments_init(struct arguments *a,
		    const struct behaviour *b); /* Sets all values to the defaults. */
void arguments_free(struct arguments *a);

/* Sets the parameter `name` (NULL: the first one). Returns false if the name is unknown, the
 * parameter is set already, or the value is invalid; *wrong is then a message that the caller
 * frees. */
bool arguments_set(struct arguments *a, const char *name, const char *text, char **wrong);

/* Replaces each `$name` by the value of the parameter, and `$$` by a dollar sign. It is the
 * `expand` of a struct schema_reader; `arg` is a struct arguments. */
char *arguments_expand(void *arg, const char *text, char **wrong);

/* The keys of a parameter. */
extern const struct key parameter_keys[];
extern const size_t parameter_keys_count;

#endif
