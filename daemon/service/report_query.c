/* SPDX-License-Identifier: MIT */
#include "service/report_query.h"

#include "base/container.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define VALUE_MAX REPORT_NAME_MAX

/* Decodes `%41+b` to "A b". Returns false if the result is too long or empty, or the encoding is
 * invalid. */
static bool decode(const char *from, size_t n, char out[static VALUE_MAX])
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		uint8_t octet = (uint8_t)from[i];

		if (octet == '+')
			octet = ' ';
		if (octet == '%') {
			if (n - i < 3 || hex_decode(from + i + 1, 2, &octet, 1) != 1)
				return false;
			i += 2;
		}
		if (!octet || len == VALUE_MAX - 1)
			return false;
		out[len++] = (char)octet;
	}
	out[len] = '\0';
	return len > 0;
}

static const char *read_port(const char *value, struct report_query *q)
{
	size_t digits = strspn(value, "0123456789");
	unsigned long port = digits <= 5 && !value[digits] ? strtoul(value, NULL, 10) : 0;

	if (q->port)
		return "duplicate 'port'";
	if (port < 1 || port > UINT16_MAX)
		return "port: expected a source port of the client, from 1 to 65535";
	q->port = (uint16_t)port;
	return NULL;
}

/* Parses seconds, or a duration with its unit. */
static const char *read_since(const char *value, struct report_query *q)
{
	char text[VALUE_MAX + 1];
	size_t len = strlen(value);

	memcpy(text, value, len + 1);
	if (len && strchr("0123456789", value[len - 1]))
		memcpy(text + len, "s", 2);
	if (q->has_since)
		return "duplicate 'since'";
	if (!duration_parse(text, &q->since))
		return "since: expected seconds, as in 30 or 1.5, or a duration such as 200ms";
	q->has_since = true;
	return NULL;
}

static const char *read_endpoint(const char *value, struct report_query *q)
{
	if (*q->endpoint)
		return "duplicate 'endpoint'";
	memcpy(q->endpoint, value, strlen(value) + 1);
	return NULL;
}

static const char *read_profile(const char *value, struct report_query *q)
{
	if (*q->profile)
		return "duplicate 'profile'";
	memcpy(q->profile, value, strlen(value) + 1);
	return NULL;
}

static const struct {
	const char *key;
	/* Returns an error, or NULL. */
	const char *(*read)(const char *value, struct report_query *q);
} parameters[] = {
	{"port", read_port},
	{"since", read_since},
	{"endpoint", read_endpoint},
	{"profile", read_profile},
};

/* Parses one KEY=VALUE of `n` octets. Returns an error, or NULL. */
static const char *read_parameter(const char *text, size_t n, struct report_query *q)
{
	size_t key = strcspn(text, "=");
	char value[VALUE_MAX];

	for (size_t i = 0; key < n && i < COUNT_OF(parameters); i++) {
		if (strlen(parameters[i].key) != key || strncmp(parameters[i].key, text, key) != 0)
			continue;
		if (!decode(text + key + 1, n - key - 1, value))
			return "expected a value of at most 127 octets after each =, "
			       "percent-encoded";
		return parameters[i].read(value, q);
	}
	return "expected port=N, since=SECONDS, endpoint=NAME or profile=NAME, separated by &";
}

bool report_query_parse(const char *text, struct report_query *out, const char **error)
{
	*out = (struct report_query){0};
	*error = NULL;
	while (text && *text && !*error) {
		size_t n = strcspn(text, "&");

		*error = read_parameter(text, n, out);
		text += n + (text[n] == '&');
	}
	return !*error;
}
