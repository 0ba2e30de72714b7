/* SPDX-License-Identifier: MIT */
#include "behaviour/uses.h"

#include "base/container.h"
#include "base/text.h"
#include "trace/label.h"

#include <stdlib.h>
#include <string.h>

#define SHOWS_OPEN   (SHOWS_ACK | SHOWS_DATA | SHOWS_FIN)
#define SHOWS_STAMPS (SHOWS_SYN | SHOWS_OPEN)
#define SHOWS_IP     (SHOWS_SYN | SHOWS_OPEN | SHOWS_RST)

/* SHOWS_NOWHERE: timers whose expiry sends no segment. */
static const struct {
	const char *key;
	uint16_t shows;
} keys[] = {
	{"options", SHOWS_SYN},
	{"timestamps", SHOWS_SYN},
	{"window_scaling", SHOWS_SYN},
	{"sack", SHOWS_SYN},
	{"mss", SHOWS_SYN},
	{"wscale", SHOWS_SYN},
	{"window", SHOWS_WINDOW},
	{"isn", SHOWS_SYN},
	{"timestamp_tick", SHOWS_STAMPS},
	{"timestamp_offset", SHOWS_STAMPS},
	{"timestamp_start", SHOWS_STAMPS},
	{"ecn", SHOWS_ECN},
	{"fast_open", SHOWS_FAST_OPEN},
	{"fast_open_max", SHOWS_FAST_OPEN},
	{"fast_open_cookie", SHOWS_FAST_OPEN},
	{"backlog", SHOWS_CLOSED},
	{"backlog_full", SHOWS_CLOSED},
	{"closed", SHOWS_CLOSED},
	{"segment_max", SHOWS_DATA},
	{"option_room", SHOWS_DATA},
	{"nagle", SHOWS_DATA},
	{"sws_avoidance", SHOWS_ACK | SHOWS_DATA},
	{"pace", SHOWS_DATA},
	{"pace_octets", SHOWS_DATA},
	{"delayed_ack", SHOWS_ACK | SHOWS_DATA},
	{"keepalive", SHOWS_ACK},
	{"fin_ack", SHOWS_ACK | SHOWS_FIN},
	{"ttl", SHOWS_IP},
	{"tos", SHOWS_IP},
	{"df", SHOWS_IP},
	{"ip_id", SHOWS_IP},
	{"rto_initial", SHOWS_AGAIN},
	{"rto_min", SHOWS_AGAIN},
	{"rto_max", SHOWS_AGAIN},
	{"r2_syn", SHOWS_NOWHERE},
	{"r2", SHOWS_NOWHERE},
	{"time_wait", SHOWS_NOWHERE},
	{"fin_wait_2", SHOWS_NOWHERE},
	{"service", SHOWS_DATA},
	{"close", SHOWS_FIN},
};

int use_shows(const char *key)
{
	for (size_t i = 0; i < COUNT_OF(keys); i++)
		if (strcmp(keys[i].key, key) == 0)
			return keys[i].shows;
	return -1;
}

/* Returns the entry of the key; adds it if it is missing. */
static struct use *place_of(struct uses *all, const char *key)
{
	for (unsigned i = 0; i < all->count; i++)
		if (strcmp(all->use[i].key, key) == 0)
			return &all->use[i];
	all->use = xrealloc(all->use, (all->count + 1) * sizeof(*all->use));
	return &all->use[all->count++];
}

void uses_add(struct uses *all, const char *name, const char *key)
{
	char *label = xasprintf("%s: %s", name, key);

	*place_of(all, key) = (struct use){
		.key = key, .label = label_intern(label), .shows = (uint16_t)use_shows(key)};
	free(label);
}

void uses_free(struct uses *all)
{
	free(all->use);
	*all = (struct uses){0};
}

/* Returns the offers that our SYN shows: RFC 3168 6.1.1, RFC 7413 4.1.1. */
static unsigned offers_shown_by(const struct segment *syn, const struct use_context *ctx)
{
	uint8_t ecn_setup = TCP_ECE | TCP_CWR;
	unsigned shown = SHOWS_SYN;
	struct options own;

	options_decode(syn->opt, syn->opt_len, &own);
	if ((ctx->syn.flags & ecn_setup) == ecn_setup || syn->flags & ecn_setup)
		shown |= SHOWS_ECN;
	if ((ctx->syn.options | own.kinds) & HAS_FAST_OPEN || ctx->syn_octets)
		shown |= SHOWS_FAST_OPEN;
	return shown;
}

static unsigned shown_by(const struct plan_item *item, const struct use_context *ctx)
{
	const struct segment *s = &item->seg;
	unsigned shown = ctx->connection ? 0 : SHOWS_CLOSED;

	if (item->is_icmp)
		return shown;
	if (s->flags & (TCP_SYN | TCP_RST))
		shown |= s->flags & TCP_SYN ? offers_shown_by(s, ctx) : SHOWS_RST;
	else if (s->len || s->flags & TCP_FIN)
		shown |= (s->len ? SHOWS_DATA : 0) | (s->flags & TCP_FIN ? SHOWS_FIN : 0);
	else
		shown |= SHOWS_ACK;
	if (ctx->has_sent && segment_seq_len(s) && seq_lt(s->seq, ctx->snd_max))
		shown |= SHOWS_AGAIN;
	if (shown & (SHOWS_SYN | SHOWS_OPEN) && !ctx->window_moved)
		shown |= SHOWS_WINDOW;
	return shown;
}

void uses_mark(const struct uses *all, const struct use_context *ctx, struct plan *plan,
	       unsigned first)
{
	for (unsigned i = first; all->count && i < plan->count; i++) {
		unsigned shown = shown_by(&plan->item[i], ctx);

		for (unsigned k = 0; k < all->count; k++)
			if (all->use[k].shows & shown)
				causes_add_use(&plan->item[i].causes, all->use[k].label);
	}
}
