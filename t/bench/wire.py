#!/usr/bin/env python3
# wire.py - From a datagram on the wire to an open port, several servers in
# turn.  SPDX-License-Identifier: GPL-2.0-or-later
#
#   wire.py times PLAN       prints one line a target: NAME KEY MEDIAN P95 N
#   wire.py cpu PLAN         prints one line a target and role: NAME ROLE US,
#                            the CPU for each request; "all": of all roles
#   wire.py midst PLAN FLOOD...   sends while two FLOODs run; prints the sends
#   wire.py under PLAN FLOOD...   the same for many requests and one FLOOD
#   wire.py revoked PLAN STARTED  sends until requests are refused; prints
#                            the seconds since the time STARTED
#
# PLAN is a JSON file; run.sh writes it.  All times are in milliseconds.
#
# One process, so one clock.  It holds a socket in each server's namespace
# that hears of changes of nftables, and works from the client's namespace.
# In turn, each target gets a request while nothing else runs (the moment
# that the kernel tells of the new element or rule is taken) and one while
# new TCP connections are tried every 0.2 ms until one succeeds.  The
# baseline runs between them: the same messages, gpg alone, as the same users.
import ctypes
import json
import os
import select
import socket
import statistics
import subprocess
import sys
import time

sys.dont_write_bytecode = True          # The source may be somebody else's.
import load  # noqa: E402

NETLINK_NETFILTER, SOL_NETLINK, ADD_MEMBERSHIP = 12, 270, 1
GROUP_NFTABLES = 7
NEW_RULE, NEW_ELEMENT = 0x0A06, 0x0A0C
PATIENCE = 5.0
BLOCK = 10
MOST_SENDS = 6
TRY_EVERY = 0.0002

libc = ctypes.CDLL(None, use_errno=True)


def enter(namespace):
    fd = os.open("/run/netns/" + namespace, os.O_RDONLY)
    if libc.setns(fd, 0x40000000):
        raise OSError(ctypes.get_errno(), "setns " + namespace)
    os.close(fd)


def listen_nftables(namespace):
    enter(namespace)
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                         NETLINK_NETFILTER)
    sock.bind((0, 0))
    sock.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP, GROUP_NFTABLES)
    sock.setblocking(False)
    return sock


def tells_of_more(sock):
    """Whether nftables has told of a new rule or element."""
    found = False
    while True:
        try:
            data = sock.recv(65536)
        except BlockingIOError:
            return found
        except OSError:
            continue
        while len(data) >= 16:
            length = int.from_bytes(data[0:4], sys.byteorder)
            kind = int.from_bytes(data[4:6], sys.byteorder)
            found = found or kind in (NEW_RULE, NEW_ELEMENT)
            data = data[max(16, (length + 3) & ~3):]


class Target:
    def __init__(self, spec):
        self.spec = spec
        self.name = spec["name"]
        self.heard = listen_nftables(spec["namespace"])
        self.turn = 0
        self.got = {"rule": [], "port": [], "unwrap": [], "verify": [],
                    "both": [], "lost": []}

    def next(self):
        source, path = self.spec["requests"][self.turn]
        self.turn += 1
        with open(path, "rb") as file:
            return source, file.read()

    def send(self, source, data):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((source, 0))
        sock.sendto(data, (self.spec["address"], self.spec["udp"]))
        return sock

    def to_rule(self, patience=PATIENCE, again=False):
        """Milliseconds until nftables has the rule or element."""
        self.turn -= again
        source, data = self.next()
        tells_of_more(self.heard)
        start = time.perf_counter()
        sock = self.send(source, data)
        while (left := start + patience - time.perf_counter()) > 0:
            if select.select([self.heard], [], [], left)[0]:
                now = time.perf_counter()
                if tells_of_more(self.heard):
                    sock.close()
                    return (now - start) * 1e3
        sock.close()
        return None

    def try_port(self, source, patience):
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setblocking(False)
        sock.bind((source, 0))
        sock.connect_ex((self.spec["address"], self.spec["tcp"]))
        ready = select.select([], [sock], [], patience)[1]
        won = bool(ready) and not sock.getsockopt(socket.SOL_SOCKET,
                                                  socket.SO_ERROR)
        sock.close()
        return won

    def to_port(self):
        """Milliseconds until a TCP connection succeeds."""
        source, data = self.next()
        start = time.perf_counter()
        sock = self.send(source, data)
        while (now := time.perf_counter()) < start + PATIENCE:
            if self.try_port(source, TRY_EVERY):
                sock.close()
                return (time.perf_counter() - start) * 1e3
        return None

    def note(self, key, value):
        self.got["lost" if value is None else key].append(value or 0)


class Gpg:
    """A process of that user that starts gpg and waits for it."""

    def __init__(self, uid, gid, home):
        self.home = home
        self.mine, theirs = socket.socketpair()
        self.pid = os.fork()
        if self.pid:
            theirs.close()
            return
        self.mine.close()
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
        self.serve(theirs)

    def serve(self, sock):
        null = os.open("/dev/null", os.O_RDWR)
        while path := sock.recv(4096):
            verb, path = path.decode().split(" ", 1)
            argv = ["gpg", "--homedir", self.home, "--batch"]
            argv += (["--unwrap", "-o", "-", "--decrypt"] if verb == "unwrap"
                     else ["--verify"])
            start = time.perf_counter()
            pid = os.posix_spawn("/usr/bin/gpg", argv, {}, file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, path, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, null, 1),
                (os.POSIX_SPAWN_DUP2, null, 2)])
            _, status = os.waitpid(pid, 0)
            took = (time.perf_counter() - start) * 1e3
            sock.send(json.dumps([status, took]).encode())
        os._exit(0)

    def run(self, verb, path):
        self.mine.send(("%s %s" % (verb, path)).encode())
        status, took = json.loads(self.mine.recv(4096))
        if status:
            raise SystemExit("wire.py: gpg failed on " + path)
        return took


