/* SPDX-License-Identifier: MIT */
/* records: records of the trace as JSON. */
#ifndef SYNACKD_CONTROL_RECORDS_H
#define SYNACKD_CONTROL_RECORDS_H

#include "judge/trace_copy.h"

#include <jansson.h>

/* Sequence numbers to which others are relative. */
struct bases {
	uint32_t iss, irs; /* 0: unknown */
};

/* Describes a packet. `scratch` must have room for UINT16_MAX octets. */
json_t *describe_packet(const struct trace_record *r, const struct bases *bases, uint8_t *scratch);

/* Returns {"id", "connection", "client", "server", "iss", "irs", "cut", "segments", "events"}. If
 * `octets` is true, each segment includes its octets. */
json_t *describe_trace(const struct trace_copy *c, bool octets);

/* Describes a state change or a note. `after` is the number of segments that precede it. */
json_t *describe_event(const struct trace_record *r, size_t after);

#endif
