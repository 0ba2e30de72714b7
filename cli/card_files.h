/* SPDX-License-Identifier: MIT */
/* A report card as other programs want it. */
#ifndef SYNACKCTL_CARD_FILES_H
#define SYNACKCTL_CARD_FILES_H

#include "base/text.h"

#include <jansson.h>
#include <stdbool.h>

/* JUnit's XML: a test case a requirement; FAIL is a failure, ERROR an error, INCONCLUSIVE is
 * skipped, and what is known or missed only a SHOULD is said in the output. */
void card_junit(const json_t *card, struct text *out);

/* The Test Anything Protocol, version 13, likewise. */
void card_tap(const json_t *card, struct text *out);

/* Makes the directory for the evidence, if it is not there. False: nothing can be written into it,
 * and *error (owned by the caller) says why. */
bool card_evidence_place(const char *directory, char **error);

/* In that directory a pcapng for each row that is FAIL, FAIL (known) or WARN:
 * REQUIREMENT.SCENARIO.pcapng. False: *error (owned by the caller) says why. */
bool card_evidence(const json_t *card, const char *directory, char **error);

#endif
