/* SPDX-License-Identifier: MIT */
#include "events.h"

#include "color.h"
#include "fields.h"
#include "story.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static void add_plain(struct text *out, const struct screen *screen, enum color color,
		      const json_t *event, const char *key)
{
	char *plain = printable(field_string(event, key));

	color_add(out, screen, color, plain);
	free(plain);
}

static void add_time(struct text *out, const json_t *event)
{
	nstime when = field_time(event, "time");
	time_t seconds = (time_t)(when / NS_PER_S);
	struct tm tm = {0};

	localtime_r(&seconds, &tm);
	text_addf(out, "%02d:%02d:%02d.%06d", tm.tm_hour, tm.tm_min, tm.tm_sec,
		  (int)(when % NS_PER_S / NS_PER_US));
}

/* Adds `  17  CLIENT > SERVER  `, or `SERVER > CLIENT` for a segment of the server. */
static void add_who(struct text *out, const struct screen *screen, const json_t *event)
{
	bool ours = strcmp(field_string(event, "direction"), "out") == 0;
	json_int_t id = field_int(event, "id");

	if (id)
		text_addf(out, " %5lld  ", (long long)id);
	else
		text_add(out, "     -  ");
	if (!*field_string(event, "client"))
		return;
	add_plain(out, screen, COLOR_PLAIN, event, ours ? "server" : "client");
	text_add(out, " > ");
	add_plain(out, screen, COLOR_PLAIN, event, ours ? "client" : "server");
	text_add(out, "  ");
}

static void add_segment(struct text *out, const struct screen *screen, const json_t *event)
{
	const char *fate = field_string(event, "fate"), *rule = field_string(event, "rule");
	const json_t *use;
	size_t i;

	add_plain(out, screen, COLOR_PLAIN, event, "notation");
	if (*fate || *rule)
		text_add(out, "  ");
	add_plain(out, screen, COLOR_WAIT, event, "fate");
	text_add(out, fate_joint(fate, rule));
	add_plain(out, screen, COLOR_ODD, event, "rule");
	json_array_foreach (json_object_get(event, "use"), i, use) {
		char *plain = printable(json_string_value(use));

		text_add(out, i ? ", " : "  use ");
		color_add(out, screen, COLOR_ODD, plain);
		free(plain);
	}
}

/* Adds `close by close-two-step`. */
static void add_note(struct text *out, const struct screen *screen, const json_t *event)
{
	add_plain(out, screen, COLOR_PLAIN, event, "text");
	if (*field_string(event, "rule"))
		text_add(out, " by ");
	add_plain(out, screen, COLOR_ODD, event, "rule");
}

static void add_move(struct text *out, const struct screen *screen, const json_t *event)
{
	add_plain(out, screen, COLOR_TITLE, event, "from");
	text_add(out, " -> ");
	add_plain(out, screen, COLOR_TITLE, event, "to");
	text_add(out, "  ");
	add_plain(out, screen, COLOR_PLAIN, event, "endpoint");
	text_add(out, ", ");
	add_plain(out, screen, COLOR_ODD, event, "behaviour");
}

static void add_lost(struct text *out, const struct screen *screen, json_int_t lost)
{
	struct text line = {0};

	text_add(&line, "... ");
	text_add_counted(&line, lost, "record");
	text_add(&line, " lost: synackctl reads more slowly than the daemon records");
	color_add(out, screen, COLOR_BAD, text_str(&line));
	text_free(&line);
}

void event_print(const json_t *event, const struct screen *screen, struct text *out)
{
	json_int_t lost = field_int(event, "lost");

	if (lost) {
		add_lost(out, screen, lost);
	} else {
		add_time(out, event);
		add_who(out, screen, event);
		if (*field_string(event, "direction"))
			add_segment(out, screen, event);
		else if (strcmp(field_string(event, "kind"), "state") == 0)
			add_move(out, screen, event);
		else
			add_note(out, screen, event);
	}
	text_add(out, "\n");
}
