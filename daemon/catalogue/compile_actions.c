/* SPDX-License-Identifier: MIT */
#include "catalogue/compile_actions.h"

#include "base/container.h"
#include "base/text.h"
#include "catalogue/compile_icmp.h"
#include "catalogue/compile_ip.h"
#include "catalogue/compile_shape.h"
#include "wire/ip_numbers.h"
#include "wire/notation_options.h"
#include "wire/notation_parse.h"

#include <stdlib.h>
#include <string.h>

static bool parse_expr(const char *text, struct expr *out, char **wrong)
{
	const char *error = NULL, *end = expr_parse(text, out, &error);

	if (end && *end)
		return text_expected(wrong, text, "a sequence expression that ends before '%s'",
				     end);
	if (!end)
		*wrong = xasprintf("%s, got '%s'", error, text);
	return end;
}

#define FLAGS_ALL (TCP_AE | UINT8_MAX)

static bool parse_flags(const char *text, void *target, char **wrong)
{
	struct rule_set *set = target;
	uint16_t flags;

	if (*text != '+' && (*text != '-' || !text[1])) {
		set->flags_kept = TCP_AE;
		return flags_parse(text, &set->flags, wrong);
	}
	/* Flags to add and to clear: +U, -P, +S-. */
	set->flags = 0;
	set->flags_kept = FLAGS_ALL;
	while (*text) {
		bool add = *text++ == '+';
		size_t len = strcspn(text, "+-");
		char *letters = xasprintf("%.*s", (int)len, text);
		bool parsed = flags_parse(letters, &flags, wrong);

		free(letters);
		if (!parsed)
			return false;
		set->flags |= add ? flags : 0;
		set->flags_kept &= (uint16_t)(add ? FLAGS_ALL : ~flags);
		text += len;
	}
	return true;
}

static bool parse_seq(const char *text, void *target, char **wrong)
{
	struct rule_set *set = target;

	return parse_expr(text, &set->seq, wrong);
}

static bool parse_ack(const char *text, void *target, char **wrong)
{
	struct rule_set *set = target;

	return parse_expr(text, &set->ack, wrong);
}

static bool parse_window(const char *text, void *target, char **wrong)
{
	struct rule_set *set = target;

	if (!parse_expr(text, &set->window, wrong))
		return false;
	if (expr_is_constant(&set->window) &&
	    (set->window.constant < 0 || set->window.constant > UINT16_MAX))
		return text_expected(wrong, text, "a window field from 0 to 65535");
	return true;
}

/* Accepts the options with or without < and > around them. */
static bool parse_options(const char *text, void *target, char **wrong)
{
	struct rule_set *set = target;
	size_t len = strlen(text);
	char *inner;
	bool parsed;

	if (len < 2 || text[0] != '<' || text[len - 1] != '>')
		return options_parse(text, &set->options, wrong);
	inner = xstrdup(text + 1);
	inner[len - 2] = '\0';
	parsed = options_parse(inner, &set->options, wrong);
	free(inner);
	return parsed;
}

static bool parse_payload(const char *text, void *target, char **wrong)
{
	struct rule_set *set = target;

	return payload_parse(text, TCP_OCTETS_MAX, &set->payload, &set->len, wrong);
}

static bool parse_checksum(const char *text, void *target, char **wrong)
{
	struct rule_set *set = target;
	uint64_t value = 0;

	if (strcmp(text, "bad") == 0)
		set->checksum = CHECKSUM_BAD;
	else if (strcmp(text, "zero") == 0)
		set->checksum = CHECKSUM_ZERO;
	else if (number_parse(text, &value) && value <= UINT16_MAX)
		set->checksum = CHECKSUM_FIXED;
	else
		return text_expected(wrong, text, "bad, zero or a number from 0 to 65535");
	set->checksum_value = (uint16_t)value;
	return true;
}

/* Parses +N, -N or an address. */
static bool parse_source(const char *text, void *target, char **wrong)
{
	struct rule_set *set = target;
	struct rule_source *out = &set->source;
	uint64_t distance;

	out->relative = text[0] == '+' || text[0] == '-';
	if (out->relative && number_parse(text + 1, &distance) && distance <= UINT32_MAX)
		out->distance = (uint32_t)(text[0] == '-' ? -distance : distance);
	else if (out->relative || !addr_parse(text, &out->address))
		return text_expected(
			wrong, text,
			"an address, or a distance from the responder's, as in +1 or -2");
	return true;
}

/* In the order of the two-bit values of RFC 3168 section 5. */
static const char *const ecn_choices[] = {"none", "ect1", "ect0", "ce", NULL};

