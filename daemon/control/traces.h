/* SPDX-License-Identifier: MIT */
/* Connections and attempts of a trace as JSON, each with its endpoint and behaviour. */
#ifndef SYNACKD_CONTROL_TRACES_H
#define SYNACKD_CONTROL_TRACES_H

#include "control/filter.h"
#include "judge/trace_copy.h"

#define TRACES_MAX        1000              /* connections and attempts of one answer */
#define TRACES_OCTETS_MAX (2 * 1024 * 1024) /* octets of their records, together */

/* describe_trace(), and "endpoint" and "behaviour" as its client met them: null where the trace
 * does not say so, and no endpoint is at that place any more. */
json_t *describe_met_trace(struct daemon *d, const struct trace_copy *c, bool octets);

/* The newest connections and attempts of a trace that the filter takes, `most` and
 * TRACES_OCTETS_MAX at most, but one at least, in the order of their first packets. *left_out is
 * how many older ones it takes. Returns an array, or NULL without memory. */
json_t *describe_traces(struct daemon *d, const struct trace *t, const struct filter *f,
			unsigned most, bool octets, unsigned *left_out);

#endif
