/* SPDX-License-Identifier: MIT */
/* card_files: a report card in the formats of other programs. */
#ifndef SYNACKCTL_CARD_FILES_H
#define SYNACKCTL_CARD_FILES_H

#include "base/text.h"

#include <jansson.h>
#include <stdbool.h>

/* Adds the card as JUnit XML, one test case for each requirement. FAIL is a failure, ERROR an
 * error, INCONCLUSIVE skipped. Other results are in the output of their test case. */
void card_junit(const json_t *card, struct text *out);

/* Adds the card in the Test Anything Protocol, version 13. FAIL and ERROR are `not ok`,
 * INCONCLUSIVE is a SKIP directive. */
void card_tap(const json_t *card, struct text *out);

/* Creates the directory for card_evidence() if it does not exist. Returns false if the directory is
 * not writable, with the reason in *error, which the caller frees. */
bool card_evidence_place(const char *directory, char **error);

/* Writes REQUIREMENT.SCENARIO.pcapng into the directory for each row that is FAIL, FAIL (known) or
 * WARN. Returns false on failure, with the reason in *error, which the caller frees. */
bool card_evidence(const json_t *card, const char *directory, char **error);

#endif
