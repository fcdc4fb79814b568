#!/usr/bin/env python3
# on-terminal.py - Runs a command on a terminal of its own, for the tests.
# SPDX-License-Identifier: GPL-2.0-or-later
#
#   on-terminal.py EXPECT FILE COMMAND...
#
# When the screen has shown EXPECT, FILE's first line is typed, and Return.
# What came to the screen is printed in the end; exit status: COMMAND's, or
# 124 where it neither shows EXPECT nor ends within 30 seconds.

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

expect = sys.argv[1].encode()
with open(sys.argv[2], "rb") as f:
    line = f.readline().rstrip(b"\n")
pid, fd = pty.fork()
if not pid:
    os.execvp(sys.argv[3], sys.argv[3:])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
screen = b""
typed = False
end = time.monotonic() + 300
while True:
    left = end - time.monotonic()
    if left <= 0 or not select.select([fd], [], [], left)[0]:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        status = 124
        break
    try:
        data = os.read(fd, 4096)
    except OSError:             # The terminal is closed.
        data = b""
    if not data:
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        break
    screen += data
    if not typed and expect in screen:
        os.write(fd, line + b"\r")
        typed = True
sys.stdout.buffer.write(screen)
sys.exit(status)
