#!/usr/bin/env python3
# scan-memory.py - Looks for a secret where it must not be, for the tests.
# SPDX-License-Identifier: GPL-2.0-or-later
#
#   scan-memory.py FILE memory PID...   in those processes' memory
#   scan-memory.py FILE processes       in all command lines and environments
#
# FILE's first line is the secret; its base64 is looked for as well.  What is
# found is printed, and the exit status is then 1.

import base64
import os
import sys

MAX_REGION = 1 << 30            # A sanitizer's shadow is larger.


def regions(pid):
    with open(f"/proc/{pid}/maps") as f:
        for line in f:
            fields = line.split()
            start, end = (int(x, 16) for x in fields[0].split("-"))
            name = fields[5] if len(fields) > 5 else "anonymous"
            if "r" in fields[1] and end - start <= MAX_REGION \
                    and name not in ("[vvar]", "[vsyscall]"):
                yield start, end, name


def scan_memory(pid, needles):
    found = read = 0
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as mem:
        for start, end, name in regions(pid):
            try:
                mem.seek(start)
                data = mem.read(end - start)
            except OSError:
                continue
            read += len(data)
            for needle in needles:
                if needle in data:
                    print(f"{pid}: {name} at {start:x}")
                    found += 1
    # A scan that saw nothing has shown nothing.
    if read < 100000:
        sys.exit(f"{pid}: only {read} bytes could be read")
    return found


def scan_processes(needles):
    found = seen = 0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        for name in "cmdline", "environ":
            try:
                with open(f"/proc/{pid}/{name}", "rb") as f:
                    data = f.read()
            except OSError:
                continue
            seen += len(data)
            if any(needle in data for needle in needles):
                print(f"{pid}: {name}")
                found += 1
    if not seen:
        sys.exit("no process could be looked at")
    return found


with open(sys.argv[1], "rb") as f:
    secret = f.readline().rstrip(b"\n")
needles = [secret, base64.b64encode(secret)]
if sys.argv[2] == "memory":
    count = sum(scan_memory(pid, needles) for pid in sys.argv[3:])
else:
    count = scan_processes(needles)
sys.exit(count != 0)
