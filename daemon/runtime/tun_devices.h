/* SPDX-License-Identifier: MIT */
/* The TUN devices that a config wants, with the worker, which has them open. */
#ifndef SYNACKD_RUNTIME_TUN_DEVICES_H
#define SYNACKD_RUNTIME_TUN_DEVICES_H

#include "runtime/live_state.h"

/* Open or change those of `c`, a config under way or d->config. False: *error (owned by the caller)
 * is one sentence, and some may be as they are to be. None is persistent that was not. */
bool tun_devices_open(struct daemon *d, const struct config *c, char **error);

/* Close the devices that d->config does not have, and set which of the others stay with the host
 * when synackd ends. */
void tun_devices_settle(struct daemon *d);

/* After a reload that was refused: make them as d->config has them, as far as the kernel permits.
 */
void tun_devices_restore(struct daemon *d);

/* The last address of each of their networks is the kernel's own: no endpoint answers there. */
void tun_devices_leave_to_kernel(struct endpoint_index *e, const struct config *c);

#endif
