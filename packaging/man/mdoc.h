/* SPDX-License-Identifier: MIT */
/* Text into mdoc(7), on standard output: whatever is in it stands there as it is. */
#ifndef SYNACKD_PACKAGING_MAN_MDOC_H
#define SYNACKD_PACKAGING_MAN_MDOC_H

/* A line of a macro, without its dot: `It Fl -times Ar N`. Its words are not escaped but for what
 * mdoc would read in them. */
void mdoc_macro(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Sentences of a paragraph, each on lines of its own, with a stop at the end if there is none. */
void mdoc_text(const char *text);

/* Paragraphs with blank lines between them; lines that begin with a blank are examples, which keep
 * their form. */
void mdoc_paragraphs(const char *text);

#endif
