/* SPDX-License-Identifier: MIT */
#include "script.h"

#include "wire/notation_parse.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool wrong(const struct script *s, unsigned number, const char *expected, const char *got)
{
	fprintf(stderr, "%s:%u: expected %s, got '%s'\n", s->path, number, expected, got);
	return false;
}

static char *skip(char *p)
{
	while (isspace((unsigned char)*p))
		p++;
	return p;
}

static struct line *add(struct script *s, enum line_kind kind, unsigned number, const char *text)
{
	struct line *l;

	s->line = xrealloc(s->line, (s->lines + 1) * sizeof(*s->line));
	l = &s->line[s->lines++];
	*l = (struct line){.kind = kind, .number = number, .text = xstrdup(text)};
	return l;
}

/* `WORD NAME` */
static bool read_named(struct script *s, unsigned number, enum line_kind kind, nstime after,
		       char *text)
{
	struct line *l = add(s, kind, number, text);

	l->after = after;
	l->name = xstrdup(skip(strchr(text, ' ')));
	return true;
}

/* `icmp NAME about SEQ[(LEN)] [mtu N]` */
static bool read_icmp(struct script *s, unsigned number, nstime after, const char *text)
{
	struct line *l = add(s, LINE_IN_ICMP, number, text);
	const char *mtu = strstr(text, " mtu ");
	char name[32];

	l->after = after;
	if (sscanf(text, "icmp %31s about %" SCNu32 "(%" SCNu32 ")", name, &l->seq, &l->len) < 2 ||
	    (mtu && sscanf(mtu, " mtu %" SCNu32, &l->mtu) != 1))
		return wrong(s, number, "icmp NAME about SEQ[(LEN)] [mtu N]", text);
	l->name = xstrdup(name);
	return true;
}

static bool read_segment(struct script *s, unsigned number, enum line_kind kind, nstime after,
			 char *text)
{
	struct line *l;
	char *error = NULL;

	if (kind == LINE_IN && strncmp(text, "icmp ", 5) == 0)
		return read_icmp(s, number, after, text);
	if (kind == LINE_OUT && strncmp(text, "icmp ", 5) == 0)
		return read_named(s, number, LINE_OUT_ICMP, after, text);
	if (kind == LINE_OUT && strncmp(text, "wrong ", 6) == 0)
		return read_named(s, number, LINE_OUT_WRONG, after, text);
	l = add(s, kind, number, text);
	l->after = after;
	if (notation_parse(text, &l->segment, &error))
		return true;
	fprintf(stderr, "%s:%u: %s\n", s->path, number, error);
	free(error);
	return false;
}

/* `+0.2 < S 0:0(0) …` */
static bool read_event(struct script *s, unsigned number, char *text)
{
	char *end, *word = NULL;
	struct text t = {0};
	nstime after;
	bool ok;

	end = text + strcspn(text, " \t");
	text_addn(&t, text + 1, (size_t)(end - text - 1));
	text_add(&t, "s");
	ok = duration_parse(text_str(&t), &after);
	text_free(&t);
	if (!ok)
		return wrong(s, number, "+SECONDS", text);
	word = skip(end);
	if (*word == '<')
		return read_segment(s, number, LINE_IN, after, skip(word + 1));
	if (*word == '>')
		return read_segment(s, number, LINE_OUT, after, skip(word + 1));
	if (strcmp(word, "silence") == 0)
		add(s, LINE_SILENCE, number, word)->after = after;
	else if (strcmp(word, "idle") == 0)
		add(s, LINE_IDLE, number, word)->after = after;
	else
		return wrong(s, number, "<, >, silence or idle", word);
	return true;
}

/* `CLASS after NAME: WHY` */
static bool read_cell(struct script *s, unsigned number, char *text)
{
	char *cls = strtok(text, " "), *after = strtok(NULL, " ");
	char *block = strtok(NULL, ":"), *why = strtok(NULL, "");
	struct line *l;

	if (!why || strcmp(after, "after") != 0)
		return wrong(s, number, "cell CLASS after NAME: WHY", text);
	l = add(s, LINE_CELL, number, skip(why));
	l->block = xstrdup(block);
	if (!cell_class_parse(cls, &l->cls))
		return wrong(s, number, "a class of segments", cls);
	return true;
}

