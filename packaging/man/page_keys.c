/* SPDX-License-Identifier: MIT */
#include "page_keys.h"

#include "base/container.h"
#include "base/text.h"
#include "behaviour/uses.h"
#include "catalogue/compile_use.h"
#include "config/config_keys.h"
#include "mdoc.h"
#include "tcp/settings.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The greatest value that the field of a number holds. */
static uint32_t field_max(const struct key *k)
{
	return k->size == 1 ? UINT8_MAX : k->size == 2 ? UINT16_MAX : UINT32_MAX;
}

static void add_bounds(const struct key *k, struct text *t)
{
	if (k->type == KEY_TEXT && k->max)
		text_addf(t, " of %s to %s characters", k->min ? k->min : "0", k->max);
	else if (k->type == KEY_TEXT && k->min)
		text_addf(t, " of at least %s character%s", k->min,
			  strcmp(k->min, "1") == 0 ? "" : "s");
	else if (k->type == KEY_NUMBER && k->max)
		text_addf(t, ", %s to %s", k->min ? k->min : "0", k->max);
	else if (k->type == KEY_NUMBER)
		text_addf(t, ", %s to %" PRIu32, k->min ? k->min : "0", field_max(k));
	else if (k->min && k->max)
		text_addf(t, ", %s to %s", k->min, k->max);
	else if (k->min || k->max)
		text_addf(t, ", at %s %s", k->min ? "least" : "most", k->min ? k->min : k->max);
}

/* Returns `Number, 1 to 9`. The caller frees it. The text is empty if the help names the form. */
static char *form(const struct key *k)
{
	static const char *const names[] = {
		[KEY_BOOL] = "Boolean",
		[KEY_NUMBER] = "Number",
		[KEY_SEQUENCE] = "Sequence number",
		[KEY_SIZE] = "Size",
		[KEY_DURATION] = "Duration",
		[KEY_TEXT] = "Text",
		[KEY_CHOICE] = "One of",
	};
	const char *name = k->type < COUNT_OF(names) ? names[k->type] : NULL;
	struct text t = {0};

	text_add(&t, name ? name : "");
	for (size_t i = 0; k->choices && k->choices[i]; i++)
		text_addf(&t, "%s %s", i ? "," : "", k->choices[i]);
	if (name)
		add_bounds(k, &t);
	return t.s;
}

/* Returns true if the help names each word of a choice. */
static bool help_has_choices(const struct key *k)
{
	for (size_t i = 0; k->choices && k->choices[i]; i++)
		if (!strstr(k->help, k->choices[i]))
			return false;
	return k->choices;
}

static void key(const struct key *k)
{
	char *type = form(k);
	struct text t = {0};

	mdoc_macro("It Cm %s", k->name);
	if (k->help)
		mdoc_text(k->help);
	if (*type && !(k->help && help_has_choices(k)))
		mdoc_text(type);
	if (k->fallback) {
		text_addf(&t, "Default: %s", *k->fallback ? k->fallback : "\"\"");
		mdoc_text(text_str(&t));
	}
	if (k->flags & CONFIG_RESTART)
		mdoc_text("A new value needs a restart.");
	text_free(&t);
	free(type);
}

bool page_keys(const char *name, unsigned table)
{
	unsigned at = 0;
	bool found = false;

	for (const struct key_group *const *list = config_all_groups; *list; list++)
		for (const struct key_group *g = *list; g->name; g++) {
			if (strcmp(g->name, name) != 0 || (++at != table && table))
				continue;
			if (!found)
				mdoc_macro("Bl -tag -width indent");
			found = true;
			for (size_t i = 0; i < *g->count; i++)
				key(&g->keys[i]);
		}
	if (found)
		mdoc_macro("El");
	return found;
}

/* --- settings of `use` ------------------------------------------------------------------------ */

/* In the order of enum use_shows. */
static const char *const shown_in[] = {
	"SYN or SYN-ACK",
	"bare ACK",
	"data",
	"FIN",
	"RST",
	"retransmission",
	"answer without a connection",
	"SYN-ACK to an offer of ECN",
	"SYN-ACK to Fast Open or to octets in the SYN",
	"window, until an action changes it",
};

_Static_assert(1 << (COUNT_OF(shown_in) - 1) == SHOWS_WINDOW, "shown_in follows enum use_shows");

static void use(const struct key *k)
{
	int shows = use_shows(k->name);
	struct text t = {0};

	for (size_t i = 0; i < COUNT_OF(shown_in); i++)
		if (shows > 0 && shows & 1 << i)
			text_addf(&t, "%s%s", t.len ? ", " : "", shown_in[i]);
	mdoc_macro("It Cm %s Ta %s", k->name, t.len ? t.s : "none");
	text_free(&t);
}

void page_uses(const struct config *c)
{
	(void)c;
	mdoc_macro("Bl -column timestamp_offset");
	mdoc_macro("It Em setting Ta Em shown by");
	for (size_t i = 0; i < tcp_settings_keys_count; i++)
		use(&tcp_settings_keys[i]);
	for (size_t i = 0; i < use_service_keys_count; i++)
		use(&use_service_keys[i]);
	mdoc_macro("El");
}
