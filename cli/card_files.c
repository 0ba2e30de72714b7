/* SPDX-License-Identifier: MIT */
#include "card_files.h"

#include "base/outfile.h"
#include "card.h"
#include "fields.h"
#include "pcapng.h"
#include "screen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is(const json_t *row, const char *result)
{
	return strcmp(field_string(row, "result"), result) == 0;
}

/* Returns the observation of a row, with the reason and the scenario. The caller frees it. */
static char *seen(const json_t *row)
{
	const char *reason = field_string(row, "reason"), *scenario = field_string(row, "scenario");
	const char *known = field_string(row, "known");
	char *words = xasprintf("%s%s%s%s%s%s%s%s", reason, *reason ? ": " : "",
				field_string(row, "words"), *known ? "; known: " : "", known,
				*scenario ? " (" : "", scenario, *scenario ? ")" : "");
	char *plain = printable(words);

	free(words);
	return plain;
}

/* --- JUnit ------------------------------------------------------------------------------------ */

static void add_escaped(struct text *out, const char *s)
{
	for (; *s; s++) {
		switch (*s) {
		case '&': text_add(out, "&amp;"); break;
		case '<': text_add(out, "&lt;"); break;
		case '>': text_add(out, "&gt;"); break;
		case '"': text_add(out, "&quot;"); break;
		default: text_addn(out, s, 1);
		}
	}
}

/* <tag message="…"/> */
static void add_outcome(struct text *out, const char *tag, const char *message)
{
	text_addf(out, "<%s message=\"", tag);
	add_escaped(out, message);
	text_add(out, "\"/>");
}

static void add_case(struct text *out, const json_t *row)
{
	char *words = seen(row);

	text_addf(out, "  <testcase classname=\"RFC%lld\" name=\"",
		  (long long)field_int(row, "rfc"));
	add_escaped(out, field_string(row, "requirement"));
	text_add(out, ": ");
	add_escaped(out, field_string(row, "text"));
	text_add(out, "\">");
	if (is(row, "FAIL")) {
		add_outcome(out, "failure", words);
	} else if (is(row, "ERROR")) {
		add_outcome(out, "error", words);
	} else if (is(row, "INCONCLUSIVE")) {
		add_outcome(out, "skipped", words);
	} else {
		text_addf(out, "<system-out>%s: ", field_string(row, "result"));
		add_escaped(out, words);
		text_add(out, "</system-out>");
	}
	text_add(out, "</testcase>\n");
	free(words);
}

void card_junit(const json_t *card, struct text *out)
{
	const json_t *rows = json_object_get(card, "requirements"), *row;
	size_t i;

	text_add(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"synackd ");
	add_escaped(out, field_string(card, "suite"));
	text_addf(out,
		  "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" "
		  "time=\"%.3f\">\n",
		  json_array_size(rows), card_count(rows, "FAIL"), card_count(rows, "ERROR"),
		  card_count(rows, "INCONCLUSIVE"),
		  (double)field_time(card, "time_ns") / (double)NS_PER_S);
	json_array_foreach (rows, i, row)
		add_case(out, row);
	text_add(out, "</testsuite>\n");
}

/* --- TAP -------------------------------------------------------------------------------------- */

void card_tap(const json_t *card, struct text *out)
{
	const json_t *rows = json_object_get(card, "requirements"), *row;
	size_t i;

	text_addf(out, "TAP version 13\n1..%zu\n", json_array_size(rows));
	json_array_foreach (rows, i, row) {
		bool bad = is(row, "FAIL") || is(row, "ERROR");
		char *words = seen(row);

		/* A # would start a directive of TAP. */
		for (char *c = words; (c = strchr(c, '#')); c++)
			*c = ' ';
		text_addf(out, "%s %zu - %s", bad ? "not ok" : "ok", i + 1,
			  field_string(row, "requirement"));
		if (is(row, "INCONCLUSIVE"))
			text_addf(out, " # SKIP %s\n", words);
		else
			text_addf(out, " %s: %s\n", field_string(row, "result"), words);
		free(words);
	}
}

/* --- evidence --------------------------------------------------------------------------------- */

static bool write_evidence(const json_t *card, const json_t *row, const char *directory,
			   char **error)
{
	const json_t *connection = card_connection(card, row);
	const json_t *trace = json_object_get(connection, "trace");
	char *path;
	bool good;

	if (!trace)
		return true;
	path = xasprintf("%s/%s.%s.pcapng", directory, field_string(row, "requirement"),
			 field_string(row, "scenario"));
	good = pcapng_write(path, trace, error);
	free(path);
	return good;
}

bool card_evidence_place(const char *directory, char **error)
{
	char *why = NULL;
	int fd = outfile_directory(directory, &why);
	bool good = fd >= 0 && faccessat(fd, ".", W_OK | X_OK, 0) == 0;

	if (!good)
		*error = xasprintf("%s: cannot write evidence (%s)", directory,
				   why ? why : strerror(errno));
	if (fd >= 0)
		close(fd);
	free(why);
	return good;
}

bool card_evidence(const json_t *card, const char *directory, char **error)
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(card, "requirements"), i, row)
		if ((is(row, "FAIL") || is(row, "FAIL (known)") || is(row, "WARN")) &&
		    !write_evidence(card, row, directory, error))
			return false;
	return true;
}
