/* SPDX-License-Identifier: MIT */
/*
 * endpoint_number: small numbers for endpoints, which index tables of the workers.
 *
 * A number is assigned again when nothing refers to its former endpoint: neither the main thread,
 * nor rules that connections of the endpoint still have. So the tables stay small, whatever the
 * number of endpoints that are added and removed.
 */
#ifndef SYNACKD_BEHAVIOUR_ENDPOINT_NUMBER_H
#define SYNACKD_BEHAVIOUR_ENDPOINT_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

struct endpoint_number {
	uint32_t value;      /* from 1 on; constant */
	unsigned references; /* atomic */
	bool again;          /* it was assigned again, and the tables were not cleared yet */
};

/* The assigned numbers; for one thread. A zeroed struct has none. */
struct endpoint_numbers {
	uint32_t count;
	uint32_t at;    /* index at which the search for an unused number begins */
	uint32_t fresh; /* new numbers to assign before the next search */
	struct endpoint_number **number;
};

/* Returns an unused number with one reference. Aborts without memory. */
struct endpoint_number *endpoint_numbers_assign(struct endpoint_numbers *all);
/* Frees the table. Numbers that have references remain. */
void endpoint_numbers_free(struct endpoint_numbers *all);

/* Adds a reference; returns n. Safe from any thread that has one. */
struct endpoint_number *endpoint_number_get(struct endpoint_number *n);
/* Drops a reference. NULL is ignored. Safe from any thread. */
void endpoint_number_put(struct endpoint_number *n);

#endif
