/* SPDX-License-Identifier: MIT */
/* Where an endpoint's address is: with the kernel, which is kept quiet by guards, or beside it, on
 * a network of one of the interfaces, where we answer for it ourselves. */
#ifndef SYNACKD_RUNTIME_PLACEMENT_H
#define SYNACKD_RUNTIME_PLACEMENT_H

#include "config/config.h"

#include <net/if.h>

struct placement {
	bool owned;                  /* by the kernel */
	bool loopback;               /* likewise, and only clients on this host reach it, by lo */
	char interface[IF_NAMESIZE]; /* not owned: where to answer for it, maybe a tun; else "" */
};

/* Find it: what lies in a network of one of the config's tuns is there. Else, unless the endpoint
 * names one, only interfaces that `may_use` says yes to are looked at. False: *problem (owned by
 * the caller) is a sentence that says what to do. */
bool placement_find(const struct endpoint_config *e, const struct config *c,
		    bool (*may_use)(const char *name, void *arg), void *arg, struct placement *out,
		    char **problem);

#endif
