#!/bin/bash
# A process is killed at any moment of a packet's way, again and again: no
# request works twice, nothing is open that no list knows, and the service
# comes back.
# SPDX-License-Identifier: GPL-2.0-or-later
#
# KILLS is how often, SEED decides whom and when.  sys-120 is about the
# moments that are known to matter; this is about the others.
. "$(dirname "$0")/lib.sh"
need
setup
KILLS=${KILLS:-7} SEED=${SEED:-1}
person alice
server
sed -i "s/^workers.*/workers = 2/; s/^max-age.*/max-age = '1h'/" "$ETC/posternd.conf"
sed -i "s|^  max-time.*|  max-time = '1h'|" "$ETC/access.conf"
listen 22
enroll alice
server_key
start
say "$KILLS kills, seed $SEED"

# What bash's own RANDOM gives for a seed is the same everywhere.
RANDOM=$SEED
VICTIMS=(capture unseal verify decide act gpg-agent posternd)

pid_of () {
  if [ "$1" = posternd ]; then
    echo "$POSTERND"
  else
    ps -o pid=,comm= --ppid "$POSTERND" | awk -v r="$1" '$2 == r { print $1; exit }'
  fi
}
is_new () { local pid; pid=$(pid_of "$1"); [ -n "$pid" ] && [ "$pid" != "$2" ]; }
back () {
  if [ "$1" = posternd ]; then
    wait "$POSTERND" 2>/dev/null || :
    for pid in $KIDS; do until_ok is_gone "$pid" || fail "pid $pid outlives posternd"; done
    start
  else
    until_ok is_new "$1" "$2" || fail "$1 did not come back"
  fi
  until_ok ctl status || fail "no status after the death of $1"
}

# made: a request of now as a message in $W/m; its id, as the audit has it,
# in $ID.
made () {
  text_of_request 's/^for: .*/for: 3000/' > "$W/t"
  ID=$(sha256sum < "$W/t" | cut -c1-8)
  rm -f "$W/m"
  gpg_as alice --no-options --compress-algo none --digest-algo SHA256 \
    -f "$W/server.pgp" -s -e -o "$W/m" "$W/t" || fail "gpg"
}
# How often it was carried out, or may have been.
outcomes () {
  ctl audit --json --last 500 | python3 -c '
import json, sys
rows = [r for r in map(json.loads, sys.stdin) if r.get("id") == sys.argv[1]]
print(*(sum(r["count"] for r in rows if r["result"] == kind)
        for kind in ("done", "unknown")), sum(r["count"] for r in rows))' "$ID"
}
is_told () { [ "$(outcomes | cut -d' ' -f3)" -gt "$1" ]; }
# Sent until something is decided on it: what was lost on the way was not
# claimed, and is not lost for good.
sent_until_told () {
  local before size=$((600 + RANDOM % 500))
  before=$(outcomes | cut -d' ' -f3)
  lands () {
    seal_message "$W/m" $size > "$W/copy" && send "$W/copy" || return 1
    size=$((size % 1300 + 17))
    for _ in 1 2 3 4; do is_told "$before" && return; sleep 0.1; done
    return 1
  }
  until_ok lands || fail "$1: nothing is decided: $(ctl audit --last 3)"
}
close_all () { ctl close --all > "$W/close.out" 2>&1 || grep -q "nothing to close" "$W/close.out"; }

COUNTS=
for n in $(seq "$KILLS"); do
  victim=${VICTIMS[RANDOM % ${#VICTIMS[@]}]}
  made
  seal_message "$W/m" > "$W/dgram" || fail "cannot seal"
  pid=$(pid_of "$victim")
  [ -n "$pid" ] || fail "no $victim"
  KIDS=$(ps -o pid= --ppid "$POSTERND")
  # From before it is captured until after it is answered.
  after=$(printf '0.%03d' $((RANDOM % 60)))
  send "$W/dgram"
  sleep "$after"
  kill -9 "$pid"
  back "$victim" "$pid"
  sent_until_told "$n: $victim after $after s"
  # And once more: it is spent now, whatever became of it.
  sent_until_told "$n: $victim after $after s, again"
  read -r did unknown _ <<< "$(outcomes)"
  [ "$did" -le 1 ] || fail "$n: $victim after $after s: $ID was carried out $did times"
  [ $((did + unknown)) -ge 1 ] || fail "$n: $victim after $after s: $ID never works: $(ctl audit --last 5)"
  if connects $S4 22; then
    grant_lines | grep -q . || fail "$n: $victim after $after s: open, and not listed"
  elif [ "$did" = 1 ]; then
    fail "$n: $victim after $after s: done, and not open"
  fi
  close_all
  is_shut $S4 22
  no_grants "$n: $victim"
  COUNTS="$COUNTS$victim"$'\n'
done
printf %s "$COUNTS" | sort | uniq -c
say "$KILLS kills, seed $SEED: no request worked twice"
say "ok"
