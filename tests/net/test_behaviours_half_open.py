#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""conf/behaviours/half-open.conf, with the kernel's client."""
from behaviours import check, main


@check("half-open-forget")
def half_open_forget(c):
    sock = c.connect()
    c.wait(lambda: c.received("A"), "the ACK of the handshake")
    sock.sendall(b"x")
    c.raises(ConnectionResetError, sock.recv, 1)
    c.equal(len(c.sent("R")), 1, "RSTs")
    sock = c.connect()
    c.wait(lambda: len(c.sent("SA")) == 2, "what comes after: another SYN-ACK")


if __name__ == "__main__":
    main("half-open")
