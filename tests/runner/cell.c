/* SPDX-License-Identifier: MIT */
#include "cell.h"

#include "base/container.h"
#include "tcp/time_wait_record.h"

#include <string.h>

static const char *const names[CELL_COUNT] = {
	[CELL_SYN_SAME] = "SYN-same",
	[CELL_SYN_NEW] = "SYN-new",
	[CELL_SYN_ACK] = "SYN-ACK",
	[CELL_ACK_OLD] = "ACK-old",
	[CELL_ACK_GOOD] = "ACK-good",
	[CELL_ACK_FUTURE] = "ACK-future",
	[CELL_DATA_LEFT] = "data-left",
	[CELL_DATA_RIGHT] = "data-right",
	[CELL_DATA_IN] = "data-in",
	[CELL_DATA_OVERLAP] = "data-overlap",
	[CELL_DATA_ORDER] = "data-out-of-order",
	[CELL_FIN_IN] = "FIN-in",
	[CELL_FIN_EARLY] = "FIN-early",
	[CELL_FIN_BEYOND] = "FIN-beyond",
	[CELL_FIN_AGAIN] = "FIN-again",
	[CELL_RST_EXACT] = "RST-exact",
	[CELL_RST_WINDOW] = "RST-in-window",
	[CELL_RST_OUTSIDE] = "RST-outside",
	[CELL_NO_FLAGS] = "no-flags",
	[CELL_BAD_CHECKSUM] = "bad-checksum",
	[CELL_OLD_TIMESTAMP] = "old-timestamp",
};

const char *cell_class_name(enum cell_class c)
{
	return names[c];
}

bool cell_class_parse(const char *name, enum cell_class *out)
{
	for (int i = 0; i < CELL_COUNT; i++) {
		if (strcmp(names[i], name) == 0) {
			*out = (enum cell_class)i;
			return true;
		}
	}
	return false;
}

/* The values that the state of the connection defines. */
struct knowledge {
	bool rcv, snd, syn_sent;
	uint32_t irs, rcv_nxt, rcv_wnd, snd_una, snd_nxt;
	bool ts_ok;
	uint32_t ts_recent;
};

static struct knowledge know(const struct flow *f)
{
	struct knowledge k = {0};
	struct tcp_conn waiting;

	if (f && f->kind == FLOW_TIME_WAIT) {
		tcp_conn_from_time_wait(&waiting, container_of(f, const struct tcp_time_wait, f));
		f = &waiting.f;
	}

	if (f && f->kind == FLOW_HALF) {
		const struct tcp_half *h = container_of(f, const struct tcp_half, f);

		k = (struct knowledge){.rcv = true,
				       .snd = true,
				       .irs = h->irs,
				       .rcv_nxt = h->irs + 1,
				       .rcv_wnd = h->settings->window,
				       .snd_una = h->iss,
				       .snd_nxt = h->iss + 1,
				       .ts_ok = h->ts_ok,
				       .ts_recent = h->ts_recent};
	} else if (f && f->state != STATE_CLOSED) {
		const struct tcp_conn *c = container_of(f, const struct tcp_conn, f);

		k = (struct knowledge){.rcv = f->state != STATE_SYN_SENT,
				       .snd = true,
				       .syn_sent = f->state == STATE_SYN_SENT,
				       .irs = c->irs,
				       .rcv_nxt = c->rcv_nxt,
				       .rcv_wnd = c->rcv_adv - c->rcv_nxt,
				       .snd_una = c->snd_una,
				       .snd_nxt = c->snd_max,
				       .ts_ok = c->ts_ok,
				       .ts_recent = c->ts_recent};
	}
	return k;
}

enum place { BEFORE, AT, INSIDE, BEHIND };

static enum place place_of(const struct knowledge *k, uint32_t seq)
{
	if (seq_lt(seq, k->rcv_nxt))
		return BEFORE;
	if (seq == k->rcv_nxt)
		return AT;
	return seq - k->rcv_nxt < k->rcv_wnd ? INSIDE : BEHIND;
}

static bool fits_ack(enum cell_class c, const struct segment *seg, const struct knowledge *k)
{
	bool old = seq_lt(seg->ack, k->snd_una), future = seq_lt(k->snd_nxt, seg->ack);

	if (seg->flags != TCP_ACK || seg->len)
		return false;
	if (k->syn_sent)
		old = seq_leq(seg->ack, k->snd_una);
	if (!k->snd)
		return true;
	return c == CELL_ACK_OLD ? old : c == CELL_ACK_FUTURE ? future : !old && !future;
}

