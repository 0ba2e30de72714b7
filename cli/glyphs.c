/* SPDX-License-Identifier: MIT */
#include "glyphs.h"

#include "base/container.h"

static const struct glyphs unicode = {"│", "├", "┤", "─", "╌", "▶", "◀", "✗", "●", "○", "┊", "·"};
static const struct glyphs ascii = {"|", "+", "+", "-", ".", ">", "<", "x", "*", "o", ":", "-"};

const struct glyphs *glyphs_of(const struct screen *screen)
{
	return screen->utf8 ? &unicode : &ascii;
}

const char *glyphs_end(const struct glyphs *g, const struct step *s)
{
	if (step_waits(s))
		return g->waits;
	if (s->fate == FATE_ANSWERED)
		return g->answered;
	if (!step_arrived(s))
		return g->stops;
	return s->in ? g->right : g->line;
}

static void explain_stops(const struct glyphs *g, const struct signs *drawn, struct text *out)
{
	static const struct {
		enum fate fate;
		const char *word;
	} stops[] = {{FATE_DROPPED, "dropped"},
		     {FATE_ABSORBED, "absorbed"},
		     {FATE_OUTDATED, "outdated"},
		     {FATE_REFUSED, "refused"},
		     {FATE_SPOILT, "spoilt"}};
	bool first = true;

	for (size_t i = 0; i < COUNT_OF(stops); i++) {
		if (!drawn->fate[stops[i].fate])
			continue;
		text_addf(out, "%s%s %s", first ? "; " : ",", first ? g->stops : "", stops[i].word);
		first = false;
	}
}

void glyphs_explain(const struct glyphs *g, const struct signs *drawn, struct text *out)
{
	explain_stops(g, drawn, out);
	if (drawn->fate[FATE_ANSWERED])
		text_addf(out, "; %s answered by a rule", g->answered);
	if (drawn->fate[FATE_HELD] || drawn->fate[FATE_DELAYED])
		text_addf(out, "; %s waits", g->waits);
	if (drawn->off_wire)
		text_addf(out, "; %s%s%s not on the wire", g->dash, g->dash, g->dash);
}
