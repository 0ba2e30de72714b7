/* SPDX-License-Identifier: MIT */
/* quirks: the mutants, by topic. Each list ends with an entry whose name is NULL. */
#ifndef SYNACKD_TESTS_JUDGE_QUIRKS_H
#define SYNACKD_TESTS_JUDGE_QUIRKS_H

#include "client.h"

extern const struct quirk quirks_segments[], quirks_opening[], quirks_connection[], quirks_window[],
	quirks_timing[], quirks_ending[];

const struct quirk *quirk_at(unsigned i); /* returns NULL past the last */

#endif
