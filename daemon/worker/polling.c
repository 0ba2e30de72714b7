/* SPDX-License-Identifier: MIT */
#include "worker/polling.h"

#define WINDOW NS_PER_MS /* of which the rate is the mean; a sleep is a small part of it */

bool polling_update(struct polling *p, uint32_t events, nstime now)
{
	nstime window = now - p->since, rate;

	p->events += events;
	if (window < WINDOW)
		return p->on;
	rate = p->events * NS_PER_S / window;
	p->on = rate >= (p->on ? POLLING_UNTIL : POLLING_FROM);
	p->events = 0;
	p->since = now;
	return p->on;
}
