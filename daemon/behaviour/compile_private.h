/* SPDX-License-Identifier: MIT */
/* How the files that compile behaviours share the work: parameters.c gives `$name` its value,
 * compile_rule.c and compile_actions.c turn settings into a rule, compile.c joins behaviours. */
#ifndef SYNACKD_BEHAVIOUR_COMPILE_PRIVATE_H
#define SYNACKD_BEHAVIOUR_COMPILE_PRIVATE_H

#include "behaviour/catalogue.h"
#include "behaviour/choose.h"
#include "schema/schema.h"

/* A behaviour with a value for each of its parameters. */
struct arguments {
	const struct behaviour *behaviour;
	char **value; /* owned, in the order of the parameters */
	bool *given;  /* likewise: is it not the default? */
};

/* Read the group `parameters` of a definition into *b. */
void parameters_read(const struct schema_reader *r, config_setting_t *group, struct behaviour *b);
void parameters_free(struct behaviour *b);

void arguments_init(struct arguments *a, const struct behaviour *b); /* the defaults */
void arguments_free(struct arguments *a);

/* Give the parameter `name` (NULL: the first) another value. False, and *wrong for people, when
 * there is none of the name, it has one already, or the value is not of its type and range. */
bool arguments_set(struct arguments *a, const char *name, const char *text, char **wrong);

/* `0.25` or `25%`, from 0 to 1. */
bool probability_parse(const char *text, double *out, char **wrong);

/* Put values in the place of `$name`; `$$` is a dollar sign. A schema_reader's `expand`; `arg` is a
 * struct arguments. */
char *arguments_expand(void *arg, const char *text, char **wrong);

/* Compile one entry of `rules`. What is wrong is said by the reader. *out must be zeroed, and can
 * be freed with its ruleset whatever happened. */
void rule_compile(const struct schema_reader *r, config_setting_t *setting, struct rule *out);

/* Its parts, likewise. */
void rule_compile_set(const struct schema_reader *r, config_setting_t *group, struct rule_set *out);
void rule_compile_emit(const struct schema_reader *r, config_setting_t *list, struct rule *out);
void rule_compile_machine(const struct schema_reader *r, config_setting_t *list, struct rule *out);

/* compile_shape.c: the keys of `set` that fill in a shape, and whether a group has one of them. */
struct key_table rule_shape_table(struct rule_shape *out);
bool rule_shapes(config_setting_t *group);
/* Of a rule: `split` and `reorder`. */
bool rule_parse_split(const char *text, void *target, char **wrong);
bool rule_parse_order(const char *text, void *target, char **wrong);

/* compile_ip.c: keys of `set` that are about the IP layer. *out is made when the group has one. */
struct key_table rule_ip_table(config_setting_t *group, struct rule_ip **out);
void rule_check_ip(const struct schema_reader *r, config_setting_t *group, struct rule_ip *ip);
bool rule_parse_ip_len(const char *text, void *target, char **wrong);

/* compile_icmp.c: what is emitted, into a struct rule_emit. */
bool rule_parse_icmp(const char *text, void *target, char **wrong);
bool rule_parse_icmp6(const char *text, void *target, char **wrong);

/* compile_when.c: more conditions, and of a rule `remember`. */
struct key_table rule_when_table(struct rule_condition *out);
bool rule_parse_remember(const char *text, void *target, char **wrong);
/* What fits neither the rule's trigger nor its other conditions is said. */
void rule_check_when(const struct schema_reader *r, config_setting_t *setting,
		     const struct rule *rule);
/* The name of a scope: *out is enum rule_scope. */
bool rule_scope_parse(const char *text, uint8_t *out, char **wrong);

#define CHOOSE_MAX 32 /* alternatives */

/* What a group `choose` says. */
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

/* compile_choose.c. Read, *out can be freed whatever happened. */
void choosing_read(const struct schema_reader *r, config_setting_t *group, struct choosing *out);
void choosing_free(struct choosing *c);

/* Compile a definition with the default parameters, so that what is wrong in it is said where it
 * stands, and note it as broken then. What it extends is looked for in the catalogue. */
void behaviour_check(const struct catalogue *c, struct behaviour *b, struct diag *diag);

#endif
