/* SPDX-License-Identifier: MIT */
/* conflicts: warns of joined behaviours that contradict each other. They are permitted, as an
 * operator may intend it; the warning names the behaviour that takes effect. */
#ifndef SYNACKD_CATALOGUE_CONFLICTS_H
#define SYNACKD_CATALOGUE_CONFLICTS_H

#include "catalogue/catalogue.h"

/*
 * Looks for contradictions among `count` behaviours that were compiled into `rs` in this order:
 *
 * - one key of `use` set twice, or without effect because of the `options` of another behaviour;
 * - one field of one segment set twice;
 * - a segment that is always dropped before a later rule receives it, or is never sent;
 * - a connection that two behaviours open, or that one ends before another moves it;
 * - one behaviour joined to itself.
 *
 * Each is a warning in `diag`, under file, line and key (NULL file: the text is from the CLI), that
 * names both behaviours and the one that takes effect.
 */
void conflicts_warn(const struct behaviour *const *joined, unsigned count, const struct ruleset *rs,
		    struct diag *diag, const char *file, unsigned line, const char *key);

#endif
