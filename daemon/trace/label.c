/* SPDX-License-Identifier: MIT */
#include "trace/label.h"

#include "base/text.h"

#include <string.h>

/* Slot 0 is "". An entry is written before `count` includes it, so readers need no lock. */
static char *names[LABELS_MAX];
static uint16_t count = 1;

uint16_t label_intern(const char *name)
{
	uint16_t n = __atomic_load_n(&count, __ATOMIC_ACQUIRE);

	for (uint16_t i = 1; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	if (n == LABELS_MAX)
		return 0;
	names[n] = xstrdup(name);
	__atomic_store_n(&count, (uint16_t)(n + 1), __ATOMIC_RELEASE);
	return n;
}

const char *label_name(uint16_t label)
{
	return label && label < __atomic_load_n(&count, __ATOMIC_ACQUIRE) ? names[label] : "";
}
