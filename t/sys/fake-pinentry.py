#!/usr/bin/env python3
# fake-pinentry.py - A pinentry that answers what a test wants.
# SPDX-License-Identifier: GPL-2.0-or-later
#
# FAKE_PINENTRY is a folder: what comes in goes to its file "log", a line
# each, and GETPIN is answered by its file "answer":
#   pin TEXT      the password is TEXT, to the end of the file
#   error NUMBER  an error with that code
#   die           no answer at all
# CONFIRM is answered by its file "confirm" likewise ("yes", where there is
# none).
# With a file "plain" there it knows no option.  With a fifo "answer" the
# question stays open until somebody writes it.

import os
import sys

folder = os.environ["FAKE_PINENTRY"]
out = sys.stdout.buffer


def reply(data):
    out.write(data + b"\n")
    out.flush()


def give_pin(pin):
    escaped = b"".join(
        b"%%%02X" % c if c in b"%\r\n" else bytes([c]) for c in pin)
    # Lines of the protocol hold 1000 bytes; an escape is not cut.
    while escaped:
        n = min(len(escaped), 900)
        while b"%" in escaped[max(n - 2, 0):n] and n < len(escaped):
            n -= 1
        reply(b"D " + escaped[:n])
        escaped = escaped[n:]
    reply(b"OK")


def answer(name):
    with open(folder + "/" + name, "rb") as f:
        word, _, rest = f.read().partition(b" ")
    if word == b"pin":
        give_pin(rest)
    elif word == b"error":
        reply(b"ERR %d a reason" % int(rest))
    else:
        sys.exit(1)


log = open(folder + "/log", "ab", buffering=0)
reply(b"OK at your service")
for line in sys.stdin.buffer:
    line = line.rstrip(b"\n")
    log.write(line + b"\n")
    command = line.split(b" ")[0]
    if command == b"GETPIN":
        answer("answer")
    elif command == b"CONFIRM" and os.path.exists(folder + "/confirm"):
        answer("confirm")
    elif command == b"BYE":
        reply(b"OK")
        break
    elif command == b"OPTION" and os.path.exists(folder + "/plain"):
        reply(b"ERR 83886254 Unknown option")
    else:
        reply(b"OK")
