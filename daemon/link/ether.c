/* SPDX-License-Identifier: MIT */
#include "link/ether.h"

#include <string.h>

uint16_t ether_protocol(struct cursor *c, struct path *path)
{
	uint16_t type = cursor_u16(c);

	if (type != ETHER_TAGGED)
		return type;
	path->vlan = cursor_u16(c);
	return cursor_u16(c);
}

uint16_t ether_read(struct cursor *c, struct path *path)
{
	const uint8_t *addresses = cursor_take(c, 12);

	if (!addresses)
		return 0;
	memcpy(path->local, addresses, sizeof(path->local));
	memcpy(path->remote, addresses + 6, sizeof(path->remote));
	return ether_protocol(c, path);
}

size_t ether_write(uint8_t *out, const struct path *to, uint16_t type)
{
	uint8_t *p = out;

	memcpy(p, to->remote, sizeof(to->remote));
	memcpy(p + 6, to->local, sizeof(to->local));
	p += 12;
	if (to->vlan) {
		put_u16(p, ETHER_TAGGED);
		put_u16(p + 2, to->vlan);
		p += ETHER_TAG;
	}
	put_u16(p, type);
	return (size_t)(p + 2 - out);
}
