/* SPDX-License-Identifier: MIT */
#include "judge/history.h"

#include "judge/look.h"

#include <stdlib.h>

/* Returns the time from the first SYN of an attempt to its last SYN or its ACK. */
static nstime attempt_lasts(const struct dialog *d)
{
	const struct arrow *a = NULL, *last = d->open;

	while (d->syn && !d->open && (a = find_in(d, a, is_syn, NS_NEVER)))
		last = a;
	return d->syn && last ? last->when - d->syn->when : 0;
}

static nstime last_heard(const struct dialog *d)
{
	for (unsigned i = d->arrows; i-- > 0;)
		if (d->arrow[i].in && is_segment(&d->arrow[i]))
			return d->arrow[i].when;
	return INT64_MIN;
}

static void add_dialog(struct client_history *h, const struct dialog *d)
{
	const nstime lasts = attempt_lasts(d), heard = last_heard(d);

	if (d->first)
		*h = (struct client_history){.first = d, .heard = INT64_MIN};
	h->opened += d->open != NULL;
	h->aborted += d->open && d->abort;
	if (h->longest < lasts)
		h->longest = lasts;
	if (h->heard < heard)
		h->heard = heard;
}

struct client_history *histories_make(const struct dialogs *all)
{
	struct client_history *h = calloc(all->clients + 1, sizeof(*h));

	for (unsigned i = 0; h && i < all->count; i++)
		add_dialog(&h[all->dialog[i].client], &all->dialog[i]);
	return h;
}
