#!/usr/bin/env python3
# fake-ldap.py - A directory that misbehaves, for the tests.
# SPDX-License-Identifier: GPL-2.0-or-later
#
#   fake-ldap.py hang PORT            takes connections and says nothing
#   fake-ldap.py garbage PORT         answers what is no LDAP
#   fake-ldap.py drop PORT            hears a request and hangs up
#   fake-ldap.py slow PORT SECONDS    takes any password, after a while
#   fake-ldap.py echo PORT            refuses, and repeats all that it heard
#
# Each request of a connection is printed, a line of its length.

import os
import selectors
import socket
import sys
import time

mode, port = sys.argv[1], int(sys.argv[2])
delay = float(sys.argv[3]) if len(sys.argv) > 3 else 0
sel = selectors.DefaultSelector()
due = []


def response(data, code, text=b""):
    """bindResponse of RFC 4511 for the message id in DATA."""
    ident = data[2:5]
    if data[1] & 0x80:          # A long length.
        ident = data[2 + (data[1] & 0x7f):5 + (data[1] & 0x7f)]
    text = text[:100]
    result = b"\x0a\x01" + bytes([code]) + b"\x04\x00\x04" + bytes([len(text)]) + text
    body = ident + b"\x61" + bytes([len(result)]) + result
    return b"\x30" + (bytes([len(body)]) if len(body) < 128
                      else b"\x81" + bytes([len(body)])) + body


def take(sock):
    conn, _ = sock.accept()
    sel.register(conn, selectors.EVENT_READ, hear)


def close(conn):
    sel.unregister(conn)
    conn.close()


def hear(conn):
    try:
        data = conn.recv(65536)
    except OSError:
        data = b""
    if not data or mode == "drop":
        return close(conn)
    if len(data) <= 7:          # Good-bye (unbindRequest).
        return
    print(mode, len(data), flush=True)
    if mode == "garbage":
        conn.sendall(b"\x30\x84\x00\x00\x00\x10" + os.urandom(4096))
    elif mode == "echo":
        conn.sendall(response(data, 80, data[-100:]))
    elif mode == "slow":
        due.append((time.monotonic() + delay, conn, response(data, 0)))


listener = socket.create_server(("", port), backlog=256)
sel.register(listener, selectors.EVENT_READ, take)
while True:
    wait = max(0, due[0][0] - time.monotonic()) if due else None
    for key, _ in sel.select(wait):
        key.data(key.fileobj)
    while due and due[0][0] <= time.monotonic():
        _, conn, answer = due.pop(0)
        try:
            conn.sendall(answer)
        except OSError:
            pass
