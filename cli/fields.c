/* SPDX-License-Identifier: MIT */
#include "fields.h"

#include "base/container.h"

#include <stdio.h>
#include <string.h>

const char *field_string(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : "";
}

json_int_t field_int(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

nstime field_time(const json_t *object, const char *key)
{
	json_int_t t = field_int(object, key);

	return t < 0 ? 0 : t > NS_NEVER / 2 ? NS_NEVER / 2 : t;
}

char *field_text(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	switch (value ? json_typeof(value) : JSON_NULL) {
	case JSON_STRING: return xstrdup(json_string_value(value));
	case JSON_INTEGER: return xasprintf("%lld", (long long)json_integer_value(value));
	case JSON_REAL: return xasprintf("%g", json_real_value(value));
	case JSON_TRUE: return xstrdup("true");
	case JSON_FALSE: return xstrdup("false");
	default: return xstrdup("");
	}
}

void text_add_count(struct text *t, json_int_t n)
{
	char digits[32];
	int len = snprintf(digits, sizeof(digits), "%lld", (long long)n);

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0 && digits[i - 1] != '-')
			text_add(t, ",");
		text_addn(t, &digits[i], 1);
	}
}

void text_add_counted(struct text *t, json_int_t n, const char *noun)
{
	text_add_count(t, n);
	text_addf(t, " %s%s", noun, n == 1 ? "" : "s");
}

void text_add_counters(struct text *t, json_t *counters)
{
	const char *key, *between = "";
	json_t *value;

	json_object_foreach (counters, key, value) {
		if (!json_integer_value(value))
			continue;
		text_addf(t, "%s%s ", between, key);
		text_add_count(t, json_integer_value(value));
		between = ", ";
	}
	if (!*between)
		text_add(t, "none");
}

void text_add_age(struct text *t, nstime age)
{
	static const struct {
		long long seconds;
		const char *name;
	} units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
	long long s = age / NS_PER_S;

	if (age < 0)
		age = 0;
	if (age < NS_PER_S) {
		text_addf(t, "%lld ms", (long long)(age / NS_PER_MS));
		return;
	}
	if (s < 10) {
		text_addf(t, "%.1f s", (double)(age / (NS_PER_S / 10)) / 10);
		return;
	}
	for (size_t i = 0; i < COUNT_OF(units); i++) {
		if (s < units[i].seconds)
			continue;
		text_addf(t, "%lld %s", s / units[i].seconds, units[i].name);
		if (units[i].seconds > 1 && s % units[i].seconds / units[i + 1].seconds)
			text_addf(t, " %lld %s", s % units[i].seconds / units[i + 1].seconds,
				  units[i + 1].name);
		return;
	}
}

void text_add_left(struct text *t, const json_t *endpoint)
{
	nstime left = field_time(endpoint, "left_ns");

	if (!json_is_integer(json_object_get(endpoint, "left_ns")))
		return;
	/* Rounded, because a moment after `--for 60s` the text must still be 60 s, not 59 s. */
	text_add_age(t, left < 10 * NS_PER_S ? left : left + NS_PER_S / 2);
}
