/* SPDX-License-Identifier: MIT */
#include "wire/notation_edits.h"

#include "base/container.h"
#include "wire/notation_option.h"
#include "wire/options.h"

#include <string.h>

static const struct {
	const char *name;
	uint8_t kind;
} kinds[] = {
	{"mss", OPT_MSS},      {"wscale", OPT_WSCALE}, {"sackOK", OPT_SACK_PERMITTED},
	{"sack", OPT_SACK},    {"TS", OPT_TIMESTAMPS}, {"nop", OPT_NOP},
	{"FO", OPT_FAST_OPEN}, {"eol", OPT_EOL},
};

#define KINDS COUNT_OF(kinds)

static const char *kind_name(size_t i, const void *arg)
{
	(void)arg;
	return i < KINDS ? kinds[i].name : i == KINDS ? "kind" : NULL;
}

static bool kind_scan(struct scan *s, uint8_t *out)
{
	const char *begin = s->at;
	char word[WORD_MAX];
	uint32_t number;

	scan_word(s, word);
	for (size_t i = 0; i < KINDS; i++) {
		if (strcmp(kinds[i].name, word) == 0) {
			*out = kinds[i].kind;
			return true;
		}
	}
	if (strcmp(word, "kind") != 0)
		return scan_unknown(s, begin, "a kind of option", word, kind_name);
	scan_blanks(s);
	if (!scan_number(s, UINT8_MAX, &number))
		return false;
	*out = (uint8_t)number;
	return true;
}

static bool how_scan(struct scan *s, uint8_t *out)
{
	static const char signs[] = "+=-"; /* in the order of enum option_how */
	const char *sign = *s->at ? strchr(signs, *s->at) : NULL;

	if (!sign)
		return scan_fail(s, "expected + - or = before each option, or before none");
	*out = (uint8_t)(sign - signs);
	s->at++;
	return true;
}

bool option_edit_scan(struct scan *s, struct option_template *t)
{
	struct option_edit *e = &t->edit[t->edits];

	if (t->edits == NOTATION_EDITS_MAX)
		return scan_fail(s, "expected at most %d changes", NOTATION_EDITS_MAX);
	if (!how_scan(s, &e->how))
		return false;
	t->edits++;
	if (e->how == OPTION_REMOVE)
		return kind_scan(s, &e->kind);
	e->at = t->len;
	if (!option_scan(s, t))
		return false;
	e->len = (uint8_t)(t->len - e->at);
	e->kind = t->bytes[e->at];
	return true;
}

/* Replaces `gone` bytes at `at` by `len` others. */
static void splice(struct segment *s, unsigned at, unsigned gone, const uint8_t *bytes,
		   unsigned len)
{
	unsigned behind = s->opt_len - at - gone;

	if (at + len + behind > SEGMENT_OPT_MAX)
		return;
	memmove(s->opt + at + len, s->opt + at + gone, behind);
	if (len)
		memcpy(s->opt + at, bytes, len);
	s->opt_len = (uint8_t)(at + len + behind);
}

/* The position of an option, its length, and the number of nops directly before it. */
struct place {
	unsigned at, len, nops;
};

static bool find(const struct segment *s, uint8_t kind, struct place *out)
{
	struct option_walk w;

	*out = (struct place){0};
	option_walk_begin(&w, s->opt, s->opt_len);
	for (unsigned at = 0; option_walk_next(&w) == OPTION_FOUND; at = w.at) {
		out->at = at;
		/* EOL is one byte; the bytes after it are not options. */
		out->len = w.kind == OPT_EOL ? 1 : w.at - at;
		if (w.kind == kind)
			return true;
		out->nops = w.kind == OPT_NOP ? out->nops + 1 : 0;
	}
	return false;
}

static void edit(struct segment *s, const struct option_edit *e, const uint8_t *bytes)
{
	struct place p;

	switch ((enum option_how)e->how) {
	case OPTION_ADD: splice(s, s->opt_len, 0, bytes + e->at, e->len); break;
	case OPTION_REPLACE:
		if (find(s, e->kind, &p))
			splice(s, p.at, p.len, bytes + e->at, e->len);
		break;
	case OPTION_REMOVE:
		while (find(s, e->kind, &p))
			splice(s, p.at - p.nops, p.nops + p.len, NULL, 0);
		break;
	}
}

void option_edits_apply(const struct option_template *t, const uint8_t *bytes, struct segment *out)
{
	for (unsigned i = 0; i < t->edits; i++)
		edit(out, &t->edit[i], bytes);
}

static bool is_at(const struct segment *s, unsigned at, const struct option_edit *e,
		  const uint8_t *bytes)
{
	return at + e->len <= s->opt_len && memcmp(s->opt + at, bytes + e->at, e->len) == 0;
}

static bool has(const struct segment *s, const struct option_edit *e, const uint8_t *bytes)
{
	struct option_walk w;
	unsigned at = 0;

	option_walk_begin(&w, s->opt, s->opt_len);
	for (; at < s->opt_len; at = w.at)
		if (is_at(s, at, e, bytes))
			return true;
		else if (option_walk_next(&w) != OPTION_FOUND)
			break;
	return false;
}

static bool holds(const struct segment *s, const struct option_edit *e, const uint8_t *bytes)
{
	struct place p;

	switch ((enum option_how)e->how) {
	case OPTION_ADD: return has(s, e, bytes);
	case OPTION_REPLACE: return !find(s, e->kind, &p) || is_at(s, p.at, e, bytes);
	case OPTION_REMOVE: return !find(s, e->kind, &p);
	}
	return false;
}

bool option_edits_hold(const struct option_template *t, const uint8_t *bytes,
		       const struct segment *s)
{
	for (unsigned i = 0; i < t->edits; i++)
		if (!holds(s, &t->edit[i], bytes))
			return false;
	return true;
}
