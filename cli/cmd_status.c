/* SPDX-License-Identifier: MIT */
#include "commands.h"
#include "fields.h"
#include "place.h"
#include "table.h"

#include <stdlib.h>

static void add_overview(const json_t *result, const struct screen *screen, struct text *out)
{
	static const struct column columns[] = {{"", COLUMN_NUMBER}, {"", COLUMN_FLEX}, {0}};
	struct table *t = table_new(columns);
	struct text line = {0};

	table_cell_color(t, COLOR_FAINT, "config");
	table_cell(t, field_string(result, "config"));
	table_cell_color(t, COLOR_FAINT, "seed");
	/* The seed has 64 bits without a sign, and JSON integers have a sign. */
	table_cellf(t, "%llu", (unsigned long long)field_int(result, "seed"));
	table_cell_color(t, COLOR_FAINT, "endpoints");
	text_add_count(&line, field_int(result, "endpoints"));
	table_cell(t, text_str(&line));
	text_clear(&line);
	table_cell_color(t, COLOR_FAINT, "behaviours");
	text_add_count(&line, field_int(result, "behaviours"));
	table_cell(t, text_str(&line));
	text_clear(&line);
	table_cell_color(t, COLOR_FAINT, "connections");
	text_add_count(&line, field_int(result, "connections"));
	text_add(&line, ", ");
	text_add_count(&line, field_int(result, "half_open"));
	text_add(&line, " half-open, ");
	text_add_count(&line, field_int(result, "time_wait"));
	text_add(&line, " in TIME-WAIT");
	table_cell(t, text_str(&line));
	text_clear(&line);
	table_cell_color(t, COLOR_FAINT, "longest pause");
	text_addf(&line, "%.1f ms", (double)field_time(result, "longest_pause_ns") / 1e6);
	table_cell(t, text_str(&line));
	text_free(&line);
	table_draw(t, screen, 2, out);
	table_discard(t);
}

static void add_links(const json_t *links, const struct screen *screen, struct text *out)
{
	static const struct column columns[] = {
		{"LINK", COLUMN_TEXT},     {"KIND", COLUMN_TEXT},       {"MTU", COLUMN_NUMBER},
		{"COUNTERS", COLUMN_FLEX}, {"LAST ERROR", COLUMN_FLEX}, {0}};
	struct table *t;
	const json_t *link;
	size_t i;

	if (!json_array_size(links))
		return;
	t = table_new(columns);
	json_array_foreach (links, i, link) {
		struct text counters = {0};

		text_add_counters(&counters, json_object_get(link, "counters"));
		table_cell(t, field_string(link, "name"));
		table_cell(t, field_string(link, "kind"));
		table_cellf(t, "%lld", (long long)field_int(link, "mtu"));
		table_cell(t, text_str(&counters));
		table_cell_color(t, COLOR_BAD, field_string(link, "last_error"));
		text_free(&counters);
	}
	text_add(out, "\n");
	table_draw(t, screen, 2, out);
	table_discard(t);
}

/* Adds the sum of a counter over all links of a worker. */
static void add_frames(struct table *t, const json_t *worker, const char *counter)
{
	struct text sum = {0};
	const json_t *link;
	long long frames = 0;
	size_t i;

	json_array_foreach (json_object_get(worker, "links"), i, link)
		frames += field_int(json_object_get(link, "counters"), counter);
	text_add_count(&sum, frames);
	table_cell(t, text_str(&sum));
	text_free(&sum);
}

