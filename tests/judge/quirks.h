/* SPDX-License-Identifier: MIT */
/* The mutants, by theme; each list ends with a NULL name. */
#ifndef SYNACKD_TESTS_JUDGE_QUIRKS_H
#define SYNACKD_TESTS_JUDGE_QUIRKS_H

#include "client.h"

extern const struct quirk quirks_segments[], quirks_opening[], quirks_connection[], quirks_window[],
	quirks_timing[], quirks_ending[];

const struct quirk *quirk_at(unsigned i); /* NULL past the last */

#endif
