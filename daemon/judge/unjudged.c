/* SPDX-License-Identifier: MIT */
#include "judge/unjudged.h"

#include "base/container.h"

#define INSIDE  "concerns the interface to programs, or internals of a TCP"
#define DELIVER "only the program sees if data is delivered to it"
#define PASSIVE "concerns the passive side of a connection"
#define POLICY  "permits either behaviour"

static const struct unjudgeable list[] = {
	{"MUST-9", "the function behind ISNs is not visible; MUST-8 covers the visible part"},
	{"MUST-12", INSIDE},
	{"MUST-17", INSIDE},
	{"MUST-21", INSIDE},
	{"MUST-24", INSIDE},
	{"MUST-27", INSIDE},
	{"MUST-32", DELIVER},
	{"MUST-33", DELIVER},
	{"MUST-41", PASSIVE},
	{"MUST-42", INSIDE},
	{"MUST-43", INSIDE},
	{"MUST-44", INSIDE},
	{"MUST-45", INSIDE},
	{"MUST-46", "the client's program would have to connect to such an address"},
	{"MUST-47", INSIDE},
	{"MUST-48", INSIDE},
	{"MUST-49", INSIDE},
	{"MUST-51", INSIDE},
	{"MUST-52", INSIDE},
	{"MUST-53", PASSIVE},
	{"MUST-57", PASSIVE},
	{"MUST-58", INSIDE},
	{"MUST-60", INSIDE},
	{"MUST-63", PASSIVE},
	{"SHLD-6", "the MTU that a client assumes is not visible"},
	{"SHLD-9", INSIDE},
	{"SHLD-13", "concerns programs"},
	{"SHLD-20", INSIDE},
	{"SHLD-21", INSIDE},
	{"SHLD-22", INSIDE},
	{"SHLD-23", INSIDE},
	{"SHLD-24", PASSIVE},
	{"SHLD-25", INSIDE},
	{"MAY-4", POLICY},
	{"MAY-5", POLICY},
	{"MAY-8", POLICY},
	{"MAY-9", INSIDE},
	{"MAY-10", POLICY},
	{"MAY-11", POLICY},
	{"MAY-12", "covered by the clauses of RFC 5961"},
	{"MAY-14", INSIDE},
	{"MAY-15", INSIDE},
	{"MAY-16", INSIDE},
	{"MAY-17", INSIDE},
	{"MAY-18", POLICY},
	{"REC-1", INSIDE},
};

const struct unjudgeable *unjudgeable_at(unsigned i)
{
	return i < COUNT_OF(list) ? &list[i] : NULL;
}
