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

# gpg hangs: unseal's for its agent does not answer, verify's for its key
# ring is a pipe into which nobody writes.
ring=$ETC/state/muster/pubring.kbx
hold () {
  case $1 in
    unseal) kill -STOP "$(role gpg-agent)" ;;
    verify) mv "$ring" "$ring.away"; mkfifo -m 640 "$ring"; chown root:_posternmuster "$ring" ;;
  esac
}
let_go () {
  case $1 in
    unseal) kill -CONT "$(role gpg-agent)" ;;
    verify) timeout 1 sh -c ": > '$ring'" || :; rm "$ring"; mv "$ring.away" "$ring" ;;
  esac
}
gpg_works () { [ "$(pgrep -cP "$1" gpg)" -ge 1 ]; }

# It is given up in time, with the reason; what comes behind is served.
for victim in unseal verify; do
  text_of_request > "$W/t"
  server_key
  rm -f "$W/m"
  gpg_as alice --no-options --compress-algo none -f "$W/server.pgp" -s -e -o "$W/m" "$W/t"
  case $victim in
    unseal) why="unseal: decryption took too long" ;;
    verify) why="verify: verification took too long" ;;
  esac
  pid=$(role $victim)
  hold $victim
  refused_for "^$why" send_message "$W/m"
  [ "$(pgrep -cP "$pid" gpg)" = 0 ] || fail "$victim: a gpg is left"
  let_go $victim
  [ "$(role $victim)" = "$pid" ] || fail "$victim died"
  is_shut $S4 22
  # It was not claimed: the same opens now.
  send_message "$W/m" 800
  until_ok connects $S4 22 || fail "$victim: does not open: $(ctl audit --last 3)"
  close_all
  say "$victim: a gpg that hangs is given up"
done

# The worker is killed at it: what it had is lost, and was not claimed; it
# works once when it is sent again.
for victim in unseal verify; do
  as alice postern seal open web1 --for 20s -o "$W/dgram" || fail "seal"
  "$tool" unwrap "$door" < "$W/dgram" > "$W/message"
  id=$(id_of)
  pid=$(role $victim)
  hold $victim
  send "$W/dgram"
  until_ok gpg_works "$pid" || fail "$victim: no gpg"
  kill -9 "$pid"
  let_go $victim
  came_back () { [ -n "$(role $victim)" ] && [ "$(role $victim)" != "$pid" ]; }
  until_ok came_back || fail "$victim did not come back"
  until_ok status_is_back || fail "no status"
  # verify may have been at the keys, with the request still in its queue:
  # then the next one serves it.
  if [ "$victim" = unseal ]; then
    is_shut $S4 22
    [ "$(done_times "$id")" = 0 ] || fail "$victim: done while it was dead"
  fi
  again_and_again "$victim killed at work"
  [ "$(done_times "$id")" = 1 ] || fail "$victim: lost for good, but not claimed"
  works_again "$victim"
  say "$victim killed at work: the request is not spent, and works once"
done

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
