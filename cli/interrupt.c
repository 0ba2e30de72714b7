/* SPDX-License-Identifier: MIT */
#include "interrupt.h"

#include <signal.h>
#include <stddef.h>

#define ENDS 3

static const int ends[ENDS] = {SIGINT, SIGTERM, SIGHUP};
static struct sigaction before[ENDS];
static volatile sig_atomic_t came;

static void note(int number)
{
	came = number;
}

void interrupt_catch(void)
{
	const struct sigaction noted = {.sa_handler = note};

	came = 0;
	for (size_t i = 0; i < ENDS; i++) {
		sigaction(ends[i], &noted, &before[i]);
		if (ends[i] == SIGHUP && before[i].sa_handler == SIG_IGN)
			signal(SIGHUP, SIG_IGN);
	}
}

int interrupt_came(void)
{
	return came;
}

void interrupt_release(void)
{
	for (size_t i = 0; i < ENDS; i++)
		if (came && ends[i] != SIGHUP)
			signal(ends[i], SIG_DFL);
		else
			sigaction(ends[i], &before[i], NULL);
}
