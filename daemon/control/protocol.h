/* SPDX-License-Identifier: MIT */
/*
 * The control protocol, as both of its sides must know it: JSON-RPC 2.0, a line a message, over a
 * Unix stream socket. The server greets with {"synackd": VERSION, "protocol": CONTROL_PROTOCOL,
 * "limits": {"line": CONTROL_LINE_MAX, "clients": N}}, then answers requests. What each method
 * takes and answers is in synackctl(1). This header includes nothing, and cli/ knows no other one
 * of control/.
 */
#ifndef SYNACKD_CONTROL_PROTOCOL_H
#define SYNACKD_CONTROL_PROTOCOL_H

#define CONTROL_PROTOCOL 1
#define CONTROL_PATH     "/run/synackd/control" /* of the socket, unless the config has another */
#define CONTROL_LINE_MAX 65536                  /* octets of a request, without its line end */

/* Connections that METHOD_CONNECTIONS answers with at most; METHOD_STATUS has the true count. */
#define CONTROL_CONNECTIONS_MAX 10000

/* Open connections, and actions, that METHOD_DUE answers with at most. */
#define CONTROL_DUE_MAX 1000

/* Codes of errors: of JSON-RPC, and those that it leaves to servers. */
enum control_error {
	CONTROL_PARSE_ERROR = -32700,
	CONTROL_INVALID_REQUEST = -32600,
	CONTROL_NO_METHOD = -32601,
	CONTROL_BAD_PARAMS = -32602,
	CONTROL_REFUSED = -32000,
	CONTROL_UNKNOWN_NAME = -32001, /* no endpoint, behaviour or connection of that name */
	CONTROL_FORBIDDEN = -32002,    /* a change, by a client that may only read */
};

/* Methods. A client that asked for METHOD_FOLLOW is sent notifications of that name, too. */
#define METHOD_STATUS       "status"
#define METHOD_ENDPOINTS    "endpoints"
#define METHOD_BEHAVIOURS   "behaviours"
#define METHOD_CONNECTIONS  "connections"
#define METHOD_TRACE        "trace"
#define METHOD_DUE          "due"
#define METHOD_HOSTS        "hosts"
#define METHOD_VERDICTS     "verdicts"
#define METHOD_REQUIREMENTS "requirements"
#define METHOD_SUITES       "suites"
#define METHOD_FOLLOW       "follow"
#define METHOD_DIFF         "diff"
#define METHOD_SET          "set"
#define METHOD_ADD          "add"
#define METHOD_REMOVE       "remove"
#define METHOD_RESET        "reset"
#define METHOD_NEXT         "next"
#define METHOD_PENDING      "pending"
#define METHOD_CANCEL       "cancel"
#define METHOD_ABORT        "abort"
#define METHOD_CLOSE        "close"
#define METHOD_LEAVE        "leave"
#define METHOD_FORGET       "forget"
#define METHOD_UNBOUNDED    "unbounded"
#define METHOD_RELOAD       "reload"

/* What METHOD_FOLLOW follows. */
#define FOLLOW_CONNECTIONS "connections"
#define FOLLOW_TRACE       "trace"

/* The domain of the endpoints' host names; RFC 6761 6.2: no host on the Internet is in it. */
#define CONTROL_DOMAIN "synack.test"

#endif
