/* SPDX-License-Identifier: MIT */
#include "quirks.h"

#include "base/container.h"

static const struct quirk *const themes[] = {quirks_segments, quirks_opening, quirks_connection,
					     quirks_window,   quirks_timing,  quirks_ending};

const struct quirk *quirk_at(unsigned i)
{
	for (size_t t = 0; t < COUNT_OF(themes); t++)
		for (const struct quirk *q = themes[t]; q->breaks; q++)
			if (i-- == 0)
				return q;
	return NULL;
}
