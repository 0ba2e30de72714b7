/* SPDX-License-Identifier: MIT */
/* Messages for the user. */
#ifndef SYNACKCTL_COMPLAIN_H
#define SYNACKCTL_COMPLAIN_H

/* Writes `synackctl: …` on standard error, with a line end. */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
