/* SPDX-License-Identifier: MIT */
/* Behaviours as the config files define them, before an endpoint gives their parameters values. */
#ifndef SYNACKD_CATALOGUE_CATALOGUE_H
#define SYNACKD_CATALOGUE_CATALOGUE_H

#include "base/diag.h"
#include "base/key.h"
#include "behaviour/rule.h"

#include <libconfig.h>

enum parameter_type {
	PARAMETER_DURATION,
	PARAMETER_NUMBER,   /* an integer; min and max bound it */
	PARAMETER_SEQUENCE, /* 0 … 2^32-1, decimal or 0x hex */
	PARAMETER_TEXT,
	PARAMETER_PROBABILITY, /* `0.25` or `25%`; has no bounds of its own */
	PARAMETER_CHOICE,      /* one of the words in `among`; likewise */
	PARAMETER_COUNT
};

struct parameter {
	char *name;
	uint8_t type;
	char *fallback;  /* "default" in the file: as written */
	char *min, *max; /* NULL: unbounded; in the form of the type */
	char *among;     /* of a choice: "rota, chance, once"; else NULL */
	char *help;
};

struct behaviour {
	char *name;
	unsigned number; /* stable; 0: none */
	char *summary;
	char *reference;
	char *client;  /* what a conforming client does; may be NULL */
	char *reveals; /* which class of bug it reveals; may be NULL */
	unsigned parameters;
	struct parameter *parameter;
	const char *file; /* where it is defined; owned by the catalogue */
	unsigned line;
	char *extends;            /* what it begins with, as an operator would write it; or NULL */
	config_setting_t *choose; /* NULL: none; borrowed as those below */
	config_setting_t *use;    /* NULL: none; borrowed from the catalogue's config_t */
	config_setting_t *rules;  /* NULL: none */
	bool broken; /* what is wrong with it was said, so that using it says nothing more */
};

/* A name, and its number, that no behaviour may take: a behaviour of it is to come. */
struct reservation {
	char *name;
	unsigned number;
	const char *file; /* as above */
	unsigned line;
};

struct key_group;

struct catalogue {
	const struct key_group *const *groups; /* for errors: struct schema_reader */
	unsigned count;
	struct behaviour *behaviour; /* by number, then by name */
	unsigned reserved;
	struct reservation *reservation;
	unsigned files;
	config_t **file; /* parsed files that the settings above point into */
	char **path;
};

/*
 * Read the groups `behaviours` and `reserved` of one parsed file and add what they define. Takes
 * *file over (a config_t from malloc) with its path, errors or not.
 */
void catalogue_add(struct catalogue *c, config_t *file, const char *path, struct diag *diag);

void catalogue_free(struct catalogue *c);

/* The behaviour with this name or, in decimal digits, with this number. Returns NULL if there is
 * none. */
const struct behaviour *catalogue_find(const struct catalogue *c, const char *name);

/*
 * A copy of `text`, in the syntax of behaviour_compile(), with the name of each behaviour that it
 * gives by number: `2=500ms+33` becomes `synack-delay=500ms+opt-none`. A number that no behaviour
 * has stays. The caller frees the copy.
 */
char *catalogue_with_names(const struct catalogue *c, const char *text);

/* Is the behaviour of this name one of those that `+` joins in `text`, whatever its values? */
bool catalogue_is_joined(const char *text, const char *name);

/* The reserved behaviour with this name. Returns NULL if there is none. */
const struct reservation *catalogue_find_reserved(const struct catalogue *c, const char *name);

/* Keys that it reads. */
extern const struct key behaviour_keys[];
extern const size_t behaviour_keys_count;

#endif
