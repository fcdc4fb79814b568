#!/bin/bash
# The claim is synced to disk before act hears of the grant, and act's
# message to nftables comes after it.
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
strace -f -tt -s 64 -e trace=fdatasync,fsync,sendmsg,sendto,write,pwrite64,recvmsg,recvfrom \
  -o "$W/trace" -p "$(pid_of decide)" -p "$(pid_of act)" 2>"$W/strace.log" &
own $!
until_ok grep -q attached "$W/strace.log" || fail "strace"
decide=$(pid_of decide) act=$(pid_of act)
sleep 0.3
as alice postern open web1 > "$W/out" 2>&1 || fail "open: $(cat "$W/out")"
is_open $S4 22
python3 - "$W/trace" "$decide" "$act" <<'PY' || { cat "$W/trace"; fail "the order is wrong"; }
import sys
lines = [l.split(None, 2) for l in open(sys.argv[1])]
decide, act = sys.argv[2:4]
claim = grant = nft = None
for i, (pid, _, call) in enumerate(lines):
    if pid == decide and call.startswith(("fdatasync", "fsync")) and grant is None:
        claim = i
    # Descriptor 5 is decide's way to act.
    if pid == decide and call.startswith(("sendmsg(5", "sendto(5", "write(5")) and grant is None:
        grant = i
    if pid == act and grant is not None and nft is None and call.startswith("sendmsg(") \
            and "nl_family" in call or "AF_NETLINK" in call and pid == act and nft is None:
        nft = i
print("claim synced at", claim, "grant sent at", grant, "netlink at", nft)
sys.exit(not (claim is not None and grant is not None and claim < grant
              and (nft is None or grant < nft)))
PY
say "ok"
