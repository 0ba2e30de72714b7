/* SPDX-License-Identifier: MIT */
#include "story.h"

#include "base/container.h"
#include "fields.h"
#include "screen.h"

#include <stdlib.h>
#include <string.h>

static const char *const fate_names[] = {
	[FATE_PASSED] = "",           [FATE_DROPPED] = "dropped",   [FATE_HELD] = "held",
	[FATE_ANSWERED] = "answered", [FATE_RELEASED] = "released", [FATE_ABSORBED] = "absorbed",
	[FATE_DELAYED] = "delayed",   [FATE_OUTDATED] = "outdated", [FATE_REFUSED] = "refused",
	[FATE_SPOILT] = "spoilt",
};

static enum fate read_fate(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(fate_names); i++)
		if (fate_names[i] && strcmp(fate_names[i], name) == 0)
			return (enum fate)i;
	return FATE_UNKNOWN;
}

const char *fate_joint(const char *fate, const char *rule)
{
	if (!*fate || !*rule)
		return "";
	switch (read_fate(fate)) {
	case FATE_DROPPED:
	case FATE_ANSWERED:
	case FATE_HELD:
	case FATE_RELEASED:
	case FATE_ABSORBED:
	case FATE_DELAYED: return " by ";
	default: return ", ";
	}
}

static char *printable_field(const json_t *object, const char *key)
{
	return printable(field_string(object, key));
}

/* Returns the length of a notation up to the options, the fields in brackets, or the payload. */
static size_t head_length(const char *notation)
{
	for (const char *s = notation; (s = strchr(s, ' ')); s++)
		if (s[1] == '<' || s[1] == '[' || s[1] == '"')
			return (size_t)(s - notation);
	return strlen(notation);
}

/* Returns the part of `icmp too-big about 101 mtu 1280` after the name. */
static const char *behind_icmp(const char *notation, const char *name)
{
	const char *at = strstr(notation, name);

	return at ? at + strlen(name) + strspn(at + strlen(name), " ") : "";
}

char *use_words(const json_t *segment)
{
	struct text out = {0};
	const json_t *use;
	size_t i;

	text_add(&out, "");
	json_array_foreach (json_object_get(segment, "use"), i, use) {
		char *word = printable(json_string_value(use));

		text_addf(&out, "%s%s", i ? ", " : "use ", word);
		free(word);
	}
	return out.s;
}

static void read_segment(const json_t *segment, struct step *s)
{
	char *notation = printable_field(segment, "notation");
	char *icmp = printable_field(segment, "icmp");
	size_t n = head_length(notation);

	*s = (struct step){.kind = STEP_SEGMENT,
			   .when = field_time(segment, "time"),
			   .rule = printable_field(segment, "rule"),
			   .use = use_words(segment),
			   .mark = printable_field(segment, "mark"),
			   .fate_name = printable_field(segment, "fate"),
			   .in = strcmp(field_string(segment, "direction"), "in") == 0,
			   .reset = strchr(field_string(segment, "flags"), 'R') != NULL,
			   .other = NS_NEVER};
	s->fate = read_fate(s->fate_name);
	if (*icmp) {
		s->head = xasprintf("ICMP %s", icmp);
		s->rest = xstrdup(behind_icmp(notation, icmp));
	} else {
		s->head = strndup(notation, n);
		s->rest = xstrdup(notation + n + strspn(notation + n, " "));
	}
	free(notation);
	free(icmp);
}

static void read_event(const json_t *event, struct step *s)
{
	bool state = strcmp(field_string(event, "kind"), "state") == 0;

	*s = (struct step){.kind = state ? STEP_STATE : STEP_NOTE,
			   .when = field_time(event, "time"),
			   .head = printable_field(event, state ? "to" : "text"),
			   .rest = xstrdup(""),
			   .rule = printable_field(event, "rule"),
			   .use = xstrdup(""),
			   .mark = xstrdup(""),
			   .fate_name = xstrdup(""),
			   .other = NS_NEVER};
}

/* Returns true if `then` ends the wait of `s`. */
static bool ends(const struct step *s, const struct step *then)
{
	enum fate after = s->fate == FATE_HELD ? FATE_RELEASED : FATE_PASSED;

	return then->kind == STEP_SEGMENT && then->fate == after && then->other == NS_NEVER &&
	       then->in == s->in && then->when >= s->when && strcmp(then->head, s->head) == 0 &&
	       strcmp(then->rest, s->rest) == 0;
}

/* Pairs each segment that waits with the first later record of the same segment. */
static void pair_waiting(struct story *story)
{
	for (size_t i = 0; i < story->steps; i++) {
		struct step *s = &story->step[i];

		if (!step_waits(s))
			continue;
		for (size_t j = i + 1; j < story->steps; j++) {
			struct step *then = &story->step[j];

			if (!ends(s, then))
				continue;
			s->other = then->when;
			then->other = s->when;
			break;
		}
	}
}

static void measure(struct story *story)
{
	story->origin = story->steps ? story->step[0].when : 0;
	story->end = story->origin;
	for (size_t i = 0; i < story->steps; i++) {
		const struct step *s = &story->step[i];

		story->end = s->when;
		story->actions += s->kind == STEP_NOTE && *s->rule;
		if (s->kind != STEP_SEGMENT)
			continue;
		if (!story->segments++)
			story->origin = s->when;
		story->touched += *s->rule != '\0';
		story->used += *s->use != '\0';
	}
}

void story_read(const json_t *trace, struct story *story)
{
	const json_t *segments = json_object_get(trace, "segments"), *event;
	const json_t *events = json_object_get(trace, "events");
	size_t n = json_array_size(segments), m = json_array_size(events), e = 0;

	*story = (struct story){.first_state = xstrdup("")};
	story->step = xcalloc(n + m, sizeof(*story->step));
	for (size_t i = 0; i <= n; i++) {
		for (; e < m; e++) {
			event = json_array_get(events, e);
			if (i < n && field_int(event, "after") > (json_int_t)i)
				break;
			if (!*story->first_state) {
				free(story->first_state);
				story->first_state = printable_field(event, "from");
			}
			read_event(event, &story->step[story->steps++]);
		}
		if (i < n)
			read_segment(json_array_get(segments, i), &story->step[story->steps++]);
	}
	pair_waiting(story);
	measure(story);
}

bool story_touched(const json_t *trace)
{
	struct story story;
	bool touched;

	story_read(trace, &story);
	touched = story.touched || story.used || story.actions;
	story_free(&story);
	return touched;
}

void story_free(struct story *story)
{
	for (size_t i = 0; i < story->steps; i++) {
		free(story->step[i].head);
		free(story->step[i].rest);
		free(story->step[i].rule);
		free(story->step[i].use);
		free(story->step[i].mark);
		free(story->step[i].fate_name);
	}
	free(story->step);
	free(story->first_state);
	*story = (struct story){0};
}

bool step_on_wire(const struct step *s)
{
	if (s->in)
		return s->fate != FATE_RELEASED;
	return s->fate == FATE_PASSED || s->fate == FATE_UNKNOWN;
}

bool step_arrived(const struct step *s)
{
	return s->fate == FATE_PASSED || s->fate == FATE_UNKNOWN || s->fate == FATE_RELEASED;
}

bool step_waits(const struct step *s)
{
	return s->fate == FATE_HELD || s->fate == FATE_DELAYED;
}
