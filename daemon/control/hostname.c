/* SPDX-License-Identifier: MIT */
#include "control/hostname.h"

#include "control/protocol.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define LABEL_MAX 63
#define LABELS    64 /* at most as many as octets in an endpoint's name */

struct label {
	char s[LABEL_MAX + 1];
	size_t len;
};

/* Makes a label of letters, digits and hyphens, without a hyphen at either end (RFC 1123 2.1). */
static void make_label(const char *part, size_t len, struct label *l)
{
	l->len = 0;
	for (size_t i = 0; i < len && l->len < LABEL_MAX; i++) {
		char c = isalnum((unsigned char)part[i]) ? (char)tolower((unsigned char)part[i])
							 : '-';

		if (c != '-' || l->len)
			l->s[l->len++] = c;
	}
	while (l->len && l->s[l->len - 1] == '-')
		l->len--;
	l->s[l->len] = '\0';
}

/* Appends `-2`, `-3`, … to the label. */
static void tell_apart(struct label *l, unsigned again)
{
	char suffix[16];
	int len = again ? snprintf(suffix, sizeof(suffix), "-%u", again + 1) : 0;

	if (l->len + (size_t)len > LABEL_MAX)
		l->len = LABEL_MAX - (size_t)len;
	memcpy(l->s + l->len, suffix, (size_t)len);
	l->len += (size_t)len;
	l->s[l->len] = '\0';
}

void hostname_of(const char *endpoint, unsigned again, char out[HOSTNAME_MAX])
{
	struct label label[LABELS];
	unsigned labels = 0;
	size_t used = 0;

	while (*endpoint && labels < LABELS) {
		size_t len = strcspn(endpoint, "/");

		make_label(endpoint, len, &label[labels]);
		labels += label[labels].len != 0;
		endpoint += len + (endpoint[len] == '/');
	}
	if (!labels) /* no letters and digits */
		make_label("endpoint", 8, &label[labels++]);
	tell_apart(&label[labels - 1], again);
	while (labels-- > 0)
		if (used + label[labels].len + sizeof(CONTROL_DOMAIN) + 1 <= HOSTNAME_MAX)
			used += (size_t)sprintf(out + used, "%s.", label[labels].s);
	strcpy(out + used, CONTROL_DOMAIN);
}
