/* SPDX-License-Identifier: MIT */
/* A trace as steps in the order in which they happened: what the ladder draws. */
#ifndef SYNACKCTL_STORY_H
#define SYNACKCTL_STORY_H

#include "base/clock.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum step_kind { STEP_SEGMENT, STEP_STATE, STEP_NOTE };

/* What became of a segment. The first two were on the wire and reached the other TCP. */
enum fate {
	FATE_PASSED,
	FATE_UNKNOWN,  /* a word of a newer daemon */
	FATE_DROPPED,  /* in: after the wire; out: before it */
	FATE_ANSWERED, /* in: a rule took it and answered it, so the machine never got it */
	FATE_HELD,     /* in: the machine gets it later */
	FATE_RELEASED, /* in: now it gets it */
	FATE_ABSORBED, /* in: the repeat of a held one */
	FATE_DELAYED,  /* out: on the wire later */
	FATE_OUTDATED, /* out: delayed, never on the wire */
	FATE_REFUSED,  /* out: never on the wire, by the safety rules */
	FATE_SPOILT,   /* in: its checksum is wrong, so it was discarded */
	FATE_COUNT
};

struct step {
	enum step_kind kind;
	nstime when;
	char *head;      /* a segment up to its options; a state's name; a note */
	char *rest;      /* what follows in the segment, "" for nothing */
	char *rule;      /* of a segment or a note; "" for none */
	char *use;       /* settings that it shows, `use NAME: KEY, …`; "" for none */
	char *mark;      /* what it decides: the segment's `mark`; "" for none */
	char *fate_name; /* "" for none */
	enum fate fate;
	bool in; /* from the client */
	bool reset;
	/* Of what waits, when that is over; of what waited, when it began; else NS_NEVER. */
	nstime other;
};

struct story {
	struct step *step;
	size_t steps;
	char *first_state; /* "" when no state changed */
	nstime origin;     /* the first segment's time, else the first step's */
	nstime end;
	size_t segments;
	size_t touched; /* segments with a rule, */
	size_t used;    /* those that show settings of `use`, */
	size_t actions; /* and what rules made the machine do */
};

/* The joint between the words of a fate and a rule, which may be "": " by " if the rule decided the
 * fate,
 * ", " if it only changed the segment, "" if one of them is missing. */
const char *fate_joint(const char *fate, const char *rule);

/* All texts are printable copies. story_free gives them back. */
void story_read(const json_t *trace, struct story *story);
void story_free(struct story *story);

/* Returns the settings that a segment of a trace shows, `use NAME: KEY, NAME: KEY`, or "";
 * printable, owned by the caller. */
char *use_words(const json_t *segment);

/* Did a rule touch a segment of the trace, or make the machine do something, or does a segment show
 * a setting of `use`? */
bool story_touched(const json_t *trace);

/* Did it cross the wire, and when it came from the client, reach the machine? */
bool step_on_wire(const struct step *s);
bool step_arrived(const struct step *s);
/* Is it held or delayed? */
bool step_waits(const struct step *s);

#endif
