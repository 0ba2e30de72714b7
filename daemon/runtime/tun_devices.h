/* SPDX-License-Identifier: MIT */
/* The TUN devices that a config wants, with the worker, which has them open. */
#ifndef SYNACKD_RUNTIME_TUN_DEVICES_H
#define SYNACKD_RUNTIME_TUN_DEVICES_H

#include "runtime/live_state.h"

/* Open or change those of `c`, a config under way or d->config. False: *error (owned by the caller)
 * is one sentence, and some may be as they are to be. None is persistent that was not. */
bool tun_devices_open(struct daemon *d, const struct config *c, char **error);

/* Those of d->config are what is wanted, no others; some stay when we end. */
void tun_devices_settle(struct daemon *d);

/* A reload that is refused leaves them as they were, as far as the kernel lets us. */
void tun_devices_restore(struct daemon *d);

/* Their last addresses are the kernel's own, and no endpoint's. */
void tun_devices_leave_to_kernel(struct endpoint_index *e, const struct config *c);

#endif
