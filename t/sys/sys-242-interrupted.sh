#!/bin/bash
# Killed at each step of what changes the profile: it is as before or as
# after, each host that is there works, and to do it again finishes it.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need strace setsid
setup
person alice
server
in_server postern-keys enroll alice --config "$ETC" --key "$W/alice.pgp" \
  --fpr "$(fpr_of alice)" --group ops > "$W/one" 2>>"$W/enroll.log" || fail "enroll"
head -c 32 /dev/urandom | base64 > "$ETC/doors/main.key"
sed -i "s/^port .*/port = 4711/" "$ETC/posternd.conf"
in_server postern-keys invite alice --config "$ETC" > "$W/two" 2>>"$W/enroll.log" || fail "invite"
PROFILE=$W/alice/config/postern

# What the profile says, the times left out.
state () {
  [ -d "$PROFILE" ] || return 0
  (cd "$PROFILE" && for f in $(find . -type f ! -name .lock | sort); do
     echo "$f: $(sed '/joined/d' "$f" | sha256sum)"
   done)
}

# Each host that is listed can be asked: it has its keys.
works () {
  local name
  as alice postern hosts --names > "$W/names" 2>"$W/err" || fail "$1: unreadable: $(cat "$W/err")"
  for name in $(cat "$W/names"); do
    as alice postern seal open "$name" -o "$W/dgram" 2>"$W/err" \
      || fail "$1: $name does not work: $(cat "$W/err")"
  done
}

# interrupt WHAT COMMAND...: from the profile in $W/before.
interrupt () {
  local what=$1 call n rc killed=0
  shift
  reset () { rm -rf "$W/alice/config"; cp -a "$W/before" "$W/alice/config"; }
  reset
  state > "$W/state.before"
  as alice "$@" >"$W/out" 2>&1 || fail "$what: $(cat "$W/out")"
  state > "$W/state.after"
  for call in mkdir fchmod fsync rename unlink unlinkat; do
    for n in $(seq 40); do
      reset
      rc=0
      as alice setsid -w strace -o "$W/strace" -e trace=$call \
        -e inject=$call:signal=KILL:when=$n "$@" >"$W/out" 2>&1 || rc=$?
      [ $rc = 0 ] && break
      [ $rc = 137 ] || fail "$what, $call $n: exit $rc: $(cat "$W/out")"
      killed=$((killed + 1))
      # A host that is half removed has lost its keys, and is listed still.
      [ "$what" = "the removal" ] || works "$what, $call $n"
      # Done again, unless it was done.
      as alice "$@" >"$W/out" 2>&1 || {
        [ "$(state)" = "$(cat "$W/state.after")" ] || fail "$what, $call $n, again: $(cat "$W/out")"
      }
      state | diff "$W/state.after" - || fail "$what, $call $n, again: not the same"
      works "$what, $call $n, again"
    done
    [ "$n" -lt 40 ] || fail "$what: no end of $call"
  done
  [ $killed -ge "$least" ] || fail "$what: killed only $killed times"
  say "$what: killed $killed times"
}

mkdir -m 700 "$W/before"
least=10 interrupt "the first join" postern join "$W/one" --fpr "$SFPR"
cp -a "$W/alice/config/." "$W/before"
least=6 interrupt "a change" postern join "$W/two" --fpr "$SFPR"
# The profile of an older Postern, whose hosts all stood in hosts.conf.
cp -a "$W/before" "$W/joined"
old=$W/before/postern
{ printf "# mine\ndefault {\n  for = '60s'\n}\nhost web1 {\n"
  cat "$old/hosts.d/web1.conf"
  printf "  timeout = '9s'\n}\n"; } > "$old/hosts.conf"
rm -r "$old/hosts.d"
least=6 interrupt "what was taken over" postern hosts --names
rm -rf "$W/before"
mv "$W/joined" "$W/before"
least=6 interrupt "a new name" postern hosts rename web1 www
least=4 interrupt "the removal" postern hosts remove web1

# Two at once: both are there in the end.
rm -rf "$W/alice/config"
mkdir -m 700 "$W/alice/config"
ETC=$W/etc2
in_server postern-keys init web2 --address $S4 --interface sv --config "$ETC" \
  > "$W/init.out" 2>>"$W/init.log" || fail "init web2"
SFPR2=$(sed -n "s/^server  *= '\(.*\)'.*/\1/p" "$ETC/server.conf")
in_server postern-keys enroll alice --config "$ETC" --key "$W/alice.pgp" \
  --fpr "$(fpr_of alice)" --group ops > "$W/three" 2>>"$W/enroll.log" || fail "enroll at web2"
as alice postern join "$W/one" --fpr "$SFPR" >"$W/out1" 2>&1 &
one=$!
as alice postern join "$W/three" --fpr "$SFPR2" >"$W/out2" 2>&1 || fail "$(cat "$W/out2")"
wait $one || fail "$(cat "$W/out1")"
[ "$(as alice postern hosts --names | sort | tr '\n' ' ')" = 'web1 web2 ' ] || fail "one is lost"
works "two at once"
say "ok"
