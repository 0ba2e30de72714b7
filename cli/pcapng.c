/* SPDX-License-Identifier: MIT */
/* The file has one section, one interface, and one packet block for each segment. */
#include "pcapng.h"

#include "base/outfile.h"
#include "base/text.h"
#include "fields.h"
#include "story.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINKTYPE_RAW 101

enum { BLOCK_SECTION = 0x0a0d0d0a, BLOCK_INTERFACE = 1, BLOCK_PACKET = 6 };
enum { OPTION_END = 0, OPTION_COMMENT = 1, OPTION_RESOLUTION = 9 };

static void add_u32(struct text *t, uint32_t v)
{
	text_addn(t, (const char *)&v,
		  sizeof(v)); /* the section header identifies the byte order */
}

static void add_u16(struct text *t, uint16_t v)
{
	text_addn(t, (const char *)&v, sizeof(v));
}

static void add_padding(struct text *t)
{
	while (t->len % 4)
		text_addn(t, "", 1);
}

static void add_option(struct text *t, uint16_t code, const void *value, size_t len)
{
	add_u16(t, code);
	add_u16(t, (uint16_t)len);
	text_addn(t, value, len);
	add_padding(t);
}

static bool write_block(FILE *f, uint32_t type, const struct text *body)
{
	uint32_t head[2] = {type, (uint32_t)body->len + 12};

	return fwrite(head, sizeof(head), 1, f) == 1 &&
	       fwrite(text_str(body), 1, body->len, f) == body->len &&
	       fwrite(&head[1], sizeof(head[1]), 1, f) == 1;
}

static bool write_head(FILE *f)
{
	const uint8_t nanoseconds = 9;
	struct text section = {0}, interface = {0};
	bool good;

	add_u32(&section, 0x1a2b3c4d);
	add_u16(&section, 1);
	add_u16(&section, 0);
	add_u32(&section,
		UINT32_MAX); /* 64 bits of ones: the length of the section is unspecified */
	add_u32(&section, UINT32_MAX);
	add_u16(&interface, LINKTYPE_RAW);
	add_u16(&interface, 0);
	add_u32(&interface, 0);
	add_option(&interface, OPTION_RESOLUTION, &nanoseconds, 1);
	add_option(&interface, OPTION_END, "", 0);
	good = write_block(f, BLOCK_SECTION, &section) &&
	       write_block(f, BLOCK_INTERFACE, &interface);
	text_free(&section);
	text_free(&interface);
	return good;
}

/* Returns the fate, the rule and the settings of a segment, such as `hdr-bad-cksum`, `held by
 * synack-delay` or `use win-one: window`. The caller frees it. */
static char *comment_of(const json_t *segment)
{
	const char *rule = field_string(segment, "rule"), *fate = field_string(segment, "fate");
	char *use = use_words(segment);
	struct text out = {0};

	text_addf(&out, "%s%s%s", fate, fate_joint(fate, rule), rule);
	text_addf(&out, "%s%s", out.len && *use ? ", " : "", use);
	free(use);
	return out.s;
}

/* Returns true if the record is a segment on the wire. */
static bool on_wire(const json_t *segment)
{
	const char *fate = field_string(segment, "fate");
	bool out = strcmp(field_string(segment, "direction"), "out") == 0;

	if (strcmp(fate, "released") == 0)
		return false; /* the record `held` of this segment is written */
	return !out || !*fate;
}

static bool write_segment(FILE *f, const json_t *segment, const char *actions)
{
	const char *hex = field_string(segment, "octets");
	size_t len = strlen(hex) / 2;
	uint8_t *octets = xcalloc(1, len + 1);
	nstime when = field_time(segment, "time");
	char *comment = comment_of(segment);
	struct text block = {0};
	bool good = true;

	if (len && on_wire(segment) && hex_decode(hex, strlen(hex), octets, len) == (int)len) {
		add_u32(&block, 0);
		add_u32(&block, (uint32_t)((uint64_t)when >> 32));
		add_u32(&block, (uint32_t)when);
		add_u32(&block, (uint32_t)len);
		add_u32(&block, (uint32_t)field_int(segment, "octets_total"));
		text_addn(&block, (const char *)octets, len);
		add_padding(&block);
		if (*comment)
			add_option(&block, OPTION_COMMENT, comment, strlen(comment));
		if (*actions)
			add_option(&block, OPTION_COMMENT, actions, strlen(actions));
		add_option(&block, OPTION_END, "", 0);
		good = write_block(f, BLOCK_PACKET, &block);
	}
	text_free(&block);
	free(comment);
	free(octets);
	return good;
}

static size_t count_segments(const json_t *traces)
{
	const json_t *trace;
	size_t i, count = 0;

	json_array_foreach (traces, i, trace)
		count += json_array_size(json_object_get(trace, "segments"));
	return count;
}

struct placed {
	nstime when;
	size_t order; /* position in the traces: the order for equal times */
	const json_t *segment;
	struct text actions; /* of rules, before this segment or after the last one */
};

static int by_time(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	if (x->when != y->when)
		return x->when < y->when ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

/* Adds `before it, close by close-two-step`. Events that are not actions of a rule are ignored. */
static void add_action(const json_t *event, const char *when, struct text *out)
{
	const char *rule = field_string(event, "rule");

	if (*rule)
		text_addf(out, "%s%s it, %s by %s", out->len ? "; " : "", when,
			  field_string(event, "text"), rule);
}

/* Assigns the actions of a trace to its segments that were on the wire. `all` are its segments. */
static void place_actions(const json_t *trace, struct placed *all, size_t count)
{
	const json_t *event, *events = json_object_get(trace, "events");
	struct placed *last = NULL;
	size_t e = 0;

	for (size_t i = 0; i < count; i++) {
		if (!on_wire(all[i].segment))
			continue;
		last = &all[i];
		for (; e < json_array_size(events); e++) {
			event = json_array_get(events, e);
			if (field_int(event, "after") > (json_int_t)i)
				break;
			add_action(event, "before", &last->actions);
		}
	}
	for (; last && e < json_array_size(events); e++)
		add_action(json_array_get(events, e), "after", &last->actions);
}

/* Returns the segments of an array of traces in order of time. The caller frees the array. */
static struct placed *sorted_segments(const json_t *traces, size_t *count)
{
	struct placed *all = xcalloc(count_segments(traces) + 1, sizeof(*all));
	const json_t *trace, *segment;
	size_t i, k, n = 0;

	json_array_foreach (traces, i, trace) {
		size_t first = n;

		json_array_foreach (json_object_get(trace, "segments"), k, segment) {
			all[n] = (struct placed){.when = field_time(segment, "time"),
						 .order = n,
						 .segment = segment};
			n++;
		}
		place_actions(trace, all + first, n - first);
	}
	if (n)
		qsort(all, n, sizeof(*all), by_time);
	*count = n;
	return all;
}

bool pcapng_write(const char *path, const json_t *trace, char **error)
{
	const json_t *traces = json_object_get(trace, "traces");
	json_t *one = traces ? NULL : json_pack("[O]", trace);
	size_t count;
	struct placed *all = sorted_segments(traces ? traces : one, &count);
	char *why = NULL;
	FILE *f = outfile_open(path, &why);
	bool good = f && write_head(f);

	for (size_t i = 0; i < count; i++) {
		good = good && write_segment(f, all[i].segment, text_str(&all[i].actions));
		text_free(&all[i].actions);
	}
	if (f && fclose(f) != 0)
		good = false;
	if (!good)
		*error = xasprintf("%s: cannot write (%s)", path, why ? why : strerror(errno));
	free(why);
	free(all);
	json_decref(one);
	return good;
}
