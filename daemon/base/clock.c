/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include "base/container.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct unit {
	const char *name;
	nstime ns;
} units[] = {
	{"h", 3600 * NS_PER_S}, {"min", 60 * NS_PER_S}, {"s", NS_PER_S},
	{"ms", NS_PER_MS},      {"us", NS_PER_US},      {"ns", 1},
};

#define UNITS        COUNT_OF(units)
#define DURATION_MAX (10 * 366 * 24 * 3600 * NS_PER_S)

static const struct unit *unit_find(const char *name)
{
	for (size_t i = 0; i < UNITS; i++)
		if (strcmp(units[i].name, name) == 0)
			return &units[i];
	return NULL;
}

/* A decimal number: the value is `digits` / `scale`. */
struct decimal {
	uint64_t digits;
	uint64_t scale;
};

/* Parses at most 18 digits with at most one point between them. Returns the end, or NULL if
 * malformed. */
static const char *decimal_parse(const char *p, struct decimal *d)
{
	bool point = false;
	unsigned n = 0;

	*d = (struct decimal){.scale = 1};
	for (; isdigit((unsigned char)*p) || (*p == '.' && n && !point); p++) {
		if (*p == '.') {
			point = true;
			continue;
		}
		if (++n > 18)
			return NULL;
		d->digits = d->digits * 10 + (uint64_t)(*p - '0');
		if (point)
			d->scale *= 10;
	}
	return n && p[-1] != '.' ? p : NULL;
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

bool duration_parse(const char *text, nstime *out)
{
	struct decimal number;
	const char *end = decimal_parse(text, &number);
	const struct unit *unit;
	uint64_t common, factor;

	if (!end)
		return false;
	if (strcmp(text, "0") == 0) {
		*out = 0;
		return true;
	}
	unit = unit_find(end);
	if (!unit)
		return false;
	/* digits * unit / scale in 64 bits: the fraction unit / scale is reduced first. */
	common = common_divisor((uint64_t)unit->ns, number.scale);
	number.scale /= common;
	factor = (uint64_t)unit->ns / common;
	/* A fraction of a nanosecond is an error: rounding would change the value silently. */
	if (number.digits % number.scale || number.digits / number.scale > DURATION_MAX / factor)
		return false;
	*out = (nstime)(number.digits / number.scale * factor);
	return true;
}

const char *duration_format(nstime t, char *buf, size_t size)
{
	const struct unit *unit = &units[UNITS - 1];
	nstime rest;
	int n;

	if (t == 0 || t == NS_NEVER) {
		snprintf(buf, size, "%s", t ? "never" : "0s");
		return buf;
	}
	/* Seconds and smaller units can have decimals; hours and minutes must be whole. */
	for (size_t i = 0; i < UNITS; i++) {
		unit = &units[i];
		if (unit->ns > NS_PER_S ? t % unit->ns == 0 : t >= unit->ns)
			break;
	}
	rest = t % unit->ns;
	n = snprintf(buf, size, "%" PRId64, t / unit->ns);
	if (rest && n > 0 && (size_t)n < size) {
		char decimals[24];
		int last;

		snprintf(decimals, sizeof(decimals), "%09" PRId64, rest * (NS_PER_S / unit->ns));
		for (last = 8; last > 0 && decimals[last] == '0'; last--)
			decimals[last] = '\0';
		n += snprintf(buf + n, size - (size_t)n, ".%s", decimals);
	}
	if (n > 0 && (size_t)n < size)
		snprintf(buf + n, size - (size_t)n, "%s", unit->name);
	return buf;
}

nstime clock_read(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (nstime)now.tv_sec * NS_PER_S + now.tv_nsec;
}

nstime clock_shift(nstime before, nstime wall, nstime after, nstime last)
{
	if (last >= before - wall - NS_PER_MS && last <= after - wall + NS_PER_MS)
		return last;
	return before - wall;
}

nstime clock_clamp(nstime when, nstime last, nstime now)
{
	if (when > now)
		when = now;
	return when < last ? last : when;
}

double clock_seconds(nstime t)
{
	return (double)(t / NS_PER_US) / 1e6;
}
