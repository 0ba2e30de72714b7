/* SPDX-License-Identifier: MIT */
/*
 * protocol: the control protocol, for both of its sides: JSON-RPC 2.0 over a Unix stream socket,
 * one message per line. The server greets with {"synackd": VERSION, "protocol": CONTROL_PROTOCOL,
 * "limits": {"line": CONTROL_LINE_MAX, "clients": N}} and then answers requests. synackd-control(7)
 * describes the methods. This header includes no other, and cli/ includes no other header of
 * control/.
 */
#ifndef SYNACKD_CONTROL_PROTOCOL_H
#define SYNACKD_CONTROL_PROTOCOL_H

#define CONTROL_PROTOCOL 1
#define CONTROL_PATH     "/run/synackd/control" /* default path of the socket */
#define CONTROL_LINE_MAX 65536                  /* octets of a request, without the line end */

/* Limit of connections in an answer to METHOD_CONNECTIONS; METHOD_STATUS returns the true number.
 */
#define CONTROL_CONNECTIONS_MAX 10000

/* Limit of open connections, and of actions, in an answer to METHOD_DUE. */
#define CONTROL_DUE_MAX 1000

/* Error codes of JSON-RPC, and codes of this server. */
enum control_error {
	CONTROL_PARSE_ERROR = -32700,
	CONTROL_INVALID_REQUEST = -32600,
	CONTROL_NO_METHOD = -32601,
	CONTROL_BAD_PARAMS = -32602,
	CONTROL_REFUSED = -32000,
	CONTROL_UNKNOWN_NAME = -32001, /* unknown endpoint, behaviour, connection or other name */
	CONTROL_FORBIDDEN = -32002,    /* the client may only read */
};

/* The methods. After METHOD_FOLLOW the server also sends notifications of that name. */
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

/* The subjects of METHOD_FOLLOW. */
#define FOLLOW_CONNECTIONS "connections"
#define FOLLOW_TRACE       "trace"

/* The domain of the host names of endpoints. No host on the Internet is in it (RFC 6761 6.2). */
#define CONTROL_DOMAIN "synack.test"

#endif