def sync_time(folder):
    """One 4 kB append, synced."""
    fd = os.open(folder + "/sync.tmp", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(fd, b"x" * 4096)
    start = time.perf_counter()
    os.fdatasync(fd)
    took = (time.perf_counter() - start) * 1e3
    os.close(fd)
    return took


def report(name, key, values):
    if not values:
        return
    values = sorted(values)
    p95 = values[min(len(values) - 1, int(len(values) * 0.95))]
    print(name, key, "%.3f" % statistics.median(values), "%.3f" % p95,
          len(values))


def start_baseline(target):
    spec = target.spec.get("gpg")
    if not spec:
        return None
    return (Gpg(*spec["unseal"]), Gpg(*spec["verify"]), spec["messages"])


def times(plan):
    targets = [Target(spec) for spec in plan["targets"]]
    baselines = [start_baseline(target) for target in targets]
    enter(plan["client"])
    syncs = []
    pairs = list(zip(targets, baselines))
    for turn in range(plan["rounds"]):
        # Each comes first in its turn: what is behind a sync is slower.
        first = turn % len(pairs)
        for target, baseline in pairs[first:] + pairs[:first]:
            target.note("rule", target.to_rule())
            time.sleep(0.02)
            if baseline:
                unseal, verify, messages = baseline
                message, blob = messages[turn % len(messages)]
                one = unseal.run("unwrap", message)
                two = verify.run("verify", blob)
                target.note("unwrap", one)
                target.note("verify", two)
                target.note("both", one + two)
            target.note("port", target.to_port())
            time.sleep(0.02)
        syncs.append(sync_time(plan["sync"]))
    for target in targets:
        for key, values in target.got.items():
            report(target.name, key, values)
    report("disk", "sync", syncs)
    os.unlink(plan["sync"] + "/sync.tmp")


def wait_open(target, source, until):
    while time.perf_counter() < until:
        if target.try_port(source, 0.02):
            return True
    return False


def midst(plan, flood):
    """Send one datagram up to 6 times while two FLOODs run."""
    target = Target(plan["targets"][0])
    enter(plan["client"])
    source, data = target.next()
    floods = [subprocess.Popen(flood, stdout=subprocess.PIPE, text=True)
              for _ in range(2)]
    time.sleep(2)
    sends = 0
    won = False
    while not won and sends < 6:
        sends += 1
        sock = target.send(source, data)
        won = wait_open(target, source, time.perf_counter() + 1)
        sock.close()
    said = [process.communicate()[0].split() for process in floods]
    print(sends if won else "never", sum(int(one[0]) for one in said),
          said[0][1])


def cpu_block(target, used, count):
    """Send COUNT requests, and add what each role ran to USED."""
    before = load.roles(target.spec["pid"])
    for _ in range(count):
        target.note("rule", target.to_rule())
        time.sleep(0.02)
    for role, ns in load.roles(target.spec["pid"]).items():
        used[role] = used.get(role, 0) + ns - before.get(role, 0)


def cpu(plan):
    """In turn, so that what the machine does besides falls on all."""
    targets = [Target(spec) for spec in plan["targets"]]
    used = [{} for _ in targets]
    enter(plan["client"])
    pairs = list(zip(targets, used))
    total = plan["rounds"] * 2
    for done in range(0, total, BLOCK):
        for target, ns in pairs:
            cpu_block(target, ns, min(BLOCK, total - done))
    for target, ns in pairs:
        print(target.name, "all", "%.1f" % (sum(ns.values()) / total / 1e3))
        for role, one in sorted(ns.items()):
            print(target.name, role, "%.1f" % (one / total / 1e3))


def sends_needed(target):
    """How often the next request is sent until it works; 0: it never does."""
    for sends in range(1, MOST_SENDS + 1):
        if target.to_rule(0.5, again=sends > 1) is not None:
            return sends
    return 0


def under(plan, flood):
    """Each datagram again and again, while FLOOD runs all the time."""
    target = Target(plan["targets"][0])
    enter(plan["client"])
    process = subprocess.Popen(flood, stdout=subprocess.PIPE, text=True)
    time.sleep(2)
    sends = []
    for _ in target.spec["requests"]:
        sends.append(sends_needed(target))
        time.sleep(0.1)
    process.terminate()
    sent, secs = process.communicate()[0].split()
    text = ", ".join("%d x %s" % (sends.count(n), n or "never")
                     for n in sorted(set(sends)))
    print("%s (%.0f/s came)" % (text, int(sent) / float(secs)))


def revoked(plan, started):
    """Seconds until a request is refused, and all after it."""
    target = Target(plan["targets"][0])
    enter(plan["client"])
    first, refused = 0, 0
    while refused < 3 and target.turn < len(target.spec["requests"]):
        sent = time.time()
        if target.to_rule(0.2) is None:
            first = first if refused else sent
            refused += 1
        else:
            refused = 0
            time.sleep(0.05)
    print("%.2f" % (first - started) if refused == 3 else "never")


def main():
    with open(sys.argv[2]) as file:
        plan = json.load(file)
    if sys.argv[1] == "times":
        times(plan)
    elif sys.argv[1] == "cpu":
        cpu(plan)
    elif sys.argv[1] == "under":
        under(plan, sys.argv[3:])
    elif sys.argv[1] == "revoked":
        revoked(plan, float(sys.argv[3]))
    else:
        midst(plan, sys.argv[3:])


main()
