/* SPDX-License-Identifier: MIT */
#include "tcp/settings.h"

#include <stdlib.h>

void tcp_settings_default(struct tcp_settings *s)
{
	char *error = NULL;

	*s = (struct tcp_settings){
		.timestamps = true,
		.window_scaling = true,
		.sack = true,
		.wscale = WSCALE_AUTO,
		.window = 65535,
		.ts_tick = NS_PER_MS,
		.ecn = ECN_ANSWER,
		.fast_open_max = 128,
		.fast_open_cookie = FAST_OPEN_COOKIE,
		.sws_avoidance = true,
		.pace_octets = 1,
		.ttl = 64,
		.df = true,
		.ip_id_policy = IP_ID_ZERO,
		.rto_initial = NS_PER_S,
		.rto_min = NS_PER_S,
		.rto_max = 60 * NS_PER_S,
		.r2_syn = 180 * NS_PER_S,
		.r2 = 100 * NS_PER_S,
		.time_wait = 60 * NS_PER_S,
		.fin_wait_2 = 60 * NS_PER_S,
	};
	if (!syn_options_parse("mss,sackOK,TS,nop,wscale,FO", &s->options, &error))
		abort(); /* our own text */
}
