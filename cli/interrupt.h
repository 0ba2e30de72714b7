/* SPDX-License-Identifier: MIT */
/* Signals that end a command, when something is to be put away before. */
#ifndef SYNACKCTL_INTERRUPT_H
#define SYNACKCTL_INTERRUPT_H

/* From now on SIGINT, SIGTERM and SIGHUP are noted, and end nothing. SIGHUP stays ignored if it
 * was, as by nohup(1). */
void interrupt_catch(void);

/* The number of the last signal that came; 0: none did. */
int interrupt_came(void);

/* As before interrupt_catch(), but that after a signal the next one ends the process at once. */
void interrupt_release(void);

#endif
