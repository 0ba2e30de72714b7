/* SPDX-License-Identifier: MIT */
/* complain: messages for the user, on standard error. */
#ifndef SYNACKCTL_COMPLAIN_H
#define SYNACKCTL_COMPLAIN_H

/* Reports an error in the form `OBJECT: PROBLEM: REMEDY`, where the remedy may be missing. Writes
 * it at once, as a line `synackctl: …` that is folded to the screen. After complain_as_json(),
 * complain_end() writes it. */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Adds a line to the last complaint. It is indented. */
void complain_more(const char *line);

/* Reports a condition that does not stop the command, such as `warning: …`. Writes it without
 * `synackctl: `, and not under --quiet. */
void remark(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* From now on, complain_end() writes all complaints as one JSON object. */
void complain_as_json(void);

/* Sets the name of the command, for the JSON object. `command` must remain valid. */
void complain_of(const char *command);

/*
 * Writes the collected complaints when the process ends with this exit code. If the code is not 0,
 * writes one line: {"error": {"object", "problem", "remedy", "message", "errors", "command",
 * "exit_code"}}. `errors` are all messages; the first four are parts of the first message. The name
 * of the command replaces a missing object. A hint to the help or the log replaces a missing
 * remedy.
 */
void complain_end(int code);

#endif
