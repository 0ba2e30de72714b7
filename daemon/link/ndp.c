/* SPDX-License-Identifier: MIT */
#include "link/ndp.h"

#define OPTION_SOURCE 1
#define OPTION_TARGET 2

const struct addr ndp_all_nodes = {.b = {0xff, 2, [15] = 1}};

struct addr ndp_solicited_node(const struct addr *a)
{
	struct addr group = {.b = {0xff, 2, [11] = 1, [12] = 0xff}};

	memcpy(group.b + 13, a->b + 13, 3);
	return group;
}

void ndp_group_mac(const struct addr *group, uint8_t out[6])
{
	out[0] = out[1] = 0x33;
	memcpy(out + 2, group->b + 12, 4);
}

bool ndp_options_are_valid(struct cursor c, bool may_have_source)
{
	while (c.left) {
		uint8_t type = cursor_u8(&c), eights = cursor_u8(&c);

		if (eights == 0 || (type == OPTION_SOURCE && !may_have_source))
			return false;
		cursor_take(&c, eights * 8u - 2);
		if (c.failed)
			return false;
	}
	return true;
}

void ndp_advertised_write(const struct addr *target, const uint8_t mac[6],
			  uint8_t out[NDP_ADVERTISED_LENGTH])
{
	memcpy(out, target->b, sizeof(target->b));
	out[16] = OPTION_TARGET;
	out[17] = 1; /* in units of 8 octets */
	memcpy(out + 18, mac, 6);
}
