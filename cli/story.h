/* SPDX-License-Identifier: MIT */
/* story: a trace as steps in order of time, for the ladder. */
#ifndef SYNACKCTL_STORY_H
#define SYNACKCTL_STORY_H

#include "base/clock.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum step_kind { STEP_SEGMENT, STEP_STATE, STEP_NOTE };

/* The fate of a segment. The first two were on the wire and reached the other TCP. */
enum fate {
	FATE_PASSED,
	FATE_UNKNOWN,  /* a fate that only a newer daemon reports */
	FATE_DROPPED,  /* in: after the wire; out: before the wire */
	FATE_ANSWERED, /* in: a rule answered it, and the state machine did not receive it */
	FATE_HELD,     /* in: the state machine receives it later */
	FATE_RELEASED, /* in: the state machine receives it now */
	FATE_ABSORBED, /* in: a retransmission of a held segment */
	FATE_DELAYED,  /* out: on the wire later */
	FATE_OUTDATED, /* out: delayed, never on the wire */
	FATE_REFUSED,  /* out: never on the wire, by the safety rules */
	FATE_SPOILT,   /* in: discarded, with a wrong checksum */
	FATE_COUNT
};

struct step {
	enum step_kind kind;
	nstime when;
	char *head;      /* the segment up to its options; the new state; the note */
	char *rest;      /* the rest of the segment, or "" */
	char *rule;      /* rule of a segment or a note, or "" */
	char *use;       /* settings that it shows, as `use NAME: KEY, …`, or "" */
	char *mark;      /* verdict that it decides: `mark` of the segment, or "" */
	char *fate_name; /* name of `fate`, or "" */
	enum fate fate;
	bool in; /* from the client */
	bool reset;
	/* For a segment that waits, the end of the wait; for a segment that waited, the start; else
	 * NS_NEVER. */
	nstime other;
};

struct story {
	struct step *step;
	size_t steps;
	char *first_state; /* state before the first change, or "" */
	nstime origin;     /* time of the first segment, or of the first step if there is none */
	nstime end;
	size_t segments;
	size_t touched; /* number of segments with a rule */
	size_t used;    /* number of segments that show settings of `use` */
	size_t actions; /* number of actions of rules */
};

/* Returns the words between a fate and a rule, either of which may be "": " by " if the rule
 * decided the fate, ", " if it only changed the segment, "" if one of them is "". */
const char *fate_joint(const char *fate, const char *rule);

/* Reads a trace. All strings are printable copies. story_free() frees them. */
void story_read(const json_t *trace, struct story *story);
void story_free(struct story *story);

/* Returns the settings that a segment shows, as `use NAME: KEY, NAME: KEY`, or "". The text is
 * printable. The caller frees it. */
char *use_words(const json_t *segment);

/* Returns true if a rule touched a segment of the trace or had an action, or if a segment shows a
 * setting of `use`. */
bool story_touched(const json_t *trace);

/* Return true if the segment was on the wire, or if it reached the other TCP. A segment of the
 * client has reached it when the state machine has received it. */
bool step_on_wire(const struct step *s);
bool step_arrived(const struct step *s);
/* Returns true if the segment is held or delayed. */
bool step_waits(const struct step *s);

#endif
