/* SPDX-License-Identifier: MIT */
/* fuzz_neighbour: libFuzzer target. Receives the input as a frame to the virtual MAC or to a group.
 * An answer must be a frame from our MAC, exceed the request by at most 8 octets, and draw no
 * answer from ourselves. A frame that conflicts with a probe must end the probe. */
#include "link/neighbour.h"
#include "link/probe.h"
#include "wire/checksum.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct neighbour *us(void)
{
	static struct neighbour us = {.mac = {2, 0x57, 9, 0, 0, 1}, .mtu = 1500};
	struct prefix own[2], all[2];
	struct answering *answering;

	if (!us.answering) {
		if (!prefix_parse("10.9.0.0/25", &own[0]) || !prefix_parse("fd09::/96", &own[1]) ||
		    !prefix_parse("::/0", &all[0]) || !prefix_parse("0.0.0.0/0", &all[1]))
			abort();
		answering = answering_new(all, 2);
		answering_add(answering, "fuzz", own, 2);
		neighbour_use(&us, answering, "fuzz");
		answering_put(answering);
	}
	return &us;
}

/* Corrects the checksum of ICMPv6 if the packet is long enough, because a fuzzer does not find it.
 */
static void mend(uint8_t *packet, size_t len)
{
	struct addr src, dst;

	if (len < 44 || packet[0] >> 4 != 6 || packet[6] != 58)
		return;
	put_u16(packet + 4, (uint16_t)(len - 40));
	memcpy(src.b, packet + 8, 16);
	memcpy(dst.b, packet + 24, 16);
	put_u16(packet + 42, 0);
	put_u16(packet + 42,
		checksum_fold(checksum_add(checksum_pseudo(&src, &dst, 58, (uint32_t)(len - 40)),
					   packet + 40, len - 40)));
}

static void probe(const uint8_t *frame, size_t size)
{
	uint8_t answer[PROBE_FRAME_MAX];
	struct rng rng = {{1, 2, 3, 4}};
	struct sighting s;
	struct probe p;

	if (!sighting_read(frame, size, &s))
		return;
	probe_begin(&p, &s.address, us()->mac, 0, &rng);
	if (probe_conflicts(&p, &s) &&
	    (probe_handle_conflict(&p, &s, 0, answer) != 0 || p.state != PROBE_TAKEN))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t reply[2][NEIGHBOUR_FRAME_MAX];
	uint8_t *frame = malloc(size ? size : 1);
	struct path path = {0};
	struct cursor c;
	size_t len, again;
	uint16_t type;

	memcpy(frame, data, size);
	c = cursor_of(frame, size);
	type = ether_read(&c, &path);
	if (!c.failed) {
		if (size & 1)
			mend(frame + (c.at - frame), c.left);
		/* The packet as a TUN device delivers it. */
		if (neighbour_receive_packet(us(), c.at, c.left, reply[0], &len) ==
			    NEIGHBOUR_ANSWERED &&
		    (len > c.left || neighbour_receive_packet(us(), reply[0], len, reply[1],
							      &again) != NEIGHBOUR_STRAY))
			abort();
		if (neighbour_receive(us(), &path, type, c.at, c.left, reply[0], &len) ==
		    NEIGHBOUR_ANSWERED) {
			if (len > size + 8 || memcmp(reply[0] + 6, us()->mac, 6) != 0)
				abort();
			path = (struct path){0};
			c = cursor_of(reply[0], len);
			type = ether_read(&c, &path);
			if (neighbour_receive(us(), &path, type, c.at, c.left, reply[1], &again) !=
			    NEIGHBOUR_STRAY)
				abort();
		}
	}
	probe(frame, size);
	free(frame);
	return 0;
}
