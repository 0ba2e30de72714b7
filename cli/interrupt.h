/* SPDX-License-Identifier: MIT */
/* interrupt: defers signals that end a command, so that it can clean up first. */
#ifndef SYNACKCTL_INTERRUPT_H
#define SYNACKCTL_INTERRUPT_H

/* From now on SIGINT, SIGTERM and SIGHUP are only recorded. SIGHUP remains ignored if it was
 * ignored, as by nohup(1). */
void interrupt_catch(void);

/* Returns the number of the last recorded signal, or 0 if there is none. */
int interrupt_came(void);

/* Restores the actions before interrupt_catch(). If a signal was recorded, SIGINT and SIGTERM end
 * the process from now on. */
void interrupt_release(void);

#endif
