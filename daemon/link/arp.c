/* SPDX-License-Identifier: MIT */
#include "link/arp.h"

/* Ethernet, IPv4, and their address lengths. */
static const uint8_t head[6] = {0, 1, 0x08, 0x00, 6, 4};

bool arp_read(struct cursor c, struct arp *out)
{
	const uint8_t *p = cursor_take(&c, ARP_LENGTH);

	if (!p || memcmp(p, head, sizeof(head)) != 0)
		return false;
	out->operation = (uint16_t)(p[6] << 8 | p[7]);
	memcpy(out->sender_mac, p + 8, 6);
	addr_from_v4(&out->sender, p + 14);
	memcpy(out->target_mac, p + 18, 6);
	addr_from_v4(&out->target, p + 24);
	return true;
}

void arp_write(const struct arp *a, uint8_t out[ARP_LENGTH])
{
	memcpy(out, head, sizeof(head));
	put_u16(out + 6, a->operation);
	memcpy(out + 8, a->sender_mac, 6);
	memcpy(out + 14, a->sender.b + 12, 4);
	memcpy(out + 18, a->target_mac, 6);
	memcpy(out + 24, a->target.b + 12, 4);
}

bool arp_is_probe(const struct arp *a)
{
	static const uint8_t zero[4];

	return a->operation == ARP_REQUEST && memcmp(a->sender.b + 12, zero, sizeof(zero)) == 0;
}
