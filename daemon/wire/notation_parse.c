/* SPDX-License-Identifier: MIT */
#include "wire/notation_parse.h"

#include "base/container.h"
#include "base/text.h"
#include "wire/ip_numbers.h"
#include "wire/notation_options.h"
#include "wire/notation_scan.h"

#include <inttypes.h>
#include <stdlib.h>

#define FLAG_LETTERS "FSRP.UEW" /* by bit, from the lowest */

/* Returns the flag at `at`, or 0 if there is none. Sets *len to the length of its name. */
static uint16_t flag_at(const char *at, size_t *len)
{
	const char *letter = *at ? strchr(FLAG_LETTERS, *at) : NULL;

	*len = strncmp(at, "AE", 2) == 0 ? 2 : 1;
	if (*len == 2)
		return TCP_AE;
	return letter ? (uint16_t)(1 << (letter - FLAG_LETTERS)) : 0;
}

static bool flags_scan(struct scan *s, uint16_t *flags)
{
	const char *begin = s->at;
	uint16_t flag;
	size_t len;

	*flags = 0;
	if (!scan_accept(s, '-')) {
		for (; (flag = flag_at(s->at, &len)); s->at += len) {
			if (*flags & flag)
				return scan_fail(s, "duplicate flag '%.*s'", (int)len, s->at);
			*flags |= flag;
		}
	}
	if (s->at > begin && (!*s->at || *s->at == ' ' || *s->at == '\t'))
		return true;
	return scan_fail(s, "expected flags (some of S F R P U E W AE . or - for none)");
}

/* Returns true if `end` equals `seq` + `len` for all values of the variables. */
static bool end_fits(const struct expr *seq, const struct expr *end, uint32_t len)
{
	int times[VAR_COUNT] = {0};

	for (uint8_t i = 0; i < seq->terms; i++)
		times[seq->var[i]] += seq->minus[i] ? -1 : 1;
	for (uint8_t i = 0; i < end->terms; i++)
		times[end->var[i]] -= end->minus[i] ? -1 : 1;
	for (int i = 0; i < VAR_COUNT; i++)
		if (times[i] != 0)
			return false;
	return (uint32_t)(end->constant - seq->constant) == len;
}

/* SEQ:END(LEN) */
static bool sequence_scan(struct scan *s, struct notation *n)
{
	struct expr end;
	const char *at;

	if (!scan_expr(s, &n->seq) || !scan_expect(s, ':'))
		return false;
	at = s->at;
	if (!scan_expr(s, &end) || !scan_expect(s, '(') ||
	    !scan_number(s, IP_LENGTH_MAX, &n->len) || !scan_expect(s, ')'))
		return false;
	if (end_fits(&n->seq, &end, n->len))
		return true;
	s->at = at;
	return scan_fail(s, "expected the end to be the sequence number plus %u", n->len);
}

/* Scans one character of a string, or an escape. */
static bool character_scan(struct scan *s, struct text *out)
{
	static const char escapes[] = "nrt\\\"", meant[] = "\n\r\t\\\"";
	const char *escape;
	uint8_t byte;

	if (*s->at == '\0')
		return scan_fail(s, "expected \" at the end of the payload");
	if (*s->at != '\\') {
		text_addn(out, s->at++, 1);
		return true;
	}
	escape = s->at[1] ? strchr(escapes, s->at[1]) : NULL;
	if (escape) {
		text_addn(out, &meant[escape - escapes], 1);
		s->at += 2;
		return true;
	}
	if (s->at[1] != 'x' || !s->at[2] || hex_decode(s->at + 2, 2, &byte, 1) != 1)
		return scan_fail(s, "expected one of \\n \\r \\t \\\\ \\\" \\xHH");
	text_addn(out, (const char *)&byte, 1);
	s->at += 4;
	return true;
}

/* Scans a string after its opening quote. */
static bool payload_scan(struct scan *s, struct notation *n)
{
	const char *begin = s->at - 1;
	struct text payload = {0};

	while (!scan_accept(s, '"')) {
		if (!character_scan(s, &payload)) {
			text_free(&payload);
			return false;
		}
	}
	n->payload = (uint8_t *)payload.s;
	if (payload.len == n->len)
		return true;
	s->at = begin;
	return scan_fail(s, "expected a payload of %u octets, got %zu", n->len, payload.len);
}

/* Fields in brackets that consist of a name and a number. */
static const struct number_field {
	const char *name;
	uint16_t part;
	uint32_t max;
} number_fields[] = {
	{"ttl", PART_TTL, 255},          {"tos", PART_TOS, 255},
	{"id", PART_ID, 65535},          {"flow", PART_FLOW, 0xfffff},
	{"reserved", PART_RESERVED, 15}, {"doff", PART_DOFF, 15},
	{"iplen", PART_IPLEN, 65535},    {"ipcksum", PART_IPCKSUM, 65535},
	{"cksum", PART_CKSUM, 65535},
};

