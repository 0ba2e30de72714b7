/* SPDX-License-Identifier: MIT */
#include "catalogue/compile_ip.h"

#include "base/container.h"
#include "base/text.h"
#include "behaviour/ip.h"
#include "wire/notation_parse.h"

#include <stdlib.h>
#include <string.h>

bool rule_parse_ip_len(const char *text, void *target, char **wrong)
{
	struct rule_set *set = target;
	bool adds = text[0] == '+' || text[0] == '-';
	uint64_t n;

	if (!number_parse(text + adds, &n) || n > UINT16_MAX)
		return text_expected(wrong, text,
				     "a length from 0 to 65535, or a difference from the true "
				     "length, as in +100 or -1");
	set->ip_len_adds = adds;
	set->ip_len = (uint16_t)(text[0] == '-' ? -n : n);
	return true;
}

static bool parse_flow(const char *text, void *target, char **wrong)
{
	struct rule_ip *ip = target;
	const char *error = NULL, *end = expr_parse(text, &ip->flow, &error);

	if (!end || *end)
		return text_expected(wrong, text, "an expression, as in 0x12345 or seg.seq");
	return true;
}

static bool parse_options(const char *text, void *target, char **wrong)
{
	struct rule_ip *ip = target;

	return ip_options_parse(text, &ip->extras, wrong);
}

static bool parse_extensions(const char *text, void *target, char **wrong)
{
	struct rule_ip *ip = target;

	return ip_extensions_parse(text, &ip->extras, wrong);
}

static bool parse_trailer(const char *text, void *target, char **wrong)
{
	struct rule_ip *ip = target;
	uint8_t *octets = NULL;
	uint32_t len = 0;

	if (!payload_parse(text, IP_TRAILER_MAX, &octets, &len, wrong))
		return false;
	if (len)
		memcpy(ip->extras.trailer, octets, len);
	ip->extras.trailer_len = (uint16_t)len;
	ip->extras.parts |= EXTRA_TRAILER;
	free(octets);
	return true;
}

static bool eights(const char *text, uint16_t least, uint16_t *out, char **wrong)
{
	uint64_t n;

	if (!number_parse(text, &n) || n % 8 || n < least || n > FRAGMENT_SIZE_MAX)
		return text_expected(wrong, text, "a multiple of 8 from %u to %d", least,
				     FRAGMENT_SIZE_MAX);
	*out = (uint16_t)n;
	return true;
}

static bool parse_fragment(const char *text, void *target, char **wrong)
{
	struct rule_ip *ip = target;

	ip->extras.parts |= EXTRA_FRAGMENTS;
	return eights(text, 8, &ip->extras.fragments.size, wrong);
}

static bool parse_overlap(const char *text, void *target, char **wrong)
{
	struct rule_ip *ip = target;

	return eights(text, 0, &ip->extras.fragments.overlap, wrong);
}

const struct key ip_keys[] = {
	{"dscp", KEY_NUMBER, .offset = offsetof(struct rule_ip, dscp), .size = 1, .max = "63",
	 .has_offset = offsetof(struct rule_ip, has_dscp), .help = "The DSCP alone (RFC 2474)."},
	{"flow", KEY_CUSTOM, .parse = parse_flow,
	 .help = "The IPv6 flow label: the low 20 bits of an expression."},
	{"ip_options", KEY_CUSTOM, .parse = parse_options,
	 .help = "IPv4 options: nop, eol, rr N, ts N, alert, lsrr and ssrr ADDRESS…, kind N HEX, "
		 "raw HEX."},
	{"ip6_headers", KEY_CUSTOM, .parse = parse_extensions,
	 .help = "IPv6 extension headers: hop HEX, dest HEX, routing HEX, fragment, kind N HEX."},
	{"trailer", KEY_CUSTOM, .parse = parse_trailer,
	 .help = "Octets after the end of the IP packet: a text, or octets as in hex:00ff."},
	{"fragment", KEY_CUSTOM, .parse = parse_fragment,
	 .help = "Send the packet in IP fragments of this many octets, a multiple of 8."},
	{"fragment_overlap", KEY_CUSTOM, .parse = parse_overlap,
	 .help = "Octets by which each fragment overlaps the one before, with all bits inverted."},
	{"fragment_reverse", KEY_BOOL,
	 .offset = offsetof(struct rule_ip, extras.fragments.reversed),
	 .help = "Send the last fragment first."},
};

const size_t ip_keys_count = COUNT_OF(ip_keys);

struct key_table rule_ip_table(config_setting_t *group, struct rule_ip **out)
{
	struct key_table table = {ip_keys, COUNT_OF(ip_keys), NULL};

	for (size_t i = 0; !*out && i < COUNT_OF(ip_keys); i++)
		if (config_setting_is_group(group) &&
		    config_setting_get_member(group, ip_keys[i].name))
			*out = xcalloc(1, sizeof(**out));
	table.target = *out;
	return table;
}

void rule_check_ip(const struct schema_reader *r, config_setting_t *group, struct rule_ip *ip)
{
	const struct fragmenting *f = &ip->extras.fragments;
	config_setting_t *overlap = config_setting_get_member(group, "fragment_overlap");

	ip->has_flow = config_setting_get_member(group, "flow");
	if (!(ip->extras.parts & EXTRA_FRAGMENTS) && (overlap || f->reversed))
		schema_error(r, group,
			     "missing key 'fragment': 'fragment_overlap' and 'fragment_reverse' "
			     "require it");
	else if (overlap && f->overlap >= f->size)
		schema_error(r, overlap, "expected less than 'fragment'");
}
