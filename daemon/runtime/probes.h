/* SPDX-License-Identifier: MIT */
/* Which virtual addresses are ours to use: the main thread asks on their links, in the background,
 * and listens to stations that claim them later. */
#ifndef SYNACKD_RUNTIME_PROBES_H
#define SYNACKD_RUNTIME_PROBES_H

#include "runtime/live_state.h"

struct probes;

/* `changed` is called whenever another set of addresses may be used: it calls probes_follow(). */
struct probes *probes_open(struct daemon *d, void (*changed)(struct daemon *d));
void probes_close(struct probes *all); /* NULL is fine */

/*
 * Follow the endpoints as they are now: ask for addresses that are new, forget those that no
 * endpoint has any more, and say of each endpoint in `probing` and `problem` how its address
 * stands.
 */
void probes_follow(struct daemon *d);

/* Ask again for the addresses that another station has. */
void probes_ask_again(struct daemon *d);

/* How often another station claimed an address that was ours. */
uint64_t probes_conflicts(const struct probes *all);

#endif
