/* SPDX-License-Identifier: MIT */
#include "judge/unjudged.h"

#include "base/container.h"

#define INSIDE  "it is about what a program sees of its TCP, or about its inside"
#define DELIVER "whether octets reach the program only the program can tell"
#define PASSIVE "it is about who is connected to, not about who connects"
#define POLICY  "either way is right"

static const struct unjudgeable list[] = {
	{"MUST-9", "which function makes its ISNs cannot be seen; MUST-8 is about what can"},
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
	{"MUST-46", "it has to be told to connect to such an address"},
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
	{"SHLD-6", "which MTU it reckons with cannot be seen"},
	{"SHLD-9", INSIDE},
	{"SHLD-13", "it is about programs"},
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
	{"MAY-12", "the clauses of RFC 5961 are about it"},
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