#define FIELD(member)  .offset = offsetof(struct rule_set, member)
#define OCTETS(member) FIELD(member), .size = sizeof(((struct rule_set *)0)->member)

/* In the order of enum set_field. */
const struct key set_keys[] = {
	{"flags", KEY_CUSTOM, .parse = parse_flags,
	 .help = "Letters of the notation, as in S. or SEWAE, or flags to add and to clear, as in "
		 "+U-P."},
	{"seq", KEY_CUSTOM, .parse = parse_seq,
	 .help = "The sequence number, an expression as in snd.nxt-1."},
	{"ack", KEY_CUSTOM, .parse = parse_ack,
	 .help = "The acknowledgment number, an expression as in rcv.nxt+1000."},
	{"window", KEY_CUSTOM, .parse = parse_window, .help = "The window field, an expression."},
	{"options", KEY_CUSTOM, .parse = parse_options,
	 .help = "All TCP options, as in mss 1460,nop, or changes to them, as in =mss 400,-TS."},
	{"payload", KEY_CUSTOM, .parse = parse_payload,
	 .help = "The payload: a text with \\n and \\xHH, or octets as in hex:00ff."},
	{"checksum", KEY_CUSTOM, .parse = parse_checksum,
	 .help = "The TCP checksum: bad, zero or a number."},
	{"urgent", KEY_NUMBER, OCTETS(urgent), .help = "The urgent pointer."},
	{"reserved", KEY_NUMBER, OCTETS(reserved), .max = "15", .help = "The reserved bits."},
	{"doff", KEY_NUMBER, OCTETS(doff), .max = "15",
	 .help = "The data offset, in 32-bit words."},
	{"ttl", KEY_NUMBER, OCTETS(ttl), .help = "The TTL or hop limit."},
	{"tos", KEY_NUMBER, OCTETS(tos), .help = "DSCP and ECN, as one octet."},
	{"ecn", KEY_CHOICE, FIELD(ecn), .choices = ecn_choices, .help = "The ECN field alone."},
	{"df", KEY_BOOL, FIELD(df), .help = "The Don't Fragment bit."},
	{"ip_id", KEY_NUMBER, OCTETS(ip_id), .help = "The IPv4 identification."},
	{"ip_len", KEY_CUSTOM, .parse = rule_parse_ip_len,
	 .help = "The IPv4 total length or IPv6 payload length, or a difference from the true one, "
		 "as in +100."},
	{"sport", KEY_NUMBER, OCTETS(sport), .min = "1", .help = "The source port."},
	{"saddr", KEY_CUSTOM, .parse = parse_source,
	 .help = "The source address, or its distance from the responder's, as in +1."},
};

const size_t set_keys_count = COUNT_OF(set_keys);

_Static_assert(1u << (COUNT_OF(set_keys) - 1) == SET_SADDR, "set_keys follows enum set_field");

/* Reads the fields of `set`; the group may also have the keys of `others`. */
static void compile_fields(const struct schema_reader *r, config_setting_t *group,
			   const struct key_table *others, struct rule_set *out)
{
	const struct key_table tables[] = {{set_keys, COUNT_OF(set_keys), out},
					   rule_shape_table(&out->shape),
					   rule_ip_table(group, &out->ip),
					   *others};

	schema_read(r, group, tables, COUNT_OF(tables));
	if (out->ip)
		rule_check_ip(r, group, out->ip);
	out->shapes = config_setting_is_group(group) && rule_shapes(group);
	for (size_t i = 0; config_setting_is_group(group) && i < COUNT_OF(set_keys); i++)
		if (config_setting_get_member(group, set_keys[i].name))
			out->fields |= 1u << i;
}

void rule_compile_set(const struct schema_reader *r, config_setting_t *group, struct rule_set *out)
{
	const struct key_table none = {0};

	compile_fields(r, group, &none, out);
}

static bool parse_segment(const char *text, void *target, char **wrong)
{
	struct rule_emit *e = target;

	return notation_parse(text, &e->segment, wrong);
}

