/* SPDX-License-Identifier: MIT */
/* describe: objects of the daemon as JSON. The keys are part of the control protocol. */
#ifndef SYNACKD_CONTROL_DESCRIBE_H
#define SYNACKD_CONTROL_DESCRIBE_H

#include "runtime/live_state.h"

#include <jansson.h>

/* Returns a text of the config as JSON, which is UTF-8: other octets are written as in a config,
 * \xff. */
json_t *describe_text(const char *s);

json_t *describe_endpoint(const struct daemon *d, const struct live_endpoint *l);
/* Returns ADDRESS:PORT or [ADDRESS]:PORT. */
json_t *describe_place(const struct addr *a, uint16_t port);
json_t *describe_behaviour(const struct behaviour *b);

/* Returns an array of strings, one for each endpoint that does not answer and for each missing TUN
 * device. */
json_t *describe_problems(const struct daemon *d);

/* Returns the collected errors and warnings, one string per line. */
json_t *describe_lines(const struct diag *diag);
/* Returns the keys that require a restart, as objects with key, in_force and config. */
json_t *describe_restarts(struct daemon *d);

#endif
