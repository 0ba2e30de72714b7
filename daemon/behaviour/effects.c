/* SPDX-License-Identifier: MIT */
#include "behaviour/effects.h"

#include "behaviour/choose.h"

/* The known fields of one header; unset ones are as in the settings. */
struct header {
	bool id_zero;
	bool df;
};

static struct header header_of(const struct tcp_settings *s)
{
	/* With IP_ID_COUNTER, ip_id is the first value. */
	return (struct header){.id_zero = s->ip_id_policy == IP_ID_ZERO || s->ip_id == 0,
			       .df = s->df};
}

static unsigned id_lie(const struct header *h)
{
	return h->id_zero && !h->df ? LIE_IP_ID_ZERO : 0;
}

/* The kernel extends the IP length over a trailer. */
static unsigned extra_lies(const struct rule_ip *ip)
{
	return ip && ip->extras.parts & EXTRA_TRAILER ? LIE_IP_LEN : 0;
}

static unsigned set_lies(const struct rule_set *set, struct header h)
{
	if (set->fields & SET_IP_ID)
		h.id_zero = set->ip_id == 0;
	if (set->fields & SET_DF)
		h.df = set->df;
	return id_lie(&h) | (set->fields & SET_IP_LEN ? LIE_IP_LEN : 0) | extra_lies(set->ip);
}

static unsigned emit_lies(const struct rule_emit *e, struct header h)
{
	const struct segment *fields = &e->segment.fields;
	uint16_t parts = e->is_copy ? 0 : e->segment.parts;

	if (e->is_icmp)
		return 0;
	if (parts & PART_ID)
		h.id_zero = fields->ip_id == 0;
	if (parts & PART_DF)
		h.df = fields->df;
	return (e->over ? set_lies(e->over, h) : id_lie(&h)) |
	       (parts & PART_IPLEN ? LIE_IP_LEN : 0) | (parts & PART_IPCKSUM ? LIE_IP_CHECKSUM : 0);
}

/* Two rules that together write an id of 0 without DF. */
struct joint {
	bool clears_df, writes_zero;
};

static void join_set(struct joint *j, const struct rule_set *set)
{
	j->clears_df |= set->fields & SET_DF && !set->df && !(set->fields & SET_IP_ID);
	j->writes_zero |= set->fields & SET_IP_ID && !set->ip_id && !(set->fields & SET_DF);
}

/* Returns the fields that two rules write together, in one segment or in a copy of it. */
static unsigned joint_lies(const struct ruleset *r)
{
	struct joint j = {0};

	for (unsigned i = 0; i < r->rules; i++) {
		const struct rule *rule = &r->rule[i];

		if (rule->trigger != ON_SEND)
			continue;
		join_set(&j, &rule->set);
		for (unsigned k = 0; k < rule->emits; k++)
			if (rule->emit[k].is_copy)
				join_set(&j, rule->emit[k].over);
	}
	return j.clears_df && j.writes_zero ? LIE_IP_ID_ZERO : 0;
}

static unsigned own_ip_lies(const struct ruleset *r)
{
	struct header plain = header_of(&r->tcp);
	unsigned lies = id_lie(&plain) | joint_lies(r);

	for (unsigned i = 0; i < r->rules; i++) {
		const struct rule *rule = &r->rule[i];

		/* Changes to received segments affect our TCP only, not the wire. */
		if (rule->trigger == ON_SEND)
			lies |= set_lies(&rule->set, plain);
		for (unsigned k = 0; k < rule->emits; k++)
			lies |= emit_lies(&rule->emit[k], plain);
	}
	return lies;
}

unsigned ruleset_ip_lies(const struct ruleset *r)
{
	unsigned lies = own_ip_lies(r);

	for (unsigned i = 0; r->choice && i < r->choice->count; i++)
		lies |= own_ip_lies(r->choice->alternative[i].rules);
	return lies;
}

static const char *foreign_in_set(const struct rule_set *set, bool v4)
{
	if (!set->ip)
		return NULL;
	if (!v4)
		return set->ip->extras.parts & EXTRA_OPTIONS ? "IP option" : NULL;
	if (set->ip->extras.parts & EXTRA_EXTENSIONS)
		return "extension header";
	return set->ip->has_flow ? "flow label" : NULL;
}

/* A rule may have an ICMP message for each family. Returns a text if all of them are for the other
 * one. */
static const char *foreign_in_emits(const struct rule *rule, bool v4)
{
	bool here = false, there = false;

	for (unsigned i = 0; i < rule->emits; i++) {
		const struct rule_emit *e = &rule->emit[i];
		const char *foreign = e->over ? foreign_in_set(e->over, v4) : NULL;

		if (foreign)
			return foreign;
		here |= e->is_icmp && (v4 ? e->icmp.given : e->icmp6.given);
		there |= e->is_icmp && (v4 ? e->icmp6.given : e->icmp.given);
	}
	return there && !here ? "such ICMP message" : NULL;
}

const char *ruleset_foreign(const struct ruleset *r, bool v4)
{
	const char *foreign = NULL;

	for (unsigned i = 0; !foreign && r->choice && i < r->choice->count; i++)
		foreign = ruleset_foreign(r->choice->alternative[i].rules, v4);
	for (unsigned i = 0; !foreign && i < r->rules; i++) {
		foreign = foreign_in_set(&r->rule[i].set, v4);
		if (!foreign)
			foreign = foreign_in_emits(&r->rule[i], v4);
	}
	return foreign;
}

/* RFC 792 and RFC 1191 4; RFC 4443 3.2: any code. */
static bool is_too_big(const struct rule_emit *e)
{
	return (e->icmp.given && e->icmp.type == 3 && e->icmp.code == 4) ||
	       (e->icmp6.given && e->icmp6.type == 2);
}

bool ruleset_shrinks_paths(const struct ruleset *r)
{
	for (unsigned i = 0; r->choice && i < r->choice->count; i++)
		if (ruleset_shrinks_paths(r->choice->alternative[i].rules))
			return true;
	for (unsigned i = 0; i < r->rules; i++)
		for (unsigned k = 0; k < r->rule[i].emits; k++) {
			const struct rule_emit *e = &r->rule[i].emit[k];

			if (e->is_icmp && is_too_big(e))
				return true;
		}
	return false;
}
