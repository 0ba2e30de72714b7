/* SPDX-License-Identifier: MIT */
/*
 * control_server: a control server on a thread of its own, and clients of its socket.
 *
 * Its methods: `echo` returns the parameters, `refuse` fails, `large` returns LARGE octets, `slow`
 * counts its calls, `later` defers its answer until `answer` sends it, `stop` ends the server.
 */
#ifndef SYNACKD_TESTS_UNIT_LIB_CONTROL_SERVER_H
#define SYNACKD_TESTS_UNIT_LIB_CONTROL_SERVER_H

#include <jansson.h>
#include <semaphore.h>
#include <stdio.h>

#define LARGE (4 * 1024 * 1024)

/* The directory of the socket, and the path of the socket. */
extern char directory[];
extern char path[64];

extern unsigned larges, slows; /* calls of `large` and `slow`; atomic */
extern unsigned slows_at_echo; /* `slows` at the last `echo`; atomic */
extern unsigned left;          /* clients that closed before their deferred answer; atomic */
extern sem_t gate;             /* after close_gate(), the first `slow` waits for it */

/* Starts the server. control_end() stops it and checks that it removed its socket. */
void control_begin(void);
void control_end(void);

/* Stops the server through the connection `f`, which it closes. */
void control_stop(FILE *f);

/* Makes the first `slow` wait until the test posts `gate`. */
void close_gate(void);

/* Returns a new connection, before or after its greeting. The caller closes it. */
FILE *connect_to(void);
FILE *connect_greeted(void);

void send_text(FILE *f, const char *text);

/* Returns the next line as JSON, or NULL at the end of the stream. The caller puts it. */
json_t *receive_line(FILE *f);

/* Sends a text and returns the next line, as receive_line() does. */
json_t *ask(FILE *f, const char *text);

/* Returns error.code of an answer, and puts the answer. */
int code_of(json_t *answer);

#endif
