/* SPDX-License-Identifier: MIT */
#include "client.h"

#include <string.h>

#define SYN_OCTETS   500 /* data octets in a SYN */
#define TWO_HOURS    (7200 * NS_PER_S)
#define ACE_INITIAL  5 /* RFC 9768 3.2.1 */
#define NO_AGREEMENT UINT8_MAX

static bool needs(const struct client *k, const char *what)
{
	return strstr(k->scenario->needs, what) != NULL;
}

void features_init(struct client *k)
{
	k->accurate = needs(k, "accurate ECN");
	k->fast_open = needs(k, "Fast Open");
	k->small = needs(k, "small pieces");
	k->mark = NO_AGREEMENT;
	if (needs(k, "offers ECN"))
		k->settings.ecn = ECN_OFFER;
	if (needs(k, "keep-alives"))
		k->settings.keepalive = TWO_HOURS;
}

/* --- accurate ECN: the handshake -------------------------------------------------------------- */

static void set_ace(struct segment *s, uint8_t ace)
{
	s->flags = (uint8_t)((s->flags & ~(TCP_ECE | TCP_CWR)) | (ace & 1 ? TCP_ECE : 0) |
			     (ace & 2 ? TCP_CWR : 0));
	s->reserved = (uint8_t)((s->reserved & ~1) | (ace >> 2 & 1));
}

static void accurate_send(struct client *k, struct segment *s)
{
	static const uint8_t code[] = {2, 3, 4, 6}; /* RFC 9768 table 3 */

	if (s->flags & TCP_SYN && !(s->flags & TCP_ACK))
		set_ace(s, 7);
	else if (k->mark != NO_AGREEMENT && !(s->flags & TCP_SYN))
		set_ace(s, k->note[CLIENT_NOTES - 1]++ ? ACE_INITIAL : code[k->mark]);
}

static void accurate_received(struct client *k, const struct segment *s)
{
	uint8_t ace = (uint8_t)((s->reserved & 1) << 2 | !!(s->flags & TCP_CWR) << 1 |
				!!(s->flags & TCP_ECE));

	/* ECE alone negotiates classic ECN, no bit none; all three bits reflect the client's SYN.
	 */
	if ((s->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK) && ace > 1 && ace < 7)
		k->mark = s->tos & 3;
}

/* --- Fast Open -------------------------------------------------------------------------------- */

static const uint8_t syn_octets[SYN_OCTETS];

void features_begin(struct client *k)
{
	if (!k->fast_open || !k->cookie->len || k->cookie->fails)
		return;
	tcp_write(&k->c, syn_octets, sizeof(syn_octets));
	k->written = sizeof(syn_octets);
}

static void add_cookie(struct segment *s, const struct cookie *c)
{
	uint8_t *p = s->opt + s->opt_len;

	if (s->opt_len + 2u + c->len > SEGMENT_OPT_MAX)
		return;
	p[0] = OPT_FAST_OPEN;
	p[1] = (uint8_t)(2 + c->len);
	memcpy(p + 2, c->octets, c->len);
	s->opt_len = (uint8_t)(s->opt_len + 2 + c->len);
}

static void fast_open_send(struct client *k, struct segment *s)
{
	if ((s->flags & (TCP_SYN | TCP_ACK)) != TCP_SYN)
		return;
	if (k->syns++) {
		k->cookie->fails = true;
		return; /* RFC 7413 4.2.1: the retransmission has no Fast Open */
	}
	if (k->cookie->fails)
		return;
	add_cookie(s, k->cookie);
	if (!k->written)
		return;
	s->payload = syn_octets;
	s->len = k->written;
	k->c.snd_nxt = k->c.snd_max = k->c.iss + 1 + k->written;
}

static void fast_open_received(struct client *k, const struct segment *s)
{
	struct options o;

	if ((s->flags & (TCP_SYN | TCP_ACK)) != (TCP_SYN | TCP_ACK))
		return;
	options_decode(s->opt, s->opt_len, &o);
	if (o.has_fast_open && o.fast_open_len) {
		k->cookie->len = o.fast_open_len;
		memcpy(k->cookie->octets, o.fast_open, o.fast_open_len);
	}
	/* Retransmits at once the data that the SYN-ACK does not acknowledge. */
	if (state_synchronised(k->c.f.state) && seq_lt(k->c.snd_una, k->c.snd_max))
		k->c.snd_nxt = k->c.snd_una;
}

void features_send(struct client *k, struct segment *s)
{
	if (k->accurate)
		accurate_send(k, s);
	if (k->fast_open)
		fast_open_send(k, s);
}

void features_received(struct client *k, const struct segment *s)
{
	if (k->accurate)
		accurate_received(k, s);
	if (k->fast_open)
		fast_open_received(k, s);
}
