#!/usr/bin/env python3
# echo.py - A small server for the tests: echo.py PORT... ; TCP, both
# families; each line that comes goes back.
# SPDX-License-Identifier: GPL-2.0-or-later
import selectors
import socket
import sys

sel = selectors.DefaultSelector()


def take(sock):
    conn, _ = sock.accept()
    conn.setblocking(False)
    sel.register(conn, selectors.EVENT_READ, give)


def give(conn):
    try:
        data = conn.recv(4096)
        if data:
            conn.sendall(data)
            return
    except OSError:
        pass
    sel.unregister(conn)
    conn.close()


for port in sys.argv[1:]:
    sock = socket.create_server(("::", int(port)), family=socket.AF_INET6,
                                dualstack_ipv6=True, backlog=128)
    sel.register(sock, selectors.EVENT_READ, take)
while True:
    for key, _ in sel.select():
        key.data(key.fileobj)
