/* SPDX-License-Identifier: MIT */
/*
 * The report card: what the connections of all scenarios say, a row for each requirement. A card is
 * JSON, which is what `judge --json` prints and `compare` reads:
 *
 * {"suite", "profile", "client", "version", "began", "time_ns",
 *  "scenarios": [{"name", "behaviour", "exit", "killed", "time_ns", "skipped"}],
 *  "requirements": [{"requirement", "rfc", "section", "level", "text", "result", "reason", "words",
 *                    "known", "scenario", "connection", "segments", "late_ns"}],
 *  "unjudgeable": [{"requirement", "why"}], of RFC 9293
 *  "connections": [as the method `verdicts` has them, with "scenario"]}
 */
#ifndef SYNACKCTL_CARD_H
#define SYNACKCTL_CARD_H

#include "color.h"

#include <jansson.h>

/* The rows: for each requirement of `judged` the verdict of all `connections` that says most; of
 * those that nothing was heard about, INCONCLUSIVE, and why: the trace has `lost` its beginning, or
 * nothing happened. The caller's. */
json_t *card_rows(const json_t *judged, const json_t *connections, bool lost);

/* How much a result says, 0 the least; -1: a word of a newer daemon. */
int result_weight(const char *result);
enum color result_color(const char *result);

/* How many rows have this result. */
size_t card_count(const json_t *rows, const char *result);

/* For people: the rows that are not well (all of them with `all`, and what cannot be judged), how
 * many there are of each result, of each FAIL the ladder, in which the deciding arrows are marked,
 * and what was not run. */
void card_draw(const json_t *card, bool all, const struct screen *screen, struct text *out);

/* The connection that a row's verdict is about, NULL when there is none. Borrowed. */
const json_t *card_connection(const json_t *card, const json_t *row);

#endif
