#!/bin/bash
# No reply: what may be the cause is told, what shows at this end first; and
# on a terminal what is waited for.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
pre=$POSTERN_BIN/t/sys/preload-timex.so
[ -e "$pre" ] || skip "no preload-timex.so"
ldd "$POSTERN_BIN/postern" | grep -q 'libasan' && skip "the sanitizers and a preloaded clock do not go together"
setup
person alice
person bob
server
enroll alice
enroll bob
CONF=$W/alice/config/postern/hosts.d/web1.conf
# No posternd runs, and a firewall drops what comes.
in_server nft -f - <<EOF
table inet silence { chain in { type filter hook input priority 0;
  udp dport 62201 drop; }; }
EOF
# silent FREE PATTERN COMMAND...: the first cause is this one.
silent () {
  local free=$1 pattern=$2 rc=0
  shift 2
  as alice env LD_PRELOAD="$pre" TEST_UNSYNCHRONISED="$free" "$@" --timeout 1s \
    > "$W/out" 2> "$W/err" || rc=$?
  [ $rc = 69 ] || fail "$*: exit $rc: $(cat "$W/out" "$W/err")"
  grep -q "^postern:   1\. $pattern" "$W/err" || fail "$*: not first '$pattern': $(cat "$W/err")"
  grep -q "'posternctl audit' on the server" "$W/err" || fail "$*: $(cat "$W/err")"
}
firewall="a firewall, of the server or on the way, drops udp/62201"
for verb in 'open web1' 'run web1 date' 'connect web1 22'; do
  silent 0 "$firewall" postern $verb
done
grep -q "clock, which shows 20.*, or the server's" "$W/err" || fail "$(cat "$W/err")"
silent 1 "this machine's clock is not synchronised" postern open web1
grep -q "2\. $firewall" "$W/err" || fail "$(cat "$W/err")"
say "the clock, the firewall"

# For programs there are no words.
rc=0
as alice postern open web1 --json --timeout 1s > "$W/out" 2> "$W/err" || rc=$?
[ $rc = 69 ] && [ ! -s "$W/err" ] || fail "--json: $rc, $(cat "$W/err")"

# A subkey that signs, which the server has never seen.
gpg_as alice --quick-add-key "$(fpr_of alice)" ed25519 sign
silent 0 "your key has a signing subkey of 20.* newer than your joining; .*'gpg --export $(fpr_of alice)'" postern open web1
# Joined again since.
sed -i "s/^\( *joined *= *\).*/\1'2030-01-01'/" "$CONF"
silent 0 "$firewall" postern open web1
say "a new subkey"

# The host says that the port is shut: packets arrive.
in_server nft delete table inet silence
silent 0 "posternd does not run there, or started less than two minutes ago" postern open web1
say "a host that is reached"

# On a terminal, while it lasts; and not where none is.
: > "$W/type"
shown () {
  as alice env TERM="$1" python3 "$srcdir/t/sys/on-terminal.py" 'nothing that is shown' "$W/type" \
    postern open web1 --timeout 2s > "$W/screen" || :
}
shown xterm
grep -q 'waiting for web1: 1 of 2 s' "$W/screen" || fail "no progress: $(cat -v "$W/screen")"
# It is gone before the rest is told.
cat -v "$W/screen" | grep -q 'waiting.*M\?\^M^\[\[Kweb1: unknown\|\^M\^\[\[K.*web1: unknown' || fail "left: $(cat -v "$W/screen")"
shown dumb
! grep -q 'waiting for' "$W/screen" || fail "dumb: $(cat -v "$W/screen")"
! grep -q 'waiting for' "$W/err" || fail "$(cat "$W/err")"
on_screen as alice env LD_PRELOAD="$pre" TEST_UNSYNCHRONISED=0 -- postern open web1 --timeout 1s && fail "a reply"
grep -q '^postern:   1\. posternd does not run there, or started ' "$W/screen" \
  && grep -q '^              [a-z]' "$W/screen" && ! grep -q '^              [a-z]' "$W/err" \
  || fail "causes on a terminal: $(cat "$W/screen")"
say "progress"

# What is answered brings no advice; bob has no new subkey.
start
as bob postern whoami web1 > "$W/out" 2> "$W/err" || fail "near twin: $(cat "$W/out" "$W/err")"
[ ! -s "$W/err" ] || fail "near twin: $(cat "$W/err")"
say "ok"