const struct line *script_block(const struct script *s, const char *name)
{
	for (unsigned i = 0; i < s->lines; i++)
		if (s->line[i].kind == LINE_BLOCK && strcmp(s->line[i].block, name) == 0)
			return &s->line[i];
	return NULL;
}

/* Returns true if each block is defined before it is used. */
static bool blocks_exist(const struct script *s)
{
	bool ok = true;

	for (unsigned i = 0; i < s->lines; i++) {
		const struct line *l = &s->line[i], *block;

		if (l->kind != LINE_DO && l->kind != LINE_CELL)
			continue;
		block = script_block(s, l->block);
		if (!block || block > l)
			ok = wrong(s, l->number, "a block defined before", l->block);
	}
	return ok;
}

static bool read_directive(struct script *s, unsigned number, char *text)
{
	char *argument = text + strcspn(text, " \t");
	struct line *l;

	if (*argument)
		*argument++ = '\0';
	argument = skip(argument);
	if (strcmp(text, "behaviour") == 0) {
		free(s->behaviour);
		s->behaviour = xstrdup(argument);
	} else if (strcmp(text, "service") == 0) {
		free(s->service);
		s->service = xstrdup(argument);
	} else if (strcmp(text, "key") == 0) {
		text_addf(&s->keys, "%s\n", argument);
	} else if (strcmp(text, "%") == 0) {
		text_addf(&s->config, "%s\n", argument);
	} else if (strcmp(text, "family") == 0) {
		s->v4 = *argument == '4';
		s->v6 = *argument == '6';
	} else if (strcmp(text, "new") == 0) {
		add(s,
		    strcmp(argument, "client") == 0   ? LINE_NEW_CLIENT
		    : strcmp(argument, "closed") == 0 ? LINE_NEW_CLOSED
						      : LINE_NEW,
		    number, text);
	} else if (strcmp(text, "block") == 0) {
		add(s, LINE_BLOCK, number, text)->block = xstrdup(argument);
	} else if (strcmp(text, "do") == 0) {
		add(s, LINE_DO, number, text)->block = xstrdup(argument);
	} else if (strcmp(text, "cell") == 0) {
		return read_cell(s, number, argument);
	} else if (strcmp(text, "state") == 0) {
		l = add(s, LINE_STATE, number, argument);
		if (!state_parse(argument, strlen(argument), &l->state))
			return wrong(s, number, "a state", argument);
	} else {
		return wrong(
			s, number,
			"+T, behaviour, service, key, %, family, state, new, block, do or cell",
			text);
	}
	return true;
}

bool script_read(const char *path, struct script *out)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;
	unsigned number = 0;
	bool ok = true;

	*out = (struct script){.path = path, .v4 = true, .v6 = true};
	out->behaviour = xstrdup("accept");
	out->service = xstrdup("discard");
	if (!f) {
		perror(path);
		return false;
	}
	while (getline(&text, &size, f) > 0) {
		char *p = skip(text);
		size_t len = strlen(p);

		number++;
		while (len && isspace((unsigned char)p[len - 1]))
			p[--len] = '\0';
		if (!*p || *p == '#')
			continue;
		ok = (*p == '+' ? read_event(out, number, p) : read_directive(out, number, p)) &&
		     ok;
	}
	free(text);
	fclose(f);
	return blocks_exist(out) && ok;
}

void script_free(struct script *s)
{
	for (unsigned i = 0; i < s->lines; i++) {
		struct line *l = &s->line[i];

		if (l->kind == LINE_IN || l->kind == LINE_OUT)
			notation_free(&l->segment);
		free(l->text);
		free(l->name);
		free(l->block);
	}
	free(s->line);
	free(s->behaviour);
	free(s->service);
	text_free(&s->keys);
	text_free(&s->config);
}