const struct key emit_keys[] = {
	{"segment", KEY_CUSTOM, .parse = parse_segment,
	 .help = "A segment to send, in the notation."},
	{"icmp", KEY_CUSTOM, .parse = rule_parse_icmp,
	 .help = "An ICMP message to send: a name, for IPv4 and IPv6, or TYPE/CODE for IPv4."},
	{"icmp6", KEY_CUSTOM, .parse = rule_parse_icmp6,
	 .help = "An ICMPv6 message to send over IPv6 instead of 'icmp': a name or TYPE/CODE."},
	{"quote", KEY_OTHER,
	 .help = "Fields to overwrite in the client's segment that the ICMP message quotes."},
	{"mtu", KEY_NUMBER, .offset = offsetof(struct rule_emit, icmp_rest), .size = 4,
	 .help = "The next-hop MTU of a too-big message, in octets."},
	{"rest", KEY_NUMBER, .offset = offsetof(struct rule_emit, icmp_rest), .size = 4,
	 .help = "The 32 bits after the checksum of an ICMP message."},
	{"delay", KEY_DURATION, .offset = offsetof(struct rule_emit, delay), .max = "24h",
	 .help = "Time from the trigger to the first segment."},
	{"copy", KEY_OTHER,
	 .help = "Send a copy of the segment that triggered the rule, with these fields "
		 "overwritten."},
	{"times", KEY_NUMBER, .offset = offsetof(struct rule_emit, times), .size = 4, .min = "1",
	 .max = "1000", .help = "Number of segments to send."},
	{"every", KEY_DURATION, .offset = offsetof(struct rule_emit, every), .max = "1h",
	 .help = "Interval between them."},
	{"before", KEY_BOOL, .offset = offsetof(struct rule_emit, before),
	 .help = "Send it before the segment that triggered the rule."},
};

const size_t emit_keys_count = COUNT_OF(emit_keys);

/* Compiles fields to overwrite. The caller frees the result with the rule. */
static struct rule_set *compile_over(const struct schema_reader *r, config_setting_t *group)
{
	struct rule_set *set = xcalloc(1, sizeof(*set));

	rule_compile_set(r, group, set);
	return set;
}

static bool has_fields(const struct rule_set *set)
{
	return set->fields || set->ip || set->shapes;
}

static void compile_emit_group(const struct schema_reader *r, config_setting_t *s,
			       struct rule_emit *out)
{
	const struct key_table keys = {emit_keys, COUNT_OF(emit_keys), out};
	config_setting_t *segment, *mtu, *rest, *copy, *quote;
	bool icmp;

	out->over = xcalloc(1, sizeof(*out->over));
	compile_fields(r, s, &keys, out->over);
	if (!config_setting_is_group(s))
		return;
	segment = config_setting_get_member(s, "segment");
	icmp = config_setting_get_member(s, "icmp") || config_setting_get_member(s, "icmp6");
	mtu = config_setting_get_member(s, "mtu");
	rest = config_setting_get_member(s, "rest");
	copy = config_setting_get_member(s, "copy");
	quote = config_setting_get_member(s, "quote");
	if (!!segment + icmp + !!copy != 1)
		schema_error(r, s, "expected exactly one of 'segment', 'copy' and 'icmp'");
	if (!segment && has_fields(out->over))
		schema_error(r, s,
			     "unexpected fields of 'set': only 'segment' takes them here: write "
			     "the fields of a copy or a quote within 'copy' or 'quote'");
	else if (copy)
		rule_compile_set(r, copy, out->over);
	out->is_copy = copy;
	if (quote)
		out->quote = compile_over(r, quote);
	if (quote && !icmp)
		schema_error(r, quote, "requires 'icmp'");
	if (mtu && rest)
		schema_error(r, rest, "unexpected beside 'mtu': both are the same 32 bits");
	if (!icmp && (mtu || rest))
		schema_error(r, mtu ? mtu : rest, "requires 'icmp'");
	if (segment && icmp)
		notation_free(&out->segment); /* a struct rule_emit of an ICMP message has none */
}

static void compile_emit(const struct schema_reader *r, config_setting_t *s, struct rule_emit *out)
{
	char *text, *wrong = NULL;

	out->times = 1;
	if (config_setting_type(s) != CONFIG_TYPE_STRING) {
		compile_emit_group(r, s, out);
		return;
	}
	text = schema_value(r, s);
	if (text && !parse_segment(text, out, &wrong))
		schema_error(r, s, "%s", wrong);
	free(wrong);
	free(text);
}

void rule_compile_emit(const struct schema_reader *r, config_setting_t *list, struct rule *out)
{
	int count = config_setting_length(list);

	if (!config_setting_is_aggregate(list) || config_setting_is_group(list)) {
		schema_error(r, list, "expected a list, ( \"SEGMENT\", { icmp = \"NAME\"; } )");
		return;
	}
	out->emit = xcalloc((size_t)count, sizeof(*out->emit));
	for (int i = 0; i < count; i++)
		compile_emit(r, config_setting_get_elem(list, (unsigned)i),
			     &out->emit[out->emits++]);
}
