/* SPDX-License-Identifier: MIT */
/*
 * card: the report card of `judge`, one row for each requirement, over the connections of all
 * scenarios. `judge --json` prints a card, and `compare` reads it:
 *
 * {"suite", "profile", "client", "version", "began", "time_ns",
 *  "scenarios": [{"name", "behaviour", "exit", "killed", "time_ns", "skipped"}],
 *  "requirements": [{"requirement", "rfc", "section", "level", "text", "result", "reason", "words",
 *                    "known", "scenario", "connection", "segments", "late_ns"}],
 *  "unjudgeable": [{"requirement", "why"}], of RFC 9293
 *  "connections": [as in the result of METHOD_VERDICTS, with "scenario"]}
 */
#ifndef SYNACKCTL_CARD_H
#define SYNACKCTL_CARD_H

#include "color.h"

#include <jansson.h>

/* Returns the rows: for each requirement of `judged`, the verdict with the greatest result_weight()
 * over all `connections`. A requirement without a verdict is INCONCLUSIVE, with reason capture-loss
 * if the trace has `lost` its oldest records, else with reason no-data. The caller releases the
 * rows. */
json_t *card_rows(const json_t *judged, const json_t *connections, bool lost);

/* Returns the weight of a result, from 0 (INCONCLUSIVE) to 6 (FAIL), or -1 for a result that only a
 * newer daemon has. */
int result_weight(const char *result);
enum color result_color(const char *result);

/* Returns the number of rows with this result. */
size_t card_count(const json_t *rows, const char *result);

/* Adds the card as text: the rows that are neither PASS, INFO nor INCONCLUSIVE, or with `all` every
 * row and the requirements that cannot be judged; the number of rows of each result; for each FAIL
 * the ladder, with marks at the deciding segments; the scenarios that were skipped. */
void card_draw(const json_t *card, bool all, const struct screen *screen, struct text *out);

/* Returns the connection of a row's verdict, or NULL if there is none. The card owns it. */
const json_t *card_connection(const json_t *card, const json_t *row);

#endif
