/* SPDX-License-Identifier: MIT */
#include "wire/expr.h"

#include <assert.h>
#include <ctype.h>
#include <stddef.h>
#include <string.h>

static const char *const names[VAR_COUNT] = {
	[VAR_ISS] = "iss",         [VAR_IRS] = "irs",
	[VAR_SND_UNA] = "snd.una", [VAR_SND_NXT] = "snd.nxt",
	[VAR_SND_WND] = "snd.wnd", [VAR_RCV_NXT] = "rcv.nxt",
	[VAR_RCV_WND] = "rcv.wnd", [VAR_SEG_SEQ] = "seg.seq",
	[VAR_SEG_ACK] = "seg.ack", [VAR_SEG_LEN] = "seg.len",
	[VAR_SEG_WND] = "seg.wnd", [VAR_SEG_SIZE] = "seg.size",
	[VAR_TS_VAL] = "ts.val",   [VAR_TS_RECENT] = "ts.recent",
};

const char *expr_var_name(enum expr_var v)
{
	return names[v];
}

static const char *number(const char *p, uint32_t *out, const char **error)
{
	bool hex = p[0] == '0' && (p[1] == 'x' || p[1] == 'X');
	const char *begin = hex ? p + 2 : p;
	uint64_t value = 0;

	for (p = begin; hex ? isxdigit((unsigned char)*p) : isdigit((unsigned char)*p); p++) {
		int c = tolower((unsigned char)*p);

		value = value * (hex ? 16 : 10) + (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
		if (value > UINT32_MAX) {
			*error = "expected a number below 2^32";
			return NULL;
		}
	}
	if (p == begin) {
		*error = "expected hexadecimal digits after 0x";
		return NULL;
	}
	*out = (uint32_t)value;
	return p;
}

static const char *variable(const char *p, enum expr_var *out, bool *old, const char **error)
{
	size_t len;

	*old = strncmp(p, "old.", 4) == 0;
	p += *old ? 4 : 0;
	len = strspn(p, "abcdefghijklmnopqrstuvwxyz.");
	for (size_t i = 0; len && i < VAR_COUNT; i++) {
		if (strlen(names[i]) == len && memcmp(names[i], p, len) == 0) {
			*out = (enum expr_var)i;
			return p + len;
		}
	}
	*error = "expected a number, or one of iss, irs, snd.una, snd.nxt, snd.wnd, rcv.nxt, "
		 "rcv.wnd, seg.seq, seg.ack, seg.len, seg.wnd, seg.size, ts.val, ts.recent "
		 "(also with the prefix old.)";
	return NULL;
}

static const char *term(const char *p, bool minus, struct expr *out, const char **error)
{
	enum expr_var var;
	uint32_t value;
	bool old;

	if (isdigit((unsigned char)*p)) {
		p = number(p, &value, error);
		if (p)
			out->constant += minus ? -(int64_t)value : (int64_t)value;
		return p;
	}
	p = variable(p, &var, &old, error);
	if (!p)
		return NULL;
	if (out->terms == EXPR_TERMS_MAX) {
		*error = "expected at most six variables in an expression";
		return NULL;
	}
	out->var[out->terms] = (uint8_t)var;
	out->old[out->terms] = old;
	out->minus[out->terms++] = minus;
	return p;
}

const char *expr_parse(const char *text, struct expr *out, const char **error)
{
	const char *p = text;
	bool minus = *p == '-';

	*out = (struct expr){0};
	if (minus)
		p++;
	for (;;) {
		p = term(p, minus, out, error);
		if (!p || (*p != '+' && *p != '-'))
			return p;
		minus = *p++ == '-';
	}
}

uint32_t expr_eval(const struct expr *e, const struct expr_values *values)
{
	uint32_t sum = (uint32_t)e->constant;

	assert(values || expr_is_constant(e));
	for (uint8_t i = 0; i < e->terms; i++) {
		const struct expr_values *of = e->old[i] ? values->old : values;
		uint32_t value = of ? of->v[e->var[i]] : 0;

		sum += e->minus[i] ? -value : value;
	}
	return sum;
}

bool expr_is_old(const struct expr *e)
{
	for (uint8_t i = 0; i < e->terms; i++)
		if (e->old[i])
			return true;
	return false;
}

bool expr_is_constant(const struct expr *e)
{
	return e->terms == 0;
}
