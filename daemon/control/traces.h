/* SPDX-License-Identifier: MIT */
/* traces: connections and attempts of a trace as JSON, with their endpoints and behaviours. */
#ifndef SYNACKD_CONTROL_TRACES_H
#define SYNACKD_CONTROL_TRACES_H

#include "control/filter.h"
#include "judge/trace_copy.h"

#define TRACES_MAX        1000              /* connections and attempts of one answer */
#define TRACES_OCTETS_MAX (2 * 1024 * 1024) /* octets of their records together */

/* Returns describe_trace() with "endpoint" and "behaviour" at the time of the connection. If the
 * trace does not contain these, they name the present endpoint at the place, or are null if there
 * is none. */
json_t *describe_met_trace(struct daemon *d, const struct trace_copy *c, bool octets);

/* Returns the newest connections and attempts of a trace that match the filter, in the order of
 * their first packets: at most `most`, and at most TRACES_OCTETS_MAX octets, but at least one.
 * *left_out is the number of older ones that match. Returns an array, or NULL if memory runs out.
 */
json_t *describe_traces(struct daemon *d, const struct trace *t, const struct filter *f,
			unsigned most, bool octets, unsigned *left_out);

#endif
