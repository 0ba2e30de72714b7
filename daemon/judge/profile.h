/* SPDX-License-Identifier: MIT */
/* What a client is known to do otherwise than a clause says. */
#ifndef SYNACKD_JUDGE_PROFILE_H
#define SYNACKD_JUDGE_PROFILE_H

#include <stdbool.h>

/* The texts of both are owned. */
struct deviation {
	char *requirement;
	char *behaviour; /* only where a connection met this one; "": wherever */
	char *why;       /* for people */
};

struct profile {
	char *name;
	char *summary;
	unsigned deviations;
	struct deviation *deviation;
	const char *file; /* where it is defined; borrowed */
	unsigned line;
};

/* A copy, all of whose texts are its own but for `file`, for profile_release(). Returns false if
 * memory runs out, and *out is zeroed then. */
bool profile_copy(const struct profile *p, struct profile *out);

/* Free what is in it; *p is zeroed then. */
void profile_release(struct profile *p);

/*
 * Why a client of this profile deviates from the clause in a connection that met `behaviour`, a
 * list joined by `+`. Returns NULL if the profile does not say that it does, or is NULL; else the
 * profile's words, which live as long as it does.
 */
const char *profile_why(const struct profile *p, const char *requirement, const char *behaviour);

#endif
