/* SPDX-License-Identifier: MIT */
/* The daemon's things as JSON: the keys are part of the control protocol. */
#ifndef SYNACKD_CONTROL_DESCRIBE_H
#define SYNACKD_CONTROL_DESCRIBE_H

#include "runtime/live_state.h"

#include <jansson.h>

/* A text of the config, where octets that are no UTF-8, which JSON is, are as one writes them
 * there: \xff. */
json_t *describe_text(const char *s);

json_t *describe_endpoint(const struct daemon *d, const struct live_endpoint *l);
/* ADDRESS:PORT, or [ADDRESS]:PORT. */
json_t *describe_place(const struct addr *a, uint16_t port);
json_t *describe_behaviour(const struct behaviour *b);

/* Why endpoints do not answer, a string each. */
json_t *describe_problems(const struct daemon *d);

/* What was collected, a string a line. */
json_t *describe_lines(const struct diag *diag);
/* The keys that need a restart: key, in_force, config. */
json_t *describe_restarts(struct daemon *d);

#endif
