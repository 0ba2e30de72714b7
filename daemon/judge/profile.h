/* SPDX-License-Identifier: MIT */
/* profile: known deviations of a client from clauses. */
#ifndef SYNACKD_JUDGE_PROFILE_H
#define SYNACKD_JUDGE_PROFILE_H

#include <stdbool.h>

/* The texts of both structs are owned. */
struct deviation {
	char *requirement;
	char *behaviour; /* restricted to connections with this behaviour; "": all */
	char *why;       /* for people */
};

struct profile {
	char *name;
	char *summary;
	unsigned deviations;
	struct deviation *deviation;
	const char *file; /* file that defines it; borrowed */
	unsigned line;
};

/* Makes a copy that owns all its texts except `file`. The caller frees it with profile_release().
 * Returns false if memory runs out, and *out is zeroed then. */
bool profile_copy(const struct profile *p, struct profile *out);

/* Frees the contents, and zeroes *p. */
void profile_release(struct profile *p);

/* Returns the reason why a client of this profile deviates from the clause in a connection with
 * `behaviour`, a list joined by `+`. Returns NULL if the profile is NULL or does not list the
 * deviation. The text remains valid as long as the profile. */
const char *profile_why(const struct profile *p, const char *requirement, const char *behaviour);

#endif
