/* SPDX-License-Identifier: MIT */
/* The TUN devices that a config wants, with the worker, which has them open. */
#ifndef SYNACKD_TUNS_H
#define SYNACKD_TUNS_H

#include "daemon.h"

/* Open or change those of `c`, a config under way or d->config. False: *error (owned by the caller)
 * is one sentence, and some may be as they are to be. None is persistent that was not. */
bool tuns_open(struct daemon *d, const struct config *c, char **error);

/* Those of d->config are what is wanted, no others; some stay when we end. */
void tuns_settle(struct daemon *d);

/* A reload that is refused leaves them as they were, as far as the kernel lets us. */
void tuns_restore(struct daemon *d);

/* Their last addresses are the kernel's own, and no endpoint's. */
void tuns_leave_to_kernel(struct endpoints *e, const struct config *c);

#endif
