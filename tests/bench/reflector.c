/* SPDX-License-Identifier: MIT */
/* reflector: answers each SYN with a SYN-ACK, and keeps no state. It is the least that a program
 * with a packet socket can do: it changes the frame in the ring and sends it. */
#include "batch.h"
#include "ring.h"
#include "words.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ETHER     14
#define MEGABYTES 8 /* the ring of the daemon's packet link */

static void swap(uint8_t *a, uint8_t *b, size_t len)
{
	uint8_t old[16];

	memcpy(old, a, len);
	memcpy(a, b, len);
	memcpy(b, old, len);
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* The acknowledgment, the former ISN plus 1, and the flag change the checksum (RFC 1624). The ISN
 * becomes 0, which was the acknowledgment. */
static void answer(uint8_t *tcp)
{
	uint32_t isn = get32(tcp + 4), ack = isn + 1;
	uint32_t sum = ~((uint32_t)tcp[16] << 8 | tcp[17]) & 0xffff;

	sum += (~(isn >> 16) & 0xffff) + (~isn & 0xffff) + (ack >> 16) + (ack & 0xffff) + 0x10;
	sum = (sum >> 16) + (sum & 0xffff);
	sum = ~((sum >> 16) + sum);
	memset(tcp + 4, 0, 4);
	tcp[8] = (uint8_t)(ack >> 24);
	tcp[9] = (uint8_t)(ack >> 16);
	tcp[10] = (uint8_t)(ack >> 8);
	tcp[11] = (uint8_t)ack;
	tcp[13] = 0x12;
	tcp[16] = (uint8_t)(sum >> 8);
	tcp[17] = (uint8_t)sum;
}

/* Turns a SYN into its answer. Returns 0 for another frame. */
static int reflect(uint8_t *frame, uint32_t len)
{
	uint8_t *ip = frame + ETHER;
	int v6 = ip[0] >> 4 == 6;
	uint8_t *tcp = ip + (v6 ? 40 : 20);

	if (len < (v6 ? 74u : 54u) || ip[v6 ? 6 : 9] != 6 || tcp[13] != 2)
		return 0;
	swap(frame, frame + 6, 6);
	if (v6)
		swap(ip + 8, ip + 24, 16);
	else
		swap(ip + 12, ip + 16, 4);
	swap(tcp, tcp + 2, 2);
	answer(tcp);
	return 1;
}

int main(int argc, char **argv)
{
	struct word words[] = {{"interface", "eth0"}, {"version", "3"}, {NULL, NULL}};
	struct ring_frame f;
	struct batch *out;
	struct ring in;

	words_read(argc, argv, words);
	ring_open(&in, (int)word_number("version"), word_text("interface"), MEGABYTES, NULL);
	out = batch_open(word_text("interface"));
	puts("ready");
	fflush(stdout);
	for (;;) {
		while (ring_next(&in, &f)) {
			if (f.len > BATCH_FRAME || !reflect(f.octets, f.len))
				continue;
			memcpy(batch_space(out), f.octets, f.len);
			batch_add(out, f.len);
		}
		batch_flush(out);
		ring_wait(&in, -1);
	}
}
