/* SPDX-License-Identifier: MIT */
/* mdoc: writes text as mdoc(7) to standard output; the rendered page has the same text. */
#ifndef SYNACKD_PACKAGING_MAN_MDOC_H
#define SYNACKD_PACKAGING_MAN_MDOC_H

/* Writes the line of a macro; the text has no dot at its beginning: `It Fl -times Ar N`.
 * Backslashes and characters outside of ASCII are escaped; macro names among the words are not. */
void mdoc_macro(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Writes a paragraph, each sentence on new lines. Adds a full stop if the text ends without one. */
void mdoc_text(const char *text);

/* Writes paragraphs, which are separated by empty lines. Lines that begin with a blank are examples
 * and keep their form. */
void mdoc_paragraphs(const char *text);

#endif