static bool fits_data(enum cell_class c, const struct segment *seg, const struct knowledge *k)
{
	enum place first = place_of(k, seg->seq), next = place_of(k, seg->seq + seg->len);

	if (!seg->len || seg->flags & (TCP_SYN | TCP_FIN | TCP_RST))
		return false;
	if (!k->rcv)
		return true;
	switch (c) {
	case CELL_DATA_LEFT: return next == BEFORE || next == AT;
	case CELL_DATA_RIGHT: return first == BEHIND;
	case CELL_DATA_IN: return first == AT;
	case CELL_DATA_OVERLAP: return first == BEFORE && (next == INSIDE || next == BEHIND);
	default: return first == INSIDE;
	}
}

static bool fits_fin(enum cell_class c, const struct segment *seg, const struct knowledge *k)
{
	enum place fin = place_of(k, seg->seq + seg->len);

	if ((seg->flags & (TCP_FIN | TCP_SYN | TCP_RST)) != TCP_FIN)
		return false;
	if (!k->rcv)
		return true;
	switch (c) {
	case CELL_FIN_IN: return fin == AT;
	case CELL_FIN_EARLY: return fin == INSIDE && seg->seq != k->rcv_nxt;
	case CELL_FIN_BEYOND: return fin == BEHIND;
	default: return fin == BEFORE;
	}
}

static bool fits_rst(enum cell_class c, const struct segment *seg, const struct knowledge *k)
{
	enum place at = place_of(k, seg->seq);
	bool ack = seg->flags & TCP_ACK;

	if (!(seg->flags & TCP_RST))
		return false;
	if (k->syn_sent) {
		bool good = ack && seq_lt(k->snd_una, seg->ack) && seq_leq(seg->ack, k->snd_nxt);

		return c == CELL_RST_EXACT ? good : c == CELL_RST_WINDOW ? !ack : ack && !good;
	}
	if (!k->rcv)
		return true;
	return c == CELL_RST_EXACT    ? at == AT
	       : c == CELL_RST_WINDOW ? at == INSIDE
				      : at == BEFORE || at == BEHIND;
}

static bool fits_old_timestamp(const struct segment *seg, const struct knowledge *k)
{
	struct options o;

	options_decode(seg->opt, seg->opt_len, &o);
	if (!o.has_ts || seg->flags & TCP_RST)
		return false;
	if (!k->rcv)
		return true;
	return k->ts_ok && seq_lt(o.ts_val, k->ts_recent) && place_of(k, seg->seq) == AT;
}

bool cell_fits(enum cell_class c, const struct segment *seg, const struct flow *f)
{
	struct knowledge k = know(f);
	bool syn = (seg->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;

	if (c == CELL_BAD_CHECKSUM || seg->lie.checksum)
		return c == CELL_BAD_CHECKSUM && seg->lie.checksum == CHECKSUM_BAD;
	switch (c) {
	case CELL_SYN_SAME: return syn && (!k.rcv || seg->seq == k.irs);
	case CELL_SYN_NEW: return syn && (!k.rcv || seg->seq != k.irs);
	case CELL_SYN_ACK:
		return (seg->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == (TCP_SYN | TCP_ACK);
	case CELL_ACK_OLD:
	case CELL_ACK_GOOD:
	case CELL_ACK_FUTURE: return fits_ack(c, seg, &k);
	case CELL_DATA_LEFT:
	case CELL_DATA_RIGHT:
	case CELL_DATA_IN:
	case CELL_DATA_OVERLAP:
	case CELL_DATA_ORDER: return fits_data(c, seg, &k);
	case CELL_FIN_IN:
	case CELL_FIN_EARLY:
	case CELL_FIN_BEYOND:
	case CELL_FIN_AGAIN: return fits_fin(c, seg, &k);
	case CELL_RST_EXACT:
	case CELL_RST_WINDOW:
	case CELL_RST_OUTSIDE: return fits_rst(c, seg, &k);
	case CELL_NO_FLAGS: return seg->flags == 0;
	case CELL_OLD_TIMESTAMP: return fits_old_timestamp(seg, &k);
	default: return false;
	}
}