/* Fields in brackets that consist of a word. */
static const struct word_field {
	const char *name;
	uint16_t part;
	uint8_t value;
} word_fields[] = {
	{"ect0", PART_ECN, 2}, {"ect1", PART_ECN, 1},    {"ce", PART_ECN, 3},
	{"df", PART_DF, true}, {"nodf", PART_DF, false},
};

#define NUMBER_FIELDS COUNT_OF(number_fields)
#define WORD_FIELDS   COUNT_OF(word_fields)

static const char *field_name(size_t i, const void *arg)
{
	(void)arg;
	if (i < NUMBER_FIELDS)
		return number_fields[i].name;
	i -= NUMBER_FIELDS;
	return i < WORD_FIELDS ? word_fields[i].name : NULL;
}

static void field_set(struct notation *n, uint16_t part, uint32_t value)
{
	struct segment *f = &n->fields;

	switch ((enum notation_part)part) {
	case PART_TTL: f->ttl = (uint8_t)value; return;
	case PART_TOS:
		f->tos = (uint8_t)(n->parts & PART_ECN ? (value & ~3u) | f->tos : value);
		return;
	case PART_ECN: f->tos = (uint8_t)((f->tos & ~3u) | value); return;
	case PART_DF: f->df = value; return;
	case PART_ID: f->ip_id = (uint16_t)value; return;
	case PART_FLOW: f->flow = value; return;
	case PART_RESERVED: f->reserved = (uint8_t)value; return;
	case PART_DOFF:
		f->lie.has_doff = true;
		f->lie.doff = (uint8_t)value;
		return;
	case PART_IPLEN:
		f->lie.has_ip_len = true;
		f->lie.ip_len = (uint16_t)value;
		return;
	case PART_IPCKSUM:
		f->lie.has_ip_cksum = true;
		f->lie.ip_cksum = (uint16_t)value;
		return;
	case PART_CKSUM:
		f->lie.checksum = CHECKSUM_FIXED;
		f->lie.checksum_value = (uint16_t)value;
		return;
	case PART_WINDOW:
	case PART_URGENT:
	case PART_OPTIONS:
	case PART_PAYLOAD: return; /* never in brackets */
	}
}

/* Scans `cksum bad` or `cksum zero`. Returns false, and consumes nothing, for anything else. */
static bool checksum_word_scan(struct scan *s, struct segment_lie *lie)
{
	const char *begin = s->at;
	char word[WORD_MAX];

	scan_word(s, word);
	if (strcmp(word, "bad") == 0)
		lie->checksum = CHECKSUM_BAD;
	else if (strcmp(word, "zero") == 0)
		lie->checksum = CHECKSUM_ZERO;
	else
		s->at = begin;
	return s->at != begin;
}

static bool number_field_scan(struct scan *s, const struct number_field *field, struct notation *n)
{
	uint32_t value;

	scan_blanks(s);
	if (field->part == PART_CKSUM && checksum_word_scan(s, &n->fields.lie))
		return true;
	if (!scan_number(s, field->max, &value))
		return false;
	field_set(n, field->part, value);
	return true;
}

/* Marks a part as present. Fails if it is a duplicate. */
static bool part_once(struct scan *s, const char *begin, uint16_t part, const char *name,
		      struct notation *n)
{
	if (!(n->parts & part)) {
		n->parts |= part;
		return true;
	}
	s->at = begin;
	return scan_fail(s, "duplicate '%s'", name);
}

static bool field_scan(struct scan *s, struct notation *n)
{
	const char *begin = s->at;
	char word[WORD_MAX];

	scan_word(s, word);
	for (size_t i = 0; i < NUMBER_FIELDS; i++) {
		const struct number_field *f = &number_fields[i];

		if (strcmp(f->name, word) == 0)
			return part_once(s, begin, f->part, word, n) && number_field_scan(s, f, n);
	}
	for (size_t i = 0; i < WORD_FIELDS; i++) {
		const struct word_field *f = &word_fields[i];

		if (strcmp(f->name, word) != 0)
			continue;
		if (!part_once(s, begin, f->part, word, n))
			return false;
		field_set(n, f->part, f->value);
		return true;
	}
	return scan_unknown(s, begin, "a field", word, field_name);
}

static bool fields_scan(struct scan *s, struct notation *n)
{
	do {
		scan_blanks(s);
		if (!field_scan(s, n))
			return false;
		scan_blanks(s);
	} while (scan_accept(s, ','));
	return scan_accept(s, ']') || scan_fail(s, "expected , or ] after a field");
}

