/* SPDX-License-Identifier: MIT */
#include "control/json_memory.h"

#include <jansson.h>
#include <stdlib.h>

static _Thread_local bool failed;

static void *allocate(size_t n)
{
	void *p = malloc(n);

	failed = failed || !p;
	return p;
}

void json_memory_watch(void)
{
	json_set_alloc_funcs(allocate, free);
}

bool json_memory_failed(void)
{
	bool was = failed;

	failed = false;
	return was;
}
