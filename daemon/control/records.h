/* SPDX-License-Identifier: MIT */
/* Records of the trace as JSON. */
#ifndef SYNACKD_CONTROL_RECORDS_H
#define SYNACKD_CONTROL_RECORDS_H

#include "judge/trace_copy.h"

#include <jansson.h>

/* Sequence numbers that the others are shown relative to. */
struct bases {
	uint32_t iss, irs; /* 0: not known */
};

/* A packet; `scratch` has room for UINT16_MAX octets. */
json_t *describe_packet(const struct trace_record *r, const struct bases *bases, uint8_t *scratch);

/* {"id", "connection", "client", "server", "iss", "irs", "cut", "segments", "events"}; with
 * `octets`, each segment's, too. */
json_t *describe_trace(const struct trace_copy *c, bool octets);

/* A move or a note; `after`: how many of the segments were before it. */
json_t *describe_event(const struct trace_record *r, size_t after);

#endif
