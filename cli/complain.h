/* SPDX-License-Identifier: MIT */
/* Messages for the user, on standard error. */
#ifndef SYNACKCTL_COMPLAIN_H
#define SYNACKCTL_COMPLAIN_H

/*
 * Say why a command fails: `OBJECT: PROBLEM: REMEDY`, of which the remedy may be missing. It is
 * written at once, as `synackctl: …` with a line end, folded to the screen; or, after
 * complain_as_json(), kept for complain_end().
 */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Add a line to the last complaint, which is indented below it. */
void complain_more(const char *line);

/* Say something though the command goes on, as `warning: …`, without `synackctl: ` in front.
 * Nothing under --quiet. */
void remark(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* From now on complaints are collected, and become one JSON object. */
void complain_as_json(void);

/* The command that complaints are about from now on; borrowed. */
void complain_of(const char *command);

/*
 * At the end of a process with this exit code: write what was collected, if the code is not 0, as
 * one line, {"error": {"object", "problem", "remedy", "message", "errors", "command",
 * "exit_code"}}. The parts are those of the first complaint; `errors` are all messages. For a part
 * that it lacks stands the name of the command, or where to look.
 */
void complain_end(int code);

#endif
