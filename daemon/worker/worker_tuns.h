/* SPDX-License-Identifier: MIT */
/* worker_tuns: the TUN devices of a worker. */
#ifndef SYNACKD_WORKER_WORKER_TUNS_H
#define SYNACKD_WORKER_WORKER_TUNS_H

#include "link/tun.h"
#include "worker/worker.h"

/* Opens a TUN device, or reconfigures an open one; also while the worker runs. On failure
 * returns false and sets *error to a message, which the caller frees. */
bool worker_set_tun(struct worker *w, const struct tun_setup *setup, char **error);

/* TUN_SHUT: the device is closed now. TUN_TEMPORARY: the kernel deletes it when synackd ends.
 * TUN_PERSISTENT: it remains after synackd ends. */
enum tun_fate { TUN_SHUT, TUN_TEMPORARY, TUN_PERSISTENT };

/* Calls fate(name, arg) for each open device, in the worker's thread, and applies the result. */
void worker_settle_tuns(struct worker *w, enum tun_fate (*fate)(const char *name, void *arg),
			void *arg);

#endif
