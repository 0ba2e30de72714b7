/* SPDX-License-Identifier: MIT */
#include "schema/source.h"

#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SOURCE_MAX (16 * 1024 * 1024)

struct source {
	const char *path;
	struct diag *diag;
	const char *at;
	const char *end;
	unsigned line;
	char *key; /* the last name before a `=` or `:` */
};

static void take(struct source *s)
{
	if (*s->at++ == '\n')
		s->line++;
}

static bool next_is(const struct source *s, const char *what)
{
	size_t len = strlen(what);

	return (size_t)(s->end - s->at) >= len && memcmp(s->at, what, len) == 0;
}

static void skip_to(struct source *s, const char *what)
{
	while (s->at < s->end && !next_is(s, what))
		take(s);
	for (size_t n = strlen(what); n && s->at < s->end; n--)
		take(s);
}

/* Reports \x00: strings of libconfig end at a NUL. */
static void check_escape(struct source *s)
{
	if (next_is(s, "\\x00") || next_is(s, "\\X00"))
		diag_error(s->diag, s->path, s->line, s->key,
			   "unexpected \\x00, which libconfig discards: write \\\\x00, or all "
			   "octets as in hex:00ff");
}

static void skip_string(struct source *s)
{
	take(s);
	while (s->at < s->end && *s->at != '"') {
		check_escape(s);
		if (*s->at == '\\' && s->at + 1 < s->end)
			take(s);
		take(s);
	}
	if (s->at < s->end)
		take(s);
}

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("-_*", c));
}

static void take_name(struct source *s)
{
	const char *begin = s->at, *after;

	while (s->at < s->end && is_name(*s->at))
		s->at++;
	for (after = s->at; after < s->end && isspace((unsigned char)*after);)
		after++;
	if (after == s->end || (*after != '=' && *after != ':'))
		return;
	free(s->key);
	s->key = strndup(begin, (size_t)(s->at - begin));
}

/* Returns true if libconfig would read another number. `len` excludes the suffix. */
static bool wraps(const char *number, size_t len, bool is_long)
{
	char text[32];
	long long value;

	if (len >= sizeof(text))
		return true;
	memcpy(text, number, len);
	text[len] = '\0';
	errno = 0;
	value = strtoll(text, NULL, strpbrk(text, "xX") ? 16 : 10);
	return errno || (!is_long && (value > INT32_MAX || value < INT32_MIN));
}

static void take_number(struct source *s)
{
	const char *begin = s->at;
	size_t len;

	if (*s->at == '-' || *s->at == '+')
		s->at++;
	if (next_is(s, "0x") || next_is(s, "0X"))
		for (s->at += 2; s->at < s->end && isxdigit((unsigned char)*s->at);)
			s->at++;
	else
		while (s->at < s->end && isdigit((unsigned char)*s->at))
			s->at++;
	len = (size_t)(s->at - begin);
	if (s->at < s->end && strchr(".eE", *s->at)) {
		while (s->at < s->end && (isalnum((unsigned char)*s->at) || strchr(".+-", *s->at)))
			s->at++;
		return; /* a fraction */
	}
	if (wraps(begin, len, s->at < s->end && *s->at == 'L'))
		diag_error(s->diag, s->path, s->line, s->key,
			   "expected a number below 2^31: write a larger one as a string, \"%.*s\"",
			   (int)len, begin);
	while (s->at < s->end && *s->at == 'L')
		s->at++;
}

/* Returns false if the rest of the file cannot be checked. */
static bool take_token(struct source *s)
{
	char c = *s->at;

	if (c == '#' || next_is(s, "//")) {
		skip_to(s, "\n");
	} else if (next_is(s, "/*")) {
		skip_to(s, "*/");
	} else if (c == '"') {
		skip_string(s);
	} else if (isalpha((unsigned char)c) || c == '*') {
		take_name(s);
	} else if (isdigit((unsigned char)c) || c == '-' || c == '+') {
		take_number(s);
	} else if (c == '\0') {
		diag_error(s->diag, s->path, s->line, NULL,
			   "expected a text file, got a binary file");
		return false;
	} else if (next_is(s, "@include")) {
		diag_error(s->diag, s->path, s->line, "@include",
			   "unexpected: name the file in 'load' instead");
		return false;
	} else {
		take(s);
	}
	return true;
}

static bool check_text(const char *path, const char *text, size_t len, struct diag *diag)
{
	struct source s = {.path = path, .diag = diag, .at = text, .end = text + len, .line = 1};
	bool fit = true;

	while (fit && s.at < s.end)
		fit = take_token(&s);
	free(s.key);
	return fit;
}

/* Returns the text of a regular file, which the caller frees. Returns NULL if it cannot be read,
 * and sets *problem. libconfig's scanner would end the process on a directory. */
static char *read_source(FILE *f, size_t *len, const char **problem)
{
	struct stat st;
	char *text;

	if (fstat(fileno(f), &st) < 0 || !S_ISREG(st.st_mode)) {
		*problem = "not a regular file";
		return NULL;
	}
	if (st.st_size > SOURCE_MAX) {
		*problem = "larger than 16 MB";
		return NULL;
	}
	text = xcalloc(1, (size_t)st.st_size + 1);
	*len = fread(text, 1, (size_t)st.st_size, f);
	if (!ferror(f))
		return text;
	*problem = strerror(errno);
	free(text);
	return NULL;
}

bool schema_check_source(const char *path, struct diag *diag)
{
	const char *problem = NULL;
	int fd = open(path,
		      O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* O_NONBLOCK: do not wait for a FIFO */
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	char *text = NULL;
	size_t len = 0;
	bool fit = false;

	if (f)
		text = read_source(f, &len, &problem);
	else
		problem = strerror(errno);
	if (text)
		fit = check_text(path, text, len, diag);
	else
		diag_error(diag, path, 0, NULL, "cannot read: %s", problem);
	free(text);
	if (f)
		fclose(f);
	return fit;
}