/* Adds a row for each worker if there are several. */
static void add_workers(const json_t *workers, const struct screen *screen, struct text *out)
{
	static const struct column columns[] = {{"WORKER", COLUMN_NUMBER},
						{"CONNECTIONS", COLUMN_NUMBER},
						{"HALF-OPEN", COLUMN_NUMBER},
						{"TIME-WAIT", COLUMN_NUMBER},
						{"PAUSE", COLUMN_NUMBER},
						{"FRAMES IN", COLUMN_NUMBER},
						{"OUT", COLUMN_NUMBER},
						{"DROPPED", COLUMN_NUMBER},
						{0}};
	const json_t *worker;
	struct table *t;
	size_t i;

	if (json_array_size(workers) < 2)
		return;
	t = table_new(columns);
	json_array_foreach (workers, i, worker) {
		table_cellf(t, "%lld", (long long)field_int(worker, "number"));
		table_cellf(t, "%lld", (long long)field_int(worker, "connections"));
		table_cellf(t, "%lld", (long long)field_int(worker, "half_open"));
		table_cellf(t, "%lld", (long long)field_int(worker, "time_wait"));
		table_cellf(t, "%.1f ms", (double)field_time(worker, "longest_pause_ns") / 1e6);
		add_frames(t, worker, "frames-in");
		add_frames(t, worker, "frames-out");
		add_frames(t, worker, "dropped-in");
	}
	text_add(out, "\n");
	table_draw(t, screen, 2, out);
	table_discard(t);
}

/* Adds the counters that are not 0. */
static void add_counters(json_t *counters, const struct screen *screen, struct text *out)
{
	static const struct column columns[] = {
		{"COUNT", COLUMN_NUMBER}, {"COUNTER", COLUMN_FLEX}, {0}};
	struct table *t = table_new(columns);
	const char *name;
	json_t *value;

	json_object_foreach (counters, name, value) {
		struct text count = {0};

		if (!json_integer_value(value))
			continue;
		text_add_count(&count, json_integer_value(value));
		table_cell(t, text_str(&count));
		table_cell(t, name);
		text_free(&count);
	}
	if (table_rows(t)) {
		text_add(out, "\n");
		table_draw(t, screen, 2, out);
	}
	table_discard(t);
}

static void add_problems(const json_t *problems, const struct screen *screen, struct text *out)
{
	const json_t *problem;
	size_t i;

	if (json_array_size(problems))
		text_add(out, "\n");
	json_array_foreach (problems, i, problem) {
		const char *said = json_string_value(problem);
		char *plain = printable(said ? said : "");

		text_add(out, "  ");
		color_add(out, screen, COLOR_BAD, screen->utf8 ? "✗" : "x");
		text_addf(out, " %s\n", plain);
		free(plain);
	}
}

static void print_status(const struct request *request, const json_t *result,
			 const struct screen *screen, struct text *out)
{
	bool well = !json_array_size(json_object_get(result, "problems"));
	char *version = printable(field_string(result, "version"));

	(void)request;
	color_add(out, screen, well ? COLOR_GOOD : COLOR_BAD, screen->utf8 ? "●" : "*");
	text_add(out, " ");
	color_add(out, screen, COLOR_TITLE, "synackd");
	text_addf(out, " %s, running for ", version);
	text_add_age(out, field_time(result, "uptime_ns"));
	text_addf(out, ", process %lld\n", (long long)field_int(result, "pid"));
	free(version);
	add_overview(result, screen, out);
	add_links(json_object_get(result, "links"), screen, out);
	add_workers(json_object_get(result, "workers"), screen, out);
	add_counters(json_object_get(result, "counters"), screen, out);
	add_problems(json_object_get(result, "problems"), screen, out);
	if (!field_int(result, "endpoints"))
		text_addf(out, "\n%s\n", place_of_endpoints());
}

const struct command command_status = {
	.name = METHOD_STATUS,
	.operands = "",
	.summary = "Show the state of the daemon",
	.help = "Shows the version, the config file and the seed; the number of endpoints, "
		"behaviours and connections; the longest time for which a worker did not look at "
		"its links; the links, the workers and the counters that are not 0; and the "
		"problems. With --wait, the command waits for a daemon that is starting.\n"
		"\n"
		"  $ synackctl status\n"
		"  $ synackctl --wait 10 status\n",
	.print = print_status,
};
