/* SPDX-License-Identifier: MIT */
/* tun_devices: opens and closes the TUN devices of a config. The first worker uses them. */
#ifndef SYNACKD_RUNTIME_TUN_DEVICES_H
#define SYNACKD_RUNTIME_TUN_DEVICES_H

#include "runtime/live_state.h"

/* Opens or changes the devices of `c`, which is d->config or its successor. On failure returns
 * false, and *error is a message that the caller frees; some devices may be changed already. Makes
 * no device persistent that was not. */
bool tun_devices_open(struct daemon *d, const struct config *c, char **error);

/* Closes the devices that d->config does not have, and sets which of the others remain when the
 * daemon exits. */
void tun_devices_settle(struct daemon *d);

/* After a rejected reload: restores the devices of d->config, as far as the kernel permits. */
void tun_devices_restore(struct daemon *d);

/* Excludes the last address of each network of a tun from the endpoints: it belongs to the kernel.
 */
void tun_devices_leave_to_kernel(struct endpoint_index *e, const struct config *c);

#endif
