#!/bin/bash
# By the order of system calls: the claim is synced to disk before act hears
# of the grant, act's message to nftables comes behind that, and the reply
# last.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need strace
nm -D "$POSTERN_BIN/decide" 2>/dev/null | grep -q __asan \
  && skip "strace and the leak check do not go together"
setup
person alice
server
listen 22
enroll alice
start
pid_of () { ps -o pid=,comm= --ppid "$POSTERND" | awk -v r="$1" '$2 == r { print $1; exit }'; }
decide=$(pid_of decide) act=$(pid_of act)
[ -n "$decide" ] && [ -n "$act" ] || fail "no such processes"
# Each process has a file of its own: no call is cut in two by another's.
strace -ff -y -ttt -s 64 -e trace=fdatasync,fsync,sendmsg,sendto,write,pwrite64,recvmsg,recvfrom \
  -o "$W/trace" -p "$decide" -p "$act" 2>"$W/strace.log" &
own $!
for pid in $decide $act; do
  until_ok grep -q "Process $pid attached" "$W/strace.log" || fail "strace"
done
as alice postern open web1 > "$W/out" 2>&1 || fail "open: $(cat "$W/out")"
is_open $S4 22
until_ok grep -q 'sendmsg(.*sa_family=AF_INET.* = [1-9]' "$W/trace.$decide" \
  || fail "strace: no reply"
cat > "$W/order.py" <<'PY'
import re, sys
decide, act = sys.argv[2:4]
# Messages between roles begin with version and type.
GRANT, GRANTED = r'iov_base="\\0\\1\\0\\20', r'iov_base="\\0\\1\\0\\23'
steps = [
    ("request comes to decide", decide, r"recvfrom\(4<socket.*= [1-9]"),
    ("claim is written", decide, r"pwrite64\(\d+<.*/store\.db-wal>"),
    ("claim is synced", decide, r"fdatasync\(\d+<.*/store\.db-wal>\) = 0"),
    ("GRANT to act", decide, r"sendmsg\(5<socket.*" + GRANT),
    ("batch to nftables", act, r"sendto\(\d+<.*nlmsg_type=(0x10|NFNL_MSG_BATCH_BEGIN)[ ,]"),
    ("GRANTED to decide", act, r"sendmsg\(4<socket.*" + GRANTED),
    ("reply", decide, r"sendmsg\(\d+<.*sa_family=AF_INET.* = [1-9]"),
]
lines = sorted((float(time), pid, call) for pid in (decide, act)
               for time, call in (l.split(None, 1)
                                  for l in open(sys.argv[1] + "." + pid)))
def places(step):
    return [i for i, (_, pid, call) in enumerate(lines)
            if pid == step[1] and re.match(step[2], call)]
at = {}
for name, *rest in steps:
    found = places((name, *rest))
    if not found:
        sys.exit("never: " + name)
    at[name] = found
grant = at["GRANT to act"]
if len(grant) != 1:
    sys.exit("%d times GRANT" % len(grant))
# Of what is written and synced, the last before the grant counts.
behind = -1
for name, *_ in steps:
    here = at[name]
    if name in ("claim is written", "claim is synced"):
        here = [i for i in here if i < grant[0]][-1:] or [-1]
    print("%-24s line %d" % (name, here[0]))
    if here[0] <= behind:
        sys.exit("too early: " + name)
    behind = here[0]
PY
python3 "$W/order.py" "$W/trace" "$decide" "$act" \
  || { cat "$W"/trace.*; fail "the order is wrong"; }
say "ok"
