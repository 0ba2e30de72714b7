/* SPDX-License-Identifier: MIT */
#ifndef SYNACKD_BASE_THREAD_H
#define SYNACKD_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* Start a thread with all signals blocked: the main thread receives them. Returns false if none
 * could be started. */
bool thread_start(pthread_t *out, void *(*run)(void *arg), void *arg);

#endif
