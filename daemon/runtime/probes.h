/* SPDX-License-Identifier: MIT */
/* probes: which virtual addresses synackd may use. The main thread probes them on their links, in
 * the background, and detects stations that claim them later. */
#ifndef SYNACKD_RUNTIME_PROBES_H
#define SYNACKD_RUNTIME_PROBES_H

#include "runtime/live_state.h"

struct probes;

/* `changed` is called when the set of usable addresses changes. It must call probes_follow(). */
struct probes *probes_open(struct daemon *d, void (*changed)(struct daemon *d));
void probes_close(struct probes *all); /* NULL is ignored */

/*
 * Adapts to the present endpoints: probes new addresses, forgets addresses that no endpoint has,
 * and sets `probing` and `problem` of each endpoint to the state of its address.
 */
void probes_follow(struct daemon *d);

/* Probes the addresses again that another station has. */
void probes_ask_again(struct daemon *d);

/* Returns how often another station claimed an address that synackd used. */
uint64_t probes_conflicts(const struct probes *all);

#endif
