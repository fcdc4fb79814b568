#!/bin/bash
# postern doctor: each fault of this end is found and named as the one likely
# cause, with its cure; without one, all is well.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need unshare
pre=$POSTERN_BIN/t/sys/preload-timex.so
[ -e "$pre" ] || skip "no preload-timex.so"
ldd "$POSTERN_BIN/postern" | grep -q 'libasan' && skip "the sanitizers and a preloaded clock do not go together"
setup
person alice
server
enroll alice
start
A=$(fpr_of alice)
CONF=$W/alice/config/postern
# found STATUS CAUSE [WRAPPER...]: by the doctor; "" where all is well.
found () {
  local status=$1 cause=$2 rc=0
  shift 2
  as alice env LD_PRELOAD="$pre" TEST_UNSYNCHRONISED="${FREE:-0}" "$@" postern doctor web1 ${WAIT:-} > "$W/out" 2>&1 || rc=$?
  [ $rc = "$status" ] || fail "'$cause': exit $rc, not $status: $(cat "$W/out")"
  if [ -z "$cause" ]; then
    [ "$(tail -n 1 "$W/out")" = "All is well." ] || fail "$(cat "$W/out")"
    ! grep -q BAD "$W/out" || fail "$(cat "$W/out")"
  else
    grep -q "^The likely cause: $cause" "$W/out" && tail -n 1 "$W/out" | grep -q '^What to do: ..' \
      || fail "not '$cause': $(cat "$W/out")"
  fi
}
found 0 ""
cat "$W/out"
[ "$(grep -c '^  [a-z ]*  *ok ' "$W/out")" = 10 ] || fail "not ten checks: $(cat "$W/out")"
FREE=1 found 0 ""
grep -q 'clock  *note  *not synchronised' "$W/out" || fail "$(cat "$W/out")"
as alice postern doctor web1 --json > "$W/out" || fail "--json"
python3 -c '
import json, sys
rows = json.load(sys.stdin)
assert [r["check"] for r in rows][0] == "profile" and rows[-1]["state"] == "ok", rows' < "$W/out" || fail "$(cat "$W/out")"
# Who is in no group may do nothing, as their invite says already.
person bob
in_server postern-keys enroll bob --config "$ETC" --key "$W/bob.pgp" --fpr "$(fpr_of bob)" \
  > "$W/bob.invite" 2>>"$W/enroll.log" || fail "enroll bob"
as bob postern join "$W/bob.invite" --fpr "$SFPR" > "$W/out" 2>&1 || fail "$(cat "$W/out")"
grep -q '^  ports  *none: no rule there is for you yet$' "$W/out" || fail "$(cat "$W/out")"
as bob postern hosts show web1 | grep -q "^  ports  *none named; 'postern open' asks for tcp/22$" \
  || fail "$(as bob postern hosts show web1)"
rights () {
  as bob env LD_PRELOAD="$pre" TEST_UNSYNCHRONISED=0 postern doctor web1 "$@" > "$W/out" 2>&1 \
    || fail "bob: $?: $(cat "$W/out")"
}
rights
grep -q 'probe  *note  *answered; the server sees you at ' "$W/out" \
  && grep -q '^ *no rule and no command there is for you; ask its administrator$' "$W/out" \
  && [ "$(tail -n 1 "$W/out")" = "The host answers, but you may not open or run anything there yet." ] \
  || fail "$(cat "$W/out")"
rights --json
python3 -c '
import json, sys
row = json.load(sys.stdin)[-1]
assert row["state"] == "note" and "administrator" in row["cure"], row' < "$W/out" || fail "$(cat "$W/out")"
in_server postern-keys group bob +ops --config "$ETC" 2>>"$W/enroll.log" || fail "group"
rights
[ "$(tail -n 1 "$W/out")" = "All is well." ] || fail "near twin: $(cat "$W/out")"
say "all is well"

chmod 644 "$CONF/doors/web1.key"
found 78 "profile: .*web1.key"
grep -q 'probe  *-  *not tried' "$W/out" || fail "$(cat "$W/out")"
chmod 600 "$CONF/doors/web1.key"
: > "$W/no-program"
found 69 "gpg: '.*/gpg' cannot be run" unshare -m sh -c \
  'mount --bind "$1" "$(readlink -f "$(command -v gpg)")" && shift && exec "$@"' sh "$W/no-program"
found 67 "your key: web1: your key $A is not here" env GNUPGHOME="$W/none"
cp "$CONF/hosts.d/web1.conf" "$W/kept"
sed -i "s/'$S4'/'nowhere.invalid'/" "$CONF/hosts.d/web1.conf"
WAIT="--timeout 20s" found 68 "names: nowhere.invalid: "
grep -q '^  route  *-  *not tried$' "$W/out" || fail "a route to no address: $(cat "$W/out")"
# A clock that is behind is the cause, whatever it does to the keys.
sed "s/^joined .*/joined = $(($(date +%s) + 86400))/" "$W/kept" > "$CONF/hosts.d/web1.conf"
found 69 "clock: behind: it shows "
[ "$(grep -c ' BAD ' "$W/out")" = 1 ] || fail "more than the clock: $(cat "$W/out")"
[ "$(grep -c 'key  *-  *not checked' "$W/out")" = 2 ] || fail "$(cat "$W/out")"
grep -q 'probe  *-  *not tried' "$W/out" || fail "$(cat "$W/out")"
sed "s/^joined .*/joined = $(($(date +%s) - 86400))/" "$W/kept" > "$CONF/hosts.d/web1.conf"
found 0 ""
cp "$W/kept" "$CONF/hosts.d/web1.conf"
ip -n "$CLIENT" link set cl mtu 1000
found 69 "route: a packet may have 1000 bytes"
ip -n "$CLIENT" link set cl mtu 1500
in_client nft -f - <<EOF
table inet out { chain o { type filter hook output priority 0; udp dport 62201 drop; }; }
EOF
found 69 "probe: not sent: a firewall on this machine"
in_client nft delete table inet out
stop
in_server nft -f - <<EOF
table inet silence { chain in { type filter hook input priority -300; udp dport 62201 drop; }; }
EOF
WAIT="--timeout 1s" found 69 "probe: no reply within 1 s; a firewall, of the server or on the way"
FREE=1 WAIT="--timeout 1s" found 69 "probe: no reply within 1 s; this machine's clock is not synchronised"
[ "$(grep -c 'clock is not synchronised' "$W/out")" = 1 ] || fail "told twice: $(cat "$W/out")"
on_screen as alice -- postern doctor web1 --timeout 1s && fail "a reply"
grep -q '^The likely cause: probe: no reply within 1 s; ' "$W/screen" \
  && grep -q '^                  [a-z]' "$W/screen" || fail "on a terminal: $(cat "$W/screen")"
in_server nft delete table inet silence
say "each fault is found"
start
found 0 ""
say "ok"
