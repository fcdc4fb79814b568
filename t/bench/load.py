#!/usr/bin/env python3
# load.py - What a tree of processes has used.
# SPDX-License-Identifier: GPL-2.0-or-later
#
#   load.py pss PID [TEXT]   kB in all of PID's tree, and in the processes
#                            that have TEXT in their command line
#   load.py cpu PID          microseconds that the tree has run, with the
#                            ended children that it waited for
#   load.py run PID          nanoseconds that this one process has run
#   load.py roles PID        the same for each process of the tree, all its
#                            threads that have not ended: NAME NANOSECONDS
#   load.py find PID NAME    pid of that name in the tree
#   load.py tree PID         all pids
import glob
import os
import sys


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def parents():
    found = {}
    for name in os.listdir("/proc"):
        stat = read("/proc/%s/stat" % name) if name.isdigit() else b""
        if stat:
            found[int(name)] = int(stat.rsplit(b")", 1)[1].split()[1])
    return found


def tree(root):
    parent = parents()
    pids = [root]
    for pid in pids:
        pids += [child for child in parent if parent[child] == pid]
    return pids


def with_text(text):
    return [pid for pid in parents()
            if pid != os.getpid() and b"gpg-agent"
            in read("/proc/%d/cmdline" % pid)
            and text.encode() in read("/proc/%d/cmdline" % pid)]


def pss(pid):
    for line in read("/proc/%d/smaps_rollup" % pid).splitlines():
        if line.startswith(b"Pss:"):
            return int(line.split()[1])
    return 0


def cpu(pid):
    stat = read("/proc/%d/stat" % pid).rsplit(b")", 1)[-1].split()
    ticks = sum(int(x) for x in stat[11:15]) if stat else 0
    return ticks * 1000000 // os.sysconf("SC_CLK_TCK")


def ran(pid):
    """Nanoseconds, user and kernel, of all threads of a process."""
    total = 0
    for task in glob.glob("/proc/%d/task/*/schedstat" % pid):
        total += int((read(task).split() or [0])[0])
    return total


def roles(root):
    """Nanoseconds of each role: children of one name are one role."""
    found = {}
    for pid in tree(root):
        name = name_of(pid)
        found[name] = found.get(name, 0) + ran(pid)
    return found


def name_of(pid):
    return read("/proc/%d/comm" % pid).decode().strip()


def main():
    verb, pid = sys.argv[1], int(sys.argv[2])
    if verb == "pss":
        more = with_text(sys.argv[3]) if len(sys.argv) > 3 else []
        print(sum(pss(p) for p in set(tree(pid) + more)))
    elif verb == "cpu":
        print(sum(cpu(p) for p in tree(pid)))
    elif verb == "run":
        print(read("/proc/%d/schedstat" % pid).split()[0].decode())
    elif verb == "find":
        print(*[p for p in tree(pid) if name_of(p) == sys.argv[3]][:1])
    elif verb == "roles":
        for name, ns in sorted(roles(pid).items()):
            print(name, ns)
    elif verb == "tree":
        print(*tree(pid))


if __name__ == "__main__":
    main()
