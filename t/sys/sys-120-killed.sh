#!/bin/bash
# Each process is killed while a packet waits for it: no request works
# twice, no grant outlives its time, and the service comes back.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need ss
setup
person alice
server
sed -i "s/^workers.*/workers = 1/; s/^max-ahead.*/max-ahead = '1s'/" "$ETC/posternd.conf"
listen 22
enroll alice
start
door=$ETC/doors/main.key
tool=$POSTERN_BIN/t/sys/tool-seal

role () { ps -o pid=,comm= --ppid "$POSTERND" | awk -v r="$1" '$2 == r { print $1; exit }'; }

# The bytes that wait in descriptor FD of process PID, a socket of ours.
waiting () {
  local inode
  inode=$(readlink "/proc/$1/fd/$2") || return 1
  inode=${inode#socket:[}
  in_server ss -xan | awk -v i="${inode%]}" '$6 == i { print $3 }'
}
something_waits () { [ "$(waiting "$1" "$2")" -gt 0 ]; }

# Whatever is open; it may be nothing.
close_all () { ctl close --all > "$W/close.out" 2>&1 || grep -q "nothing to close" "$W/close.out"; }
status_is_back () { ctl status; }
works_again () {
  answers_again || fail "$1: does not answer again"
  # It may still be refused: act comes back by itself.
  until_ok as alice postern open web1 --for 20s || fail "$1: does not work again"
  close_all
  is_shut $S4 22
}

# How often the request in MESSAGE was carried out, by the audit.
done_times () {
  ctl audit --json --last 500 --result done | python3 -c '
import json, sys
print(sum(r["count"] for r in map(json.loads, sys.stdin) if r["id"] == sys.argv[1]))' "$1"
}

# The request of $W/dgram came by once, whatever became of it.  Sent again
# and again, it is carried out once at most.
again_and_again () {
  local i
  "$tool" unwrap "$door" < "$W/dgram" > "$W/message"
  close_all
  for i in 1 2 3; do
    seal_message "$W/message" $((600 + i * 64)) > "$W/again"
    local before
    before=$(handled)
    send "$W/again"
    until_ok more_handled "$before" || fail "$1: the copy is lost"
    close_all
  done
  is_shut $S4 22
  [ "$(done_times "$id")" -le 1 ] || fail "$1: carried out $(done_times "$id") times"
  no_grants "$1"
}
# Whatever was decided: refused before or behind the claim, or done.
handled () {
  ctl audit --json --last 500 | python3 -c '
import json, sys
print(sum(r["count"] for r in map(json.loads, sys.stdin)
          if r["result"] in ("done", "refused") and r["stage"] != "capture"))'
}
more_handled () { [ "$(handled)" -gt "$1" ]; }
id_of () {
  rm -rf "$W/thief"
  cp -r "$ETC/state/agent" "$W/thief"
  rm -f "$W"/thief/S.*
  GNUPGHOME=$W/thief gpg --batch --quiet --pinentry-mode loopback --no-options \
    --no-permission-warning -d "$W/message" 2>>"$W/gpg.log" | sha256sum | cut -c1-8
  GNUPGHOME=$W/thief gpgconf --kill all 2>/dev/null || :
}

# The channel of each role to wait at: descriptor 4 is what it reads.
for victim in unseal verify decide act; do
  as alice postern seal open web1 --for 20s -o "$W/dgram" || fail "seal"
  "$tool" unwrap "$door" < "$W/dgram" > "$W/message"
  id=$(id_of)
  [ ${#id} = 8 ] || fail "no id"
  pid=$(role $victim)
  [ -n "$pid" ] || fail "no $victim"
  kill -STOP "$pid"
  send "$W/dgram"
  until_ok something_waits "$pid" 4 || fail "nothing waits for $victim"
  kill -9 "$pid"
  until_ok status_is_back || fail "no posternd after $victim"
  # Its successor finds what waited; or for act decide has given up on it.
  decided () { [ "$(ctl audit --json --last 5 | grep -c "\"id\":\"$id\"")" -ge 1 ]; }
  until_ok decided || fail "$victim: the request is lost: $(ctl audit --last 5)"
  again_and_again "$victim killed with the request before it"
  works_again "$victim"
  say "$victim killed with the request before it: $(done_times "$id") time done"
done

# The agent does not answer: it is given up in time, with the reason; what comes
# behind is served.
hold () { kill -STOP "$(role gpg-agent)"; }
let_go () { kill -CONT "$(role gpg-agent)"; }
is_asking () { grep -q unix_stream "/proc/$1/wchan"; }

text_of_request > "$W/t"
server_key
rm -f "$W/m"
gpg_as alice --no-options --compress-algo none -f "$W/server.pgp" -s -e -o "$W/m" "$W/t"
pid=$(role unseal)
hold
refused_for "^unseal: decryption took too long" send_message "$W/m"
let_go
[ "$(role unseal)" = "$pid" ] || fail "unseal died"
is_shut $S4 22
# It was not claimed: the same opens now.
send_message "$W/m" 800
until_ok connects $S4 22 || fail "does not open: $(ctl audit --last 3)"
close_all
say "an agent that hangs is given up"

# unseal is killed at it: what it had is lost, and was not claimed; it works
# once when it is sent again.
as alice postern seal open web1 --for 20s -o "$W/dgram" || fail "seal"
"$tool" unwrap "$door" < "$W/dgram" > "$W/message"
id=$(id_of)
pid=$(role unseal)
hold
send "$W/dgram"
until_ok is_asking "$pid" || fail "unseal does not ask: $(cat "/proc/$pid/wchan")"
kill -9 "$pid"
let_go
came_back () { [ -n "$(role unseal)" ] && [ "$(role unseal)" != "$pid" ]; }
until_ok came_back || fail "unseal did not come back"
until_ok status_is_back || fail "no status"
is_shut $S4 22
[ "$(done_times "$id")" = 0 ] || fail "unseal: done while it was dead"
again_and_again "unseal killed at work"
[ "$(done_times "$id")" = 1 ] || fail "unseal: lost for good, but not claimed"
works_again "unseal"
say "unseal killed at work: the request is not spent, and works once"

# The keyring is a pipe into which nobody writes: muster gives up, what it said
# before stays in force, and status tells.
ring=$ETC/state/muster/pubring.kbx
judged=$(grep -c "the roster's keys are judged" "$W/posternd.log")
mv "$ring" "$ring.away"
mkfifo -m 640 "$ring"
chown root:_posternmuster "$ring"
until_ok grep -q "the roster's keys cannot be judged" "$W/posternd.log" || fail "muster does not give up"
works_again "muster"
tells () { ctl status | grep -q "the roster's keys cannot be judged"; }
until_ok tells || fail "status: $(ctl status)"
rm "$ring"
mv "$ring.away" "$ring"
judged_again () { [ "$(grep -c "the roster's keys are judged" "$W/posternd.log")" -gt "$judged" ]; }
until_ok judged_again || fail "the keys are not judged again"
until_ok sh -c "! ip netns exec $SERVER posternctl --config $ETC status | grep -q 'cannot be judged'" || fail "status: $(ctl status)"
works_again "muster at work again"
say "a keyring that cannot be read: the last judgement stays"

# capture takes with it what its sockets held, which nobody has seen: the
# very same datagram works once.
as alice postern seal open web1 --for 20s -o "$W/dgram" || fail "seal"
"$tool" unwrap "$door" < "$W/dgram" > "$W/message"
id=$(id_of)
pid=$(role capture)
kill -STOP "$pid"
send "$W/dgram"
kill -9 "$pid"
recaptured () { [ -n "$(role capture)" ] && [ "$(role capture)" != "$pid" ]; }
until_ok recaptured || fail "capture did not come back"
works_again capture
[ "$(done_times "$id")" = 0 ] || fail "capture: done while it was dead"
send "$W/dgram"
until_ok connects $S4 22 || fail "capture: the datagram does not work"
again_and_again "capture killed"
[ "$(done_times "$id")" = 1 ] || fail "capture: $(done_times "$id") times done"
say "capture killed: the datagram is not spent, and works once"

# decide is killed between the claim and act's answer: the kernel's grant
# may stand for its time, and is listed; the request is spent.
# killed_between: status 1 where decide, on a busy machine, gave act up first.
killed_between () {
  as alice postern seal open web1 --for 20s -o "$W/dgram" || fail "seal"
  "$tool" unwrap "$door" < "$W/dgram" > "$W/message"
  id=$(id_of)
  act=$(role act) decide=$(role decide)
  kill -STOP "$act"
  send "$W/dgram"
  until_ok something_waits "$act" 4 || fail "nothing waits for act"
  kill -9 "$decide"
  kill -CONT "$act"
  until_ok status_is_back || fail "no status"
  until_ok has_row "\"id\":\"$id\"" || fail "no row: $(ctl audit --last 3)"
  rows_of_it () { ctl audit --json --last 5 | grep "\"id\":\"$id\""; }
  ! rows_of_it | grep -q 'act did not answer' || return 1
  [ "$(rows_of_it | grep -c '"result":"unknown"')" = 1 ] \
    || fail "the row of the request: $(ctl audit --last 3)"
}
for try in 1 2 3 4 5 no; do
  [ $try != no ] || fail "act is always given up first"
  killed_between && break
  close_all
done
if connects $S4 22; then
  [ "$(grant_lines | grep -c "\"id\":\"$id\"")" = 1 ] || fail "open, and not listed"
fi
again_and_again "decide killed behind the claim"
[ "$(done_times "$id")" = 0 ] || fail "carried out again"
works_again decide
say "decide killed behind the claim: spent, and known as unknown"

# act is killed with grants open, and posternd with all; what is open then
# ends in its time.
# Where the machine is so busy that it ends before it was looked at, longer.
for secs in 6 30 60; do
  begin=$SECONDS
  as alice postern open web1 --for ${secs}s > "$W/out" 2>&1 || fail "open: $(cat "$W/out")"
  kill -9 "$(role act)"
  until_ok status_is_back || fail "no status"
  connects $S4 22 && break
  [ $((SECONDS - begin)) -ge $secs ] || fail "the grant ended with act"
done
kids=$(ps -o pid= --ppid "$POSTERND")
kill -9 "$POSTERND" $kids
gone () { ! connects $S4 22; }
until_ok gone || fail "a grant outlives its time"
is_shut $S4 22
start
no_grants "a start behind it"
works_again "all killed"
say "act, then all killed: the grant ends in its time"
say "ok"
