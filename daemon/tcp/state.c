/* SPDX-License-Identifier: MIT */
#include "tcp/state.h"

#include <string.h>

static const char *const names[STATE_COUNT] = {
	[STATE_CLOSED] = "CLOSED",           [STATE_LISTEN] = "LISTEN",
	[STATE_SYN_SENT] = "SYN-SENT",       [STATE_SYN_RECEIVED] = "SYN-RECEIVED",
	[STATE_ESTABLISHED] = "ESTABLISHED", [STATE_FIN_WAIT_1] = "FIN-WAIT-1",
	[STATE_FIN_WAIT_2] = "FIN-WAIT-2",   [STATE_CLOSE_WAIT] = "CLOSE-WAIT",
	[STATE_CLOSING] = "CLOSING",         [STATE_LAST_ACK] = "LAST-ACK",
	[STATE_TIME_WAIT] = "TIME-WAIT",
};

const char *state_name(enum tcp_state s)
{
	return names[s];
}

bool state_parse(const char *name, size_t len, enum tcp_state *out)
{
	for (int i = 0; i < STATE_COUNT; i++) {
		if (strlen(names[i]) == len && strncmp(names[i], name, len) == 0) {
			*out = (enum tcp_state)i;
			return true;
		}
	}
	return false;
}
