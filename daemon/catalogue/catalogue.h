/* SPDX-License-Identifier: MIT */
/* catalogue: behaviours as the config files define them, before an endpoint sets their parameters.
 */
#ifndef SYNACKD_CATALOGUE_CATALOGUE_H
#define SYNACKD_CATALOGUE_CATALOGUE_H

#include "base/diag.h"
#include "base/key.h"
#include "behaviour/rule.h"

#include <libconfig.h>

enum parameter_type {
	PARAMETER_DURATION,
	PARAMETER_NUMBER,   /* an integer, bounded by min and max */
	PARAMETER_SEQUENCE, /* 0 … 2^32-1, decimal or 0x hex */
	PARAMETER_TEXT,
	PARAMETER_PROBABILITY, /* `0.25` or `25%`; takes no min and max */
	PARAMETER_CHOICE,      /* one of the words in `among`; takes no min and max */
	PARAMETER_COUNT
};

struct parameter {
	char *name;
	uint8_t type;
	char *fallback;  /* the key "default", as written */
	char *min, *max; /* in the form of the type; NULL: no bound */
	char *among;     /* words of a choice, as in "rota, chance, once"; else NULL */
	char *help;
};

struct behaviour {
	char *name;
	unsigned number; /* permanent; 0: it has no number */
	char *summary;
	char *reference;
	char *client;  /* the reaction of a conforming client; may be NULL */
	char *reveals; /* the class of bugs that it reveals; may be NULL */
	unsigned parameters;
	struct parameter *parameter;
	const char *file; /* file of the definition; owned by the catalogue */
	unsigned line;
	char *extends; /* behaviours to begin with, in the syntax of an endpoint; or NULL */
	config_setting_t *choose; /* borrowed from the catalogue's config_t; NULL: absent */
	config_setting_t *use;    /* borrowed; NULL: absent */
	config_setting_t *rules;  /* borrowed; NULL: absent */
	bool broken;              /* its errors were reported: using it reports no further ones */
};

/* A name and a number that are reserved for a future behaviour. */
struct reservation {
	char *name;
	unsigned number;
	const char *file; /* owned by the catalogue */
	unsigned line;
};

struct key_group;

struct catalogue {
	const struct key_group *const *groups; /* for errors: see struct schema_reader */
	unsigned count;
	struct behaviour *behaviour; /* sorted by number, then by name */
	unsigned reserved;
	struct reservation *reservation;
	unsigned files;
	config_t **file; /* parsed files, which own the settings above */
	char **path;
};

/*
 * Reads the groups `behaviours` and `reserved` of one parsed file and adds their definitions. Takes
 * ownership of *file (a config_t from malloc), even if there are errors. Copies `path`.
 */
void catalogue_add(struct catalogue *c, config_t *file, const char *path, struct diag *diag);

void catalogue_free(struct catalogue *c);

/* Returns the behaviour with this name or, in decimal digits, with this number. Returns NULL if
 * there is none. */
const struct behaviour *catalogue_find(const struct catalogue *c, const char *name);

/*
 * Returns a copy of `text`, in the syntax of behaviour_compile(), with the names of behaviours in
 * place of their numbers: `2=500ms+33` becomes `synack-delay=500ms+opt-none`. An unknown number
 * stays as it is. The caller frees the copy.
 */
char *catalogue_with_names(const struct catalogue *c, const char *text);

/* Returns true if `text` joins the behaviour of this name, with any values. */
bool catalogue_is_joined(const char *text, const char *name);

/* Returns the reservation of this name, or NULL if there is none. */
const struct reservation *catalogue_find_reserved(const struct catalogue *c, const char *name);

/* The keys of a behaviour. */
extern const struct key behaviour_keys[];
extern const size_t behaviour_keys_count;

#endif