/* Scans ack N, win N or urg N. */
static bool keyword_scan(struct scan *s, struct notation *n, bool *ack_seen)
{
	const char *begin = s->at;
	uint32_t urgent;
	char word[WORD_MAX];

	scan_word(s, word);
	scan_blanks(s);
	if (strcmp(word, "ack") == 0 && !*ack_seen) {
		*ack_seen = true;
		return scan_expr(s, &n->ack);
	}
	if (strcmp(word, "win") == 0) {
		if (!part_once(s, begin, PART_WINDOW, "win", n) || !scan_expr(s, &n->window))
			return false;
		if (n->window.terms || (n->window.constant >= 0 && n->window.constant <= 65535))
			return true;
		s->at = begin;
		return scan_fail(s, "expected win to be from 0 to 65535");
	}
	if (strcmp(word, "urg") == 0) {
		if (!part_once(s, begin, PART_URGENT, "urg", n) || !scan_number(s, 65535, &urgent))
			return false;
		n->fields.urgent = (uint16_t)urgent;
		return true;
	}
	s->at = begin;
	return scan_fail(s, "expected ack N, win N, urg N, <options>, [fields], \"payload\" or the "
			    "end, each once");
}

static bool part_scan(struct scan *s, struct notation *n, bool *ack_seen)
{
	const char *begin = s->at;

	switch (*s->at) {
	case '<':
		s->at++;
		return part_once(s, begin, PART_OPTIONS, "<options>", n) &&
		       options_scan(s, '>', &n->options) && scan_expect(s, '>');
	case '[': s->at++; return fields_scan(s, n);
	case '"':
		s->at++;
		return part_once(s, begin, PART_PAYLOAD, "payload", n) && payload_scan(s, n);
	default: return keyword_scan(s, n, ack_seen);
	}
}

static bool segment_scan(struct scan *s, struct notation *n)
{
	bool ack_seen = false;

	scan_blanks(s);
	if (!flags_scan(s, &n->flags))
		return false;
	scan_blanks(s);
	if (!*s->at)
		return scan_fail(s, "expected SEQ:END(LEN) after the flags");
	if (!sequence_scan(s, n))
		return false;
	for (scan_blanks(s); *s->at; scan_blanks(s))
		if (!part_scan(s, n, &ack_seen))
			return false;
	if ((n->flags & TCP_ACK) && !ack_seen)
		return scan_fail(s, "missing ack N: the flags contain a dot");
	return true;
}

bool notation_parse(const char *text, struct notation *out, char **error)
{
	struct scan s = {.text = text, .at = text, .error = error};

	*error = NULL;
	*out = (struct notation){0};
	if (!segment_scan(&s, out)) {
		notation_free(out);
		return false;
	}
	if (out->len && !out->payload) {
		out->payload = xcalloc(out->len, 1);
		memset(out->payload, 'x', out->len);
	}
	return true;
}

bool flags_parse(const char *text, uint16_t *out, char **error)
{
	struct scan s = {.text = text, .at = text, .error = error};

	*error = NULL;
	return flags_scan(&s, out) && (!*s.at || scan_fail(&s, "unexpected text after the flags"));
}

/* Scans two hexadecimal digits. */
static bool octet_scan(struct scan *s, struct text *out)
{
	uint8_t octet;

	if (!s->at[0] || hex_decode(s->at, 2, &octet, 1) != 1)
		return scan_fail(s, "expected two hexadecimal digits for each octet");
	text_addn(out, (const char *)&octet, 1);
	s->at += 2;
	return true;
}

static bool hex_scan(struct scan *s, struct text *out)
{
	for (scan_blanks(s); *s->at; scan_blanks(s))
		if (!octet_scan(s, out))
			return false;
	return true;
}

static bool characters_scan(struct scan *s, struct text *out)
{
	while (*s->at)
		if (!character_scan(s, out))
			return false;
	return true;
}

bool payload_parse(const char *text, uint32_t max, uint8_t **payload, uint32_t *len, char **error)
{
	struct scan s = {.text = text, .at = text, .error = error};
	bool hex = strncmp(text, PAYLOAD_HEX, strlen(PAYLOAD_HEX)) == 0;
	struct text octets = {0};

	*error = NULL;
	if (hex)
		s.at += strlen(PAYLOAD_HEX);
	if (!(hex ? hex_scan(&s, &octets) : characters_scan(&s, &octets))) {
		text_free(&octets);
		return false;
	}
	if (octets.len > max) {
		*error = xasprintf("expected at most %" PRIu32 " octets, got %zu", max, octets.len);
		text_free(&octets);
		return false;
	}
	*payload = (uint8_t *)octets.s;
	*len = (uint32_t)octets.len;
	return true;
}

void notation_free(struct notation *n)
{
	free(n->payload);
	*n = (struct notation){0};
}
