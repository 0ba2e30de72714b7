/* SPDX-License-Identifier: MIT */
/* thread: starts threads. */
#ifndef SYNACKD_BASE_THREAD_H
#define SYNACKD_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* Starts a thread with all signals blocked: the main thread receives them. Returns false on
 * failure. */
bool thread_start(pthread_t *out, void *(*run)(void *arg), void *arg);

#endif
