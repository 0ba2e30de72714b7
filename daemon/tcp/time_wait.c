/* SPDX-License-Identifier: MIT */
#include "tcp/time_wait.h"

enum time_wait_verdict tcp_time_wait_verdict(const struct tcp_conn *c, const struct segment *seg)
{
	const struct tcp_settings *settings = c->settings;
	bool later = seq_leq(c->rcv_nxt, seg->seq); /* than the client's FIN */
	struct options o;

	if (c->f.state != STATE_TIME_WAIT ||
	    (seg->flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) != TCP_SYN)
		return TIME_WAIT_STAYS;
	options_decode(seg->opt, seg->opt_len, &o);
	/* Without timestamps in the new connection, only the sequence numbers can decide. */
	if (!o.has_ts || !settings->timestamps || !syn_options_has(&settings->options, SYN_OPT_TS))
		return later ? TIME_WAIT_YIELDS : TIME_WAIT_STAYS;
	if (!c->ts_ok || seq_lt(c->ts_recent, o.ts_val) || (o.ts_val == c->ts_recent && later))
		return TIME_WAIT_YIELDS;
	return TIME_WAIT_DROPS;
}
