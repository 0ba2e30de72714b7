/* SPDX-License-Identifier: MIT */
/* Joined behaviours that contradict each other: allowed, since an operator may want just that, but
 * said, with which one wins. */
#ifndef SYNACKD_CATALOGUE_CONFLICTS_H
#define SYNACKD_CATALOGUE_CONFLICTS_H

#include "catalogue/catalogue.h"

/*
 * Look for contradictions among `count` behaviours that were compiled into `rs` in this order: one
 * key of `use` given twice, or without effect because of the `options` of another, one field of one
 * segment set twice, a segment dropped, always, before a later rule sees it, or never sent, a
 * connection opened by two or ended before another moves it, and one behaviour joined to itself.
 * Each is a warning in `diag`, under file, line and key (NULL file: live), that names both and says
 * which one wins.
 */
void conflicts_warn(const struct behaviour *const *joined, unsigned count, const struct ruleset *rs,
		    struct diag *diag, const char *file, unsigned line, const char *key);

#endif
